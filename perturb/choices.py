"""Perturbations of the options of a multiple-choice item."""

import re
from dataclasses import replace

import numpy as np

from .item import Item
from .variant import Variant

_ABOVE = re.compile(
    r"\b(?:all|any|both|each|either|neither|none|one|two|three)\b(?:\s+\w+){0,3}?\s+(?:above|preceding|foregoing)\b",
    re.IGNORECASE,
)
# An option that names others by their label or place: "A and C", "both (A) and (B)", "option B".
_LABELS = re.compile(
    r"\([A-Ea-e1-5]\)|\b[A-E]\s*(?:and|or|&|,|nor)\s*[A-E]\b|\b(?:option|choice|answer)s? [A-E1-5]\b"
    r"|(?i:\b(?:all|any|both|either|neither|none)\b(?:\s+\w+){0,3}?\s+below\b)"
)


def option_order(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Moves options to other places; which of them is right follows.

    A last option that speaks of those above it ("none of the above") stays last. An item whose options name
    one another in any other way is left as it is: moved options would say something else.

    Args:
        item: An item with choices.
        severity: Share of the movable options that change place, at least two of them when above 0. At 1
            every one of them does.
        rng: Randomness.

    Returns:
        The variant.

    Raises:
        ValueError: The item has no choices.
    """
    if not item.choices:
        raise ValueError(f"item {item.id!r} has no choices, so option_order cannot be applied to it")
    movable = _movable(item.choices)
    order = rng.permutation(movable)
    count = 0 if severity <= 0 else max(2, round(severity * len(movable)))
    if len(movable) < 2 or count < 2:
        return Variant(item)
    # Every chosen option takes the place of the next chosen one, in random order: none stays where it was.
    chosen = [int(place) for place in order[:count]]
    source = dict(zip(chosen[1:] + chosen[:1], chosen, strict=True))
    choices = tuple(item.choices[source.get(place, place)] for place in range(len(item.choices)))
    now_at = {source.get(place, place): place for place in range(len(choices))}
    gold = None if item.gold is None else now_at[item.gold]
    golds = tuple(sorted(now_at[was] for was in item.golds))
    edits = tuple(
        f"option {was + 1} ({item.choices[was]!r}) → place {now + 1}" for now, was in sorted(source.items())
    )
    return Variant(replace(item, choices=choices, gold=gold, golds=golds), edits)


def _movable(choices: tuple[str, ...]) -> list[int]:
    """Indices of the options that may change places with one another."""
    if any(_LABELS.search(text) for text in choices) or any(_ABOVE.search(text) for text in choices[:-1]):
        return []
    return list(range(len(choices) - bool(_ABOVE.search(choices[-1]))))
