"""Bodies and answers of chat and text completions."""

from typing import Any

import pytest

from experiments.models.openai_wire import (
    MalformedAnswerError,
    TooFewSamplesError,
    completion_body,
    error_message,
    read_completions,
)
from experiments.models.protocol import Completion, Request
from perturb.prompt import Prompt
from tests.experiments.models.openai_asking import chat_request


def body_of(request: Request, **settings: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "chat": request.prompt.form == "chat",
        "max_tokens_field": "max_tokens",
        "effort": None,
        "samples": None,
    }
    return completion_body(request, "m", **(defaults | settings))


def read_one(request: Request, answer: object, latency_s: float) -> Completion:
    (done,) = read_completions([request], answer, latency_s)
    return done


def test_the_body_holds_what_was_asked_and_nothing_else() -> None:
    asked = chat_request("k", "hi", temperature=0.5, top_p=0.9, seed=7, logprobs=3)
    body = body_of(asked, max_tokens_field="max_completion_tokens", effort="low")
    assert body.pop("messages") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]
    assert body == {
        "model": "m",
        "max_completion_tokens": 16,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "logprobs": True,
        "top_logprobs": 3,
        "reasoning_effort": "low",
    }
    text = body_of(Request("k", Prompt("p"), 16, logprobs=2), max_tokens_field="max_completion_tokens")
    assert text == {
        "model": "m",
        "prompt": "p",
        "max_tokens": 16,
        "temperature": 0.0,
        "top_p": 1.0,
        "logprobs": 2,
    }


def test_a_text_is_one_message_of_a_user_where_only_chats_are_taken() -> None:
    assert body_of(Request("k", Prompt("p"), 16), chat=True)["messages"] == [{"role": "user", "content": "p"}]


def test_samples_have_no_seed() -> None:
    asked = chat_request("k", "hi", temperature=0.5, seed=7)
    assert body_of(asked, samples=3)["n"] == 3
    for samples in (1, 3):
        assert "seed" not in body_of(asked, samples=samples)
    assert "n" not in body_of(asked, samples=1)


@pytest.mark.parametrize(
    "answer", ["<html>", [], {}, {"choices": []}, {"choices": [None]}, {"choices": ["text"]}, None]
)
def test_a_200_that_is_no_completion_is_malformed(answer: object) -> None:
    with pytest.raises(MalformedAnswerError):
        read_one(chat_request("k", "hi"), answer, 0.1)


def test_a_completion_without_extras_is_read() -> None:
    answer = {"choices": [{"text": "hello", "finish_reason": None}], "usage": None}
    got = read_one(Request("k", Prompt("p"), 16, logprobs=1), answer, 0.1)
    assert got == Completion("k", "hello", "stop", latency_s=0.1)


def test_a_text_answer_with_logprobs_in_chat_shape_is_read() -> None:
    choice = {
        "text": "a b",
        "finish_reason": "stop",
        "logprobs": {"content": [{"logprob": -1.0}, {"logprob": -2.0}]},
    }
    got = read_one(Request("k", Prompt("p"), 16, logprobs=1), {"choices": [choice]}, 0.1)
    assert got.logprobs == (-1.0, -2.0)


def test_error_messages_are_found_in_the_usual_shapes() -> None:
    assert error_message({"error": {"message": "a\nb"}}) == "a b"
    assert error_message({"error": "plain"}) == "plain"
    assert error_message({"detail": "fast"}) == "fast"
    assert error_message({"choices": []}) == ""
    assert error_message(None) == ""


def test_samples_share_an_answer_and_its_tokens() -> None:
    requests = [chat_request(f"k{i}", "hi") for i in range(3)]
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in "abc"]
    answer: dict[str, Any] = {
        "choices": choices,
        "model": "m",
        "usage": {"prompt_tokens": 9, "completion_tokens": 7},
    }
    got = read_completions(requests, answer, 0.5)
    assert [(done.key, done.text) for done in got] == [("k0", "a"), ("k1", "b"), ("k2", "c")]
    assert [done.prompt_tokens for done in got] == [9, 0, 0]
    assert [done.completion_tokens for done in got] == [3, 2, 2]
    with pytest.raises(TooFewSamplesError, match="3 of 4"):
        read_completions([*requests, chat_request("k3", "hi")], answer, 0.5)


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"finish_reason": "stop"},
        {"message": {"role": "assistant"}, "finish_reason": "stop"},
        {"message": {"content": 7}, "finish_reason": "stop"},
        {"message": {"content": [{"type": "text"}]}, "finish_reason": "stop"},
        {"message": {"content": "half an"}, "finish_reason": "error", "error": {"message": "upstream"}},
        {"message": {"content": "half an"}, "finish_reason": "abort"},
    ],
)
def test_a_choice_that_is_no_answer_is_never_an_empty_one(choice: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError):
        read_one(chat_request("k", "hi"), {"choices": [choice]}, 0.1)


def test_content_in_parts_is_joined_and_thoughts_alone_are_an_empty_answer() -> None:
    parts = [{"type": "text", "text": "a "}, {"type": "image"}, {"type": "text", "text": "b"}]
    for content, text in ((parts, "a b"), (None, "")):
        answer = {"choices": [{"message": {"content": content}, "finish_reason": "length"}]}
        assert read_one(chat_request("k", "hi"), answer, 0.1) == Completion(
            "k", text, "length", latency_s=0.1
        )


def test_an_answer_is_cut_at_stop_strings_that_the_server_did_not_heed() -> None:
    answer = {"choices": [{"text": "Paris\nQ: and", "finish_reason": "length"}]}
    got = read_one(Request("k", Prompt("p", stop=("\n",)), 16), answer, 0.1)
    assert (got.text, got.finish) == ("Paris", "stop")
