"""When enough items were asked: rules on confidence sequences, or on repeated intervals at planned looks."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import Estimate, FloatArray, check_level
from stats.repeated import Looks, repeated_difference, repeated_mean
from stats.sequential import aims_for, betting_sequence, confidence_sequence, difference_sequence

MEAN = "hedged betting confidence sequence, bets made for the half-width"
DIFFERENCE = "hedged betting confidence sequence of paired differences"


@dataclass(frozen=True)
class Decision:
    """Two raters of the same items, such as models, held against each other.

    Attributes:
        first: One of them.
        second: The other.
        difference: Mean score of the first less that of the second; its interval holds at any stopping time,
            or at the looks that were planned.
        verdict: "more" (the first scores more), "less", "alike" (neither, and the whole interval lies within
            the margin), or "open".
    """

    first: str
    second: str
    difference: Estimate
    verdict: str


def anytime_mean(values: FloatArray, level: float = 0.95, half_width: float | None = None) -> Estimate:
    """The mean of item scores in [0, 1], in the order they came; its interval holds at any stopping time.

    Args:
        values: At least one.
        level: Chance that the confidence sequence holds the true mean at all times.
        half_width: What is waited for, if anything is; the sequence is made to reach it soon.
    """
    if half_width is not None:
        low, high = betting_sequence(values, level, [half_width])
        ends, n = (float(low[-1]), float(high[-1])), {"item": values.size}
        return Estimate(float(values.mean()), *ends, level, MEAN, ("item",), n, None)
    places = np.arange(values.size)
    table = pd.DataFrame({"item": places, "place": places, "score": values})
    return confidence_sequence(table, value="score", item="item", order="place", level=level).estimate


def stopped_mean(
    values: FloatArray, level: float = 0.95, half_width: float | None = None, looks: Looks | None = None
) -> Estimate:
    """The mean of item scores in the order asked, NaN where an item has none, where a run stopped.

    Args:
        values: At least one is known.
        level: Nominal coverage.
        half_width: What was waited for, if anything was.
        looks: The looks planned beforehand; None for a confidence sequence, which needs no plan.
    """
    if looks is not None:
        return repeated_mean(values, looks, level, half_width)
    return anytime_mean(values[~np.isnan(values)], level, half_width)


def decisions(
    scores: Mapping[str, FloatArray], margin: float, level: float = 0.95, looks: Looks | None = None
) -> tuple[Decision, ...]:
    """Every two raters held against each other, on the items that both have.

    The intervals of all pairs hold together, at all times or at all looks, with chance `level` at least
    (Bonferroni). So does every verdict but "open", whenever it was read.

    Args:
        scores: Of each rater the items' scores in [0, 1], in the same order of the same items; one that
            stopped early has fewer, and NaN stands where it has no score.
        margin: The difference within which two count as alike.
        level: Chance that no verdict is wrong.
        looks: The looks planned beforehand; None for confidence sequences, which need no plan. A pair is
            then decided at the first look that decides it, and later items change nothing.

    Returns:
        By pair; a pair without a common item has the interval [-1, 1].

    Raises:
        ValueError: The margin is not above 0, or the level no coverage.
    """
    check_level(level)
    if not margin > 0:
        raise ValueError(f"the margin has to be above 0; got {margin}")
    pairs = list(itertools.combinations(scores, 2))
    each = 1 - (1 - level) / max(len(pairs), 1)
    found: list[Decision] = []
    for pair in pairs:
        mine, theirs = (scores[name] for name in pair)
        both = min(mine.size, theirs.size)
        mine, theirs = mine[:both], theirs[:both]
        if looks is None:
            difference = _difference(mine, theirs, margin, each)
        else:
            difference = _first_decided(mine, theirs, margin, each, looks)
        found.append(Decision(*pair, difference, _verdict(difference, margin)))
    return tuple(found)


def _verdict(difference: Estimate, margin: float) -> str:
    if difference.low > 0 or difference.high < 0:
        return "more" if difference.low > 0 else "less"
    return "alike" if -margin <= difference.low and difference.high <= margin else "open"


def _difference(mine: FloatArray, theirs: FloatArray, margin: float, level: float) -> Estimate:
    known = ~(np.isnan(mine) | np.isnan(theirs))
    mine, theirs = mine[known], theirs[known]
    low, high, mean = -1.0, 1.0, 0.0
    if mine.size:
        lows, highs = difference_sequence(mine, theirs, level, aims_for(margin))
        low, high, mean = float(lows[-1]), float(highs[-1]), float((mine - theirs).mean())
    return Estimate(mean, low, high, level, DIFFERENCE, ("item",), {"item": int(mine.size)}, None)


def _first_decided(
    mine: FloatArray, theirs: FloatArray, margin: float, level: float, looks: Looks
) -> Estimate:
    """The difference at the first look that decides, or else at the last that was reached."""
    ends = looks.ends(mine.size)
    found = [repeated_difference(mine[:end], theirs[:end], looks, level) for end in ends]
    return next((one for one in found if _verdict(one, margin) != "open"), found[-1])
