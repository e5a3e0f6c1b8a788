"""Perturbations of a question's characters: slips of the keyboard, letter case, white space."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .item import Item
from .protect import Span, gaps, words
from .variant import Variant

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST = 4  # letters; a slip in a shorter word too often makes another word of it

# A slip in one of these could turn the question round, or its numbers into others.
_EXACT_WORDS = set(
    """
    cannot except fewer less least more most neither never none nothing nobody unless without only
    zero three four five seven eight nine eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen
    half third thirds quarter quarters fourth fifth tenth once twice thrice double triple first second
    """.split()  # noqa: SIM905 - seventy words in quotes are hard to read
)
_EXTRA = (" ", "  ", "   ", "\n")  # white space added to a gap; a line break only where there is none yet


def _neighbours() -> dict[str, str]:
    """Letters next to each letter on a QWERTY keyboard, whose rows are shifted by about half a key."""
    key = {letter: (row, column) for row, keys in enumerate(_ROWS) for column, letter in enumerate(keys)}
    beside = {(0, -1), (0, 1), (1, -1), (1, 0), (-1, 0), (-1, 1)}
    return {
        letter: "".join(other for other, (r, c) in key.items() if (r - row, c - column) in beside)
        for letter, (row, column) in key.items()
    }


NEIGHBOURS = _neighbours()


def keyboard_typo(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Replaces one letter of a word by its neighbour on the keyboard.

    Args:
        item: Any item.
        severity: Chance of each plain word of four letters or more to get one wrong letter, never the first.
            Words that carry a number or a negation are spared.
        rng: Randomness.

    Returns:
        The variant.
    """
    text = item.question
    spans = [
        (start, end)
        for start, end in words(item)
        if end - start >= _SHORTEST
        and text[start:end].lower() not in _EXACT_WORDS
        and text[end : end + 2] not in ("'t", "’t")
    ]
    chance, place, neighbour = rng.random((3, len(spans)))
    new: list[str] = []
    for index, (start, end) in enumerate(spans):
        word = text[start:end]
        at = 1 + int(place[index] * (len(word) - 1))
        near = NEIGHBOURS[word[at].lower()]
        letter = near[int(neighbour[index] * len(near))]
        letter = letter.upper() if word[at].isupper() else letter
        new.append(word[:at] + letter + word[at + 1 :] if chance[index] < severity else word)
    return _rewritten(item, spans, new)


def case(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes words in another letter case.

    Args:
        item: Any item.
        severity: Chance of each plain word to be rewritten, in lower case, in capitals, with a capital first
            letter, or with every letter's case drawn: one of those that differ from how it stands.
        rng: Randomness.

    Returns:
        The variant.
    """
    spans = words(item)
    new: list[str] = []
    for start, end in spans:
        word = item.question[start:end]
        chance, pick = rng.random(2)
        up = rng.random(len(word)) < 0.5
        mixed = "".join(c.upper() if high else c.lower() for c, high in zip(word, up, strict=True))
        styles = [w for w in (word.lower(), word.upper(), word.capitalize(), mixed) if w != word]
        new.append(styles[int(pick * len(styles))] if chance < severity else word)
    return _rewritten(item, spans, new)


def whitespace(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Adds white space between words, never within a word or a number.

    Args:
        item: Any item.
        severity: Chance of each gap between words to get one to three more spaces or a line break.
        rng: Randomness.

    Returns:
        The variant; its tokens are those of the original.
    """
    spans = gaps(item)
    chance, pick = rng.random((2, len(spans)))
    new: list[str] = []
    for index, (start, end) in enumerate(spans):
        gap = item.question[start:end]
        extra = _EXTRA[int(pick[index] * len(_EXTRA))]
        if "\n" in gap and "\n" in extra:
            extra = " "  # two line breaks would look like the gap between two shots
        new.append(gap + extra if chance[index] < severity else gap)
    return _rewritten(item, spans, new)


def _rewritten(item: Item, spans: Sequence[Span], new: Sequence[str]) -> Variant:
    """The item with the texts of some spans (in order, apart) replaced, and what was replaced by what."""
    text = item.question
    pieces: list[str] = []
    edits: list[str] = []
    position = 0
    for (start, end), piece in zip(spans, new, strict=True):
        pieces += [text[position:start], piece]
        position = end
        if piece != text[start:end]:
            edits.append(f"{text[start:end]!r} → {piece!r} at character {start}")
    if not edits:
        return Variant(item)
    return Variant(replace(item, question="".join(pieces) + text[position:]), tuple(edits))
