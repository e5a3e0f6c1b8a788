"""Filler words, as in speech."""

from itertools import pairwise

import numpy as np

from .item import Item
from .protect import words
from .replacing import TIED, Place, named, replaced
from .variant import Variant

# None of them hedges or asserts: "probably" or "definitely" would be said of something.
FILLERS = (
    "um",
    "uh",
    "er",
    "like",
    "you know",
    "basically",
    "well",
    "I mean",
    "you see",
    "let's see",
    "so to speak",
)
_INSERTED = tuple(f", {filler}, " for filler in FILLERS)


def filler(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts fillers between words, set off by commas.

    None stands beside a number, a negation or a comparison, nor within or beside a name. HELM puts them at a
    chance of one third a word, hedges such as "probably" among them (Liang et al. 2022, arXiv 2211.09110).

    Args:
        item: Any item.
        severity: Chance of each gap between two plain words to get a filler.
        rng: Randomness.

    Returns:
        The variant; without the fillers it is the original.
    """
    text = item.question
    places: list[Place] = []
    for (left, end), (start, right) in pairwise(words(item)):
        if text[end:start] == " " and not _tied(text, left, end) and not _tied(text, start, right):
            places.append(Place(end, start, _INSERTED))
    return replaced(item, places, severity, rng)


def _tied(text: str, start: int, end: int) -> bool:
    return text[start:end].lower() in TIED or named(text, start, end)
