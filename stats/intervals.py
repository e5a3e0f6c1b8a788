"""Intervals of a proportion, of a mean over items, and of a mean over items and templates."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stats.anova import crossed_mean
from stats.estimate import Estimate, FloatArray, check_level, record
from stats.tables import cells, full_cells

FEWEST_TEMPLATES = 3  # below it nothing can be said of new templates
ENOUGH_TEMPLATES = 5  # from it on simulated coverage stays near the nominal level


@dataclass(frozen=True)
class Score:
    """A mean score twice: for the templates seen, and for templates like them.

    Attributes:
        fixed: Items random, the templates as they are.
        crossed: Items and templates random; None where the templates are too few to say.
        note: Why `crossed` is missing or should be read with care; else empty.
    """

    fixed: Estimate
    crossed: Estimate | None
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Wilson's score interval of a proportion (Wilson 1927, JASA 22:209).

    For independent trials only: an item asked with ten templates is one trial, not ten.

    Args:
        successes: 0 to n.
        n: Number of trials, at least 1.
        level: Nominal coverage.

    Raises:
        ValueError: The counts are impossible.
    """
    from statsmodels.stats.proportion import proportion_confint

    check_level(level)
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"wilson needs 0 <= successes <= n and n >= 1; got {successes} of {n}")
    ends = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    low, high = (float(end) for end in np.asarray(ends, dtype=np.float64))
    # At the ends the closed form leaves a rounding error where the exact bound is 0 or 1.
    low, high = (0.0 if successes == 0 else low), (1.0 if successes == n else high)
    return Estimate(successes / n, low, high, level, "Wilson score interval", ("trial",), {"trial": n}, None)


def item_mean(table: pd.DataFrame, *, value: str, item: str, level: float = 0.95) -> Estimate:
    """Mean over items, items random and everything else as it is.

    Every item counts once: its rows are averaged first. A t interval on the item means, on the logit
    scale (se / (m (1-m)), then back) when all values lie in [0, 1].

    Args:
        table: One row an observation.
        value: The column of scores.
        item: The column that names the item.
        level: Nominal coverage.

    Raises:
        ValueError: A column is missing or has gaps, or a single item has a value outside [0, 1].
    """
    check_level(level)
    folded = cells(table, value=value, factors=(item,))
    return mean_estimate(
        folded.mean, bounds=_unit(table, value), level=level, method="item means", item=item, n=folded.n
    )


def score(table: pd.DataFrame, *, value: str, item: str, template: str, level: float = 0.95) -> Score:
    """Mean score over items, for the templates seen and for templates like them.

    Several rows of an item × template cell (replicates, exemplar seeds, other fixed factors) are averaged
    first. `fixed` is the interval of `item_mean`. `crossed` treats items and templates as random: two-way
    expected mean squares, a negative component set to 0, Satterthwaite's degrees of freedom, on the logit
    scale when all values lie in [0, 1].

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: A column is missing or has gaps, or a single item has a value outside [0, 1].
    """
    check_level(level)
    folded = full_cells(table, value=value, factors=(item, template))
    bounds = _unit(table, value)
    fixed = mean_estimate(
        folded.mean.mean(axis=1), bounds=bounds, level=level, method="item means", item=item, n=folded.n
    )
    crossed = crossed_estimate(
        folded.mean, bounds=bounds, level=level, item=item, template=template, logit=bounds is not None
    )
    return Score(fixed, crossed, crossed.note if crossed else missing_crossed(folded.mean, template))


def mean_estimate(
    values: FloatArray,
    *,
    bounds: tuple[float, float] | None,
    level: float,
    method: str,
    item: str,
    n: Mapping[str, int],
    logit: bool = True,
) -> Estimate:
    """The t interval of the mean of independent values.

    Args:
        values: One value an item, shape (items,).
        bounds: The least and greatest value possible; None if there are none.
        level: Nominal coverage.
        method: What the values are, the beginning of the estimate's `method`.
        item: What the values are a sample of.
        n: The estimate's `n`.
        logit: Whether bounded values are treated on the logit scale; the bounds must then be (0, 1).
    """
    if values.size < 2 or constant(values):
        return _unvarying(float(values[0]), values.size, bounds=bounds, level=level, random=(item,), n=n)
    mean, variance, df = float(values.mean()), float(values.var(ddof=1)) / values.size, values.size - 1
    use_logit = logit and bounds is not None
    low, high = t_interval(mean, variance, df, level, logit=use_logit)
    name = f"{method}, t{' on logit' if use_logit else ''}"
    return Estimate(mean, low, high, level, name, (item,), n, float(df))


