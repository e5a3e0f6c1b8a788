r"""Graders of mathematical expressions."""

import re
from dataclasses import replace
from itertools import pairwise

from perturb import Item, Prompt

from .equivalence import equivalent
from .extract import final, last_line, without_lead
from .match import halfwidth
from .reading import NOTHING, Reading
from .same import same


def expression_equal(text: str, item: Item, prompt: Prompt) -> Reading:
    r"""Right if the expression answered equals one of the references, by writing or by computer algebra.

    Where the expression stands: in the last "\boxed{...}", or in several in a row, joined by "and" as a list;
    else after the cue or another sign of a final answer; else, if a worked solution was asked for, on the
    last line, and if none was, on the first. Which part of that line: its formulas between "$", if it has
    any; else the line up to the end of its first sentence. What is the same by writing, `same.same` says.
    """
    return read_expression(text, item, prompt, algebra=True)


def expression_exact(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the expression answered is one of the references by its writing alone.

    It looks where `expression_equal` looks, but not at the last line: where a worked solution was asked for,
    a box or a sign of the final answer is needed.
    """
    return read_expression(text, item, prompt, algebra=False)


def read_expression(
    text: str, item: Item, prompt: Prompt, *, algebra: bool, ordered: bool = False
) -> Reading:
    """As `expression_equal`, or without algebra as `expression_exact`.

    Args:
        text: A completion's `extract.body`.
        item: The item as it was asked.
        prompt: What was asked.
        algebra: Whether to read the last line of a worked solution too, and to use computer algebra.
        ordered: Whether the order of several values counts.
    """
    found = _boxes(text) or _stated(text, prompt)
    if not found and algebra and prompt.cue is not None:
        line = last_line(text)
        found = [Reading(_formula(line.line), open=line.open)] if line else []
    found = [reading for reading in found if reading.extracted]
    for undecided in (None, equivalent) if algebra else (None,):
        for reading in found:
            written = reading.extracted or ""
            if any(same(gold, written, undecided, ordered=ordered) for gold in item.answers):
                return replace(reading, correct=True)
    return found[0] if found else NOTHING


def _stated(text: str, prompt: Prompt) -> list[Reading]:
    """The expression after a sign of the final answer or, if no solution was asked for, on the first line."""
    stretch = final(text, prompt)
    if stretch is None:
        return []
    line = stretch.line if stretch.signed else without_lead(stretch.line)
    begins = stretch.signed or line.startswith(("$", "\\(", "\\["))
    whole = line.rstrip(".。")  # all of it may be meant
    readings = dict.fromkeys((_formula(line, begins=begins), whole))
    return [Reading(written, signed=stretch.signed, open=stretch.open) for written in readings]


_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BETWEEN = re.compile(
    r"(?:[\s$,;.]|\\[()\[\]]|\\text\s*\{[\s,]*(?:and|or)?\s*\}|and|or|[a-zA-Z](?:_\{?\w\}?)?\s*=)*"
)
_JOINED = 12  # boxes in a row that are read together, at most
_GAP = 60  # characters between two boxes in a row


def _boxes(text: str) -> list[Reading]:
    """What the last box holds and, if several stand in a row, what they hold together."""
    contents: list[str] = []
    start = len(text)
    for box in reversed(list(_BOX.finditer(text))[-_JOINED:]):
        end = _closing(text, box.end())
        if contents and (
            end is None or start - end > _GAP or not _BETWEEN.fullmatch(text, max(end, 0), start)
        ):
            break
        if end is None:  # it never closes, or is "\boxed 5"
            line, _, rest = text[box.end() :].partition("\n")
            return [Reading(line.lstrip("{").partition("$")[0].strip(), signed=True, open=not rest)]
        contents.insert(0, text[box.end() + 1 : end - 1].strip())
        start = box.start()
    written = dict.fromkeys((contents[-1], ", ".join(contents))) if contents else ()
    return [Reading(content, signed=True) for content in written]


def _closing(text: str, start: int) -> int | None:
    """The end of the braces that begin at a place; None if none begin there or they do not close."""
    if text[start : start + 1] != "{":
        return None
    depth = 0
    for brace in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return None


_DOLLARS = re.compile(
    r"(?<!\\)\$\$?((?:[^$\\]|\\.)+?)\$\$?|\\\(((?:(?!\\[()]).)+)\\\)|\\\[((?:(?!\\[\[\]]).)+)\\\]"
)
_DELIMITER = re.compile(r"(?<!\\)(?:\$|\\[()\[\]])")
_JOINS = re.compile(r"\b(?:and|or)\b|[和或]")
_LETTERS = re.compile(r"[A-Za-z\u3400-\u9fff]")
_AND = re.compile(r"[\s,;]*(?:and|or|和|或|、|und|y|et|и)?[\s,;]*", re.IGNORECASE)
_IS = re.compile(r"\s*(?:is|are|equals|=|为|是|等于)\s*")
_SENTENCE = re.compile(
    r"\.(?=\s+[A-Z]|\s*$)|。|,(?=[\u3400-\u9fff])|,?\s+(?:because|since|where|when|so|which|I hope)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(r"\b(?:is|are|equals)\b|[是为]|等于")
_LONGEST = 4000  # characters of a line; an answer stands at its beginning, or at its end


def _formula(line: str, *, begins: bool = False) -> str:
    """The formula with which a line answers: its first if it begins with the answer, else its last."""
    line = line[:_LONGEST] if begins else line[-_LONGEST:]
    found = list(_DOLLARS.finditer(line))
    if found and not _LETTERS.search(_JOINS.sub("", _DOLLARS.sub("", line))):
        return _DELIMITER.sub("", halfwidth(line)).lstrip().rstrip(" .。")  # "-$x$", "1;$2$"
    if not found:
        line = halfwidth(line) if begins else _SAYS.split(halfwidth(line))[-1]
        return _SENTENCE.split(line, maxsplit=1)[0].lstrip(" $").rstrip(" $.。")
    runs = [[found[0]]]
    for before, after in pairwise(found):
        between = line[before.end() : after.start()]
        if _AND.fullmatch(between):
            runs[-1].append(after)
        else:
            runs.append([after])
    place = 0 if begins else -1
    while 0 <= place < len(runs) - 1 and _IS.fullmatch(
        line[runs[place][-1].end() : runs[place + 1][0].start()]
    ):
        place += 1  # "$f(2)$ is $3$"
    return ", ".join(next(filter(None, match.groups())).strip() for match in runs[place])
