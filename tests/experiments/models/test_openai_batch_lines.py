"""What is read off the lines of a batch's files."""

from typing import Any

import pytest

from experiments.models.openai_batch_lines import Verdict, verdicts
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_questions import questions
from experiments.models.protocol import ModelError
from experiments.schema import OpenAIConfig
from tests.experiments.models.openai_asking import KEY, chat_request, text_request

ENDPOINT = Endpoint("https://api.example.com/v1", "m", "KEY_VARIABLE", KEY)
(QUESTION,) = questions([text_request("k", "Q:")], "m", OpenAIConfig())
GOOD = {"choices": [{"text": "fine", "finish_reason": "stop"}], "model": "m"}


def line(status: int, body: object, name: str = "k") -> dict[str, Any]:
    return {"custom_id": name, "response": {"status_code": status, "body": body}, "error": None}


def read(*lines: dict[str, Any]) -> Verdict:
    (verdict,) = verdicts(lines, {"k": QUESTION}, ENDPOINT)
    return verdict


def test_an_answer_is_a_completion() -> None:
    done = read(line(200, GOOD)).completion
    assert done is not None
    assert (done.key, done.text, done.finish, done.revision, done.latency_s) == (
        "k",
        "fine",
        "stop",
        "m",
        0.0,
    )


def test_lines_about_other_requests_are_left_out() -> None:
    assert read(line(200, GOOD, "another"), line(200, GOOD), {}, {"custom_id": None}).completion is not None


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"custom_id": "k", "response": None, "error": {"code": "batch_expired", "message": "late"}}, "late"),
        ({"custom_id": "k", "response": None, "error": None}, "the batch has no answer to it"),
        ({"custom_id": "k"}, "the batch has no answer to it"),
        (line(0, None), "the batch has no answer to it"),
        (line(200, None), "the answer holds no completion"),
        (line(200, {"choices": []}), "the answer holds no completion"),
        (line(429, {"error": {"message": "slowly"}}), "HTTP 429: slowly"),
        (line(500, "<html>"), "HTTP 500: <html>"),
    ],
)
def test_what_may_be_otherwise_next_time_has_no_completion(spoilt: dict[str, Any], why: str) -> None:
    assert read(spoilt) == Verdict("k", passing=why)


def test_what_will_not_be_otherwise_is_a_failed_completion_or_a_refusal() -> None:
    failed = read(line(400, {"error": {"message": f"bad prompt {KEY}"}})).completion
    assert failed is not None
    assert (failed.finish, failed.error) == ("error", "HTTP 400: bad prompt [key]")
    refused = read(line(400, {"error": {"message": "policy", "code": "content_filter"}})).completion
    assert refused is not None
    assert refused.finish == "refusal"


def test_a_fault_with_every_request_is_told_from_one_with_this() -> None:
    body = {"error": {"message": "Unsupported parameter: 'temperature'", "param": "temperature"}}
    assert isinstance(read(line(400, body)).fault, ModelError)
    others = {"k": QUESTION, "good": QUESTION}
    found = list(verdicts([line(200, GOOD, "good"), line(400, body)], others, ENDPOINT))
    assert [verdict.fault for verdict in found] == [None, None]


def test_samples_of_one_line_are_several_verdicts() -> None:
    draws = [chat_request(f"d{seed}", "same", temperature=0.8, seed=seed) for seed in range(3)]
    (question,) = questions(draws, "m", OpenAIConfig(n=True))
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in "abc"]
    found = list(verdicts([line(200, {"choices": choices})], {"k": question}, ENDPOINT))
    assert [(verdict.key, verdict.completion and verdict.completion.text) for verdict in found] == [
        ("d0", "a"), ("d1", "b"), ("d2", "c"),
    ]  # fmt: skip
    few = list(verdicts([line(200, {"choices": choices[:2]})], {"k": question}, ENDPOINT))
    assert len(few) == 3
    for verdict in few:
        assert verdict.completion is not None
        assert "set model.openai.n=false" in (verdict.completion.error or "")
