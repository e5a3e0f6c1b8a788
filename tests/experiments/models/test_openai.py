import asyncio
import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from experiments.models.openai import OpenAIModel
from experiments.models.openai_endpoint import Endpoint
from experiments.models.protocol import Completion, ModelError, Request
from experiments.schema import Backend, ModelConfig, OpenAIConfig
from perturb.prompt import Prompt
from tests.experiments.models.openai_asking import (
    KEY,
    KEY_ENV,
    ask,
    chat_request,
    model,
    questions,
    text_request,
    texts,
)
from tests.loopback import LoopbackServer
from tests.loopback_answers import Fault


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def test_answers_do_not_depend_on_order_or_concurrency(server: LoopbackServer) -> None:
    requests = questions(60)
    one = ask(model(server.base_url, concurrency=1), requests)
    many = ask(model(server.base_url, concurrency=16), requests[::-1])
    assert texts(one) == texts(many)
    assert len(set(texts(one).values())) > 30
    assert server.stats.max_inflight <= 16


def test_concurrency_is_bounded_and_used() -> None:
    with LoopbackServer(latency_ms=20) as server:
        ask(model(server.base_url, concurrency=5), questions(30))
        assert server.stats.max_inflight == 5


def test_each_form_goes_to_its_own_address_and_is_read(server: LoopbackServer) -> None:
    got = ask(model(server.base_url), [text_request("t", "Q: 1+1\nA:"), chat_request("c", "1+1?")])
    text, chat = sorted(server.stats.bodies, key=lambda body: "messages" in body)
    assert text["prompt"] == "Q: 1+1\nA:"
    assert text["stop"] == ["\n"]
    assert chat["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "1+1?"},
    ]
    for completion in got.values():
        assert completion.finish == "stop"
        assert len(completion.text.split()) == 3
        assert completion.prompt_tokens > 0
        assert completion.completion_tokens == 3
        assert 0 < completion.latency_s < 20
        assert completion.revision == "loopback fp_loopback"
        assert completion.logprobs is None


def test_the_token_limit_shows_as_length(server: LoopbackServer) -> None:
    requests = [replace(request, max_tokens=2) for request in questions(2)]
    assert {completion.finish for completion in ask(model(server.base_url), requests).values()} == {"length"}


def test_logprobs_are_one_a_token_in_both_forms(server: LoopbackServer) -> None:
    got = ask(model(server.base_url), [replace(request, logprobs=2) for request in questions(2)])
    assert [len(completion.logprobs or ()) for completion in got.values()] == [3, 3]
    assert all(value <= 0 for completion in got.values() for value in completion.logprobs or ())


def test_seeds_reach_the_sampler_and_repeat(server: LoopbackServer) -> None:
    requests = [chat_request(f"s{seed}", "same", temperature=0.8, seed=seed) for seed in range(12)]
    first, again = (texts(ask(model(server.base_url), requests)) for _ in range(2))
    assert first == again
    assert len(set(first.values())) > 6


def test_a_server_with_few_places_is_waited_for() -> None:
    with LoopbackServer(max_inflight=2, latency_ms=5, retry_after=0.02) as server:
        got = ask(model(server.base_url, concurrency=6, retries=50), questions(30))
        assert {completion.finish for completion in got.values()} == {"stop"}
        assert server.stats.errors > 0


def test_retry_after_is_obeyed() -> None:
    with LoopbackServer(fail_first=1, error_status=(429,), retry_after=1.0) as server:
        started = time.perf_counter()
        got = ask(model(server.base_url), questions(1))
        assert 1.0 <= time.perf_counter() - started < 3.0
        assert got["k0"].finish == "stop"


def test_a_request_to_wait_for_an_hour_fails_at_once() -> None:
    with LoopbackServer(error_rate=1.0, error_status=(429,), retry_after=3600.0) as server:
        got = ask(model(server.base_url), questions(1))
        assert got["k0"].finish == "error"
        assert server.stats.requests == 1


