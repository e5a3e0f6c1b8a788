"""How many more templates, or items, an undecided comparison needs."""

import math
from collections.abc import Callable
from dataclasses import dataclass

MOST_TEMPLATES = 1000  # beyond them a number of templates is no plan
MOST_ITEMS = 10_000_000  # nor is a number of items beyond these


@dataclass(frozen=True)
class Needed:
    """What would end "undecided", if the estimates stayed as they are.

    Attributes:
        templates: Fewest templates, more than there are, with the items there are; None where more than
            1,000 would be needed.
        items: Fewest items, more than there are, with the templates there are; None where no number of items
            would do.
    """

    templates: int | None
    items: int | None


def needed(half_width: Callable[[int, float], float], room: float, *, templates: int, items: int) -> Needed:
    """The fewest templates and the fewest items, more than there are, at which an interval is narrow enough.

    Args:
        half_width: Of the interval, from numbers of templates and of items; the latter may be infinite. It
            falls with either number (for few templates nearly so).
        room: How narrow it has to be.
        templates: How many there are.
        items: How many there are.
    """
    more = next(
        (count for count in range(templates + 1, MOST_TEMPLATES + 1) if half_width(count, items) < room), None
    )
    if half_width(templates, math.inf) >= room:
        return Needed(more, None)
    few, many = items, 2 * items
    while half_width(templates, many) >= room and many < MOST_ITEMS:
        few, many = many, 2 * many
    if half_width(templates, many) >= room:
        return Needed(more, None)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if half_width(templates, middle) < room else (middle, many)
    return Needed(more, many)
