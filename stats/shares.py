"""Intervals of shares of variance: how much of the scatter is the templates' doing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from stats.anova import combinations_of, combined
from stats.ems import squares_of
from stats.estimate import check_level, record
from stats.tables import cells
from stats.terms import RESIDUAL, TIMES, design, levels_of


@dataclass(frozen=True)
class Share:
    """A term's part in the variance of a single observation.

    Attributes:
        term: Factors joined by " × ", or "residual".
        value: Its component over the sum of all, negative ones taken as 0; in [0, 1].
        low: Lower end of the interval.
        high: Upper end.
    """

    term: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Shares:
    """The shares of all terms; they sum to 1 (their ends do not).

    Attributes:
        rows: One share a term.
        level: Nominal coverage of each interval by itself.
    """

    rows: tuple[Share, ...]
    level: float

    def get(self, term: str) -> Share:
        """The share of `term`; the factors of an interaction may come in any order.

        Raises:
            ValueError: There is none.
        """
        for row in self.rows:
            if sorted(row.term.split(TIMES)) == sorted(term.split(TIMES)):
                return row
        raise ValueError(f"no share of {term!r}; there are {', '.join(row.term for row in self.rows)}")

    def to_frame(self) -> pd.DataFrame:
        """One row a term, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def variance_shares(
    table: pd.DataFrame,
    *,
    value: str,
    factors: Sequence[str],
    nested: Mapping[str, str | Sequence[str]] | None = None,
    order: int | None = None,
    rng: np.random.Generator,
    draws: int = 10_000,
    level: float = 0.95,
) -> Shares:
    """Shares of variance of a balanced table, all factors random, with generalised confidence intervals.

    Each draw divides every mean square by an independent χ²_df / df, forms the components from these,
    negative ones as 0, and their shares; the interval takes the draws' quantiles (Weerahandi 1993, JASA
    88:899; Hannig, Iyer and Patterson 2006, JASA 101:254).

    Args:
        table: One row an observation; every combination of levels equally often.
        value: The column of numbers.
        factors: 1 to 6 columns.
        nested: As in `stats.components.components`.
        order: As there.
        rng: Makes the draws.
        draws: How many.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Combinations are missing or have unequal numbers of rows; there are components of
            such tables, but no intervals of their shares.
        ValueError: As `components`.
    """
    check_level(level)
    layout = design(factors, nested=nested, order=order)
    folded = cells(table, value=value, factors=factors, parents=layout.parents)
    squares = squares_of(folded, layout)
    total = int(folded.count.sum())
    terms = [*(term for term in layout.terms if term in squares), *([()] if () in squares else [])]
    pivots = {
        term: square.value * square.df / rng.chisquare(square.df, draws) for term, square in squares.items()
    }
    weights = combinations_of(terms)
    levels = {term: total // levels_of(term, folded.mean.shape) if term else 1 for term in terms}
    points = np.array([combined(weights[term], squares) / levels[term] for term in terms])
    drawn = np.array(
        [
            sum(weight * pivots[part] for part, weight in weights[term].items()) / levels[term]
            for term in terms
        ]
    )
    points, drawn = np.maximum(points, 0.0), np.maximum(drawn, 0.0)
    whole, wholes = points.sum(), drawn.sum(axis=0)
    values = points / whole if whole else points
    parts = np.divide(drawn, wholes, out=np.zeros_like(drawn), where=wholes > 0)
    low, high = np.quantile(parts, [(1 - level) / 2, (1 + level) / 2], axis=1)
    names = [layout.name(term) if term else RESIDUAL for term in terms]
    rows = (Share(*row) for row in zip(names, values.tolist(), low.tolist(), high.tolist(), strict=True))
    return Shares(tuple(rows), level)
