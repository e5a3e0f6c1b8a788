"""Graders of answers to be met to the letter: a label, a verdict, a number, brackets, a list of words."""

import re
from collections.abc import Callable, Hashable

from perturb import Item, Prompt

from .extract import Stretch, final, without_lead
from .labels import after_sign, at_start
from .match import halfwidth, numbers
from .reading import NOTHING, Reading
from .short import answers, sentences

_CAPITALS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NO_TEXTS = ("",) * len(_CAPITALS)
_OPTION = re.compile(r"\([A-Z]\)")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
_BRACKETS = frozenset("()[]{}<>")
_VERDICTS = frozenset(("yes", "no", "true", "false", "valid", "invalid"))
_FIRST = re.compile(r"[\"'`“‘*\s]*(\w+)[\"'`”’*]*(?:[.,:;!]|\s*$|\s+[-–—(]|[–—]|\s+(?:because|since|as)\b)")
_LAST = re.compile(
    r"(?:\b(?:is|it['’]s)\s+(?:(?:deductively|logically|formally|therefore|indeed)\s+)*|=\s*)[\"'`“‘]*(\w+)\W*$"
)
_REACH = 100  # characters at an answer's end in which its verdict is looked for
_QUOTES = "\"'`“”‘’*"
_BULLET = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•])\s+", re.MULTILINE)
_GAPS = re.compile(r"[\s,;]+")


def exact_string(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer is a reference to the letter; white space and a full stop after it are left aside.

    The answer is what follows the cue or another sign of a final answer, up to the end of the line or of a
    sentence; where no final sentence was asked for and there is no sign, it is the first line. A repeated
    lead ("A:") and "The answer is" are no part of it.
    """
    stretch = final(text, prompt)
    if stretch is None:
        return NOTHING
    lines = [answer.strip() for answer in answers(stretch)]
    written = {*lines, *(line.removesuffix(".").rstrip() for line in lines)}
    correct = any(reference.strip() in written for reference in item.answers)
    return Reading(stretch.line, correct, stretch.signed, stretch.open)


def exact_answer(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer says the same as a reference, whose kind tells how it is read.

    - An option, "(B)": its label as `labels.at_start` reads it, with or without brackets, the option's text
      behind it or not; "(A) or (B)" is no answer.
    - A verdict (yes or no, true or false, valid or invalid): the first word ("No, because …"), else what is
      said last ("The argument is deductively invalid."); letter case aside.
    - A number: the only one in the answer, or in what follows its last "="; 24 is 24.0, not 240.
    - Brackets: the same ones in the same order, spaced in any way.
    - Other words: the same ones in the same order, parted by spaces, commas or line breaks; letter case
      aside.

    Where the answer stands: as for `exact_string`, but a first line may also go on behind the sentence that
    answers, and a list of words over several lines.
    """
    stretch = final(text, prompt)
    if stretch is None:
        return NOTHING
    readings = [_reading(text, stretch, reference) for reference in item.answers]
    return max(readings, key=lambda reading: reading.correct, default=NOTHING)


def _reading(text: str, stretch: Stretch, reference: str) -> Reading:
    first, *after = answers(stretch)
    line = sentences(without_lead(stretch.line))
    says = _reader(reference.strip())
    if says is None:
        read = {_words(answer) for answer in (first, *after, *line, _block(text, stretch))}
        wanted = _words(reference)
        if "and" not in wanted:
            read |= {tuple(word for word in words if word != "and") for words in read}
        return Reading(stretch.line, wanted in read, stretch.signed, stretch.open)
    # What a sign announces goes first, and the sentence that answers before the line that explains.
    said = map(says, (*sorted(after, key=len), *sorted(line, key=len)))
    answer = next((one for one in said if one is not None), None)
    if answer is None:
        return Reading(None, signed=stretch.signed, open=stretch.open)
    return Reading(stretch.line, answer == says(reference), stretch.signed, stretch.open)


def _reader(reference: str) -> Callable[[str], Hashable] | None:
    """What reads an answer of the reference's kind (None from what is none); None for plain words."""
    if _OPTION.fullmatch(reference):
        return _option
    if reference.casefold() in _VERDICTS:
        return _verdict
    if _NUMBER.fullmatch(reference):
        return _number
    return _brackets if _brackets(reference) else None


def _option(answer: str) -> Hashable:
    answer = halfwidth(answer)
    index = at_start(answer, _CAPITALS, _NO_TEXTS)
    return after_sign(answer, _CAPITALS, _NO_TEXTS) if index is None else index


def _verdict(answer: str) -> Hashable:
    found = (_FIRST.match(answer), _LAST.search(answer[-_REACH:]))
    words = (match[1].casefold() for match in found if match)
    return next((word for word in words if word in _VERDICTS), None)


def _number(answer: str) -> Hashable:
    results = {value for value, _, _ in numbers(answer.rpartition("=")[2])}
    found = results or {value for value, _, _ in numbers(answer)}
    return found.pop() if len(found) == 1 else None


def _brackets(answer: str) -> Hashable:
    written = "".join(answer.split()).strip(_QUOTES + ".,;")
    return written if written and _BRACKETS.issuperset(written) else None


def _words(answer: str) -> tuple[str, ...]:
    parts = _GAPS.split(_BULLET.sub("", answer).replace("’", "'").casefold())
    bare = (part.strip(_QUOTES + ".:") for part in parts)
    return tuple(word for word in bare if word)


def _block(text: str, stretch: Stretch) -> str:
    """The answer's line and those below it, up to a blank one."""
    start = text.rfind(stretch.line) if stretch.signed else text.find(stretch.line)
    return text[start:].partition("\n\n")[0]
