"""Graders of exam papers: one right option, several, or blanks to be filled in."""

import re
from functools import lru_cache

from perturb import Item, Prompt

from .choice import choice_letter, choice_letter_or_text
from .expression import read_expression
from .extract import final, last_line, without_lead
from .labels import NAMED, WORD_END, denied, halfwidth, in_brackets
from .match import option_text, option_texts
from .reading import NOTHING, Reading


def exam_answer(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the labels of the right options are written, or what belongs into the blanks.

    One right option is read as by `choice_letter`, a blank as by `expression_exact`; several blanks have an
    order. Where several options may be right, those count whose labels the answer names one after another
    ("ABD", "A, C", "(A)(C)", "A和C", an option a line) or has in brackets: the right ones and no other.
    """
    if item.gold is not None:
        return choice_letter(text, item, prompt)
    return _several(text, item, prompt, False) if item.golds else _blanks(text, item, prompt, False)


def exam_answer_or_text(text: str, item: Item, prompt: Prompt) -> Reading:
    """As `exam_answer`, but the exact texts of options count too, and what equals a blank.

    One right option is read as by `choice_letter_or_text`, a blank as by `expression_equal`.
    """
    if item.gold is not None:
        return choice_letter_or_text(text, item, prompt)
    return _several(text, item, prompt, True) if item.golds else _blanks(text, item, prompt, True)


_BLANK = re.compile(r"第[一二三四1234]空\s*(?:应?填|为|是)?\s*[:：]?\s*")


def _blanks(text: str, item: Item, prompt: Prompt, lenient: bool) -> Reading:
    several = any(";" in answer for answer in item.answers)
    if several:
        text = _BLANK.sub("", text)
    return read_expression(text, item, prompt, algebra=lenient, ordered=several)


_FAR, _NEAR = 20_000, 1000  # characters read of an answer of several lines, and after a sign on one line


def _several(text: str, item: Item, prompt: Prompt, texts: bool) -> Reading:
    if len(prompt.labels) != len(item.choices):
        raise ValueError(
            f"item {item.id!r} has {len(item.choices)} choices and its prompt {len(prompt.labels)} labels; "
            "expected one label a choice"
        )
    text = halfwidth(text)
    stretch = final(text, prompt) or (last_line(text) if prompt.cue is not None else None)
    if stretch is None:
        return NOTHING
    line = without_lead(stretch.line)
    block = f"{line}\n{stretch.after[:_FAR]}"
    found = in_a_row(block, prompt.labels, item.choices)
    if not found and (stretch.signed or prompt.cue is None):
        starts = (match.end() for match in NAMED.finditer(line))
        named = (in_a_row(line[start : start + _NEAR], prompt.labels, item.choices) for start in starts)
        found = next(filter(None, named), frozenset[int]())
        if not found and not _OR.search(line):
            found = frozenset(in_brackets(line, prompt.labels))
    if not found and texts:
        found = _texts(block, item.choices)
    if not found:
        return Reading(None, signed=stretch.signed)
    extracted = ", ".join(prompt.labels[index] for index in sorted(found))
    return Reading(extracted, found == frozenset(item.golds), stretch.signed, stretch.open)


_OR = re.compile(r"\bor\b|或", re.IGNORECASE)
_LEAD = re.compile(r"[\s\"'`*${]*(?:\\(?:text|textbf|mathrm|mathbf)\s*\{)?(?:选择?|選)?\s*:?\s*")
_GAP = re.compile(r"\s*(?:[,;/&、+。.]|以?及|[和与與])?\s*(?:\band\b)?\s*")
_APART = re.compile(r"[ \t]*[.:、)][ \t]*|[ \t]*")
_ENDS = re.compile(
    r"\s*(?:$|[.,;:!?。、！？)\]}】」\"'*$\n–—-]|选?项|[都均是]|正确|(?:are|is|because|since|as)\b)",
    re.IGNORECASE,
)


def in_a_row(text: str, labels: tuple[str, ...], choices: tuple[str, ...]) -> frozenset[int]:
    """The options whose labels a text begins with, one after another; empty if it begins with none.

    Labels may have their own options' text after them, and each its own line, all written alike. What follows
    the last one must set it apart: "A dog" names none, and "A or C" is no decision.

    Args:
        text: Begins where the labels are expected.
        labels: The labels shown.
        choices: The options' texts, one a label.
    """
    patterns = _patterns(labels)
    lead = _LEAD.match(text)
    place = end = lead.end() if lead else 0
    found: list[int] = []
    style, apart = "", False
    while match := patterns.item.match(text, place):
        written = [patterns.index[label.casefold()] for label in patterns.one.findall(match["labels"])]
        sign = _APART.match(text, match.end())
        after = sign.end() if sign else match.end()
        own = _own_text(text, after, choices[written[0]]) if len(written) == 1 else 0
        now = match["open"] or ("." if own or text[match.end() : after].strip() else "")
        if "\n" in text[end : match.start()] and found:
            alone = not text[match.end() :].partition("\n")[0].strip()
            if now != style or not (now or (alone and len(written) == 1)):
                break  # an explanation begins
        if len(set(written)) < len(written):
            return frozenset()  # "AA" is a word
        found += written
        style, apart = now, bool(match["open"] or own)
        end = after + own if own else match.end()
        gap = _GAP.match(text, end)
        place = gap.end() if gap else end
    rest = text[end : end + 100]
    if _OR.match(rest.lstrip()) or (denied(rest) and not apart) or not (apart or _ENDS.match(rest)):
        return frozenset()
    return frozenset(found)


def _own_text(text: str, place: int, choice: str) -> int:
    """The length of an option's text, if it stands there."""
    own = halfwidth(choice.strip())
    stands = own and text[place : place + len(own)].casefold() == own.casefold()
    return len(own) if stands and not text[place + len(own) : place + len(own) + 1].isalnum() else 0


def _texts(block: str, choices: tuple[str, ...]) -> frozenset[int]:
    """The options whose texts make up a block, between line breaks or semicolons."""
    written = {option_text(piece) for piece in re.split(r"[\n;]", block) if piece.strip()}
    texts = option_texts(choices)
    return frozenset(map(texts.index, written)) if written <= set(texts) else frozenset()


class _Patterns:
    """The patterns for one set of labels."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.index = {label.casefold(): index for index, label in enumerate(labels)}
        one = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
        self.one = re.compile(one, re.IGNORECASE)
        run = rf"(?:{one})+" if all(len(label) == 1 for label in labels) else rf"(?:{one})"
        self.item = re.compile(
            rf"(?:选?项)?\s*(?:(?P<open>[(\[{{【「<])\s*)?(?P<labels>(?(open)(?i:(?:{one})(?:\s*[,、]?\s*(?:{one}))*)|{run}))"
            rf"(?(open)\s*[)\]}}】」>]|{WORD_END})(?:选?项(?!目))?"
        )


@lru_cache(maxsize=256)
def _patterns(labels: tuple[str, ...]) -> _Patterns:
    return _Patterns(labels)
