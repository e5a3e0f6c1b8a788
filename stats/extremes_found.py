"""What may be said of the best and the worst of several arms after a search, and of their distance."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stats.anytime_bounds import Bettors, bettors, greatest_bound, upper_bounds
from stats.arms import Bools, Ints, Pulls
from stats.estimate import Estimate
from stats.extremes_search import ENDS, check, differences, each_error, leaders, stands
from stats.sequential import aims_for

SPREAD = 1 - ENDS  # share of the error that the lower end of the spread has
CHUNK = 400  # sequences that are looked at together
SPREAD_METHOD = "betting confidence sequences of paired differences"
SCORE_METHOD = "betting confidence sequence, all arms together"


@dataclass(frozen=True)
class NamedEnd:
    """What is said of one end.

    Attributes:
        arm: The arm named.
        bound: No arm is better (or worse) by more than this.
        candidates: The arms that may truly be the best (or worst), by number.
        reached: Whether the bound was to be as small as this.
    """

    arm: int
    bound: float
    candidates: tuple[int, ...]
    reached: bool


@dataclass(frozen=True)
class Ends:
    """What a search found. All that it says of the items asked of holds together with chance `level`.

    Attributes:
        best: The best arm.
        worst: The worst.
        spread: Mean of the truly best arm less that of the truly worst, on these items; its value is that of
            the arms named, on the items that both were asked.
        spread_beyond: The same for the many items that these are a random sample of; a statement of its own.
        scores: Each arm's mean, on these items; the value is the plain mean of what it was asked, and the
            intervals hold all together, a statement of their own. None for an arm without a score.
        asked: Items asked, by arm.
        items: How many there are.
    """

    best: NamedEnd
    worst: NamedEnd
    spread: Estimate
    spread_beyond: Estimate
    scores: tuple[Estimate | None, ...]
    asked: tuple[int, ...]
    items: int


def found(pulls: Pulls, margin: float, level: float = 0.95) -> Ends:
    """What may be said of best, worst, and their distance.

    Args:
        pulls: What was asked; two arms at least.
        margin: What was to be shown.
        level: Of the bounds and intervals.

    Raises:
        ValueError: As for `look`.
    """
    check(pulls, margin, level)
    best = _named(pulls, margin, level)
    worst = _named(pulls.turned, margin, level, other_than=best.arm)
    return Ends(
        best=best,
        worst=worst,
        spread=_spread(pulls, best.arm, worst.arm, margin, level, finite=True),
        spread_beyond=_spread(pulls, best.arm, worst.arm, margin, level, finite=False),
        scores=_scores(pulls, margin, level),
        asked=tuple(int(each) for each in pulls.asked),
        items=pulls.scores.shape[1],
    )


def _named(pulls: Pulls, margin: float, level: float, other_than: int | None = None) -> NamedEnd:
    """Names the arm with the least bound; among equal ones, another than that named at the other end."""
    end = stands(pulls, margin, level, finite=True)
    candidates = np.flatnonzero(end.candidates)
    likely = leaders(pulls)
    able = list(end.enough) or [one for one in likely if end.candidates[one]] or likely
    able = [one for one in able if one != other_than] or able
    bounds = [_bound(pulls, arm, candidates, margin, level) for arm in able]
    least = int(np.argmin(bounds))
    bound = min(bounds[least], margin) if end.reached else bounds[least]
    return NamedEnd(able[least], bound, tuple(int(one) for one in candidates), end.reached)


def _bound(pulls: Pulls, arm: int, candidates: Ints, margin: float, level: float) -> float:
    """How much better than an arm the truly best one is at most."""
    others = candidates[candidates != arm]
    above = differences(pulls, others, np.full(len(others), arm), margin, finite=True)
    return max(0.0, 2 * greatest_bound([above], each_error(pulls, level)) - 1)


def _spread(pulls: Pulls, best: int, worst: int, margin: float, level: float, *, finite: bool) -> Estimate:
    turned, arms = pulls.turned, len(pulls.asked)
    pairs = np.array([(top, low) for top in leaders(pulls) for low in leaders(turned) if top != low])
    # The arms looked at may be any two, so that every ordered pair has a share of the error.
    error = SPREAD * (1 - level) / (arms * (arms - 1))
    above = differences(pulls, pairs[:, 1], pairs[:, 0], margin, finite=finite)
    low = max(0.0, float(1 - 2 * upper_bounds(above, error).min()))
    tops, bottoms = (stands(side, margin, level, finite=finite).candidates for side in (pulls, turned))
    parts = _chunks(pulls, tops, bottoms, margin, finite=finite)
    high = max(low, 2 * greatest_bound(parts, each_error(pulls, level)) - 1)
    paired = pulls.scores[best] - pulls.scores[worst]
    both = ~np.isnan(paired)
    value = float(paired[both].mean()) if both.any() else low
    n, random = {"item": int(both.sum()), "arm": arms}, () if finite else ("item",)
    return Estimate(min(max(value, low), high), low, high, level, SPREAD_METHOD, random, n, None)


def _chunks(pulls: Pulls, tops: Bools, bottoms: Bools, margin: float, *, finite: bool) -> Iterator[Bettors]:
    first, second = np.nonzero(tops[:, np.newaxis] & bottoms & ~np.eye(len(tops), dtype=np.bool_))
    for start in range(0, len(first), CHUNK):
        some = slice(start, start + CHUNK)
        yield differences(pulls, first[some], second[some], margin, finite=finite)


def _scores(pulls: Pulls, margin: float, level: float) -> tuple[Estimate | None, ...]:
    arms, items = pulls.scores.shape
    error = (1 - level) / (2 * arms)
    aims = aims_for(margin)
    highs = upper_bounds(bettors(pulls.scores, aims, items), error)
    lows = 1 - upper_bounds(bettors(1 - pulls.scores, aims, items), error)
    found: list[Estimate | None] = []
    for scores, low, high, n in zip(pulls.scores, lows, highs, pulls.graded, strict=True):
        if not n:
            found.append(None)
            continue
        mean = float(np.nanmean(scores))
        ends = min(float(low), mean), max(float(high), mean)
        found.append(Estimate(mean, *ends, level, SCORE_METHOD, (), {"item": int(n)}, None))
    return tuple(found)
