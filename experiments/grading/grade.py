"""Grading: from a completion to a score and a status."""

from dataclasses import dataclass
from enum import StrEnum

from experiments.models.protocol import Completion
from perturb import Item, Prompt

from .extract import body, refuses
from .registry import grader


class Status(StrEnum):
    """What became of a request. Only a correct one scores above 0."""

    correct = "correct"
    wrong = "wrong"
    unparsed = "unparsed"  # it ended without an answer that the grader could find
    refused = "refused"  # the provider or the model declined to answer
    failed = "failed"  # no completion came back
    truncated = "truncated"  # the token limit came before the answer


@dataclass(frozen=True, slots=True)
class Grade:
    """One grader's judgement of one completion.

    Attributes:
        score: In [0, 1].
        status: What became of the request.
        extracted: The answer as read (a choice's label), empty when there is none.
    """

    score: float
    status: Status
    extracted: str = ""


def grade(name: str, completion: Completion, item: Item, prompt: Prompt) -> Grade:
    """Grades a completion; the same input always gives the same grade.

    In this order: a request that failed is `failed`; one that the provider refused is `refused`; one that hit
    the token limit before the cue it was asked for is `truncated`, even if the text so far happens to hold
    the right answer; a right answer is `correct`; one that hit the token limit within its answer or without
    one is `truncated`; a reply that begins with a clear refusal is `refused`; one without an answer is
    `unparsed`; the rest is `wrong`.

    Args:
        name: The grader's name.
        completion: What came back.
        item: The item as it was asked, after perturbation.
        prompt: What was asked.

    Returns:
        The grade.

    Raises:
        ValueError: Unknown grader, or one for another type of answer than the item has.
    """
    read = grader(name).read
    if completion.finish == "error":
        return Grade(0.0, Status.failed)
    if completion.finish == "refusal":
        return Grade(0.0, Status.refused)
    text = body(completion.text, prompt)
    reading = read(text, item, prompt)
    extracted = reading.extracted or ""
    cut = completion.finish == "length"
    if cut and prompt.cue is not None and not reading.signed:
        return Grade(0.0, Status.truncated, extracted)
    if reading.correct:
        return Grade(1.0, Status.correct, extracted)
    if cut and (reading.extracted is None or reading.open):
        return Grade(0.0, Status.truncated, extracted)
    if refuses(text):
        return Grade(0.0, Status.refused, extracted)
    if reading.extracted is None:
        return Grade(0.0, Status.unparsed)
    return Grade(0.0, Status.wrong, extracted)
