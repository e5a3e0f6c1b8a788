"""Graders of short answers: a name, a date, a few words."""

import re
from functools import lru_cache
from itertools import islice

from perturb import Item, Prompt

from .extract import Stretch, final, first_line, last_line, without_lead
from .match import contains_alias, is_alias
from .reading import NOTHING, Reading
from .tokens import spaced

_STOPS = "。！？"
_SENTENCE_END = re.compile(rf"[.!?](?=\s)|[{_STOPS}]")
_MOST_ENDS = 8  # initials and abbreviations that a name may have
_LONGEST = 10_000  # characters; a model that loops writes lines of any length, and they are no short answer
_SENTENCE = Prompt("", cue="answer is")


def short_exact(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer is one of the references, after normalisation, and nothing else.

    The answer is the first line that is not empty, or, where a final sentence was asked for, what follows its
    cue up to the end of the line or of a sentence. Quotes, a full stop, a repeated lead ("A:") and "The
    answer is" are no part of it. No answer where the final sentence is missing.
    """
    return _exact(text, item.answers, prompt.cue)


@lru_cache(maxsize=65536)  # a cell's completions are read by one grader after the other
def _exact(text: str, references: tuple[str, ...], cue: str | None) -> Reading:
    stretch = _asked(text, cue)
    if stretch is None:
        return NOTHING
    correct = any(is_alias(answer, references) for answer in answers(stretch))
    line = stretch.line if stretch.signed else without_lead(stretch.line)
    return Reading(line, correct, stretch.signed, stretch.open)


def short_contains(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer holds one of the references as whole words, not right after "not".

    It looks where `short_exact` looks and, where the final sentence is missing, at the last line. It is
    lenient on purpose: "Paris or Lyon" is right for both, and so is "It was never Paris" for Paris. In a
    script without spaces, a reference of two characters or more may stand anywhere in the line.
    """
    exact = short_exact(text, item, prompt)
    if exact.correct:
        return exact
    stretch = _asked(text, prompt.cue) or last_line(text)
    if stretch is None:
        return NOTHING
    line = stretch.line[:_LONGEST]
    correct = contains_alias(line, item.answers) or _contains_unspaced(line, item.answers)
    return Reading(stretch.line, correct, stretch.signed, stretch.open)


def answers(stretch: Stretch) -> list[str]:
    """What in a stretch may be the answer and nothing else.

    Behind a sign: all of it, and what comes before the end of one of its sentences. On a line without a sign:
    all of it but a repeated lead, and what follows "answer is" there, in the same way.
    """
    line = stretch.line[:_LONGEST]
    if stretch.signed:
        return sentences(line)
    said = final(line, _SENTENCE)
    return [_bare(without_lead(line)), *(sentences(said.line) if said else [])]


def sentences(line: str) -> list[str]:
    """A line, and what comes before the ends of its first few sentences.

    "St. Louis. It lies on …": any full stop may be the end of the sentence that answers.
    """
    line = _bare(line[:_LONGEST])
    ends = islice(_SENTENCE_END.finditer(line), _MOST_ENDS)
    return [line, *(line[: end.start()] for end in ends)]


def _bare(line: str) -> str:
    return line.rstrip(_STOPS)


def _asked(text: str, cue: str | None) -> Stretch | None:
    return first_line(text) if cue is None else final(text, Prompt("", cue=cue))


def _contains_unspaced(line: str, references: tuple[str, ...]) -> bool:
    parted = spaced(line)
    return parted != line and contains_alias(parted, _spaced_references(references))


@lru_cache(maxsize=65536)
def _spaced_references(references: tuple[str, ...]) -> tuple[str, ...]:
    parted = map(spaced, references)
    return tuple(reference for reference in parted if len(reference.split()) > 1)
