"""Variance components of a balanced table from expected mean squares."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scipy import optimize, special

from stats.anova import MeanSquare, combinations_of, f_test, mean_squares, satterthwaite
from stats.decomposition import Component
from stats.kurtosis import main_effect_df
from stats.mls import Part, mls_interval
from stats.tables import Cells, UnbalancedError
from stats.terms import RESIDUAL, TIMES, Design, Term, levels_of


def replicates(cells: Cells, design: Design) -> int:
    """Rows a cell.

    Raises:
        UnbalancedError: Cells hold unequally many, or none.
        ValueError: A factor has one level.
    """
    for name, size in cells.n.items():
        if size < 2:
            within = f" within each level of {_outer(design, name)}" if _outer(design, name) else ""
            raise ValueError(f"factor {name!r} has one level{within}, so no variance: leave it out")
    fewest, most = int(cells.count.min()), int(cells.count.max())
    if fewest != most:
        raise UnbalancedError(
            f"{TIMES.join(cells.factors)}: cells hold {fewest} to {most} rows, and need equally many; "
            "name the factor that tells them apart, or average them first"
        )
    return most


def _outer(design: Design, name: str) -> str:
    above = design.parents[design.factors.index(name)]
    return TIMES.join(design.factors[axis] for axis in sorted(above))


def squares_of(cells: Cells, design: Design) -> dict[Term, MeanSquare]:
    """Mean squares of single observations by term; that of the noise, where there is one, under ().

    Nested factors are pooled from the crossed analysis: items within passages are items and items × passages.
    Interactions above the design's order join the noise, and so does the scatter within cells.
    """
    rows = replicates(cells, design)
    kept = set(design.terms)
    sums: dict[Term, tuple[float, int]] = {}
    if rows > 1:
        sums[()] = cells.within, cells.mean.size * (rows - 1)
    for axes, square in mean_squares(cells.mean).items():
        term = design.closure(axes)
        term = term if term in kept else ()
        total, df = sums.get(term, (0.0, 0))
        sums[term] = total + square.value * square.df * rows, df + square.df
    return {term: MeanSquare(total / df, df) for term, (total, df) in sums.items()}


def ems(cells: Cells, design: Design, level: float) -> tuple[tuple[Component, ...], str]:
    """The components, shares still 0, the noise last, and the name of the noise.

    Raises:
        UnbalancedError: As `replicates`.
        ValueError: As `replicates`, or there is nothing to tell the only factor from.
    """
    squares = squares_of(cells, design)
    shape, total = cells.mean.shape, int(cells.count.sum())
    rows: list[Component] = []
    for term, weights in combinations_of(tuple(squares)).items():
        own = total // levels_of(term, shape) if term else 1
        df = main_effect_df(cells.mean, term[0]) if len(term) == 1 < len(weights) else squares[term].df
        rows.append(_component(design.name(term), term, weights, squares, own, df, level))
        if design.is_fixed(term) and len(weights) > 1:
            rows[-1] = _fixed(rows[-1], term, weights, squares, own, level)
    noise = RESIDUAL if () in squares else design.name(design.full)
    place = {design.name(term): index for index, term in enumerate(design.terms)}
    return tuple(sorted(rows, key=lambda row: (row.term == noise, place.get(row.term, 0)))), noise


def _sides(
    weights: Mapping[Term, int], squares: Mapping[Term, MeanSquare]
) -> tuple[list[MeanSquare], list[MeanSquare]]:
    """The mean squares that are added, and those that are subtracted, each times its coefficient."""
    terms = sorted(weights, key=len)
    parts = [(weights[term], squares[term]) for term in terms]
    plus = [MeanSquare(square.value * weight, square.df) for weight, square in parts if weight > 0]
    minus = [MeanSquare(-square.value * weight, square.df) for weight, square in parts if weight < 0]
    return plus, minus


def _component(
    name: str,
    term: Term,
    weights: Mapping[Term, int],
    squares: Mapping[Term, MeanSquare],
    shared: int,
    df: float,
    level: float,
) -> Component:
    """The component of a term; `df` is what its own mean square has in the interval."""
    plus, minus = _sides(weights, squares)
    raw = (sum(square.value for square in plus) - sum(square.value for square in minus)) / shared
    parts = {
        other: Part(abs(weight) * squares[other].value / shared, squares[other].df)
        for other, weight in weights.items()
    }
    parts[term] = replace(parts[term], df=df)
    low, high = mls_interval(
        [part for other, part in parts.items() if weights[other] > 0],
        [part for other, part in parts.items() if weights[other] < 0],
        level,
    )
    return Component(
        term=name,
        raw=raw,
        value=max(raw, 0.0),
        share=0.0,
        low=max(low, 0.0),
        high=max(high, 0.0),
        df=squares[term].df,
        ms=squares[term].value,
        p_value=f_test(plus, minus) if minus else None,
    )


def _fixed(
    row: Component,
    term: Term,
    weights: Mapping[Term, int],
    squares: Mapping[Term, MeanSquare],
    shared: int,
    level: float,
) -> Component:
    """The same with the interval of fixed effects' variance, from the noncentral F distribution."""
    own = squares[term]
    plus, minus = _sides({other: weight for other, weight in weights.items() if other != term}, squares)
    noise = sum(square.value for square in minus) - sum(square.value for square in plus)
    if noise <= 0:
        return replace(row, low=row.value, high=row.value, fixed=True)
    df = satterthwaite([*minus, *(MeanSquare(-square.value, square.df) for square in plus)])
    ends = (
        noncentrality(own.value / noise, own.df, df, tail) * noise / own.df / shared
        for tail in ((1 + level) / 2, (1 - level) / 2)
    )
    low, high = ends
    return replace(row, low=low, high=high, fixed=True)


def noncentrality(ratio: float, above: float, below: float, probability: float) -> float:
    """The noncentrality at which an F ratio so small or smaller has this probability; 0 where none has."""

    def excess(candidate: float) -> float:
        return float(special.ncfdtr(above, below, candidate, ratio)) - probability

    if float(special.fdtr(above, below, ratio)) <= probability:
        return 0.0
    upper = above * max(ratio, 1.0)
    while excess(upper) > 0:
        upper *= 2
    return float(optimize.brentq(excess, 0.0, upper))


def with_shares(rows: Sequence[Component]) -> tuple[Component, ...]:
    """The same with each value's share of their sum; 0 where all are 0."""
    total = math.fsum(row.value for row in rows)
    return tuple(replace(row, share=row.value / total if total else 0.0) for row in rows)
