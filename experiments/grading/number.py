"""Graders of numbers."""

import re
from fractions import Fraction

from perturb import Item, Prompt

from .extract import Stretch, final, without_lead
from .match import halfwidth, numbers, values
from .reading import NOTHING, Reading

_Found = tuple[Fraction, int, int]

# After a number: it is the beginning of a calculation.
_CALCULATES = re.compile(
    r"\s*(?:[+*×÷·^/]|[-−–]\s*[$€£¥]?\d|x\s*\d|%?\s*of\s+[$€£¥]?\d|(?:plus|minus|times|divided|multiplied)\b)"
)


def number_last(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the number answered equals one of the references exactly: 18 is 18.0 and $18, not 180.

    Where the number stands: after the cue, else after another sign of a final answer ("answer:", "####", a
    LaTeX box); where a worked solution was asked for and there is no sign, it is the text's last number;
    where none was, the first line answers (in a chat a sign further down comes first).

    Which number of that line: one it begins with ("18 eggs in 7 days"), unless a calculation follows; else
    the first one after the last "=" ("12 + 3 = 15"); else, after a sign, the first ("18" in "Jane has 18
    left of 20"), and in a first line the last one ("She has 16, sells 7 and keeps 9."). So of "12 apples and
    3 pears" it is 12, though such a line answers nothing.

    How a number is written depends on the language, which an item or its subject may name ("de"): see
    `numbers`.
    """
    references = _references(item)
    text = halfwidth(text)
    stretch = final(text, prompt)
    if stretch is None:
        found = list(numbers(text, _language(item)))
        return _reading(text, found[-1], references, open=False) if found else NOTHING
    line = stretch.line if stretch.signed else without_lead(stretch.line)
    found = list(numbers(line, _language(item)))
    if not found:
        return Reading(None, signed=stretch.signed, open=stretch.open)
    chosen, settled = _chosen(line, found, stretch)
    # A number at the very end may have lost digits; a sentence that goes on may have lost its last number.
    unfinished = stretch.open and (not settled or chosen[2] == len(line))
    return _reading(line, chosen, references, open=unfinished, signed=stretch.signed)


def number_last_anywhere(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if `number_last` is, or if the last number of the whole text is.

    Lenient: it finds answers after unasked reasoning, and misreads a text that goes on after its answer.
    """
    asked = number_last(text, item, prompt)
    if asked.correct:
        return asked
    text = halfwidth(text)
    found = list(numbers(text, _language(item)))
    if not found:
        return asked
    return _reading(
        text, found[-1], _references(item), open=found[-1][2] == len(text.rstrip()), signed=asked.signed
    )


def _language(item: Item) -> str:
    return item.language or item.subject


def _chosen(line: str, found: list[_Found], stretch: Stretch) -> tuple[_Found, bool]:
    """The number a line answers with, and whether more text on the line could not change that."""
    _, start, end = found[0]
    begins = not any(character.isalnum() for character in line[:start])
    if begins and not _CALCULATES.match(line[end:]):
        return found[0], True
    equals = line.rfind("=")
    results = [number for number in found if number[1] > equals] if equals >= 0 else []
    if results:
        return results[0], False
    return (found[0], True) if stretch.signed else (found[-1], False)


def _reading(
    text: str, found: _Found, references: frozenset[Fraction], *, open: bool, signed: bool = False
) -> Reading:
    value, start, end = found
    return Reading(text[start:end], value in references, signed, open)


def _references(item: Item) -> frozenset[Fraction]:
    references = values(item.answers)
    if not references:
        raise ValueError(f"item {item.id!r} has no number among its answers {item.answers[:3]!r}")
    return references
