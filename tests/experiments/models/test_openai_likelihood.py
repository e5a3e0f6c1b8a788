"""Options weighed by a server that echoes prompts, and what becomes of them where it does not."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from experiments.models.likelihood import LikelihoodError
from experiments.models.openai import OpenAIModel
from experiments.models.openai_likelihood import Echo, echo_body, log_likelihood, read_echo
from experiments.models.openai_wire import MalformedAnswerError
from experiments.models.protocol import Completion, Request
from experiments.schema import Backend, ModelConfig, OpenAIConfig
from perturb.prompt import Message, Prompt
from tests.loopback import LoopbackServer
from tests.loopback_answers import Fault, log_probability, tokens_of

OPTIONS = (" Paris", " the city of London", " Rome!")
NEED = "need a server that echoes a prompt with its log-probabilities"


def request(key: str, text: str, *options: str) -> Request:
    return Request(key, Prompt(text, stop=("\nQ:",)), 16, options=options or OPTIONS)


def ask(url: str, requests: Sequence[Request], **settings: Any) -> dict[str, Completion]:
    config = OpenAIConfig(base_url=url, timeout_s=20.0, **settings)

    async def gather() -> list[Completion]:
        asked = OpenAIModel(ModelConfig("loopback", Backend.openai, openai=config))
        return [completion async for completion in asked.complete(requests)]

    return {completion.key: completion for completion in asyncio.run(gather())}


def along(prompt: str, option: str) -> float:
    """What the server thinks of an option, token by token."""
    total, before = 0.0, prompt
    for token in tokens_of(option):
        total += log_probability(before, token)
        before += token
    return total


def test_each_option_is_the_sum_of_its_echoed_tokens() -> None:
    prompts = [f"Q: What is the capital of country {number}?\nA:" for number in range(20)]
    requests = [request(f"k{number}", prompt) for number, prompt in enumerate(prompts)]
    with LoopbackServer() as server:
        got = ask(server.base_url, requests)
        bodies = [body for body in server.stats.bodies if body["prompt"].startswith(prompts[0])]
    for each, prompt in zip(requests, prompts, strict=True):
        done = got[each.key]
        assert (done.finish, done.error, done.completion_tokens) == ("stop", None, 0)
        assert json.loads(done.text) == pytest.approx([along(prompt, option) for option in OPTIONS])
        assert done.prompt_tokens == sum(len(tokens_of(prompt + option)) for option in OPTIONS)
        assert done.revision == "loopback fp_loopback"
        assert done.latency_s > 0
    assert [body["prompt"] for body in bodies] == [prompts[0], *(prompts[0] + option for option in OPTIONS)]


def test_white_space_at_the_prompts_end_is_the_options() -> None:
    with LoopbackServer() as server:
        got = ask(server.base_url, [request("tight", "Q?\nA:", " yes"), request("loose", "Q?\nA: ", "yes")])
    assert got["loose"].text == got["tight"].text


def test_options_are_asked_one_after_the_other_within_the_bound() -> None:
    with LoopbackServer(latency_ms=5) as server:
        ask(server.base_url, [request(f"k{number}", f"Q{number}:") for number in range(12)], concurrency=3)
        assert server.stats.max_inflight == 3
        assert server.stats.requests == 12 * (1 + len(OPTIONS))


def test_passing_faults_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.openai_ask._FIRST_DELAY_S", 0.02)
    requests = [request(f"k{number}", f"Q: {number}?\nA:") for number in range(12)]
    with LoopbackServer() as server:
        clean = ask(server.base_url, requests)
    with LoopbackServer(error_rate=0.1, drop_rate=0.1, malformed_rate=0.1) as faulty:
        got = ask(faulty.base_url, requests)
        assert faulty.stats.requests > len(requests) * (1 + len(OPTIONS))
    assert {key: done.text for key, done in got.items()} == {key: done.text for key, done in clean.items()}


def refuse(prompt: str, body: dict[str, Any]) -> str:
    raise Fault(400, "Setting 'echo' and 'logprobs' at the same time is not supported for this model.")


def ignore(prompt: str, body: dict[str, Any]) -> dict[str, Any]:
    """As llama.cpp's server does."""
    return {"text": " Paris", "logprobs": {"content": [{"logprob": -0.5}]}}


