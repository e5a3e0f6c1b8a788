"""Texts of strangers made fit to show: nothing invisible, nothing endless, differences marked."""

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_CHARACTERS = 4000
_WORDS = re.compile(r"\s+|\S+")
_MOST_COMPARED = 3000  # words and gaps; comparing is quadratic at worst
_MOST_ISOLATED = 4000  # characters of a sentence; finding words in it is quadratic at worst
_KEPT = "\n\t"
_REORDERING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_LETTER = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
_WORD = rf"[^\s(\[]*{_LETTER}(?:\S*[^\s.,:;!?)\]])?"
_RIGHT_TO_LEFT = re.compile(rf"({_WORD}(?:\s+{_WORD})*)")

Segments = tuple[tuple[str, bool], ...]


def visible(text: str) -> str:
    """Shows what would be invisible, reorder its surroundings or be no character at all.

    Control characters become their pictures (␀), lone surrogates �, characters that steer the writing
    direction or have no width their number (⟨U+202E⟩).
    """
    return "".join(
        character if character.isascii() and character.isprintable() else _shown(character)
        for character in text
    )


def _shown(character: str) -> str:
    code = ord(character)
    if character in _KEPT:
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "�"
    if (
        code in _REORDERING
        or unicodedata.category(character) == "Cc"
        or code in (0x2028, 0x2029, 0xFFFE, 0xFFFF)
    ):
        return f"⟨U+{code:04X}⟩"
    return character


def with_isolated(text: str) -> "Markup":
    """A sentence as HTML, what is written from right to left in it apart from its surroundings.

    Without that a Hebrew name pulls the numbers and marks that follow it to its other side. A name's end
    cannot be told from the text alone: words with such letters that stand side by side are taken together.
    """
    from markupsafe import Markup, escape

    if len(text) > _MOST_ISOLATED or not re.search(_LETTER, text):
        return escape(visible(text))
    parts = _RIGHT_TO_LEFT.split(visible(text))  # every other one is such words
    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text, or its beginning and end with a word on how much is missing between them."""
    if len(text) <= most:
        return text
    head, tail = most // 3, most - most // 3
    return f"{text[:head]}\n[… {len(text) - most:,} characters left out …]\n{text[-tail:]}"


def marked(first: str, second: str) -> tuple[Segments, Segments]:
    """Two texts cut into segments, each with whether the other text lacks it, word by word."""
    words = _WORDS.findall(first), _WORDS.findall(second)
    if max(len(words[0]), len(words[1])) > _MOST_COMPARED:
        return ((first, False),), ((second, False),)
    matcher = difflib.SequenceMatcher(a=words[0], b=words[1], autojunk=False)
    sides: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        for side, some in zip(sides, (words[0][a0:a1], words[1][b0:b1]), strict=True):
            if some:
                side.append(("".join(some), kind != "equal"))
    return tuple(sides[0]), tuple(sides[1])