def test_a_request_that_fails_at_every_try_fails_alone() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if "question 3" in prompt:
            raise Fault(500, "out of\nmemory")
        return "fine"

    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url, retries=1), questions(8))
    assert [key for key, completion in got.items() if completion.finish == "error"] == ["k3"]
    assert got["k3"].error == "HTTP 500: out of memory (try 2)"
    assert got["k3"].text == ""


def test_a_bad_request_is_not_repeated() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        raise Fault(400, "prompt too long")

    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url), questions(4))
        assert server.stats.requests == 4
    assert {completion.error for completion in got.values()} == {"HTTP 400: prompt too long"}


def test_text_that_cannot_be_sent_is_not_repeated(server: LoopbackServer) -> None:
    got = ask(model(server.base_url), [text_request("bad", "\ud800"), text_request("good", "x")])
    assert got["good"].finish == "stop"
    assert "surrogate" in (got["bad"].error or "")


def test_a_hanging_server_is_left_after_the_time_limit() -> None:
    with LoopbackServer(latency_ms=60_000) as server:
        started = time.perf_counter()
        got = ask(model(server.base_url, timeout_s=0.2, retries=1), questions(3))
        assert time.perf_counter() - started < 5
    assert {completion.error for completion in got.values()} == {"no answer within 0.2 s (try 2)"}


def test_a_server_that_fails_everything_stops_the_run() -> None:
    with LoopbackServer(error_rate=1.0, error_status=(500,)) as server:
        with pytest.raises(ModelError, match=r"failed the last \d+ requests at every try.*HTTP 500"):
            ask(model(server.base_url, retries=0, concurrency=4), questions(500))
        assert server.stats.requests < 40


def test_a_wrong_key_stops_the_run_and_is_never_shown() -> None:
    with (
        LoopbackServer(api_key="another", leak_key=True) as server,
        pytest.raises(ModelError, match=KEY_ENV) as error,
    ):
        ask(model(server.base_url), questions(100))
    assert "sk-" not in str(error.value)
    assert server.stats.requests <= 32


def test_a_missing_key_is_asked_for_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_ENV)
    with pytest.raises(ModelError, match=f"set the environment variable {KEY_ENV}"):
        ask(model("https://api.example.com/v1"), questions(1))
    with (
        LoopbackServer(api_key="wanted") as server,
        pytest.raises(ModelError, match=f"wants a key .*{KEY_ENV}"),
    ):
        ask(model(server.base_url), questions(1))


def test_a_local_server_needs_no_key(monkeypatch: pytest.MonkeyPatch, server: LoopbackServer) -> None:
    monkeypatch.delenv(KEY_ENV)
    assert ask(model(server.base_url), questions(1))["k0"].finish == "stop"


@pytest.mark.parametrize("status", [400, 429, 500])
def test_the_key_is_in_no_error_even_where_the_server_repeats_it(status: int) -> None:
    with LoopbackServer(error_rate=1.0, error_status=(status,), leak_key=True) as server:
        asked = model(server.base_url, retries=0)
        got = ask(asked, questions(3))
    assert all("[key]" in (completion.error or "") for completion in got.values())
    assert KEY not in repr(got)
    assert KEY not in repr(asked) + asked.identity
    assert KEY not in repr(
        Endpoint.of(ModelConfig("m", Backend.openai, openai=OpenAIConfig(api_key_env=KEY_ENV)))
    )


def test_an_unknown_model_stops_the_run() -> None:
    with (
        LoopbackServer(models=("served",)) as server,
        pytest.raises(ModelError, match=r"no model 'asked'.*model\.name.*base_url"),
    ):
        ask(model(server.base_url, name="asked"), questions(50))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(403, "not in your country"), "not in your country"),
        (Fault(429, "pay", "insufficient_quota"), "credit"),
    ],
    ids=["forbidden", "quota"],
)
def test_what_concerns_every_request_stops_the_run(fault: Fault, words: str) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        raise fault

    with LoopbackServer(responder=answer) as server:
        with pytest.raises(ModelError, match=words):
            ask(model(server.base_url), questions(50))
        assert server.stats.requests <= 32


