"""Grading: from completions to scores and statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from experiments.models.protocol import Completion
from perturb import Item, Prompt

from .extract import body, refuses
from .reading import Reading
from .registry import Grader, grader


class Status(StrEnum):
    """What became of a request. Only a correct one has the full score."""

    correct = "correct"
    wrong = "wrong"  # not altogether right: by token overlap its score may be above 0
    unparsed = "unparsed"  # it ended without an answer that the grader could find
    refused = "refused"  # the provider or the model declined to answer
    failed = "failed"  # no completion came back
    truncated = "truncated"  # the token limit came before the answer
    ungraded = "ungraded"  # it needs a scorer that was not to be had: no score
    scored = "scored"  # measured on a scale that has no right and wrong, as toxicity


UNSCORED = frozenset((Status.failed, Status.ungraded))  # those say nothing of the model


@dataclass(frozen=True, slots=True)
class Grade:
    """One grader's judgement of one completion.

    Attributes:
        score: In [0, 1]; without meaning where the status is one of `UNSCORED`.
        status: What became of the request.
        extracted: The answer as read (a choice's label), empty when there is none.
    """

    score: float
    status: Status
    extracted: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A completion to be graded.

    Attributes:
        completion: What came back.
        item: The item as it was asked, after perturbation.
        prompt: What was asked.
        reply: What another model said of the completion, for graders that ask one; None if none was asked.
    """

    completion: Completion
    item: Item
    prompt: Prompt
    reply: Completion | None = None


def grade(name: str, completion: Completion, item: Item, prompt: Prompt) -> Grade:
    """Grades one completion, as `grade_many` does."""
    return grade_many(name, [Case(completion, item, prompt)])[0]


def grade_many(name: str, cases: Sequence[Case], workers: int = 1) -> list[Grade]:
    """Grades completions; the same input always gives the same grades.

    In this order: a request that failed is `failed`; one that the provider refused is `refused`; one that hit
    the token limit before the cue it was asked for is `truncated`, even if the text so far happens to hold
    the right answer; a right answer is `correct`; one that hit the token limit within its answer or without
    one is `truncated`; a reply that begins with a clear refusal is `refused`; one without an answer is
    `unparsed`; the rest is `wrong`, with the score of what is right in part. A grader that asks another model
    leaves a completion `ungraded` where that model has not answered.

    Args:
        name: The grader's name.
        cases: What to grade.
        workers: Most programs that run at once, for graders that run some.

    Returns:
        The grades, in the order of the cases.

    Raises:
        ValueError: Unknown grader, or one for another type of answer than an item has.
    """
    how = grader(name)
    if how.ask is not None:
        return [_opinion(how, case) for case in cases]
    lost = [_lost(case) for case in cases]
    texts = [
        "" if gone else body(case.completion.text, case.prompt, raw=how.raw or how.likelihood)
        for gone, case in zip(lost, cases, strict=True)
    ]
    readable = [place for place, gone in enumerate(lost) if not gone]
    triples = [(texts[place], cases[place].item, cases[place].prompt) for place in readable]
    many = how.many(triples, workers) if how.many is not None else [how.read(*triple) for triple in triples]
    readings = dict(zip(readable, many, strict=True))
    return [lost[place] or _grade(readings[place], case, texts[place]) for place, case in enumerate(cases)]


def _lost(case: Case) -> Grade | None:
    """The grade of a case without a text."""
    if case.completion.finish == "error":
        return Grade(0.0, Status.failed)
    if case.completion.finish == "refusal":
        return Grade(0.0, Status.refused)
    return None


def _grade(reading: Reading, case: Case, text: str) -> Grade:
    extracted = reading.extracted or ""
    cut = case.completion.finish == "length"
    if cut and case.prompt.cue is not None and not reading.signed:
        return Grade(0.0, Status.truncated, extracted)
    if reading.correct:
        return Grade(1.0, Status.correct, extracted)
    if cut and (reading.extracted is None or reading.open):
        return Grade(reading.score, Status.truncated, extracted)
    if refuses(text):
        return Grade(0.0, Status.refused, extracted)
    if reading.extracted is None:
        return Grade(0.0, Status.unparsed)
    return Grade(reading.score, Status.wrong, extracted)


def _opinion(how: Grader, case: Case) -> Grade:
    """What another model's reply comes to; one that cannot be had or read leaves the completion ungraded."""
    lost = _lost(case)
    if lost is not None:
        return lost
    if case.reply is None or case.reply.finish in ("error", "refusal"):
        return Grade(0.0, Status.ungraded)
    reading = how.read(case.reply.text, case.item, case.prompt)
    if reading.extracted is None:
        return Grade(0.0, Status.ungraded)
    if how.measures:
        return Grade(reading.score, Status.scored, reading.extracted)
    return Grade(reading.score, Status.correct if reading.correct else Status.wrong, reading.extracted)
