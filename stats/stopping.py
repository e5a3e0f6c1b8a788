"""When enough items were asked: rules on confidence sequences, valid however often they are looked at."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import Estimate, FloatArray, check_level
from stats.sequential import betting_sequence, confidence_sequence, difference_sequence

MEAN = "hedged betting confidence sequence, bets made for the half-width"
DIFFERENCE = "hedged betting confidence sequence of paired differences"
TIMES = (1, 2, 4)  # the margin: differences that bets are made for


@dataclass(frozen=True)
class Decision:
    """Two raters of the same items, such as models, held against each other.

    Attributes:
        first: One of them.
        second: The other.
        difference: Mean score of the first less that of the second; its interval holds at any stopping time.
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


def decisions(scores: Mapping[str, FloatArray], margin: float, level: float = 0.95) -> tuple[Decision, ...]:
    """Every two raters held against each other, on the items that both have.

    The intervals of all pairs hold together, at all times, with chance `level` at least (Bonferroni). So
    does every verdict but "open", whenever it was read.

    Args:
        scores: Of each rater the items' scores in [0, 1], in the same order of the same items; one that
            stopped early has fewer, and NaN stands where it has no score.
        margin: The difference within which two count as alike.
        level: Chance that no verdict is wrong.

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
    return tuple(_decide(*pair, scores[pair[0]], scores[pair[1]], margin, each) for pair in pairs)


def _decide(
    first: str, second: str, mine: FloatArray, theirs: FloatArray, margin: float, level: float
) -> Decision:
    both = min(mine.size, theirs.size)
    mine, theirs = mine[:both], theirs[:both]
    known = ~(np.isnan(mine) | np.isnan(theirs))
    mine, theirs = mine[known], theirs[known]
    low, high, mean = -1.0, 1.0, 0.0
    if mine.size:
        lows, highs = difference_sequence(mine, theirs, level, [times * margin for times in TIMES])
        low, high, mean = float(lows[-1]), float(highs[-1]), float((mine - theirs).mean())
    if low > 0 or high < 0:
        verdict = "more" if low > 0 else "less"
    else:
        verdict = "alike" if -margin <= low and high <= margin else "open"
    estimate = Estimate(mean, low, high, level, DIFFERENCE, ("item",), {"item": int(mine.size)}, None)
    return Decision(first, second, estimate, verdict)