def test_no_server_is_noticed_soon(server: LoopbackServer) -> None:
    closed = server.base_url.rsplit(":", 1)[0] + ":1/v1"
    started = time.perf_counter()
    with pytest.raises(ModelError, match=r"no server at http://127\.0\.0\.1:1/v1 .*base_url"):
        ask(model(closed), questions(50))
    assert time.perf_counter() - started < 5


def test_an_unknown_host_is_no_server() -> None:
    with pytest.raises(ModelError, match=r"no server at http://nowhere\.invalid/v1"):
        ask(model("http://nowhere.invalid/v1", retries=0), questions(1))


def test_a_server_that_goes_away_keeps_what_was_answered() -> None:
    got: list[Completion] = []

    async def run() -> None:
        with LoopbackServer() as server:
            stream = model(server.base_url, concurrency=2, retries=1).complete(questions(500))
            got.append(await anext(stream))
        async for completion in stream:
            got.append(completion)

    with pytest.raises(ModelError, match="no server"):
        asyncio.run(run())
    assert 0 < len(got) < 500
    assert {completion.finish for completion in got} == {"stop"}


def test_a_consumer_that_stops_early_leaves_nothing_behind() -> None:
    async def run(server: LoopbackServer) -> int:
        async for _ in model(server.base_url, concurrency=4).complete(questions(1000)):
            break
        await asyncio.sleep(0.2)
        return len(asyncio.all_tasks()) - 1

    with LoopbackServer(latency_ms=10) as server:
        assert asyncio.run(run(server)) == 0
        assert server.stats.requests < 20
        gc.collect()  # an unclosed session or transport would warn here, and warnings are errors


def test_memory_does_not_hold_a_task_for_every_request(server: LoopbackServer) -> None:
    async def run() -> int:
        stream = model(server.base_url, concurrency=8).complete(questions(5000))
        await anext(stream)
        tasks = len(asyncio.all_tasks())
        await asyncio.sleep(0.3)  # nobody takes answers: workers must wait, not run ahead
        assert server.stats.requests < 100
        await stream.aclose()
        return tasks

    assert asyncio.run(run()) < 20


def test_a_model_outlives_its_event_loop(server: LoopbackServer) -> None:
    asked = model(server.base_url)
    assert texts(ask(asked, questions(4))) == texts(ask(asked, questions(4)))


def test_no_requests_need_no_key_and_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_ENV)
    assert ask(model("https://api.example.com/v1"), []) == {}


def test_refusals_are_told_from_answers() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> dict[str, Any]:
        if "filter" in prompt:
            return {"finish_reason": "content_filter"}
        return {"message": {"role": "assistant", "content": None, "refusal": "I cannot help."}}

    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url), [chat_request("f", "filter"), chat_request("r", "refuse")])
    assert {completion.finish for completion in got.values()} == {"refusal"}
    assert texts(got) == {"f": "", "r": "I cannot help."}


def test_more_stop_strings_than_the_api_takes_are_cut_here() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        return "one two six three five four"

    stops = ("four", "@", "#", "~", "five", "six")
    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url), [Request("k", Prompt("p", stop=stops), 4)])
        assert server.stats.bodies[0]["stop"] == ["four", "@", "#", "~"]
    assert got["k"].text == "one two "
    assert got["k"].finish == "stop"


@pytest.mark.parametrize(("name", "value"), [("concurrency", 0), ("retries", -1), ("timeout_s", 0.0)])
def test_settings_out_of_range_are_named(name: str, value: float) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=rf"model\.openai\.{name} is {value}"):
        OpenAIModel(ModelConfig("m", Backend.openai, openai=OpenAIConfig(**settings)))
