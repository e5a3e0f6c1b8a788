"""Boundaries of group-sequential tests: a few looks, planned beforehand, that share out the error.

A statistic is looked at at a few fractions of its greatest information, which comes in independent parts, as
a mean's does over more and more items. If nothing is there to be found, it leaves ± the boundary at one look
or another with chance α. How much of α each look may spend, a spending function tells (Lan and DeMets 1983,
Biometrika 70:659).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from scipy import optimize, special

from stats.estimate import FloatArray

Spending = Literal["obrien_fleming", "pocock"]

FEWEST_NODES, MOST_NODES = 96, 2000  # of an integral, so that fractions 1e-4 apart are still told apart
NODES_PER_STEP = 6  # nodes in a standard deviation of what comes between two looks
FARTHEST = 12.0  # standard deviations, beyond which lies
NOTHING = 1e-30  # or less


def spent(
    fractions: Sequence[float], alpha: float = 0.05, spending: Spending = "obrien_fleming"
) -> FloatArray:
    """The two-sided error spent by each look, those before it included; shape (looks,).

    * "obrien_fleming": 4 (1 - Φ(z / √t)), z the normal quantile of 1 - α/4: little early, so that the last
      look is nearly what a single one would be.
    * "pocock": α log(1 + (e - 1) t): nearly the same boundary at every look.

    Both are Lan and DeMets's, with α/2 for either side.

    Args:
        fractions: Of the greatest information, in (0, 1].
        alpha: Error of all looks together.
        spending: The function's name.

    Raises:
        ValueError: A fraction or `alpha` is out of range, or the function is unknown.
    """
    t = np.asarray(fractions, dtype=np.float64)
    _check_alpha(alpha)
    if t.size and not (t.min() > 0 and t.max() <= 1):
        raise ValueError(f"fractions of information lie above 0 and up to 1; got {t.tolist()}")
    if spending == "obrien_fleming":
        return 4 * special.ndtr(special.ndtri(alpha / 4) / np.sqrt(t))
    if spending == "pocock":
        return alpha * np.log1p((math.e - 1) * t)
    raise ValueError(f"spending is one of {', '.join(get_args(Spending))}; got {spending!r}")


def boundaries(fractions: Sequence[float], errors: Sequence[float]) -> FloatArray:
    """What |z| has to exceed at each look for the looks up to it to have spent the given error, two-sided.

    Found look by look, by integrating the density of the statistics that have not left before (Armitage,
    McPherson and Rowe 1969, JRSS A 132:235; Jennison and Turnbull 2000, Group Sequential Methods, ch. 19).

    Args:
        fractions: Of the greatest information at each look, rising, in (0, 1], shape (looks,).
        errors: Spent by each look, those before it included, in (0, 1), same shape and not falling, such as
            `spent`. Where less than 1e-30 is, the boundary is infinite.

    Raises:
        ValueError: The shapes differ, or values are out of range or order.
    """
    t, total = np.asarray(fractions, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if t.shape != total.shape or t.ndim != 1:
        raise ValueError(f"one error a look is wanted; got {t.shape} fractions and {total.shape} errors")
    if t.size and not (t[0] > 0 and t[-1] <= 1 and np.all(np.diff(t) > 0)):
        raise ValueError(f"fractions of information rise, above 0 and up to 1; got {t.tolist()}")
    if t.size and not (total[0] >= 0 and total[-1] < 1 and np.all(np.diff(total) >= 0)):
        raise ValueError(f"errors spent do not fall, and lie from 0 to below 1; got {total.tolist()}")
    return np.array(_walk(tuple(t.tolist()), tuple(total.tolist()))[1])


def exit_chances(fractions: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> FloatArray:
    """How likely |z| first exceeds its bound at each look, shape (looks,); what `boundaries` inverts.

    Args:
        fractions: As in `boundaries`.
        bounds: Of |z|, above 0, shape (looks,).
        drift: Mean of z at the greatest information: 0 gives the errors, others the power.
    """
    found: list[float] = []
    path = _Path(drift)
    for t, bound in zip(fractions, bounds, strict=True):
        found.append(path.leaving(t, bound))
        path = path.on(t, bound)
    return np.array(found)


@lru_cache(maxsize=512)
def _walk(fractions: tuple[float, ...], errors: tuple[float, ...]) -> "tuple[_Path, tuple[float, ...]]":
    """Those that have stayed within the boundaries, and the boundaries; shared by looks that begin alike."""
    if not fractions:
        return _Path(), ()
    path, bounds = _walk(fractions[:-1], errors[:-1])
    *_, before, error = (0.0, *errors)
    bound = _bound(path, fractions[-1], error - before)
    return path.on(fractions[-1], bound), (*bounds, bound)


def _bound(path: "_Path", t: float, error: float) -> float:
    """The bound that is left with a given chance at the next look."""
    if error < NOTHING:
        return math.inf
    return float(
        optimize.brentq(
            # On the logarithm, since an early look may spend next to nothing.
            lambda bound: math.log(max(path.leaving(t, bound), NOTHING / 10)) - math.log(error),
            0.0,
            FARTHEST,
            xtol=1e-12,
        )
    )


class _Path:
    """The sum z √t of the statistics that have stayed within their bounds at all looks so far.

    Its density is known at the nodes of a Gauss–Legendre rule; before the first look it is a point at 0.
    """

    def __init__(
        self,
        drift: float = 0.0,
        t: float = 0.0,
        nodes: FloatArray | None = None,
        mass: FloatArray | None = None,
    ) -> None:
        self._drift, self._t = drift, t
        self._nodes = np.zeros(1) if nodes is None else nodes
        self._mass = np.ones(1) if mass is None else mass

    def leaving(self, t: float, bound: float) -> float:
        """How likely the next look, at t, is the first at which |z| exceeds the bound."""
        step, edge = math.sqrt(t - self._t), bound * math.sqrt(t)
        at = self._nodes + self._drift * (t - self._t)
        return float(self._mass @ (special.ndtr((-edge - at) / step) + special.ndtr((at - edge) / step)))

    def on(self, t: float, bound: float) -> "_Path":
        """Those that stay within the bound at the next look, too."""
        step, edge = math.sqrt(t - self._t), min(bound, FARTHEST) * math.sqrt(t)
        wanted = math.ceil(NODES_PER_STEP * 2 * edge / step)
        points, weights = _rule(min(max(wanted, FEWEST_NODES), MOST_NODES))
        nodes = edge * points
        away = (nodes[:, None] - self._nodes - self._drift * (t - self._t)) / step
        density = np.exp(-(away**2) / 2) @ self._mass / (step * math.sqrt(2 * math.pi))
        return _Path(self._drift, t, nodes, density * weights * edge)


@lru_cache(maxsize=32)
def _rule(number: int) -> tuple[FloatArray, FloatArray]:
    points, weights = np.polynomial.legendre.leggauss(number)
    return points, weights


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is a chance between 0 and 1, such as 0.05; got {alpha!r}")
