"""Perturbations of where words begin and end, and of words that can be missed."""

import re
from itertools import pairwise

import numpy as np

from .item import Item
from .protect import words
from .replacing import TIED, Place, replaced
from .variant import Variant

_SHORTEST = 6  # letters of a word that may be split
_PREFIXES = TIED | frozenset("in im ir il un dis anti mis de be al".split())  # noqa: SIM905
# Words that carry nothing which the rest of a question does not: no verb with a tense, nothing that negates,
# asks, compares, counts or places.
STOP_WORDS = frozenset("a an the is are am very really quite also please".split())  # noqa: SIM905
# "A" may be a variable ("if a is even"): then a verb or a preposition follows.
_STOP = re.compile(
    rf"(?<=[A-Za-z,;] )(?:{'|'.join(sorted(STOP_WORDS - {'a'}))}"
    r"|a(?! (?:is|be|are|and|or|in|to|of|on|at|by|if|then|has|equals|times|plus|minus|divides)\b))"
    r" (?=(?:a )?(?P<next>[A-Za-z]{2}))"
)


def merge_words(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Drops the space between two words.

    Not beside a number, a negation or a comparison ("not able" would be "notable"), and not after a word that
    would turn the next one round ("in formal" would be "informal").

    Args:
        item: Any item.
        severity: Chance of each such space to be dropped.
        rng: Randomness.

    Returns:
        The variant; its other characters are those of the original.
    """
    text = item.question
    places: list[Place] = []
    for (left, end), (start, right) in pairwise(words(item)):
        pair = text[left:end].lower(), text[start:right].lower()
        negated = text[right : right + 2] in ("'t", "’t")
        if text[end:start] == " " and not negated and pair[0] not in _PREFIXES and TIED.isdisjoint(pair):
            places.append(Place(end, start, ("",)))
    return replaced(item, places, severity, rng)


def split_word(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts a space into words of six letters or more.

    Both parts have two letters or more, and none of them is a prefix or a word that negates: "inactive" never
    becomes "in active", nor "notable" "not able". Numbers, negations and comparisons are spared.

    Args:
        item: Any item.
        severity: Chance of each such word to be split.
        rng: Randomness.

    Returns:
        The variant; its other characters are those of the original.
    """
    text = item.question
    places: list[Place] = []
    for start, end in words(item):
        word = text[start:end].lower()
        if len(word) < _SHORTEST or word in TIED or text[end : end + 2] in ("'t", "’t"):
            continue
        cuts = [at for at in range(2, len(word) - 1) if word[:at] not in _PREFIXES and word[at:] not in TIED]
        if cuts:
            places.append(
                Place(
                    start, end, tuple(f"{text[start : start + at]} {text[start + at : end]}" for at in cuts)
                )
            )
    return replaced(item, places, severity, rng)


def drop_stop_words(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Leaves out little words, as in a note or a search box.

    Articles, forms of "to be" in the present, "very", "really", "quite", "also" and "please", within a
    sentence and before another word. Common lists of stop words hold negations, question words, pronouns,
    prepositions and comparisons too ("not", "who", "his", "from", "more"), on which the answer may depend;
    this one does not.

    Args:
        item: Any item.
        severity: Chance of each such word to be left out.
        rng: Randomness.

    Returns:
        The variant; its other words are those of the original.
    """
    starts = {start for start, _ in words(item)}
    places: list[Place] = []
    for match in _STOP.finditer(item.question):
        start, end = match.span()
        # "A" is no plain word by itself: the word after it must be one.
        if match.start("next") in starts and (start in starts or match[0] == "a "):
            places.append(Place(start, end, ("",)))
    return replaced(item, places, severity, rng)
