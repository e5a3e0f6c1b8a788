"""The contract of a perturbation: an item in, the same item in other words out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .item import Item
from .template import AnswerType

Touches = Literal["nothing", "question", "choices"]


@dataclass(frozen=True, slots=True)
class Variant:
    """An item after a perturbation.

    Attributes:
        item: The changed item; id, answers and the text of the right option are those of the original.
        edits: One description a change, for people; empty if and only if nothing was changed.
    """

    item: Item
    edits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(not edit for edit in self.edits):
            raise ValueError(f"item {self.item.id!r}: an edit without description")


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A registered perturbation.

    Attributes:
        name: Its name in configuration.
        change: The function (item, severity in [0, 1], randomness) -> variant. It draws from the generator
            independently of the severity, so that a stronger variant continues a weaker one.
        touches: What of an item it changes.
        fits: Answer types of the items it can be applied to.
        severity: What the number means, in words.
    """

    name: str
    change: Callable[[Item, float, np.random.Generator], Variant]
    touches: Touches
    fits: tuple[AnswerType, ...]
    severity: str
