"""Sobol indices of a full factorial: which fixed factors move the score, alone and together with others."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from stats.anova import mean_squares
from stats.ems import replicates
from stats.estimate import record
from stats.tables import cells, full_cells
from stats.terms import MOST_FACTORS, design


@dataclass(frozen=True)
class Index:
    """The part of one factor.

    Attributes:
        factor: The column.
        first: Share of the variance over the grid that the factor explains alone; unbiased parts, so that it
            may be slightly below 0.
        total: Share of everything the factor takes part in, interactions included.
        first_plug_in: The same from the observed means as they are, noise included.
        total_plug_in: The same.
    """

    factor: str
    first: float
    total: float
    first_plug_in: float
    total_plug_in: float


@dataclass(frozen=True)
class Sobol:
    """First-order and total indices of all factors.

    Attributes:
        rows: One index a factor.
        variance: The variance of the score over the grid, noise taken out.
        variance_plug_in: The variance of the observed means over the grid.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    rows: tuple[Index, ...]
    variance: float
    variance_plug_in: float
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row a factor, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def sobol(table: pd.DataFrame, *, value: str, factors: Sequence[str], item: str | None = None) -> Sobol:
    """Exact functional analysis of variance over a full factorial (Sobol 1993), each cell alike.

    The mean over the grid is split into effects f_S of every set S of factors; V_S is the mean of f_S² over
    the grid. First-order index V_i / Σ V, total index Σ_{S with i} V_S / Σ V (Homma and Saltelli 1996).
    Noise adds to each V_S in proportion to its degrees of freedom; that is taken out: with `item` the noise
    of S is the interaction S × item, without it the scatter of the rows of a cell.

    The levels are all there is: for levels that are a sample (templates) use `stats.components`, whose shares
    are the same for a population. No sampler is involved; for a function that can be called at will use
    `scipy.stats.sobol_indices`.

    Args:
        table: One row an observation; every combination of levels equally often, and with every item.
        value: The column of scores.
        factors: 2 to 6 columns (5 with `item`).
        item: The column of the items that all cells share.

    Raises:
        UnbalancedError: Combinations are missing, or without `item` have unequal numbers of rows.
        ValueError: A column is missing or has gaps, a factor has one level, or the factors' number is out
            of range.
    """
    if not 2 <= len(factors) <= MOST_FACTORS - (item is not None):
        raise ValueError(f"sobol takes 2 to {MOST_FACTORS - (item is not None)} factors; got {len(factors)}")
    note = ""
    if item is None:
        folded = cells(table, value=value, factors=factors)
        rows = replicates(folded, design(factors))
        squares = mean_squares(folded.mean)
        size = folded.mean.size
        df = size * (rows - 1)
        within = folded.within / df / rows if df else 0.0
        noise = dict.fromkeys(squares, within)
        if not df:
            note = "one row a cell: the noise cannot be told from interactions, and is still in all indices"
    else:
        folded = full_cells(table, value=value, factors=(*factors, item))
        replicates(folded, design(folded.factors))
        items, last = folded.mean.shape[-1], len(factors)
        squares = mean_squares(folded.mean.mean(axis=-1))
        whole = mean_squares(folded.mean)
        noise = {term: whole[(*term, last)].value / items for term in squares}
        size = folded.mean.size // items
    raw = {term: square.value * square.df / size for term, square in squares.items()}
    net = {term: raw[term] - noise[term] * square.df / size for term, square in squares.items()}
    rows_ = []
    totals = sum(net.values()), sum(raw.values())
    if totals[0] <= 0:
        note = "; ".join(filter(None, (note, "no variance is left when the noise is taken out")))

    def part(parts: dict[tuple[int, ...], float], axis: int, alone: bool, total: float) -> float:
        own = sum(v for term, v in parts.items() if (term == (axis,) if alone else axis in term))
        return own / total if total > 0 else 0.0

    for axis, name in enumerate(factors):
        rows_.append(
            Index(
                name,
                part(net, axis, True, totals[0]),
                part(net, axis, False, totals[0]),
                part(raw, axis, True, totals[1]),
                part(raw, axis, False, totals[1]),
            )
        )
    return Sobol(tuple(rows_), totals[0], totals[1], note)
