"""Do three or more levels of a factor (templates, models) differ at all, on the same items."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import FloatArray, record
from stats.tables import full_cells

CHUNK = 1_000_000  # cells permuted at once


@dataclass(frozen=True)
class Omnibus:
    """Tests that all levels of a factor are alike, items random.

    Attributes:
        factor: The column.
        levels: Its levels.
        items: Number of items.
        means: Mean score at each level.
        friedman: Friedman's chi-square of the ranks within items, with levels - 1 degrees of freedom.
        friedman_p: Its p value.
        kendall_w: Kendall's coefficient of concordance, in [0, 1]: how far items agree on the order.
        cochran: Cochran's Q; None unless every score is 0 or 1.
        cochran_p: Its p value; None likewise.
        max_t: The greatest |t| of all pairs of levels.
        max_t_p: Its p value, from permutations of the levels within items.
        pair: The two levels with the greatest |t|, the higher one first.
    """

    factor: str
    levels: tuple[Hashable, ...]
    items: int
    means: tuple[float, ...]
    friedman: float
    friedman_p: float
    kendall_w: float
    cochran: float | None
    cochran_p: float | None
    max_t: float
    max_t_p: float
    pair: tuple[Hashable, Hashable]

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def omnibus(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    rng: np.random.Generator,
    draws: int = 2000,
) -> Omnibus:
    """Test whether three or more levels of a factor differ, paired by item; rows of one cell are averaged.

    Cochran's Q (1950, Biometrika 37:256) for right and wrong, Friedman's test (1937, JASA 32:675) and
    Kendall's W = chi-square / (items (levels - 1)) for scores, corrected for ties, and the greatest paired t
    against permutations within items, which is exact for any scores.

    With many items all of them reject for differences too small to matter: report the size of the effect
    (`stats.sensitivity`, `stats.multiplicity`) beside them. Items are the sample: nothing follows for
    templates that were not asked.

    Args:
        table: One row an observation; every item has to be there with every level.
        value: The column of scores.
        item: The column that names the item.
        factor: The column whose levels are compared, 3 or more.
        rng: Makes the permutations.
        draws: How many; the least p value they can give is 1 / (1 + draws).

    Raises:
        UnbalancedError: Some item × level cells have no row.
        ValueError: There are fewer than 3 levels or 2 items, or a column is missing or has gaps.
    """
    from scipy.stats import friedmanchisquare
    from statsmodels.stats.contingency_tables import cochrans_q

    folded = full_cells(table, value=value, factors=(item, factor))
    grid = folded.mean
    items, k = grid.shape
    if k < 3 or items < 2:
        raise ValueError(
            f"3 levels of {factor!r} and 2 of {item!r} are the least; got {k} and {items}"
            + (" (two levels: stats.compare.paired_effect)" if k == 2 else "")
        )
    if draws < 1:
        raise ValueError(f"draws has to be at least 1; got {draws}")
    flat = not np.ptp(grid, axis=1).any()  # nothing to rank
    friedman, p = (0.0, 1.0) if flat else (float(one) for one in friedmanchisquare(*grid.T))
    cochran: float | None = None
    cochran_p: float | None = None
    if np.isin(grid, (0, 1)).all():
        tested = None if flat else cochrans_q(grid)
        cochran, cochran_p = (float(tested.statistic), float(tested.pvalue)) if tested else (0.0, 1.0)
    observed = pair_t(grid[np.newaxis])[0]
    first, second = np.unravel_index(int(observed.argmax()), observed.shape)
    null = permuted_max_t(grid, rng=rng, draws=draws)
    greatest = float(observed.max())
    # A permutation may equal the observed table but for rounding; it must count.
    above = int((null >= greatest * (1 - 1e-9)).sum())
    return Omnibus(
        factor=factor,
        levels=folded.levels[1],
        items=items,
        means=tuple(grid.mean(axis=0).tolist()),
        friedman=friedman,
        friedman_p=p,
        kendall_w=friedman / (items * (k - 1)),
        cochran=cochran,
        cochran_p=cochran_p,
        max_t=greatest,
        max_t_p=(1 + above) / (1 + draws),
        pair=(folded.levels[1][first], folded.levels[1][second]),
    )


def pair_t(grids: FloatArray) -> FloatArray:
    """Paired t of every pair of columns; 0 where both are equal, infinite where they differ by a constant.

    Args:
        grids: Shape (tables, items, levels).

    Returns:
        Shape (tables, levels, levels), antisymmetric.
    """
    items = grids.shape[1]
    centered = grids - grids.mean(axis=(1, 2), keepdims=True)
    means = centered.mean(axis=1)
    products = np.matmul(centered.transpose(0, 2, 1), centered)
    own = np.diagonal(products, axis1=1, axis2=2)
    squares = own[:, :, np.newaxis] + own[:, np.newaxis] - 2 * products
    difference = means[:, :, np.newaxis] - means[:, np.newaxis]
    variance = (squares - items * difference**2) / (items - 1)
    # What rounding leaves of a constant difference is none.
    noise = 1e-12 * np.abs(centered).max(initial=1e-300) ** 2
    root = np.sqrt(np.where(variance > noise, variance, 0.0) / items)
    differs = np.abs(difference) > np.sqrt(noise)
    constant = np.where(differs, np.copysign(np.inf, difference), 0.0)
    return np.divide(difference, root, out=constant, where=root > 0)


def permuted_max_t(grid: FloatArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """The greatest paired t after permuting levels within each item, which makes all levels alike.

    Args:
        grid: Shape (items, levels).
        rng: Makes the permutations.
        draws: How many.

    Returns:
        Shape (draws,).
    """
    found = np.empty(draws)
    step = max(1, CHUNK // grid.size)
    for start in range(0, draws, step):
        chunk = found[start : start + step]
        permuted = rng.permuted(np.broadcast_to(grid, (len(chunk), *grid.shape)), axis=2)
        chunk[:] = pair_t(permuted).max(axis=(1, 2))
    return found
