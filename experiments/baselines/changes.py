"""From one printed score to another, as a difference and as a share.

Which items each got right is not known, so that they are taken for samples of their own (unpaired).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.baselines.results import Result, sampling_interval
from stats.estimate import Estimate


@dataclass(frozen=True)
class Change:
    """From one result to another on the same task, as if on items of its own.

    Attributes:
        before: Where it starts.
        after: Where it ends.
        difference: `after` - `before`; None where a number of items is not known.
        p_value: Two-sided, that there is none; None where a number of items is not known.
        p_adjusted: `p_value` adjusted for the tasks it was tested with; None if it was tested alone.
    """

    before: Result
    after: Result
    difference: Estimate | None
    p_value: float | None
    p_adjusted: float | None = None

    @property
    def points(self) -> float:
        """`after` - `before`, whether or not there is an interval."""
        return self.after.score - self.before.score

    @property
    def gain(self) -> float:
        """By how much it got better: `points`, negated where lower is better."""
        return -self.points if self.after.lower_is_better else self.points

    def told_apart(self, level: float = 0.95) -> bool:
        """Whether p, the adjusted one if there is one, is below 1 - level."""
        p = self.p_value if self.p_adjusted is None else self.p_adjusted
        return p is not None and p < 1 - level


def change(before: Result, after: Result, level: float = 0.95) -> Change:
    """The difference between two printed scores on a task, unpaired.

    Newcombe's hybrid score interval (1998, Statistics in Medicine 17:873, method 10), made of the two
    intervals of `sampling_interval`; p of the pooled z test. If the two were asked the same items and find
    the same ones hard, as models do, both are on the safe side.

    Args:
        before: Where it starts.
        after: Where it ends.
        level: Nominal coverage.

    Raises:
        ValueError: The two are of different tasks.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    if before.task != after.task:
        raise ValueError(f"a change is within one task; got {before.task!r} and {after.task!r}")
    if before.items is None or after.items is None:
        return Change(before, after, None, None)
    counts = (after.score * after.items, before.score * before.items)
    items = (after.items, before.items)
    ends = confint_proportions_2indep(
        counts[0], items[0], counts[1], items[1], compare="diff", method="newcomb", alpha=1 - level
    )
    low, high = (float(end) for end in ends)
    # Two scores of 0, or of 1, have no variance to divide by.
    p = 1.0 if after.score == before.score else float(proportions_ztest(counts, items)[1])
    return Change(before, after, _unpaired(before, after, low, high, level, "Newcombe hybrid score"), p)


def relative(before: Result, after: Result, level: float = 0.95) -> Estimate | None:
    """`after` / `before` - 1, unpaired: a drop of a quarter is -0.25.

    The interval of a ratio that two intervals recover (MOVER-R; Newcombe 2016, Statistical Methods in Medical
    Research 25:1774), as `change` has that of a difference: r is inside while after - r before, by the same
    rule, holds 0.

    Args:
        before: Where it starts; above 0.
        after: Where it ends.
        level: Nominal coverage.

    Returns:
        None where a number of items is not known.

    Raises:
        ValueError: `before` is 0, of which there is no share.
    """
    if before.score == 0:
        raise ValueError(f"{before.model} on {before.task} scores 0: there is no change relative to it")
    top, bottom = sampling_interval(after, level), sampling_interval(before, level)
    if top is None or bottom is None:
        return None
    low = _ratio_end(top.value, top.low, bottom.value, bottom.high, lower=True)
    high = _ratio_end(top.value, top.high, bottom.value, bottom.low, lower=False)
    return _unpaired(before, after, low - 1, high - 1, level, "MOVER-R", after.score / before.score - 1)


def _ratio_end(top: float, top_end: float, bottom: float, bottom_end: float, *, lower: bool) -> float:
    """A root r of (top - r bottom)² = (top - top_end)² + r² (bottom - bottom_end)²."""
    a = bottom_end * (2 * bottom - bottom_end)
    c = top_end * (2 * top - top_end)
    root = math.sqrt(max((top * bottom) ** 2 - a * c, 0.0))
    if lower:
        return c / (top * bottom + root) if top_end > 0 else 0.0  # written so that a may be 0
    return (top * bottom + root) / a


def _unpaired(
    before: Result,
    after: Result,
    low: float,
    high: float,
    level: float,
    method: str,
    value: float | None = None,
) -> Estimate:
    n = {"item": min(before.items or 0, after.items or 0)}
    difference = after.score - before.score if value is None else value
    return Estimate(difference, low, high, level, f"unpaired, {method}", ("item",), n, None)


def adjusted(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The same changes, their p values adjusted for one another.

    Benjamini and Hochberg's method (1995, JRSS B 57:289): of the changes then told apart at a level, at most
    1 - level are expected to be none. Changes without a p value stay as they are.
    """
    from statsmodels.stats.multitest import multipletests

    tested = [one.p_value for one in changes if one.p_value is not None]
    ps = iter(np.asarray(multipletests(tested, method="fdr_bh")[1], np.float64) if tested else ())
    return tuple(one if one.p_value is None else replace(one, p_adjusted=float(next(ps))) for one in changes)
