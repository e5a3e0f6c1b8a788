"""Analysis of variance of a full array, with one axis a factor and every factor crossed with the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.estimate import FloatArray
from stats.terms import Term


@dataclass(frozen=True)
class MeanSquare:
    """A mean square and its degrees of freedom."""

    value: float
    df: int


def mean_squares(cells: FloatArray) -> dict[Term, MeanSquare]:
    """Mean squares of every main effect and interaction, the grand mean left out.

    An axis at a time, the array is split into its mean along the axis and the deviations from it. The
    2^k parts this ends in are the effects; as they are formed by subtraction before they are squared,
    a large common level costs no digits. Mean squares that are rounding alone come out as 0.

    Args:
        cells: One observation (or mean) a cell, k axes, every axis of length >= 2.

    Returns:
        For every non-empty set of axes its mean square, O(2^k cells).
    """
    negligible = (1e-13 * float(np.abs(cells).max())) ** 2
    found: dict[Term, MeanSquare] = {}

    def split(part: FloatArray, axis: int, term: Term) -> None:
        if axis == cells.ndim:
            if term:
                df = int(np.prod([cells.shape[index] - 1 for index in term]))
                square = float(np.square(part).sum()) * cells.size / part.size / df
                found[term] = MeanSquare(square if square > negligible else 0.0, df)
            return
        mean = part.mean(axis=axis, keepdims=True)
        split(mean, axis + 1, term)
        split(part - mean, axis + 1, (*term, axis))

    split(cells, 0, ())
    return found


def combinations_of(terms: Sequence[Term]) -> dict[Term, dict[Term, int]]:
    """How mean squares combine to estimate each component: n_T σ²_T is the expectation of Σ c MS.

    The expected mean square of a term is the sum of n_U σ²_U over the terms U that contain it (Cornfield
    and Tukey 1956), which is solved from the top down. For crossed factors the c are Brennan's (2001)
    alternating signs.

    Args:
        terms: The terms, that of the noise, (), among them where there is one; it counts as in all others.

    Returns:
        For every term the terms with a coefficient other than 0.
    """
    ordered = sorted(terms, key=lambda term: -len(term) if term else -1000)  # noise first, then from the top
    found: dict[Term, dict[Term, int]] = {}
    for term in ordered:
        weights = {term: 1}
        for above, parts in found.items():
            if not above or set(term) < set(above):
                for part, weight in parts.items():
                    weights[part] = weights.get(part, 0) - weight
        found[term] = {part: weight for part, weight in weights.items() if weight}
    return found


def f_test(plus: Sequence[MeanSquare], minus: Sequence[MeanSquare]) -> float:
    """Probability of so large a sum(plus) / sum(minus) when both have the same expectation.

    Exact for one mean square over another; sums get Satterthwaite's degrees of freedom. It is 1 where
    both sums are 0.
    """
    top, bottom = sum(square.value for square in plus), sum(square.value for square in minus)
    if bottom == 0:
        return 0.0 if top > 0 else 1.0
    return float(special.fdtrc(satterthwaite(plus), satterthwaite(minus), top / bottom))


def satterthwaite(squares: Sequence[MeanSquare]) -> float:
    """Degrees of freedom of a sum of mean squares (Satterthwaite 1946, Biometrics Bulletin 2:110)."""
    total = sum(square.value for square in squares)
    spread = sum(square.value**2 / square.df for square in squares)
    return total**2 / spread if spread else float(squares[0].df)


@dataclass(frozen=True)
class CrossedMean:
    """The mean of an array whose axes are all samples.

    Attributes:
        value: The mean.
        variance: Its sampling variance over new levels of every axis.
        df: Satterthwaite's degrees of freedom of that variance; infinite where it is 0.
    """

    value: float
    variance: float
    df: float


def crossed_mean(cells: FloatArray) -> CrossedMean:
    """Mean, variance and degrees of freedom of an array of crossed factors, all random.

    The variance is Σ_T max(n_T σ²_T, 0) / cells over all main effects and interactions T, that is the sum
    of the variance components over their numbers of levels, with negative components set to 0; for two
    axes this is what REML gives. The degrees of freedom are those of Satterthwaite (1946, Biometrics
    Bulletin 2:110) for the combination Σ c MS of mean squares that is left, (Σ c MS)² / Σ (c MS)² / df: a
    mean square whose component is set to 0 is not in it.

    For rows and columns with mean squares A, B and E of their interaction the variance is (A + B - E) / cells
    where both exceed E. Where B does not it is A / cells, with the degrees of freedom of A alone: columns
    that show no variance leave the interval that holds for new rows.

    Args:
        cells: Two or more axes, each of length >= 2.
    """
    squares = mean_squares(cells)
    left: Counter[Term] = Counter()
    for parts in combinations_of(tuple(squares)).values():
        if combined(parts, squares) > 0:
            left.update(parts)
    total = combined(left, squares)
    spread = sum((weight * squares[term].value) ** 2 / squares[term].df for term, weight in left.items())
    df = total**2 / spread if spread else float("inf")
    return CrossedMean(float(cells.mean()), total / cells.size, df)


def combined(weights: Mapping[Term, int], squares: Mapping[Term, MeanSquare]) -> float:
    """Σ c MS."""
    return sum(weight * squares[term].value for term, weight in weights.items())
