"""What a sweep of a given size can tell: standard errors and generalisability.

Everything here works on variance components per single observation, a mapping from the names of terms, as
`stats.components` writes them, to variances: {"item": .05, "template": .004, "item × template": .012,
"residual": .15}. Terms left out are 0.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scipy import special

from stats.components import Components
from stats.estimate import check_level, record
from stats.terms import RESIDUAL, TIMES

REPLICATE = "replicate"

Variances = Mapping[str, float]
Sizes = Mapping[str, int]


def variances_of(found: Components) -> dict[str, float]:
    """The components of a G-study as design functions take them, negative ones as 0."""
    return {row.term: row.value for row in found.rows}


def mean_variance(variances: Variances, sizes: Sizes, fixed: Collection[str] = ()) -> float:
    """Sampling variance of the mean over a fully crossed design.

    Every component is divided by the number of its levels (Cornfield and Tukey 1956; Brennan 2001,
    Generalizability Theory, chapter 4): σ²_item/I + σ²_template/T + σ²_item×template/(IT) + … and
    σ²_residual over all observations.

    Args:
        variances: Components by term.
        sizes: Number of levels of each factor, and of "replicate" where a cell is asked more than once.
        fixed: Factors that are not a sample: components of them alone do not count.

    Raises:
        ValueError: A term names a factor without a size, a variance is negative, or a size is below 1.
    """
    _check(variances, sizes)
    total = 0.0
    for term, variance in variances.items():
        within = {*sizes, REPLICATE} if term == RESIDUAL else set(term.split(TIMES))
        if not within <= set(fixed):
            total += variance / math.prod(sizes.get(name, 1) for name in within)
    return total


def degrees_of_freedom(variances: Variances, sizes: Sizes) -> float:
    """Satterthwaite's degrees of freedom that the variance of the mean would be estimated with.

    (1946, Biometrics Bulletin 2:110): the squared variance over the sum of MS² / df, with each mean square at
    its expectation. Infinite where all components are 0.

    Args:
        variances: Components by term.
        sizes: Number of levels, as in `mean_variance`; every factor needs 2 or more.

    Raises:
        ValueError: As `mean_variance`, or a factor has a single level.
    """
    factors = sorted(_check(variances, sizes))
    for name in factors:
        if sizes[name] < 2:
            raise ValueError(f"one level of {name!r} leaves no degrees of freedom: plan 2 or more")
    squares = expected_squares(variances, sizes)
    spread = sum(
        square**2 / math.prod(sizes[name] - 1 for name in names) for names, square in squares.items()
    )
    total = math.prod(sizes[name] for name in factors) * mean_variance(variances, sizes)
    return total**2 / spread if spread else math.inf


def expected_squares(variances: Variances, sizes: Sizes) -> dict[frozenset[str], float]:
    """Expected mean squares of cell means, by the factors of their term.

    Args:
        variances: Components by term.
        sizes: Number of levels, as in `mean_variance`.
    """
    factors = sorted(set(sizes) - {REPLICATE})
    cells = math.prod(sizes[name] for name in factors)
    squares: dict[frozenset[str], float] = {
        frozenset(name for bit, name in enumerate(factors) if code >> bit & 1): 0.0
        for code in range(1, 2 ** len(factors))
    }
    for term, variance in variances.items():
        names = frozenset(factors if term == RESIDUAL else term.split(TIMES))
        shared = cells / math.prod(sizes[name] for name in names)
        each = variance / sizes.get(REPLICATE, 1) if term == RESIDUAL else variance
        for other in squares:
            if other <= names:
                squares[other] += shared * each
    return squares


def half_width(variances: Variances, sizes: Sizes, level: float = 0.95) -> float:
    """Expected half width of the t interval of a mean whose factors are all random.

    Args:
        variances: Components by term; of the differences for a comparison of two models.
        sizes: As in `degrees_of_freedom`.
        level: Nominal coverage.
    """
    check_level(level)
    df = degrees_of_freedom(variances, sizes)
    return float(special.stdtrit(df, (1 + level) / 2)) * math.sqrt(mean_variance(variances, sizes))


def floor(variances: Variances, sizes: Sizes, more: str) -> float:
    """Standard error of the mean that is left however many levels of one factor are added.

    With more="item" that is sqrt(σ²_template/T + …): what only more templates can lower.

    Args:
        variances: Components by term.
        sizes: As in `mean_variance`.
        more: The factor whose levels may be added.
    """
    _check(variances, sizes)
    left = {
        term: variance
        for term, variance in variances.items()
        if term != RESIDUAL and more not in term.split(TIMES)
    }
    return math.sqrt(mean_variance(left, sizes)) if left else 0.0


@dataclass(frozen=True)
class DStudy:
    """How well a design tells the levels of one factor (models, say) apart.

    Attributes:
        measured: The factor whose levels are measured.
        sizes: Levels of the other factors.
        universe: Variance between the levels of `measured`.
        relative_error: Variance of the error of differences between them.
        absolute_error: Variance of the error of their values.
        generalizability: Eρ², universe / (universe + relative_error), in [0, 1].
        dependability: Φ, universe / (universe + absolute_error), in [0, 1].
    """

    measured: str
    sizes: Sizes
    universe: float
    relative_error: float
    absolute_error: float
    generalizability: float
    dependability: float

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def d_study(variances: Variances, *, measured: str, sizes: Sizes) -> DStudy:
    """Generalisability and dependability of a planned design, every facet random.

    Brennan (2001), Generalizability Theory, chapter 4. The relative error holds the terms that
    contain the object of measurement and others, the absolute error all terms but the object's own.

    Do not use it for one model's mean: there is nothing to tell apart; see `half_width`.

    Args:
        variances: Components by term.
        measured: The factor that is measured; "model" to rank models, "item" to rank items.
        sizes: Levels of the other factors, and of "replicate" where a cell is asked more than once.

    Raises:
        ValueError: There is no component of `measured`, or as `mean_variance`.
    """
    if measured not in variances:
        raise ValueError(f"no component {measured!r} to measure; there are {', '.join(variances)}")
    every = {**sizes, measured: 1}
    _check(variances, every)
    universe = variances[measured]
    rest = {term: variance for term, variance in variances.items() if term != measured}
    with_it = {
        term: variance for term, variance in rest.items() if term == RESIDUAL or measured in term.split(TIMES)
    }
    relative, absolute = mean_variance(with_it, every), mean_variance(rest, every)

    def share(error: float) -> float:
        return universe / (universe + error) if universe + error else 0.0

    return DStudy(measured, dict(sizes), universe, relative, absolute, share(relative), share(absolute))


def _check(variances: Variances, sizes: Sizes) -> set[str]:
    """The factors of a design, after a look for what cannot be."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"sizes[{name!r}] is a number of levels, 1 or more; got {size!r}")
    for term, variance in variances.items():
        if not variance >= 0:
            raise ValueError(f"the variance of {term!r} has to be 0 or more; got {variance!r}")
        unknown = [name for name in term.split(TIMES) if name not in sizes and term != RESIDUAL]
        if unknown:
            known = ", ".join(sizes)
            raise ValueError(
                f"term {term!r}: no size is given for {unknown[0]!r}; there are sizes of {known}"
            )
    return set(sizes) - {REPLICATE}
