"""Bodies and answers of the Responses API."""

from typing import Any

import pytest

from experiments.models.openai_responses import read_response, response_body
from experiments.models.openai_wire import MalformedAnswerError
from experiments.models.protocol import Completion, Request
from experiments.schema import Api
from perturb.prompt import Prompt
from tests.experiments.models.openai_asking import KEY, KEY_ENV, ask, chat_request, model, text_request
from tests.loopback import LoopbackServer

ASKED = Request("k", Prompt("p", stop=("\n",)), 16)


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(parts)}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": said, **more}


def answer(*output: dict[str, Any], status: str = "completed", **fields: Any) -> dict[str, Any]:
    return {
        "status": status,
        "output": [{"type": "reasoning", "summary": []}, *output],
        "model": "m",
        **fields,
    }


def test_the_body_holds_what_was_asked_and_neither_stops_nor_a_seed() -> None:
    asked = chat_request("k", "hi", temperature=0.5, top_p=0.9, seed=7, logprobs=3)
    assert response_body(asked, "m", effort="low") == {
        "model": "m",
        "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
        "max_output_tokens": 16,
        "temperature": 0.5,
        "top_p": 0.9,
        "store": False,
        "reasoning": {"effort": "low"},
        "top_logprobs": 3,
        "include": ["message.output_text.logprobs"],
    }
    assert response_body(ASKED, "m", effort=None) == {
        "model": "m", "input": "p", "max_output_tokens": 16, "temperature": 0.0, "top_p": 1.0, "store": False,
    }  # fmt: skip


def test_texts_are_read_past_thoughts_and_cut_at_their_stops() -> None:
    usage = {"input_tokens": 5, "output_tokens": 70}
    got = read_response(ASKED, answer(message(text("Par"), text("is\nQ:")), usage=usage), 0.5)
    assert got == Completion(
        "k", "Paris", "stop", prompt_tokens=5, completion_tokens=70, latency_s=0.5, revision="m"
    )


@pytest.mark.parametrize(
    ("said", "finish", "words"),
    [
        (answer(message(text("half")), status="incomplete", incomplete_details=None), "length", "half"),
        (answer(status="incomplete", incomplete_details={"reason": "max_output_tokens"}), "length", ""),
        (answer(status="incomplete", incomplete_details={"reason": "content_filter"}), "refusal", ""),
        (answer(message({"type": "refusal", "refusal": "I cannot."})), "refusal", "I cannot."),
        (answer(message(text(""))), "stop", ""),
    ],
)  # fmt: skip
def test_how_it_ended_is_told(said: dict[str, Any], finish: str, words: str) -> None:
    got = read_response(ASKED, said, 0.1)
    assert (got.finish, got.text) == (finish, words)


@pytest.mark.parametrize(
    "said",
    [
        "<html>", None, [], {}, answer(), answer(message(text("x")), status="in_progress"),
        answer(status="failed", error={"code": "server_error", "message": "out of order"}),
        answer({"type": "message"}), {"error": {"message": "no"}},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_malformed(said: object) -> None:
    with pytest.raises(MalformedAnswerError):
        read_response(ASKED, said, 0.1)


def test_a_failure_is_told_in_the_servers_words() -> None:
    said = answer(status="failed", error={"code": "server_error", "message": "out of order"})
    with pytest.raises(MalformedAnswerError, match="out of order"):
        read_response(ASKED, said, 0.1)


def test_both_forms_of_prompts_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    with LoopbackServer() as server:
        asked = [text_request("t", "Q:", logprobs=2), chat_request("c", "Q?", logprobs=2)]
        got = ask(model(server.base_url, api=Api.responses), asked)
        assert set(server.stats.paths) == {"/v1/responses"}
    for done in got.values():
        assert (done.finish, done.completion_tokens, done.revision) == ("stop", 3, "loopback")
        assert len(done.logprobs or ()) == 3
