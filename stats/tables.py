"""From a tidy table, one row an observation, to arrays with one axis a factor.

A factor's levels are put in sorted order (in order of appearance where they cannot be compared), so
that nothing depends on the order of the table's rows. Levels a categorical column declares but
never shows do not count. Several rows in one cell are replicates: the cell's value is their mean.
"""

import difflib
import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stats.estimate import FloatArray

IntArray = NDArray[np.int64]

CHUNK = 1_000_000  # rows looked at at once where more would only cost memory


class UnbalancedError(ValueError):
    """The table lacks rows for some combinations of levels (or has more for some than for others)."""


@dataclass(frozen=True)
class Factor:
    """A column as codes.

    Attributes:
        name: The column.
        levels: Its levels.
        codes: For every row of the table the index of its level, shape (rows,).
    """

    name: str
    levels: tuple[Hashable, ...]
    codes: IntArray


@dataclass(frozen=True)
class Cells:
    """A table folded into an array with one axis a factor.

    Attributes:
        factors: The columns, one an axis.
        levels: The levels along each axis.
        mean: Mean of the rows in each cell; NaN where there are none.
        count: Number of rows in each cell.
        within: Sum of the squared deviations of rows from their cell's mean.
    """

    factors: tuple[str, ...]
    levels: tuple[tuple[Hashable, ...], ...]
    mean: FloatArray
    count: IntArray
    within: float

    @property
    def n(self) -> dict[str, int]:
        """The number of levels of each factor."""
        return dict(zip(self.factors, self.mean.shape, strict=True))


