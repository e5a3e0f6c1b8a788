"""What a sweep of a given size would show: equivalence, σ of a factor, as stable or not, the order of models.

Beside `stats.power`, which has the power to find a difference. All work on variance components per single
observation, as `stats.design` describes them.
"""

import math
from collections.abc import Iterable

import numpy as np
from scipy import special
from scipy import stats as scipy_stats

from stats.design import REPLICATE, Sizes, Variances, degrees_of_freedom, expected_squares, mean_variance
from stats.equivalence import check_alpha
from stats.estimate import FloatArray, check_level
from stats.kurtosis import planned_df
from stats.mls import Part, mls_interval
from stats.stability import Spreads, ratio_draws
from stats.terms import RESIDUAL, TIMES

RUNS, DRAWS = 400, 400  # simulated sweeps, and draws of each one's interval: a power is off by 0.025 at most


def tost_power(
    variances: Variances,
    sizes: Sizes,
    *,
    margin: float,
    difference: float = 0.0,
    alpha: float = 0.05,
    one_sided: bool = False,
) -> float:
    """Chance that `stats.equivalence.equivalence` shows two models to score alike.

    Each of the two one-sided t tests has a noncentral t distribution (Phillips 1990, J. Pharmacokinet.
    Biopharm. 18:137); the chance that both reject is at least 1 less the chances that either does not, and
    that much for every power that one would plan for.

    Args:
        variances: Components of the paired differences.
        sizes: Levels of each factor, 2 or more, and of "replicate".
        margin: The greatest difference that does not matter, above 0.
        difference: The true difference.
        alpha: Size of each one-sided test, below 0.5.
        one_sided: Whether only "not worse by the margin or more" is to be shown.

    Raises:
        ValueError: `margin` or `alpha` is out of range, or as `stats.design.degrees_of_freedom`.
    """
    check_alpha(alpha)
    if not margin > 0:
        raise ValueError(f"margin is the greatest difference that does not matter, above 0; got {margin!r}")
    error = math.sqrt(mean_variance(variances, sizes))
    df = degrees_of_freedom(variances, sizes)
    rooms = [margin + difference] if one_sided else [margin + difference, margin - difference]
    if error == 0:
        return float(all(room > 0 for room in rooms))
    return max(0.0, 1 - sum(_miss(room / error, df, alpha) for room in rooms))


def _miss(ratio: float, df: float, alpha: float) -> float:
    """Chance that a one-sided t test does not reject where the truth is `ratio` standard errors away."""
    critical = float(special.stdtrit(df, 1 - alpha))
    if math.isinf(df):
        return float(special.ndtr(critical - ratio))
    chance = float(special.nctdtr(df, ratio, critical))
    return 0.0 if math.isnan(chance) else chance  # SciPy gives NaN where the tail has no digit left


def sigma_interval(
    variances: Variances, sizes: Sizes, factor: str, level: float = 0.95
) -> tuple[float, float]:
    """The interval of a factor's σ that `stats.components` would give, at what is expected of normal effects.

    That is at the expected mean squares, and with the degrees of freedom that normal effects come to there.

    Args:
        variances: Components by term.
        sizes: Levels of each factor, 2 or more, and of "replicate".
        factor: The factor, such as "template".
        level: Nominal coverage.

    Raises:
        ValueError: There is no such factor, or as `stats.design.mean_variance`.
    """
    check_level(level)
    if factor not in sizes:
        raise ValueError(f"sizes gives no number of {factor!r}; it has {', '.join(sizes)}")
    squares = {names: value for names, value in expected_squares(variances, sizes).items() if factor in names}
    cells = math.prod(size for name, size in sizes.items() if name != REPLICATE)
    shared = cells / sizes[factor]
    sides: tuple[list[Part], list[Part]] = ([], [])
    for names, value in squares.items():
        df = planned_df(sizes[factor]) if len(names) == 1 else math.prod(sizes[name] - 1 for name in names)
        sides[(len(names) + 1) % 2].append(Part(value / shared, df))
    low, high = mls_interval(*sides, level)
    return math.sqrt(max(low, 0.0)), math.sqrt(max(high, 0.0))


