"""Which of several arms is the best and which the worst, asking as little as it takes; with a stated error.

An arm (a prompt template, say) answers items, all arms in the same random order. A pull asks one arm its next
item. Where to pull is drawn by Thompson sampling; what may be said rests on bounds that hold for every number
of items at once, so that it does not matter how the pulls were chosen nor when one stops.
"""

from dataclasses import dataclass

import numpy as np

from stats.anytime_bounds import Bettors, bettors, log_capital
from stats.arms import Bools, Ints, Pulls, posterior
from stats.estimate import check_level
from stats.sequential import aims_for

FIRST = 10  # items that every arm is asked before any is preferred
LEADERS = 3  # arms that the others are held against
ENDS = 0.8  # share of the error that the bounds on best and worst have together


@dataclass(frozen=True)
class End:
    """How far one end is known.

    Attributes:
        named: The arm that is held to be the best, or the worst.
        candidates: The arms that may truly be.
        open: Those of them that are not yet shown to be within the margin of the one named.
        enough: The arms shown to be within the margin of the truly best, or worst; that named comes first.
    """

    named: int
    candidates: Bools
    open: Bools
    enough: tuple[int, ...]

    @property
    def reached(self) -> bool:
        """Whether the arm named is within the margin of the truly best, or worst."""
        return bool(self.enough)


def look(pulls: Pulls, margin: float, level: float = 0.95) -> tuple[End, End]:
    """How far best and worst arm are known.

    The truly best arm is one, and fixed: of its differences from the arms - 1 others each is bounded from
    above, at a share of the error, so that no arm that lies below another for certain can be it, and that it
    lies above the arm named by no more than the greatest bound of those left. Differences are paired, on the
    items that both were asked.

    Args:
        pulls: What was asked; two arms at least.
        margin: What is to be shown.
        level: Chance that the bounds hold, at both ends, at all times.

    Raises:
        ValueError: The margin is not above 0, the level no coverage, or no two arms have a score.
    """
    check(pulls, margin, level)
    return stands(pulls, margin, level, finite=True), stands(pulls.turned, margin, level, finite=True)


def next_pulls(pulls: Pulls, ends: tuple[End, End], number: int, *, rng: np.random.Generator) -> Ints:
    """How many items more each arm is asked: half of the pulls serve the best, half the worst.

    Thompson sampling among the arms that are open: each one's mean is drawn from its Beta posterior, with a
    uniform prior, and the arm that comes out best is pulled. The two arms named keep up with them, since only
    items that both were asked tell two arms apart, and how far. FormatSpread (Sclar et al. 2024, ICLR)
    searches for both ends by Thompson sampling, and states no error.

    Args:
        pulls: What was asked.
        ends: As `look` has it.
        number: Pulls in all; fewer come back where the items run out.
        rng: Draws.
    """
    sides = [(each, one) for each, one in zip((pulls, pulls.turned), ends, strict=True) if not one.reached]
    items, asked = pulls.scores.shape[1], pulls.asked.copy()
    for place, (side, end) in enumerate(sides):
        wanted = (number - int((asked - pulls.asked).sum())) // (len(sides) - place)
        ones, zeros = posterior(side)
        while wanted > 0:
            most = asked[end.open].max()
            behind = [one.named for one in ends if asked[one.named] < most]
            playing = np.flatnonzero(end.open & (asked < items))
            if behind:
                arm = behind[0]
            elif playing.size:
                arm = int(playing[rng.beta(ones[playing], zeros[playing]).argmax()])
            else:
                break
            asked[arm] += 1
            wanted -= 1
    return asked - pulls.asked


def stands(pulls: Pulls, margin: float, level: float, *, finite: bool) -> End:
    """How far the best arm is known; of arms `turned`, the worst.

    Args:
        pulls: What was asked.
        margin: What is to be shown.
        level: As in `look`.
        finite: Whether means are those of these items; else of the many that they are a random sample of.
    """
    error, numbers = each_error(pulls, level), np.arange(len(pulls.asked))
    likely = leaders(pulls)
    candidates = (pulls.asked == 0) | (pulls.graded > 0)  # an arm that never gave a score takes no part
    near = np.zeros((len(likely), len(numbers)), dtype=np.bool_)
    for place, leader in enumerate(likely):
        others = np.flatnonzero(candidates & (numbers != leader))
        above = differences(pulls, others, np.full(len(others), leader), margin, finite=finite)
        left = ~_below(above, 0.0, error)
        candidates[others] = left
        near[place, others[left]] = _below(above.part(np.flatnonzero(left)), margin, error)
        near[place, leader] = True
    open_arms = candidates & ~near
    possible = [place for place, leader in enumerate(likely) if candidates[leader]] or [0]
    enough = [place for place in possible if not open_arms[place].any()]
    place = (enough or possible)[0]
    return End(likely[place], candidates, open_arms[place], tuple(likely[one] for one in enough))


def leaders(pulls: Pulls) -> list[int]:
    """The arms that look best, the best first; such as have a score."""
    ones, zeros = posterior(pulls)
    order, graded = np.argsort(-ones / (ones + zeros), kind="stable"), pulls.graded
    return [int(arm) for arm in order if graded[arm] > 0][:LEADERS]


def differences(pulls: Pulls, first: Ints, second: Ints, margin: float, *, finite: bool) -> Bettors:
    """Bets that the first of each pair of arms is no better than the second by this or that.

    Args:
        pulls: What was asked.
        first: Arms, shape (pairs,).
        second: Others. Differences are halved and moved to [0, 1], so that 1/2 is none.
        margin: What is to be shown.
        finite: As in `stands`.
    """
    longest = int(np.minimum(pulls.asked[first], pulls.asked[second]).max(initial=1))
    values = (pulls.scores[first, :longest] - pulls.scores[second, :longest] + 1) / 2
    aims = [aim / 2 for aim in aims_for(margin)]
    return bettors(values, aims, pulls.scores.shape[1] if finite else None)


def each_error(pulls: Pulls, level: float) -> float:
    """The error of one comparison of the truly best arm with another."""
    return ENDS / 2 * (1 - level) / (len(pulls.asked) - 1)


def check(pulls: Pulls, margin: float, level: float) -> None:
    """Raises ValueError where nothing can be said."""
    check_level(level)
    if not margin > 0:
        raise ValueError(f"the margin has to be above 0; got {margin}")
    if (pulls.graded > 0).sum() < 2:
        raise ValueError("there is no best and worst where fewer than two arms have a score")


def _below(of: Bettors, difference: float, error: float) -> Bools:
    """Whether each difference is shown to be less than this."""
    return log_capital(of, np.full(len(of.short), (difference + 1) / 2)) >= -np.log(error)
