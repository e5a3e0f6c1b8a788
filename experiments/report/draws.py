"""Random draws of a report: as many as a table's size allows, and once for what two tables show."""

import math
from collections.abc import Iterable
from dataclasses import replace

from stats.measure import Sensitivity

_DRAWN = ("floor", "signed", "corrected", "low", "high", "p_value")


def affordable(size: int, within: int, *, least: int, most: int) -> int:
    """How many draws to make: as many as stay within a number of drawn values.

    Args:
        size: Values of one draw, at least 1.
        within: Values of all draws.
        least: Draws made however large the table is.
        most: Draws made however small it is.
    """
    return min(most, max(least, within // size))


def drawn_once(measure: Sensitivity, known: Iterable[Sensitivity]) -> Sensitivity:
    """A measure with the interval and p value that another table has already drawn for it.

    Args:
        measure: The measure.
        known: What another table shows; one of the same metric that comes to the same raw value is the same.
    """
    for told in known:
        if told.metric == measure.metric and math.isclose(told.raw, measure.raw):
            return replace(measure, **{name: getattr(told, name) for name in _DRAWN})
    return measure
