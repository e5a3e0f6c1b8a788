"""Variance components: how much of the scatter of scores each factor and interaction brings about."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from stats.anova import f_test as f_test
from stats.decomposition import Component as Component
from stats.decomposition import Components as Components
from stats.ems import ems, with_shares
from stats.estimate import check_level
from stats.tables import Cells, cells
from stats.terms import RESIDUAL as RESIDUAL
from stats.terms import TIMES as TIMES
from stats.terms import Design, design

Method = Literal["auto", "ems", "reml", "henderson"]


def components(
    table: pd.DataFrame,
    *,
    value: str,
    factors: Sequence[str],
    nested: Mapping[str, str | Sequence[str]] | None = None,
    fixed: Collection[str] = (),
    order: int | None = None,
    method: Method = "auto",
    level: float = 0.95,
) -> Components:
    """Variance components of main effects and interactions.

    Balanced tables: expected mean squares (EMS). A component is the combination of mean squares whose
    expectation it is, divided by how many observations share one of its levels (Cornfield and Tukey 1956;
    Brennan 2001, Generalizability Theory); where no component is negative this is what REML gives.
    Intervals are modified large-sample ones; a main effect's degrees of freedom are lowered by the kurtosis
    of its levels' means (`stats.kurtosis`), as effects with heavy tails leave their variance less certain.
    F tests divide by the one mean square with the right expectation or, where several are needed, compare
    two sums of mean squares with Satterthwaite's degrees of freedom (Cochran 1951, Biometrics 7:17).

    Unbalanced tables and missing cells: restricted maximum likelihood (`stats.reml`); where that does not
    converge, Henderson's method I (`stats.henderson`), which has no intervals.

    A fixed factor's interactions with random ones are random, and its components mean what they mean in
    REML ("unrestricted" model). A random factor's component is thus for a single level of the fixed ones;
    for their average over the b levels seen, add the component of the interaction divided by b. The
    variance of a fixed term is that of its own levels' effects, Σ effect² / df.

    Args:
        table: One row an observation.
        value: The column of numbers.
        factors: 1 to 6 columns.
        nested: For a factor the one (or ones) it is nested in, such as {"item": "passage"}.
        fixed: Factors whose levels are no sample. At least one factor has to be random.
        order: The greatest number of factors in an interaction of its own; higher ones join the residual.
        method: "auto" (EMS where the table is balanced, else REML), "ems", "reml" or "henderson".
        level: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: The method is "ems", and combinations are missing or have unequal numbers of rows.
        NotConvergedError: REML does not converge, and was asked for or has fixed factors.
        ValueError: A column is missing or has gaps, a factor has one level, or an argument is out of range.
    """
    layout = design(factors, nested=nested, fixed=fixed, order=order)
    folded = cells(table, value=value, factors=factors, parents=layout.parents)
    return decompose(folded, layout, method=method, level=level)


def decompose(folded: Cells, layout: Design, *, method: Method = "auto", level: float = 0.95) -> Components:
    """`components` of a table that is already folded, for example from integer codes by `stats.tables.fold`.

    A nested factor's codes start again at 0 in every level of its parents.

    Args:
        folded: The cells.
        layout: Which factors are nested or fixed; made by `stats.terms.design`.
        method: As in `components`.
        level: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: As `components`.
        NotConvergedError: As `components`.
        ValueError: As `components`, or the cells are of other factors than the design.
    """
    check_level(level)
    if layout.factors != folded.factors:
        raise ValueError(f"the design is of {layout.factors}, the cells of {folded.factors}")
    if layout.is_fixed(layout.full):
        raise ValueError("all factors are fixed: at least one has to be a sample")
    fewest, most = int(folded.count.min()), int(folded.count.max())
    note = ""
    if method == "ems" or (method == "auto" and fewest == most):
        (rows, residual), name = ems(folded, layout, level), "EMS"
    elif method in {"auto", "reml"}:
        from stats.reml import NotConvergedError, reml

        try:
            (rows, residual), name = reml(folded, layout).rows(level), "REML"
        except NotConvergedError as error:
            if method == "reml" or layout.fixed:
                raise
            note = f"{error}; Henderson's method I instead, which has no intervals"
            (rows, residual), name = _henderson(folded, layout), "Henderson I"
    elif method == "henderson":
        (rows, residual), name = _henderson(folded, layout), "Henderson I"
    else:
        raise ValueError(f"method is one of auto, ems, reml and henderson; got {method!r}")
    mean_rows = int(folded.count[folded.count > 0].mean())
    n = levels_seen(folded, layout) | ({"replicate": mean_rows} if mean_rows > 1 else {})
    return Components(with_shares(rows), layout.factors, n, level, residual, name, note)


def levels_seen(folded: Cells, layout: Design) -> dict[str, int]:
    """How many levels of each factor have rows; those of a nested one count within each of its parents."""
    found: dict[str, int] = {}
    for axis, name in enumerate(layout.factors):
        term = layout.closure({axis})
        others = tuple(other for other in layout.full if other not in term)
        found[name] = int(np.count_nonzero(folded.count.sum(axis=others)))
    return found


def _henderson(folded: Cells, layout: Design) -> tuple[tuple[Component, ...], str]:
    from stats.henderson import henderson

    estimates, residual = henderson(folded, layout)
    nan = float("nan")
    rows = tuple(
        Component(layout.name(term) if term else residual, raw, max(raw, 0.0), 0.0, nan, nan, df, nan, None)
        for term, (raw, df) in estimates.items()
    )
    return rows, residual