def column(table: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """The column called `name`.

    Raises:
        ValueError: There is none (the nearest name is given), or the table has no rows.
    """
    if name not in table.columns:
        names = [str(other) for other in table.columns]
        near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"the table has {', '.join(names) or 'no columns'}"
        raise ValueError(f"no column {name!r}: {hint}")
    if table.empty:
        raise ValueError(f"the table has no rows, so column {name!r} has no values")
    return table[name]


def numbers(table: pd.DataFrame, value: str) -> FloatArray:
    """The column `value` as floats, shape (rows,).

    Raises:
        ValueError: The column is missing, holds something that is no number, or is not finite somewhere.
    """
    cells = column(table, value)
    try:
        found = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {value!r} has to hold numbers: {error}") from None
    bad = int((~np.isfinite(found)).sum())
    if bad:
        raise ValueError(
            f"column {value!r} has no finite number in {bad} of {found.size} rows; "
            "drop those rows or give them a value (a failed answer is usually a 0)"
        )
    return found


def factor_of(table: pd.DataFrame, name: str) -> Factor:
    """The column `name` as codes.

    Raises:
        ValueError: The column is missing or empty somewhere.
    """
    cells = column(table, name)
    try:
        codes, levels = pd.factorize(cells, sort=True)
    except TypeError:  # levels of types that have no common order
        codes, levels = pd.factorize(cells)
    absent = int((codes < 0).sum())
    if absent:
        raise ValueError(f"column {name!r} names no level in {absent} of {len(cells)} rows")
    return Factor(name, tuple(levels.tolist()), codes.astype(np.int64))


def check_known(level: Hashable, levels: Sequence[Hashable], name: str) -> None:
    """Raise ValueError, with the nearest level, unless `level` is one of a factor's `levels`."""
    if level not in levels:
        near = difflib.get_close_matches(str(level), [str(other) for other in levels], n=1, cutoff=0.5)
        some = ", ".join(repr(other) for other in levels[:8])
        hint = f"did you mean {near[0]!r}?" if near else f"it has {some}{', …' if len(levels) > 8 else ''}"
        raise ValueError(f"{name!r} has no level {level!r}: {hint}")


def cells(
    table: pd.DataFrame,
    *,
    value: str,
    factors: Sequence[str],
    parents: Sequence[Collection[int]] | None = None,
) -> Cells:
    """Fold a table into cells; O(rows + cells).

    Args:
        table: One row an observation.
        value: The column of numbers.
        factors: The columns that become axes, in this order.
        parents: For each factor the positions of those it is nested in. Its axis then counts its levels
            within each combination of theirs, so that names may be used again or not.

    Raises:
        ValueError: A column is missing, named twice, or has gaps.
    """
    if len({value, *factors}) <= len(factors):
        raise ValueError(f"every column has one role; got value {value!r} and factors {list(factors)}")
    y = numbers(table, value)
    crossed = [factor_of(table, name) for name in factors]
    axes = crossed
    if parents is not None:
        axes = [
            _within(crossed, axis, above) if above else crossed[axis] for axis, above in enumerate(parents)
        ]
    folded = fold(y, {axis.name: axis.codes for axis in axes})
    return replace(folded, levels=tuple(axis.levels for axis in axes))


def _within(axes: Sequence[Factor], axis: int, above: Collection[int]) -> Factor:
    """A nested factor with codes that start again at 0 in every combination of its parents' levels."""
    parent = np.zeros(axes[axis].codes.size, dtype=np.int64)
    for other in sorted(above):
        parent = parent * len(axes[other].levels) + axes[other].codes
    size = len(axes[axis].levels)
    pairs, codes = np.unique(parent * size + axes[axis].codes, return_inverse=True)
    first = np.flatnonzero(np.diff(pairs // size, prepend=-1))
    starts = np.repeat(first, np.diff(first, append=pairs.size))
    inside = (np.arange(pairs.size) - starts)[codes]
    return Factor(axes[axis].name, tuple(range(int(inside.max()) + 1)), inside)


def fold(y: FloatArray, codes: Mapping[str, NDArray[np.integer]]) -> Cells:
    """Fold numbers with integer codes into cells, without pandas; O(rows + cells).

    10 million rows take less than a second and little memory beyond the input (see
    tests/benchmarks/statistics_speed.py).

    Args:
        y: One number a row, all finite, shape (rows,).
        codes: For each factor, in the order of the axes, a number from 0 up a row, each shape (rows,).

    Returns:
        The cells; levels are the codes.

    Raises:
        ValueError: Shapes differ, there are no rows, a code is negative, or a number is not finite.
    """
    if y.ndim != 1 or not y.size or not codes or any(code.shape != y.shape for code in codes.values()):
        shapes = {"y": y.shape} | {name: code.shape for name, code in codes.items()}
        raise ValueError(f"y and every factor's codes need one entry a row; their shapes are {shapes}")
    least = {name: int(code.min()) for name, code in codes.items()}
    if min(least.values()) < 0:
        raise ValueError(f"codes start at 0; the least are {least}")
    shape = tuple(int(code.max()) + 1 for code in codes.values())
    size = math.prod(shape)
    flat = np.zeros(y.size, dtype=np.int64)
    for length, code in zip(shape, codes.values(), strict=True):
        flat *= length
        flat += code
    count = np.bincount(flat, minlength=size)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(flat, weights=y, minlength=size) / count
    within = 0.0
    for start in range(0, y.size, CHUNK):
        rows = slice(start, start + CHUNK)
        scatter = y[rows] - mean[flat[rows]]
        within += float(scatter @ scatter)
    if not math.isfinite(within):
        raise ValueError("y has entries that are not finite numbers")
    levels: tuple[tuple[Hashable, ...], ...] = tuple(tuple(range(length)) for length in shape)
    return Cells(tuple(codes), levels, mean.reshape(shape), count.reshape(shape), within)


def full_cells(table: pd.DataFrame, *, value: str, factors: Sequence[str]) -> Cells:
    """Fold a table in which every combination of levels occurs at least once.

    Raises:
        UnbalancedError: Some combinations have no row; the message counts them and names one.
        ValueError: As `cells`.
    """
    folded = cells(table, value=value, factors=factors)
    missing = np.argwhere(folded.count == 0)
    if len(missing):
        first = zip(folded.factors, folded.levels, missing[0], strict=True)
        example = ", ".join(f"{name} {levels[index]!r}" for name, levels, index in first)
        raise UnbalancedError(
            f"{' × '.join(folded.factors)}: {len(missing)} of {folded.count.size} cells have no row "
            f"(one is {example}); keep the levels that were all run, or score the missing rows"
        )
    return folded