def crossed_estimate(
    grid: FloatArray,
    *,
    bounds: tuple[float, float] | None,
    level: float,
    item: str,
    template: str,
    logit: bool,
) -> Estimate | None:
    """The mean of an items × templates array, both random; None below 3 templates or 2 items.

    Args:
        grid: Shape (items, templates), no gaps.
        bounds: The least and greatest value possible; None if there are none.
        level: Nominal coverage.
        item: The name of the first axis.
        template: The name of the second axis.
        logit: Whether to work on the logit scale; the bounds must then be (0, 1).
    """
    items, templates = grid.shape
    if templates < FEWEST_TEMPLATES or items < 2:
        return None
    n = {item: items, template: templates}
    note = ""
    if templates < ENOUGH_TEMPLATES:
        note = (
            f"only {templates} levels of {template}: {ENOUGH_TEMPLATES} or more make this interval reliable"
        )
    mean = crossed_mean(grid)
    if mean.variance == 0:
        return _unvarying(
            mean.value, items, bounds=bounds, level=level, random=(item, template), n=n, note=note
        )
    low, high = t_interval(mean.value, mean.variance, mean.df, level, logit=logit)
    name = f"crossed EMS, Satterthwaite t{' on logit' if logit else ''}"
    return Estimate(mean.value, low, high, level, name, (item, template), n, mean.df, note)


def missing_crossed(grid: FloatArray, template: str) -> str:
    """Why `crossed_estimate` gave None for this items × templates array, and what helps."""
    if grid.shape[1] < FEWEST_TEMPLATES:
        return (
            f"{grid.shape[1]} level(s) of {template} say nothing about others: "
            f"run {FEWEST_TEMPLATES} or more, better {ENOUGH_TEMPLATES}, for an interval that reaches further"
        )
    return "a single item says nothing about others: run more items"


def fieller(numerator: FloatArray, denominator: FloatArray, level: float = 0.95) -> tuple[float, float]:
    """Fieller's interval of mean(numerator) / mean(denominator), paired (Fieller 1954, JRSS B 16:175).

    The ratios r for which the t test of mean(numerator - r denominator) = 0 does not reject.

    Args:
        numerator: One value an item, shape (items,), items >= 2.
        denominator: Of the same items, same shape.
        level: Nominal coverage.

    Returns:
        Lower and upper end; (-inf, inf) when the denominator's mean cannot be told from 0.
    """
    check_level(level)
    n = numerator.size
    if n < 2 or denominator.shape != numerator.shape:
        raise ValueError(f"pairs of at least 2 items are needed; got {numerator.shape}, {denominator.shape}")
    top, bottom = float(numerator.mean()), float(denominator.mean())
    covariance = np.cov(numerator, denominator) / n * float(special.stdtrit(n - 1, (1 + level) / 2)) ** 2
    a = bottom**2 - float(covariance[1, 1])
    b = top * bottom - float(covariance[0, 1])
    c = top**2 - float(covariance[0, 0])
    if a <= 0:
        return -math.inf, math.inf
    root = math.sqrt(max(b**2 - a * c, 0.0))
    return (b - root) / a, (b + root) / a


def constant(values: FloatArray) -> bool:
    """Whether all values are the same but for rounding, which averaging in another order brings about."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def t_interval(mean: float, variance: float, df: float, level: float, *, logit: bool) -> tuple[float, float]:
    """The t interval of a mean of given variance and degrees of freedom; on logit, the mean is in (0, 1)."""
    half = float(special.stdtrit(df, (1 + level) / 2)) * math.sqrt(variance)
    if not logit:
        return mean - half, mean + half
    center, half = float(special.logit(mean)), half / (mean * (1 - mean))
    return float(special.expit(center - half)), float(special.expit(center + half))


def _unit(table: pd.DataFrame, value: str) -> tuple[float, float] | None:
    values = table[value]
    return (0.0, 1.0) if values.min() >= 0 and values.max() <= 1 else None


def _unvarying(
    value: float,
    items: int,
    *,
    bounds: tuple[float, float] | None,
    level: float,
    random: tuple[str, ...],
    n: Mapping[str, int],
    note: str = "",
) -> Estimate:
    """An interval where all items agree, so that no variance can be estimated.

    A share of at most u of further items differs, u being Wilson's upper bound for 0 of `items`; those
    that do lie anywhere within the bounds. For items all 0 or all 1 this is Wilson's interval itself.
    """
    notes = [note] if note else []
    if bounds is None:
        if items < 2:
            raise ValueError(f"{items} {random[0]} with a value outside [0, 1] has no interval: run more")
        notes.append("no variation between items: the interval has no width, which is not certainty")
        return Estimate(value, value, value, level, "no variation", random, n, None, "; ".join(notes))
    share = wilson(0, items, level).high
    low, high = ((1 - share) * value + share * bound for bound in bounds)
    notes.append("all items agree: the interval allows for items that do not")
    return Estimate(
        value, low, high, level, "no variation, Wilson on items", random, n, None, "; ".join(notes)
    )
