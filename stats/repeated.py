"""Repeated confidence intervals: they hold at all looks planned beforehand together, and at no other time.

Jennison and Turnbull (1989, JRSS B 51:305): at every look the interval is as wide as the boundary of a
group-sequential test (`stats.group_sequential`) wants it, so that a rule may stop at any look for any reason.
The variance is estimated, so the boundary's nominal level is taken to Student's distribution (significance
levels: Pocock 1977, Biometrika 64:191; Jennison and Turnbull 2000, section 3.8). Means of scores in [0, 1]
are treated on the logit scale, as elsewhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level
from stats.group_sequential import Spending, boundaries, spent
from stats.intervals import around, constant, within

NAMES: dict[Spending, str] = {"obrien_fleming": "O'Brien–Fleming", "pocock": "Pocock"}
HAYBITTLE_PETO = "Haybittle–Peto boundary"
BEFORE = 0.1  # part of the error for all looks but the one that ends it, where a half-width is waited for
SCORES, DIFFERENCES = (0.0, 1.0), (-1.0, 1.0)


@dataclass(frozen=True)
class Looks:
    """After how many items a sample is looked at, all fixed beforehand.

    Attributes:
        counts: Numbers of items, rising; the last is the most that are asked.
        spending: What part of the error each look may spend.
    """

    counts: tuple[int, ...]
    spending: Spending = "obrien_fleming"

    def ends(self, asked: int) -> list[int]:
        """The looks taken by now, and the place between two of them where it ended, if it did."""
        return [*(count for count in self.counts if count < asked), min(asked, self.counts[-1])]


def equal_looks(items: int, number: int, spending: Spending = "obrien_fleming") -> Looks:
    """Looks that cut so many items into parts that differ by one at most.

    Raises:
        ValueError: There are more looks than items, or none.
    """
    if not 1 <= number <= items:
        raise ValueError(f"{items} items can be looked at 1 to {items} times; got {number}")
    return Looks(tuple(math.ceil(items * look / number) for look in range(1, number + 1)), spending)


def repeated_mean(
    values: FloatArray, looks: Looks, level: float = 0.95, half_width: float | None = None
) -> Estimate:
    """The mean of item scores in [0, 1] at the last look that they reach.

    With a half-width it is the first look at which the interval is that narrow, if there is one. Only the
    scatter of the scores decides where that is. So the looks before may spend a tenth of the error, all
    alike, and the one that ends it all the rest, as with the boundary of Haybittle (1971, British Journal of
    Radiology 44:793) and Peto. Without one each look spends what `looks` says at its fraction of the items.

    Args:
        values: Scores in the order asked, NaN where an item has none. If they end between two looks, as where
            a run was cut short, that counts as one look more: its interval holds if the results had no part
            in where it was.
        looks: When they are looked at.
        level: Chance that the intervals of all looks hold the true mean.
        half_width: What is waited for, if anything is.

    Raises:
        ValueError: `level` is no coverage.
    """
    return _repeated(values, looks, level, SCORES, half_width)


def repeated_difference(first: FloatArray, second: FloatArray, looks: Looks, level: float = 0.95) -> Estimate:
    """The mean difference of paired scores in [0, 1] at the last look that they reach.

    Args:
        first: Scores in the order asked, as in `repeated_mean`.
        second: The other's scores of the same items.
        looks: When they are looked at.
        level: Chance that the intervals of all looks hold the true mean difference.

    Raises:
        ValueError: `level` is no coverage.
    """
    return _repeated(first - second, looks, level, DIFFERENCES, None)


def _repeated(
    values: FloatArray, looks: Looks, level: float, bounds: tuple[float, float], half_width: float | None
) -> Estimate:
    check_level(level)
    alpha, most = 1 - level, looks.counts[-1]
    fractions: list[float] = []
    errors: list[float] = []
    known, ends, asked = values[:0], bounds, 0
    for asked in looks.ends(values.size):
        known = values[:asked][~np.isnan(values[:asked])]
        if not known.size or known.size / most in fractions:
            continue  # a look that finds nothing new, all its requests having failed, is none
        fractions.append(known.size / most)
        ends = _interval(known, boundaries(fractions, [*errors, alpha])[-1], bounds)
        narrow = half_width is not None and ends[1] - ends[0] <= 2 * half_width
        if narrow or asked == most:
            break  # no look follows: all that is left is spent
        if half_width is None:
            errors.append(float(spent(fractions[-1:], alpha, looks.spending)[0]))
        else:
            errors.append(BEFORE * alpha * (len(errors) + 1) / len(looks.counts))
        ends = _interval(known, boundaries(fractions, errors)[-1], bounds)
    boundary = HAYBITTLE_PETO if half_width else f"{NAMES[looks.spending]}-like spending"
    name = (
        f"repeated confidence interval {_where(asked, looks)}, {boundary}, "
        f"t{' on logit' if bounds == SCORES else ''}"
    )
    mean = float(known.mean()) if known.size else sum(bounds) / 2
    df = known.size - 1.0 if known.size > 1 else None
    return Estimate(mean, *ends, level, name, ("item",), {"item": int(known.size)}, df)


def _interval(known: FloatArray, boundary: float, bounds: tuple[float, float]) -> tuple[float, float]:
    if known.size < 2 or math.isinf(boundary):
        return bounds
    # Student's quantile at the level that the boundary has for the normal distribution.
    quantile = -float(special.stdtrit(known.size - 1, special.ndtr(-boundary)))
    if constant(known):
        # As `stats.intervals`: a share of at most Wilson's bound for none of n differs, anyhow.
        share = quantile**2 / (known.size + quantile**2)
        low, high = ((1 - share) * float(known[0]) + share * bound for bound in bounds)
        return low, high
    half = quantile * float(known.std(ddof=1)) / math.sqrt(known.size)
    return within(*around(float(known.mean()), half, logit=bounds == SCORES), bounds)


def _where(asked: int, looks: Looks) -> str:
    taken, number = sum(count <= asked for count in looks.counts), len(looks.counts)
    return f"{'at' if asked in looks.counts else 'after'} look {taken} of {number}"
