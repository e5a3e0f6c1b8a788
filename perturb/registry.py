"""All perturbations by name, and how one is applied to an item with its own stream of randomness."""

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import get_args

import numpy as np

from .characters import case, keyboard_typo, whitespace
from .choices import option_order
from .item import Item
from .names import unknown
from .template import AnswerType
from .variant import Perturbation, Variant

_ANY: tuple[AnswerType, ...] = get_args(AnswerType)


def _none(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    return Variant(item)


_ALL = (
    Perturbation("none", _none, "nothing", _ANY, "has no effect"),
    Perturbation(
        "keyboard_typo", keyboard_typo, "question", _ANY, "chance of each longer word to get one wrong letter"
    ),
    Perturbation("case", case, "question", _ANY, "chance of each word to be written in another letter case"),
    Perturbation(
        "whitespace", whitespace, "question", _ANY, "chance of each gap between words to become a longer one"
    ),
    Perturbation("option_order", option_order, "choices", ("choice",), "share of the options that move"),
)

PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType({one.name: one for one in _ALL})


def perturbation(name: str) -> Perturbation:
    """The perturbation of a name.

    Raises:
        ValueError: There is none; the message names the nearest.
    """
    if name not in PERTURBATIONS:
        raise unknown("perturbation", name, PERTURBATIONS)
    return PERTURBATIONS[name]


def apply(name: str, item: Item, severity: float, *, seed: int, replicate: int = 0) -> Variant:
    """Applies a perturbation to an item.

    The randomness depends on the seed, the item's id, the perturbation's name and the replicate, and on
    nothing else: not on the order of items, nor on the process. It does not depend on the severity either, so
    that for the character perturbations a stronger variant holds all edits of a weaker one.

    Args:
        name: The perturbation's name.
        item: The item.
        severity: From 0 (unchanged) to 1; what it means, the perturbation says.
        seed: From 0.
        replicate: From 0; another one gives another draw.

    Returns:
        The variant; without edits if nothing could be changed.

    Raises:
        ValueError: Unknown name, severity out of range, negative seed or replicate, or an item that the
            perturbation does not fit.
    """
    chosen = perturbation(name)
    if not 0 <= severity <= 1:
        raise ValueError(f"severity of {name} is {severity}, expected 0 to 1")
    if seed < 0 or replicate < 0:
        raise ValueError(f"seed and replicate of {name} are {seed} and {replicate}, expected 0 or more")
    if item.choices == () and chosen.touches == "choices":
        raise ValueError(f"item {item.id!r} has no choices, so {name} cannot be applied to it")
    if severity == 0:
        return Variant(item)
    rng = np.random.default_rng(np.random.SeedSequence([seed, stream(item.id, name, replicate)]))
    return chosen.change(item, severity, rng)


def stream(item_id: str, name: str, replicate: int) -> int:
    """A 64-bit number for an item, a perturbation and a replicate: the same in every process."""
    # Lengths go first: ("ab", "c") and ("a", "bc") are different streams.
    key = f"{len(item_id)}:{item_id}{len(name)}:{name}{replicate}"
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
