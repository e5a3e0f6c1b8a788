"""Confidence sequences: intervals that may be looked at after every item, and stopped at any time.

They cover the mean over items at all times at once, for items in random order. They say nothing of other
templates: what is watched is the mean with the templates that are asked, all of them for every item.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level, record
from stats.tables import UnbalancedError, cells, column

GRID = 2000  # steps between 0 and 1 that the ends of a betting sequence lie on, rounded outwards
_TIMES = (1, 2, 4)  # a margin that is to be shown: the differences that bets are made for
CAUTION = 0.5  # the most of its capital that a bet may lose, Waudby-Smith and Ramdas's c


def aims_for(margin: float) -> list[float]:
    """The differences that bets are made for where one is to be shown to be within a margin, or beyond it."""
    return [times * margin for times in _TIMES]


@dataclass(frozen=True)
class Sequence:
    """A confidence sequence of a mean over items.

    Attributes:
        item: The column whose levels came one after the other.
        method: How the sequence was made, in words.
        level: Chance that it holds the true mean at all times.
        values: The items' scores in the order they came, shape (items,).
        means: Mean of the first 1, 2, … of them.
        low: Lower end after each.
        high: Upper end after each.
    """

    item: str
    method: str
    level: float
    values: FloatArray
    means: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def estimate(self) -> Estimate:
        """The mean and interval after the last item; it holds however the end was chosen."""
        ends = float(self.low[-1]), float(self.high[-1])
        n = {self.item: self.values.size}
        return Estimate(float(self.means[-1]), *ends, self.level, self.method, (self.item,), n, None)

    def first_within(self, half_width: float) -> int | None:
        """After how many items the interval was first no wider than twice `half_width`; None if never."""
        narrow = np.flatnonzero(self.high - self.low <= 2 * half_width)
        return int(narrow[0]) + 1 if narrow.size else None

    def to_frame(self) -> pd.DataFrame:
        """One row an item."""
        items = np.arange(1, self.values.size + 1)
        return pd.DataFrame(
            {"items": items, "value": self.values, "mean": self.means, "low": self.low, "high": self.high}
        )

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self) | {
            name: getattr(self, name).tolist() for name in ("values", "means", "low", "high")
        }


def confidence_sequence(
    table: pd.DataFrame, *, value: str, item: str, order: str, level: float = 0.95
) -> Sequence:
    """A confidence sequence of the mean score over items.

    Items whose mean is 0 or 1 each get the beta-binomial mixture sequence (`binary_sequence`), others the
    hedged betting sequence (`betting_sequence`); both are intersected over time, so they never widen.

    It covers items and not templates: an interval for templates like those asked is `stats.intervals.score`.
    The order has to be random with regard to the score (shuffle the benchmark once); a benchmark sorted by
    subject is not.

    Args:
        table: One row an observation, scores in [0, 1]; the rows of an item are averaged.
        value: The column of scores.
        item: The column that names the item.
        order: The column of numbers by which the items were asked, the same in all rows of an item.
        level: Chance that the sequence holds the true mean at all times.

    Raises:
        UnbalancedError: The rows of an item have different places, or two items the same one.
        ValueError: A column is missing or has gaps, or a score lies outside [0, 1].
    """
    check_level(level)
    folded = cells(table, value=value, factors=(item,))
    scores = column(table, value)
    if not scores.between(0, 1).all():
        raise ValueError(f"column {value!r} has to lie in [0, 1]; it spans {scores.min()} to {scores.max()}")
    places = cells(table, value=order, factors=(item,))
    if places.within > 0:
        raise UnbalancedError(f"an {item} has one place in the order; column {order!r} gives some several")
    if np.unique(places.mean).size < places.mean.size:
        raise UnbalancedError(f"two levels of {item!r} have the same place in column {order!r}")
    values = folded.mean[np.argsort(places.mean)]
    if np.isin(values, (0, 1)).all():
        low, high = binary_sequence(values, level)
        method = "beta-binomial mixture confidence sequence"
    else:
        low, high = betting_sequence(values, level)
        method = "hedged betting confidence sequence"
    means = np.cumsum(values) / np.arange(1, values.size + 1)
    return Sequence(item, method, level, values, means, low, high)


def binary_sequence(values: FloatArray, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Ends of the beta-binomial mixture sequence of a proportion, shape (items,) each.

    After n values with s ones, the p at which B(s + 1, n - s + 1) / (p^s (1 - p)^(n - s)) < 1 / (1 - level):
    the likelihood mixed over a uniform prior against that of p, a martingale at the true p, so that Ville's
    inequality holds at all n together (Robbins 1970, Ann. Math. Statist. 41:1397). Intersected over time.

    Args:
        values: Zeros and ones in the order they came.
        level: Chance that the sequence holds the true proportion at all times.
    """
    n = np.arange(1, values.size + 1)
    ones = np.cumsum(values)
    bound = special.betaln(ones + 1, n - ones + 1) + math.log(1 - level)

    def solve(outer: FloatArray) -> FloatArray:
        """Where the likelihood falls to the bound between its maximum and an end."""
        inner = ones / n
        for _ in range(60):
            middle = (inner + outer) / 2
            held = special.xlogy(ones, middle) + special.xlog1py(n - ones, -middle) > bound
            inner, outer = np.where(held, middle, inner), np.where(held, outer, middle)
        return outer

    low = np.where(ones == 0, 0.0, solve(np.zeros(n.size)))
    high = np.where(ones == n, 1.0, solve(np.ones(n.size)))
    return np.maximum.accumulate(low), np.minimum.accumulate(high)


