"""Analysis of variance of a full array, with one axis a factor and every factor crossed with the others."""

from dataclasses import dataclass

import numpy as np

from stats.estimate import FloatArray

Term = tuple[int, ...]  # the axes of a main effect or interaction, ascending


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


@dataclass(frozen=True)
class CrossedMean:
    """The mean of a two-way array whose rows and columns are both samples.

    Attributes:
        value: The mean.
        variance: Its sampling variance over new rows and new columns.
        df: Satterthwaite's degrees of freedom of that variance; infinite where it is 0.
    """

    value: float
    variance: float
    df: float


def crossed_mean(cells: FloatArray) -> CrossedMean:
    """Mean, variance and degrees of freedom of a rows × columns array, both random.

    The variance is [max(A-E, 0) + max(B-E, 0) + E] / (rows · columns) for the mean squares A of rows, B of
    columns and E of their interaction: the sum of the variance components over their numbers of levels,
    with negative components set to 0, which is what REML gives. The degrees of freedom are those of
    Satterthwaite (1946, Biometrics Bulletin 2:110), (A+B-E)² / (A²/df_A + B²/df_B + E²/df_E), with the
    same truncation in the numerator.

    Args:
        cells: Shape (rows, columns), both >= 2.
    """
    squares = mean_squares(cells)
    rows, columns, both = squares[0,], squares[1,], squares[0, 1]
    total = max(rows.value - both.value, 0.0) + max(columns.value - both.value, 0.0) + both.value
    spread = sum(square.value**2 / square.df for square in (rows, columns, both))
    df = total**2 / spread if spread else float("inf")
    return CrossedMean(float(cells.mean()), total / cells.size, df)
