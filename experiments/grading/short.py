"""Graders of short answers: a name, a date, a few words."""

import re

from perturb import Item, Prompt

from .extract import Stretch, final, first_line, last_line, without_lead
from .match import contains_alias, is_alias
from .reading import NOTHING, Reading

_SENTENCE_END = re.compile(r"[.!?](?=\s)")


def short_exact(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer is one of the references, after normalisation, and nothing else.

    The answer is the first line that is not empty, or, where a final sentence was asked for, what follows its
    cue up to the end of the line or of a sentence. Quotes, a full stop and a repeated lead ("A:") are no part
    of it. No answer where the final sentence is missing.
    """
    stretch = _asked(text, prompt)
    if stretch is None:
        return NOTHING
    line = stretch.line if stretch.signed else without_lead(stretch.line)
    candidates = [line]
    if stretch.signed:
        # "St. Louis. It lies on …": each full stop may be the sentence's end.
        candidates += [line[: end.start()] for end in _SENTENCE_END.finditer(line)]
    correct = any(is_alias(candidate, item.answers) for candidate in candidates)
    return Reading(line, correct, stretch.signed, stretch.open)


def short_contains(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer holds one of the references as whole words, not right after "not".

    It looks where `short_exact` looks and, where the final sentence is missing, at the last line. It is
    lenient on purpose: "Paris or Lyon" is right for both, and so is "It was never Paris" for Paris.
    """
    exact = short_exact(text, item, prompt)
    if exact.correct:
        return exact
    stretch = _asked(text, prompt) or last_line(text)
    if stretch is None:
        return NOTHING
    correct = contains_alias(stretch.line, item.answers)
    return Reading(stretch.line, correct, stretch.signed, stretch.open)


def _asked(text: str, prompt: Prompt) -> Stretch | None:
    return first_line(text) if prompt.cue is None else final(text, prompt)
