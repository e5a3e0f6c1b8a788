"""Puts other text in the place of parts of a question, and says what was changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .item import Item
from .protect import Span
from .variant import Variant

# The text of a span and two random numbers in [0, 1) -> what stands there instead; the same if it must stay.
Spelling = Callable[[str, float, float], str]


def rewritten(item: Item, spans: Sequence[Span], new: Sequence[str]) -> Variant:
    """The item with the texts of some spans replaced.

    Args:
        item: Any item.
        spans: Parts of its question, in order and apart.
        new: What stands there instead, as many; a text equal to what stands there is no edit.

    Returns:
        The variant, with one edit a span that changed: what was replaced by what, with all that is not ASCII
        in the new text written as escapes, since some of it cannot be seen.
    """
    text = item.question
    pieces: list[str] = []
    edits: list[str] = []
    position = 0
    for (start, end), piece in zip(spans, new, strict=True):
        old = text[start:end]
        if piece != old:
            pieces += [text[position:start], piece]
            position = end
            edits.append(f"{old!r} → {piece!a} at character {start}")
    if not edits:
        return Variant(item)
    return Variant(replace(item, question="".join(pieces) + text[position:]), tuple(edits))


def respelt(
    item: Item, spans: Sequence[Span], severity: float, rng: np.random.Generator, spelling: Spelling
) -> Variant:
    """The item with each of some spans written another way, by chance.

    Three numbers a span are drawn, whatever the severity, so that a stronger variant of the same draw holds
    all edits of a weaker one.

    Args:
        item: Any item.
        spans: Parts of its question, in order and apart.
        severity: Chance of each span to be changed.
        rng: Randomness.
        spelling: What it is changed to.

    Returns:
        The variant.
    """
    text = item.question
    draws = zip(spans, *rng.random((3, len(spans))).tolist(), strict=True)
    new = [
        spelling(text[start:end], place, pick) if chance < severity else text[start:end]
        for (start, end), chance, place, pick in draws
    ]
    return rewritten(item, spans, new)
