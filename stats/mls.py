"""Modified large-sample intervals of sums and differences of mean squares.

Ting, Burdick, Graybill, Jeyaratnam and Lu (1990), J. Statist. Comput. Simul. 35:135, after Graybill and
Wang (1980), JASA 75:869; see Burdick and Graybill (1992), Confidence Intervals on Variance Components.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True)
class Part:
    """A mean square times a positive constant, and its degrees of freedom."""

    value: float
    df: float


def mls_interval(plus: Sequence[Part], minus: Sequence[Part], level: float) -> tuple[float, float]:
    """Interval of the expectation of sum(plus) - sum(minus), equal tails, not cut at 0.

    For a single part it is the exact chi-square interval, and so is the lower end for two parts whose mean
    squares, each times its constant, are as their degrees of freedom. For the difference of two its lower
    end is at 0 exactly where their F test is on the edge of rejecting at (1 - level) / 2.

    Args:
        plus: At least one part.
        minus: Any number of parts, independent of those of `plus`.
        level: Nominal coverage.
    """
    tail = (1 - level) / 2
    center = sum(part.value for part in plus) - sum(part.value for part in minus)
    return center - _reach(plus, minus, tail), center + _reach(minus, plus, tail)


def _reach(near: Sequence[Part], far: Sequence[Part], tail: float) -> float:
    """How far the bound lies from the centre.

    The lower bound is reached where the plus parts (`near`) came out too large and the minus parts (`far`)
    too small; the upper bound the other way round, so that the two only change places.
    """
    square = sum((_g(part.df, tail) * part.value) ** 2 for part in near)
    square += sum((_h(part.df, tail) * part.value) ** 2 for part in far)
    square += sum(_opposed(one.df, other.df, tail) * one.value * other.value for one in near for other in far)
    for index, one in enumerate(near):
        for other in near[index + 1 :]:
            square += _allied(one.df, other.df, tail) / (len(near) - 1) * one.value * other.value
    return math.sqrt(max(square, 0.0))


# special.chdtri is the upper chi-square point and special.fdtri the F quantile: the functions under
# scipy.stats, without its cost a call.


def _g(df: float, tail: float) -> float:
    return 1 - df / float(special.chdtri(df, tail))


def _h(df: float, tail: float) -> float:
    return df / float(special.chdtri(df, 1 - tail)) - 1


def _opposed(near: float, far: float, tail: float) -> float:
    point = float(special.fdtri(near, far, 1 - tail))
    return ((point - 1) ** 2 - (_g(near, tail) * point) ** 2 - _h(far, tail) ** 2) / point


def _allied(one: float, other: float, tail: float) -> float:
    both = one + other
    weight = (_g(both, tail) * both) ** 2 / (one * other)
    return weight - _g(one, tail) ** 2 * one / other - _g(other, tail) ** 2 * other / one
