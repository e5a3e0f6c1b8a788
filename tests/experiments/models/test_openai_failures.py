"""What failures mean, one by one."""

import time
from email.utils import formatdate
from typing import Any

import pytest

from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import (
    AttemptFailedError,
    Failure,
    PromptFilteredError,
    RequestRefusedError,
    asked_wait_s,
    judge_status,
)
from experiments.models.protocol import ModelError
from tests.experiments.models.openai_asking import KEY

ENDPOINT = Endpoint("https://api.example.com/v1", "m", "KEY_VARIABLE", KEY)
SENT = {"model": "m", "messages": [], "temperature": 0.0, "max_tokens": 16}


def judged(status: int, body: Any = None, code: str = "", *, answered: bool = False) -> Exception:
    return judge_status(Failure(status, body, code), ENDPOINT, SENT, answered=answered)


def test_retry_after_is_read_in_all_its_spellings() -> None:
    assert asked_wait_s({"retry-after-ms": "250", "retry-after": "1"}) == 0.25
    assert asked_wait_s({"retry-after": "7"}) == 7.0
    assert asked_wait_s({"retry-after": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(
        60, abs=3
    )
    assert asked_wait_s({"retry-after": "soon"}) is None
    assert asked_wait_s({}) is None


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 520, 529])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert isinstance(judged(status), AttemptFailedError)


@pytest.mark.parametrize("status", [400, 405, 411, 413, 415, 422, 451, 501])
def test_what_will_not_pass_is_not(status: int) -> None:
    assert isinstance(judged(status, {"message": "too long"}), RequestRefusedError)


@pytest.mark.parametrize("status", [301, 307, 401, 402, 403, 404])
def test_what_concerns_all_requests_stops_the_run(status: int) -> None:
    assert isinstance(judged(status, {"message": "no"}), ModelError)


def test_signs_of_overload_are_told_from_other_troubles() -> None:
    for status, sign in ((408, True), (429, True), (503, True), (529, True), (500, False), (502, False)):
        failure = judged(status)
        assert isinstance(failure, AttemptFailedError)
        assert failure.overloaded is sign


def test_once_a_server_answered_a_forbidden_prompt_is_that_prompts_affair() -> None:
    assert isinstance(judged(403, {"message": "flagged"}, answered=True), RequestRefusedError)
    for status in (401, 404):
        assert isinstance(judged(status, answered=True), ModelError)


def test_a_providers_filter_is_an_answer() -> None:
    assert isinstance(judged(400, {"message": "policy"}, "content_filter"), PromptFilteredError)


def test_no_credit_is_not_waited_for() -> None:
    assert isinstance(judged(429, {"message": "pay"}, "insufficient_quota"), ModelError)


def test_a_parameter_that_is_not_taken_is_named_with_the_key_to_set() -> None:
    body = {"message": "Unsupported value: 'temperature' does not support 0.0", "param": "temperature"}
    error = judged(400, body, "unsupported_value")
    assert isinstance(error, ModelError)
    assert "does not take 'temperature'" in str(error)
    assert "'+model.openai.extra={temperature: null}'" in str(error)
    assert isinstance(judged(400, body, "unsupported_value", answered=True), RequestRefusedError)
