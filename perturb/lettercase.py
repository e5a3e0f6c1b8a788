"""Letter case: words in small letters, in capitals, with a capital first letter, or letters of mixed case.

Only plain words are rewritten: abbreviations (NASA, US) keep their capitals and single letters (x, option A)
are left, so that nothing changes its meaning.
"""

import re
from dataclasses import replace

import numpy as np

from .item import Item
from .protect import Span, words
from .rewrite import respelt, rewritten
from .variant import Variant

_ENDING = re.compile(r"['’][A-Za-z]{1,2}(?![A-Za-z])")  # what's, don't, they're


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
        chance, pick = rng.random(2).tolist()
        up = (rng.random(len(word)) < 0.5).tolist()
        if chance >= severity:
            new.append(word)
            continue
        mixed = "".join([c.upper() if high else c.lower() for c, high in zip(word, up, strict=True)])
        styles = [w for w in (word.lower(), word.upper(), word.capitalize(), mixed) if w != word]
        new.append(styles[int(pick * len(styles))])
    return rewritten(item, spans, new)


def random_case(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Turns small letters into capitals and capitals into small letters, each on its own.

    As PromptSuite's change_char_case with `prob` = severity (0.1 or 0.15 there).

    Args:
        item: Any item.
        severity: Chance of each letter of a plain word to be turned.
        rng: Randomness.

    Returns:
        The variant, with one edit a letter.
    """
    places = [at for start, end in words(item) for at in range(start, end)]
    letters = list(item.question)
    edits: list[str] = []
    for at, chance in zip(places, rng.random(len(places)).tolist(), strict=True):
        if chance < severity:
            old = letters[at]
            letters[at] = old.swapcase()
            edits.append(f"{old!r} → {letters[at]!r} at character {at}")
    return Variant(replace(item, question="".join(letters)), tuple(edits)) if edits else Variant(item)


def upper(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes words in capitals.

    Args:
        item: Any item.
        severity: Chance of each plain word; at 1 all of them (FormatSpread's casing "UPPER").
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, _whole(item), severity, rng, lambda word, place, pick: word.upper())


def lower(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes words in small letters.

    At severity 1 it is HELM's lowercase, but for what is not a plain word.

    Args:
        item: Any item.
        severity: Chance of each plain word.
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, _whole(item), severity, rng, lambda word, place, pick: word.lower())


def title(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes words with a capital first letter and small letters after it.

    Args:
        item: Any item.
        severity: Chance of each plain word; at 1 all of them (FormatSpread's casing "Title").
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, _whole(item), severity, rng, lambda word, place, pick: word.capitalize())


def _whole(item: Item) -> list[Span]:
    """Spans of the plain words with what follows their apostrophe, which is part of them."""
    text, found = item.question, words(item)
    if "'" not in text and "’" not in text:
        return found
    whole: list[Span] = []
    for start, end in found:
        if whole and start < whole[-1][1]:
            continue
        ending = _ENDING.match(text, end)
        whole.append((start, ending.end() if ending else end))
    return whole
