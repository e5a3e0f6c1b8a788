"""Variance components of a balanced, fully crossed table with every factor random."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd
from scipy import special

from stats.anova import MeanSquare, Term, mean_squares
from stats.estimate import Estimate, check_level, record
from stats.mls import Part, mls_interval
from stats.tables import Cells, UnbalancedError, full_cells

MOST_FACTORS = 4
RESIDUAL = "residual"
TIMES = " × "


@dataclass(frozen=True)
class Component:
    """The variance one term contributes to a single observation.

    Attributes:
        term: Factors joined by " × ", or "residual".
        raw: The unbiased estimate, which may be negative.
        value: `raw`, or 0 where that is negative.
        share: `value` over the sum of all values, in [0, 1].
        low: Lower end of the interval of the variance, at least 0.
        high: Upper end, at least 0.
        df: Degrees of freedom of the mean square.
        ms: The mean square.
        p_value: Of the F test that the variance is 0; None for the residual term.
    """

    term: str
    raw: float
    value: float
    share: float
    low: float
    high: float
    df: int
    ms: float
    p_value: float | None


@dataclass(frozen=True)
class Components:
    """All variance components of a table.

    Attributes:
        rows: One component a term: main effects, then interactions, then the residual.
        factors: The factors, in the order they were given.
        n: Number of levels of each factor, and of rows a cell as "replicate" when more than one.
        level: Nominal coverage of the intervals.
        residual: Name of the term nothing can be told apart from: "residual" when cells hold
            replicates, else the highest interaction.
    """

    rows: tuple[Component, ...]
    factors: tuple[str, ...]
    n: Mapping[str, int]
    level: float
    residual: str

    def get(self, term: str) -> Component:
        """The component called `term`; the factors of an interaction may come in any order.

        Raises:
            ValueError: There is none.
        """
        for row in self.rows:
            if sorted(row.term.split(TIMES)) == sorted(term.split(TIMES)):
                return row
        raise ValueError(f"no component {term!r}; there are {', '.join(row.term for row in self.rows)}")

    def sigma(self, term: str) -> Estimate:
        """The standard deviation a term contributes, with the square roots of its variance's interval.

        Raises:
            ValueError: There is no such term.
        """
        row = self.get(term)
        note = "estimated variance is negative, taken as 0" if row.raw < 0 else ""
        low, value, high = (math.sqrt(variance) for variance in (row.low, row.value, row.high))
        method = "EMS, modified large-sample interval"
        return Estimate(value, low, high, self.level, method, self.factors, self.n, float(row.df), note)

    def to_frame(self) -> pd.DataFrame:
        """One row a component, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def components(table: pd.DataFrame, *, value: str, factors: Sequence[str], level: float = 0.95) -> Components:
    """Variance components of all main effects and interactions, from expected mean squares.

    Every factor counts as random. A component is the alternating sum of mean squares over the terms that
    contain it, divided by how many observations share one of its levels (Cornfield and Tukey 1956; Brennan
    2001, Generalizability Theory); for balanced tables this is what REML gives where no
    component is negative. Intervals are modified large-sample ones. F tests divide by the one mean square
    with the right expectation or, where several are needed, compare two sums of mean squares with
    Satterthwaite's degrees of freedom (Cochran 1951, Biometrics 7:17).

    Args:
        table: One row an observation; every combination of levels equally often.
        value: The column of numbers.
        factors: 1 to 4 columns.
        level: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: Combinations are missing, or have unequal numbers of rows.
        ValueError: A column is missing or has gaps, a factor has one level, or too many factors are given.
    """
    check_level(level)
    if not 1 <= len(factors) <= MOST_FACTORS:
        raise ValueError(f"components takes 1 to {MOST_FACTORS} factors; got {len(factors)}")
    folded = full_cells(table, value=value, factors=factors)
    replicates = _replicates(folded)
    squares = _squares(folded, replicates)
    sizes = folded.mean.shape
    rows: list[Component] = []
    for term in sorted(squares, key=lambda term: (not term, len(term), term)):  # the residual comes last
        shared = replicates * math.prod(size for axis, size in enumerate(sizes) if axis not in term)
        name = TIMES.join(factors[axis] for axis in term) or RESIDUAL
        rows.append(_component(name, *_combination(term, squares), shared if term else 1, level))
    total = sum(row.value for row in rows)
    shares = tuple(replace(row, share=row.value / total if total else 0.0) for row in rows)
    n = folded.n | ({"replicate": replicates} if replicates > 1 else {})
    return Components(shares, tuple(factors), n, level, rows[-1].term)


def _replicates(folded: Cells) -> int:
    for name, size in folded.n.items():
        if size < 2:
            raise ValueError(f"factor {name!r} has one level, so no variance: leave it out")
    fewest, most = int(folded.count.min()), int(folded.count.max())
    if fewest != most:
        raise UnbalancedError(
            f"{TIMES.join(folded.factors)}: cells hold {fewest} to {most} rows, and need equally many; "
            "name the factor that tells them apart, or average them first"
        )
    return most


def _squares(folded: Cells, replicates: int) -> dict[Term, MeanSquare]:
    """Mean squares of single observations; that of replicates within cells under the empty term."""
    squares = {
        term: MeanSquare(square.value * replicates, square.df)
        for term, square in mean_squares(folded.mean).items()
    }
    if replicates > 1:
        df = folded.mean.size * (replicates - 1)
        squares[()] = MeanSquare(folded.within / df, df)
    return squares


def _combination(term: Term, squares: dict[Term, MeanSquare]) -> tuple[list[MeanSquare], list[MeanSquare]]:
    """The mean squares whose sum minus whose sum has expectation (observations a level) × component.

    The term's own comes first.
    """
    if not term:
        return [squares[()]], []
    above = [other for other in squares if set(term) <= set(other)]
    above.sort(key=len)
    plus = [squares[other] for other in above if (len(other) - len(term)) % 2 == 0]
    minus = [squares[other] for other in above if (len(other) - len(term)) % 2 == 1]
    if not minus and () in squares:
        minus = [squares[()]]
    return plus, minus


def _component(
    name: str, plus: list[MeanSquare], minus: list[MeanSquare], shared: int, level: float
) -> Component:
    raw = (sum(square.value for square in plus) - sum(square.value for square in minus)) / shared
    low, high = mls_interval(
        [Part(square.value / shared, square.df) for square in plus],
        [Part(square.value / shared, square.df) for square in minus],
        level,
    )
    return Component(
        term=name,
        raw=raw,
        value=max(raw, 0.0),
        share=0.0,
        low=max(low, 0.0),
        high=max(high, 0.0),
        df=plus[0].df,
        ms=plus[0].value,
        p_value=f_test(plus, minus) if minus else None,
    )


def f_test(plus: Sequence[MeanSquare], minus: Sequence[MeanSquare]) -> float:
    """Probability of so large a sum(plus) / sum(minus) when both have the same expectation.

    Exact for one mean square over another; sums get Satterthwaite's degrees of freedom. It is 1 where
    both sums are 0.
    """
    top, bottom = sum(square.value for square in plus), sum(square.value for square in minus)
    if bottom == 0:
        return 0.0 if top > 0 else 1.0
    return float(special.fdtrc(_satterthwaite(plus), _satterthwaite(minus), top / bottom))


def _satterthwaite(squares: Sequence[MeanSquare]) -> float:
    total = sum(square.value for square in squares)
    spread = sum(square.value**2 / square.df for square in squares)
    return total**2 / spread if spread else float(squares[0].df)