def stability_power(
    variances: Variances,
    sizes: Sizes,
    *,
    margin: float,
    rng: np.random.Generator,
    shared: float = 0.0,
    alpha: float = 0.05,
    one_sided: bool = False,
    runs: int = RUNS,
    draws: int = DRAWS,
) -> float:
    """Chance that `stats.stability.stability` shows two equally stable models to be so, by simulation.

    Template means of both models are drawn from a normal distribution and each sweep is judged by the
    generalised interval itself, its correction for heavy tails included.

    Args:
        variances: Components of one model's scores; the other's are the same.
        sizes: Levels of each factor, 3 or more templates, and of "replicate".
        margin: The ratio of variances, above 1, that does not matter.
        rng: Makes the draws.
        shared: Correlation of the two models' template effects.
        alpha: Size of each one-sided test, below 0.5.
        one_sided: Whether only "at most `margin` times as variable" is to be shown.
        runs: Simulated sweeps.
        draws: Of each sweep's interval.

    Raises:
        ValueError: A number is out of range, or as `stats.design.mean_variance`.
    """
    check_alpha(alpha)
    if not 1 < margin < math.inf or not 0 <= shared <= 1:
        raise ValueError(
            f"margin is a ratio of variances above 1, shared in [0, 1]; got {margin!r}, {shared!r}"
        )
    items, templates = sizes["item"], sizes["template"]
    between, noise = template_variance(variances, sizes)
    total = between + noise
    if total == 0:
        return 0.0
    slope = shared * between / total
    means = rng.standard_normal((runs, 2, templates)) * math.sqrt(total)
    means[:, 1] = slope * means[:, 0] + math.sqrt(1 - slope**2) * means[:, 1]
    df = (items - 1) * (templates - 1)
    noises = noise * rng.chisquare(df, (runs, 2)) / df
    tails = kurtosis(means)
    shown = 0
    for both, seen, tail in zip(means, noises, tails, strict=True):
        covariance = np.cov(both)
        spreads = Spreads(
            total=(float(covariance[0, 0]), float(covariance[1, 1])),
            covariance=float(covariance[0, 1]),
            noise=(float(seen[0]), float(seen[1])),
            items=items,
            templates=templates,
            kurtosis=float(tail),
        )
        low, high = ratio_draws(spreads, rng, draws)
        below = float((low <= 1 / margin).mean()) <= alpha
        shown += float((high >= margin).mean()) <= alpha and (one_sided or below)
    return shown / runs


def kurtosis(means: FloatArray) -> FloatArray:
    """Fisher's excess kurtosis (G2) of pairs of models' template means, of both, 0 where below.

    Args:
        means: Shape (runs, 2, templates).

    Returns:
        Shape (runs,); 0 below 4 templates.
    """
    if means.shape[-1] < 4:
        return np.zeros(len(means))
    found = np.asarray(scipy_stats.kurtosis(means, axis=-1, bias=False))
    return np.maximum(found.mean(axis=-1), 0.0)


def template_variance(variances: Variances, sizes: Sizes) -> tuple[float, float]:
    """The variance of template means that holds for other items too, and what items add to it as noise."""
    parts = [0.0, 0.0]
    for term, variance in variances.items():
        names = set(sizes) if term == RESIDUAL else set(term.split(TIMES))
        if "template" in names:
            parts["item" in names] += mean_variance({term: variance}, sizes) * sizes["template"]
    return parts[0], parts[1]


def order_chance(gaps: Iterable[tuple[float, Variances]], sizes: Sizes) -> float:
    """Chance that a sweep ranks models in their true order, at least.

    Models are in order where every one scores above the next. The chance is 1 less the chances that two
    neighbours change places, Φ(-gap / standard error) each (Bonferroni), which is exact for two models.

    Args:
        gaps: True difference of each two neighbours, above 0, and the components of their differences.
        sizes: Levels of each factor, and of "replicate".

    Raises:
        ValueError: As `stats.design.mean_variance`.
    """
    turned = 0.0
    for gap, variances in gaps:
        error = math.sqrt(mean_variance(variances, sizes))
        turned += float(special.ndtr(-gap / error)) if error else 0.5 * (gap == 0)
    return max(0.0, 1 - turned)