def betting_sequence(
    values: FloatArray, level: float = 0.95, aims: Collection[float] = ()
) -> tuple[FloatArray, FloatArray]:
    """Ends of the hedged betting sequence of a mean of values in [0, 1], shape (items,) each.

    The means m against which neither of two bettors, who share the stake, has made 1 / (1 - level) of it: the
    hedged capital sequence of Waudby-Smith and Ramdas (2024, JRSSB 86:1) with their predictable plug-in bets,
    cut so that no bet loses more than half. Intersected over time. The ends lie on a grid of 1/2000 and are
    rounded outwards.

    Those bets serve all numbers of items alike. A rule that waits for a half-width h, or for a difference of
    h, is served better by h / σ², which against a mean h off makes capital fastest; σ² is the variance of the
    values so far. With several aims the stake is shared out alike.

    Args:
        values: Scores in [0, 1], in the order they came.
        level: Chance that the sequence holds the true mean at all times.
        aims: Half-widths h that the bets are made for, fixed beforehand; none for the plug-in bets.
    """
    grid = np.linspace(0, 1, GRID + 1)
    low, high = np.zeros(values.size), np.ones(values.size)
    spreads = _spreads(values[np.newaxis])[0]
    # Shape (items, bettors, 1): a bettor a row against all means of the grid.
    bets = np.stack([aim / spreads for aim in aims] or [_bets(values[np.newaxis], level)[0]], axis=1)[
        ..., None
    ]
    up, down = np.zeros((bets.shape[1], grid.size)), np.zeros((bets.shape[1], grid.size))
    threshold = -math.log(1 - level) + math.log(2 * bets.shape[1])
    first, last = 0, grid.size - 1
    for index, (one, bet) in enumerate(zip(values, bets, strict=True)):
        gain, loss = _gains(one, bet, grid[first : last + 1])
        up[:, first : last + 1] += gain
        down[:, first : last + 1] += loss
        # The bet on a greater mean wins most against the least m, so what is out lies at the ends.
        while first < last and _capital(up[:, first + 1]) >= threshold:
            first += 1
        while last > first and _capital(down[:, last - 1]) >= threshold:
            last -= 1
        low[index], high[index] = grid[first], grid[last]
    return low, high


def _capital(bettors: FloatArray) -> float:
    """Logarithm of the sum of capitals given by their logarithms."""
    return float(bettors[0]) if bettors.size == 1 else float(np.logaddexp.reduce(bettors))


def difference_sequence(
    first: FloatArray, second: FloatArray, level: float = 0.95, aims: Collection[float] = ()
) -> tuple[FloatArray, FloatArray]:
    """Ends of a confidence sequence of the mean difference of paired scores, shape (items,) each.

    `betting_sequence` of (first - second + 1) / 2, which lies in [0, 1]. It covers items, not templates.

    Args:
        first: Scores in [0, 1], in the order the items came.
        second: The other's scores of the same items.
        level: Chance that the sequence holds the true mean difference at all times.
        aims: Differences that the bets are made for.
    """
    low, high = betting_sequence((first - second + 1) / 2, level, [aim / 2 for aim in aims])
    return 2 * low - 1, 2 * high - 1


def log_wealth(values: FloatArray, mean: float, level: float = 0.95) -> FloatArray:
    """Logarithm of the greater bettor's capital against one mean, over time.

    Args:
        values: Scores in [0, 1], shape (sequences, items).
        mean: The mean bet against.
        level: Of the sequence the bets are made for.

    Returns:
        Same shape; a mean is out of a sequence from where this reaches -log(1 - level).
    """
    gain, loss = _gains(values, _bets(values, level), np.array(mean))
    return np.maximum(np.cumsum(gain, axis=-1), np.cumsum(loss, axis=-1)) - math.log(2)


def _bets(values: FloatArray, level: float) -> FloatArray:
    """What part to bet on each value, from those before it alone; shape (sequences, items)."""
    n = np.arange(1, values.shape[1] + 1)
    return np.sqrt(2 * math.log(2 / (1 - level)) / (_spreads(values) * n * np.log(n + 1)))


def _spreads(values: FloatArray) -> FloatArray:
    """Variance of the values before each, shape (sequences, items); 1/4, the most there can be, at first."""
    n = np.arange(1, values.shape[1] + 1)
    means = (0.5 + np.cumsum(values, axis=1)) / (n + 1)
    spreads = (0.25 + np.cumsum((values - means) ** 2, axis=1)) / (n + 1)
    return np.concatenate([np.full((len(values), 1), 0.25), spreads[:, :-1]], axis=1)


def _gains(
    values: FloatArray | float, bets: FloatArray | float, mean: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Growth of the logarithm of both bettors' capital: on a greater mean and on a smaller one."""
    tiny = 1e-12
    up = np.minimum(bets, CAUTION / np.maximum(mean, tiny))
    down = np.minimum(bets, CAUTION / np.maximum(1 - mean, tiny))
    return np.log1p(up * (values - mean)), np.log1p(-down * (values - mean))
