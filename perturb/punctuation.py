"""Punctuation marks that are left out or exchanged: each one of . , ; : ! ? at the end of a word.

Marks that belong to what they follow (U.S., Dr., the 1. of a list), stand between two numbers or in code,
LaTeX or an answer are left alone (`protect.marks`), as are quotes, brackets, dashes and apostrophes.
"""

import numpy as np

from .item import Item
from .protect import marks
from .rewrite import respelt
from .variant import Variant

MARKS = ".,;:!?"


def drop_punctuation(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Leaves punctuation marks out.

    CheckList's punctuation perturbation leaves out those at the end of the text only.

    Args:
        item: Any item.
        severity: Chance of each mark.
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, marks(item), severity, rng, lambda mark, place, pick: "")


def swap_punctuation(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes other punctuation marks.

    As PromptSuite's switch_punctuation with `prob` = severity (0.05 there), whose marks are "-" and "_" too.

    Args:
        item: Any item.
        severity: Chance of each mark to become one of the other five, each as likely as the others.
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, marks(item), severity, rng, _other)


def _other(mark: str, place: float, pick: float) -> str:
    return MARKS.replace(mark, "")[int(pick * (len(MARKS) - 1))]