def withhold(prompt: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"text": prompt + " Paris", "logprobs": None}


@pytest.mark.parametrize(
    ("responder", "said"),
    [(refuse, "HTTP 400: Setting 'echo'"), (ignore, "gives none"), (withhold, "gives none")],
)
def test_a_server_that_does_not_echo_is_asked_once_and_named(responder: Any, said: str) -> None:
    with LoopbackServer(responder=responder) as server:
        (done,) = ask(server.base_url, [request("k", "Q: Where?\nA:")]).values()
        assert server.stats.requests == 1
    assert (done.finish, done.text) == ("error", "")
    for words in (NEED, "grader=aligned works without", said):
        assert words in (done.error or "")


def test_a_prompt_that_is_refused_fails_alone_with_the_servers_words() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if "long" in prompt:
            raise Fault(400, "prompt too long")
        return "fine"

    with LoopbackServer(responder=answer) as server:
        got = ask(server.base_url, [request("long", "long:"), request("good", "good:")])
    assert "prompt too long" in (got["long"].error or "")
    assert got["good"].finish == "stop"


def test_a_failing_option_fails_its_request() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if "London" in prompt:
            raise Fault(500, "out of memory")
        return "fine"

    with LoopbackServer(responder=answer) as server:
        got = ask(server.base_url, [request("k", "Q:"), request("other", "Q:", " a", " b")], retries=1)
    assert got["k"].error == "HTTP 500: out of memory (try 2)"
    assert got["other"].finish == "stop"


def test_a_chat_is_refused_before_anything_is_sent() -> None:
    chat = Request("k", Prompt(None, (Message("user", "Q?"),)), 8, options=OPTIONS)
    with LoopbackServer() as server:
        (done,) = ask(server.base_url, [chat]).values()
        assert server.stats.requests == 0
    assert done.finish == "error"
    assert "form=completion" in (done.error or "")


def test_the_body_asks_for_the_prompt_and_one_token() -> None:
    assert echo_body("Q: A", "m", {"best_of": 1, "temperature": None}) == {
        "model": "m",
        "prompt": "Q: A",
        "max_tokens": 1,
        "echo": True,
        "logprobs": 1,
        "best_of": 1,
    }


def answer(logprobs: object, tokens: int | None) -> dict[str, Any]:
    return {"choices": [{"text": "", "logprobs": logprobs}], "usage": tokens and {"prompt_tokens": tokens}}


def test_an_echo_is_read_with_or_without_a_generated_token() -> None:
    for values in ([None, -1.0, -2.0], [None, -1.0, -2.0, -9.0]):
        echo = read_echo(answer({"token_logprobs": values}, 3))
        assert (echo.tokens, echo.logprobs) == (3, tuple(values))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(None, 3), NEED),
        (answer({"token_logprobs": []}, 3), NEED),
        (answer({"token_logprobs": [-1.0]}, 3), NEED),
        (answer({"token_logprobs": [None, -1.0]}, None), "does not count"),
    ],
)
def test_a_200_without_an_echo_is_told_from_a_malformed_one(said: dict[str, Any], words: str) -> None:
    with pytest.raises(LikelihoodError, match=words):
        read_echo(said)


@pytest.mark.parametrize(
    "said", ["<html>", [], {}, {"choices": []}, None, answer({"token_logprobs": None}, 3)]
)
def test_a_200_that_is_no_completion_is_malformed(said: object) -> None:
    with pytest.raises(MalformedAnswerError):
        read_echo(said)


def test_an_option_begins_where_the_prompts_tokens_end() -> None:
    before = Echo(2, (None, -1.0, -50.0), "")
    assert log_likelihood(before, Echo(4, (None, -1.0, -2.0, -3.0, -50.0), ""), " a") == -5.0
    for tokens in (2, 1):
        with pytest.raises(LikelihoodError, match="' a' adds no token"):
            log_likelihood(before, Echo(tokens, (None, -1.0, -2.0), ""), " a")
    for missing in (None, float("-inf"), float("nan")):
        with pytest.raises(LikelihoodError, match="no log-probability of a token of the option ' a'"):
            log_likelihood(before, Echo(4, (None, -1.0, missing, -3.0), ""), " a")
