"""Upper bounds of the means of many sequences, valid at all times, of values in [0, 1] in random order.

What is bounded is the mean of the finite number of items that the order runs through, drawn without
replacement, so that it is known once all were seen; or that of the many that these are a random sample of.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stats.estimate import FloatArray
from stats.sequential import CAUTION

STEPS = 15  # halvings of [0, 1] in which a bound is sought: to 3e-5, rounded upwards
EXACT = 1e-9  # sums of scores in floating point are equal within this


@dataclass(frozen=True)
class Bettors:
    """Sequences, and what is bet on each value, from those before it alone.

    Attributes:
        short: 1 - value, shape (sequences, items); 0 where there is none.
        known: Where there is a value.
        stakes: Part of the capital that each bettor bets on each value, shape (bettors, sequences, items).
        before: Sum of `short` before each item.
        total: How many of the items have a value, those still to come included; None if they are a sample.
        left: How many items are still to come at each place, that one included, shape (items,).
    """

    short: FloatArray
    known: NDArray[np.bool_]
    stakes: FloatArray
    before: FloatArray
    total: FloatArray | None
    left: FloatArray

    def part(self, rows: NDArray[np.int64]) -> "Bettors":
        """Some of the sequences."""
        total = None if self.total is None else self.total[rows]
        return Bettors(
            self.short[rows], self.known[rows], self.stakes[:, rows], self.before[rows], total, self.left
        )


def bettors(values: FloatArray, aims: Collection[float], of: int | None) -> Bettors:
    """Places the bets.

    With h the distance of the true mean from the one bet against, a bet of h / σ² makes capital fastest; σ²
    is the variance of the values so far. Without replacement, the mean of what is left is off by h times
    items / items left, and the bets grow alike.

    Args:
        values: In the order they came, shape (sequences, items), NaN where there is none: what is skipped. An
            item without a value is taken to have none for good, and does not count.
        aims: Distances h that the bets are made for, fixed beforehand; the stake is shared out alike.
        of: How many items there are in all; None if they are a random sample of many.
    """
    known = ~np.isnan(values)
    short = np.where(known, 1 - values, 0.0)
    seen_after = np.cumsum(known, axis=1, dtype=np.float64)
    after = np.cumsum(short, axis=1)
    mean_after = (0.5 + after) / (seen_after + 1)
    squares = np.cumsum(np.where(known, np.square(short - mean_after), 0.0), axis=1)
    pace = _shifted(mean_after, 0.5) / _shifted((0.25 + squares) / (seen_after + 1), 0.25)
    places = np.arange(values.shape[1])
    left, total = np.full(places.size, np.inf), None
    if of is not None:
        left, total = of - places.astype(np.float64), of - (places - _shifted(seen_after, 0.0))
        pace *= total / left
    stakes = np.stack([np.minimum(aim * pace, CAUTION) for aim in aims])
    return Bettors(short, known, stakes, _shifted(after, 0.0), total, left)


def log_capital(of: Bettors, means: FloatArray) -> FloatArray:
    """Logarithm of the most that was ever made, of a stake of 1, against a mean and all above it.

    Under each of those it is log(1 / error) or more with chance `error` at most, whenever it is looked at
    (Ville's inequality). Each bet is a part of the capital on (1 - value) / (1 - mean), whose expectation is
    then 1 at most; without replacement, 1 - mean is that of what is left (Waudby-Smith and Ramdas 2020,
    Confidence sequences for sampling without replacement, NeurIPS 33). The part does not depend on the mean,
    so that the capital grows with it.

    Args:
        of: The sequences with their bets.
        means: What is bet against, shape (sequences,).

    Returns:
        Shape (sequences,), 0 or more; infinite where the values seen rule the mean out for certain.
    """
    short = (1 - means)[:, np.newaxis]
    impossible = np.zeros(len(means), dtype=np.bool_)
    expected = np.broadcast_to(short, of.short.shape)
    if of.total is not None:
        rest = of.total * short - of.before
        expected = rest / of.left
        impossible = (of.known & (rest - of.short < -EXACT)).any(axis=1)
    ratio = of.short / expected.clip(EXACT, 1) - 1
    made = np.cumsum(np.where(of.known, np.log1p(of.stakes * ratio), 0.0), axis=2)
    together = np.logaddexp.reduce(made, axis=0) - math.log(len(made))
    return np.where(impossible, np.inf, together.max(axis=1, initial=0.0))


def upper_bounds(of: Bettors, error: float) -> FloatArray:
    """The least mean that is ruled out, by sequence; 1 where none is.

    Args:
        of: The sequences with their bets.
        error: Chance that a mean is ever above its bound, for each sequence by itself.
    """
    low, high = np.zeros(len(of.short)), np.ones(len(of.short))
    for _ in range(STEPS):
        middle = (low + high) / 2
        out = log_capital(of, middle) >= -math.log(error)
        low, high = np.where(out, low, middle), np.where(out, middle, high)
    return high


def greatest_bound(parts: Iterable[Bettors], error: float) -> float:
    """The greatest upper bound of all sequences, for less than it takes to find each; 0 if there are none.

    Args:
        parts: The sequences, in parts that memory holds one at a time.
        error: As above.
    """
    greatest = 0.0
    for part in parts:
        still = _not_ruled_out(part, greatest, error)
        low, high = greatest, 1.0
        for _ in range(STEPS if len(still.short) else 0):
            middle = (low + high) / 2
            above = _not_ruled_out(still, middle, error)
            if len(above.short):  # what is ruled out here is at all above, and is not looked at again
                low, still = middle, above
            else:
                high = middle
            greatest = high
    return greatest


def _not_ruled_out(of: Bettors, mean: float, error: float) -> Bettors:
    capital = log_capital(of, np.full(len(of.short), mean))
    return of.part(np.flatnonzero(capital < -math.log(error)))


def _shifted(values: FloatArray, first: float) -> FloatArray:
    return np.concatenate([np.full((len(values), 1), first), values[:, :-1]], axis=1)
