"""What a variance decomposition gives: one component a term, and how to look one up."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from stats.estimate import Estimate, record
from stats.terms import TIMES


@dataclass(frozen=True)
class Component:
    """The variance one term contributes to a single observation.

    Attributes:
        term: Factors joined by " × ", or "residual".
        raw: The estimate before it is cut at 0. From mean squares it is unbiased and may be negative; REML
            has no negative ones.
        value: `raw`, or 0 where that is negative.
        share: `value` over the sum of all values, in [0, 1].
        low: Lower end of the interval of the variance, at least 0.
        high: Upper end, at least 0.
        df: Degrees of freedom of the mean square.
        ms: The mean square. For REML the expected one at the estimates, per level of the term; for
            Henderson's method NaN.
        p_value: Of the F test that the variance is 0; None for the residual term and for Henderson's method.
        fixed: Whether the levels are no sample; the variance is then that of the levels' own effects.
    """

    term: str
    raw: float
    value: float
    share: float
    low: float
    high: float
    df: float
    ms: float
    p_value: float | None
    fixed: bool = False


@dataclass(frozen=True)
class Components:
    """All variance components of a table.

    Attributes:
        rows: One component a term: main effects, then interactions, then the residual.
        factors: The factors, in the order they were given.
        n: Number of levels of each factor, and of rows a cell as "replicate" when more than one (where
            cells have unequally many, their mean, rounded down).
        level: Nominal coverage of the intervals.
        residual: Name of the term nothing can be told apart from: "residual" when cells hold replicates
            or interactions were left out, else the highest interaction.
        method: How the components were made, in words.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    rows: tuple[Component, ...]
    factors: tuple[str, ...]
    n: Mapping[str, int]
    level: float
    residual: str
    method: str = "EMS"
    note: str = ""

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
        interval = "noncentral F interval" if row.fixed else "modified large-sample interval"
        random = tuple(name for name in self.factors if not self._is_fixed(name))
        method = f"{self.method}, {interval}"
        return Estimate(value, low, high, self.level, method, random, self.n, float(row.df), note)

    def _is_fixed(self, factor: str) -> bool:
        return any(row.fixed and row.term == factor for row in self.rows)

    def to_frame(self) -> pd.DataFrame:
        """One row a component, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)
