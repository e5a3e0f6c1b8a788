"""What became of a batch's requests, read off the lines of its files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import (
    AttemptFailedError,
    Failure,
    PromptFilteredError,
    judge_status,
)
from experiments.models.openai_questions import Question
from experiments.models.openai_wire import MalformedAnswerError, TooFewSamplesError, error_message
from experiments.models.protocol import Completion, ModelError


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one request.

    Attributes:
        key: The request's key.
        completion: Its completion, a failed one if it will never be answered; None if it may be next time.
        passing: Why it has none, though it may have one next time.
        fault: What is wrong with every request, if that is why.
    """

    key: str
    completion: Completion | None = None
    passing: str = ""
    fault: ModelError | None = None


def verdicts(
    lines: Sequence[Mapping[str, Any]], asked: Mapping[str, Question], endpoint: Endpoint
) -> Iterator[Verdict]:
    """What became of the requests that lines are about; lines about others are left out.

    Args:
        lines: Of a batch's files, in any order.
        asked: What the batch's lines asked, by `custom_id`.
        endpoint: Where it was asked.
    """
    answered = any(_status(line) == 200 for line in lines)
    for line in lines:
        question = asked.get(str(line.get("custom_id")))
        if question is not None:
            yield from _of(line, question, endpoint, answered)


def _of(line: Mapping[str, Any], question: Question, endpoint: Endpoint, answered: bool) -> Iterator[Verdict]:
    status, body = _status(line), _body(line)
    keys = [request.key for request in question.requests]
    try:
        if status == 200:
            for completion in question.read(body, 0.0):
                yield Verdict(completion.key, completion)
            return
        failure: Exception = _failure(line, status, body, question, endpoint, answered)
    except MalformedAnswerError as malformed:
        failure = AttemptFailedError(str(malformed))
    except TooFewSamplesError as few:
        failure = TooFewSamplesError(f"{few}: it does not take n, so set model.openai.n=false")
    for key in keys:
        if isinstance(failure, AttemptFailedError):
            yield Verdict(key, passing=str(failure))
        elif isinstance(failure, PromptFilteredError):
            yield Verdict(key, Completion(key, "", "refusal"))
        else:
            error = endpoint.clean(str(failure))
            fault = failure if isinstance(failure, ModelError) else None
            yield Verdict(key, Completion(key, "", "error", error=error), fault=fault)


def _failure(
    line: Mapping[str, Any],
    status: int,
    body: object,
    question: Question,
    endpoint: Endpoint,
    answered: bool,
) -> Exception:
    """What a line without an answer amounts to."""
    if not status:  # nothing was asked: the batch expired, or the server stumbled
        return AttemptFailedError(error_message(line.get("error")) or "the batch has no answer to it")
    error: object = cast("dict[str, Any]", body).get("error", body) if isinstance(body, dict) else body
    code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
    return judge_status(Failure(status, error, str(code or "")), endpoint, question.body, answered=answered)


def _status(line: Mapping[str, Any]) -> int:
    response = line.get("response")
    found = cast("dict[str, Any]", response).get("status_code") if isinstance(response, dict) else 0
    return found if isinstance(found, int) else 0


def _body(line: Mapping[str, Any]) -> object:
    response = line.get("response")
    return cast("dict[str, Any]", response).get("body") if isinstance(response, dict) else None
