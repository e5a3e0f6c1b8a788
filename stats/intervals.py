"""Intervals of a proportion, of a mean over items, and of a mean over items and templates."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from stats.anova import crossed_mean
from stats.clusters import collapse, items_of
from stats.estimate import Estimate, FloatArray, check_level, levels_in_words, record
from stats.incomplete import incomplete_mean
from stats.proportions import wilson
from stats.reml import Fit
from stats.tables import cells
from stats.terms import design

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


def item_mean(
    table: pd.DataFrame, *, value: str, item: str, cluster: str | None = None, level: float = 0.95
) -> Estimate:
    """Mean over items, items (or the clusters they come in) random and everything else as it is.

    Every item counts once: its rows are averaged first. A t interval on the item means, on the logit
    scale (se / (m (1-m)), then back) when all values lie in [0, 1]. With clusters it is on their means, as
    they are what was drawn; clusters of unequal sizes count by their size (`stats.clusters.collapse`).

    Args:
        table: One row an observation.
        value: The column of scores.
        item: The column that names the item.
        cluster: The column of what items come in, such as passages; names of items may be used again in it.
        level: Nominal coverage.

    Raises:
        ValueError: A column is missing or has gaps, or a single item has a value outside [0, 1].
    """
    check_level(level)
    bounds = _unit(table, value)
    if cluster is None:
        folded = cells(table, value=value, factors=(item,))
        return mean_estimate(
            folded.mean, bounds=bounds, level=level, method="item means", item=item, n=folded.n
        )
    items, parents = items_of(cells(table, value=value, factors=(cluster, item), parents=((), (0,))))
    means = collapse(items, parents)
    n = {cluster: means.size, item: items.size}
    return mean_estimate(means, bounds=bounds, level=level, method="cluster means", item=cluster, n=n)


def score(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    seed: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
) -> Score:
    """Mean score over items, for the templates seen and for templates like them.

    Several rows of a cell (replicates, other fixed factors) are averaged first, so that cells count alike.
    `fixed` is the interval of `item_mean`. `crossed` treats items, templates and seeds as random: expected
    mean squares of the grid, a negative component set to 0, Satterthwaite's degrees of freedom of the mean
    squares that are left (`stats.anova.crossed_mean`), on the logit scale when all values lie in [0, 1].
    Where cells are missing both come from REML (`stats.reml`), which takes rows to be missing at random:
    score an answer that failed as 0 instead of leaving it out.

    Args:
        table: One row an observation.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        seed: A further factor whose levels are draws shared by all items, such as exemplar seeds. (The seed
            of sampled answers is no such factor: leave it out, and its rows are averaged.)
        cluster: The column of what items come in, such as passages, which then are what was drawn. With
            missing cells the mean is over clusters, and over items within each.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Cells are missing and REML does not converge.
        ValueError: A column is missing or has gaps, or a single item has a value outside [0, 1].
    """
    check_level(level)
    bounds = _unit(table, value)
    layout = design(
        [name for name in (cluster, item, template, seed) if name],
        nested={item: cluster} if cluster else None,
    )
    folded = cells(table, value=value, factors=layout.factors, parents=layout.parents)
    grid, parents = (folded.mean, None) if cluster is None else items_of(folded)
    n = ({cluster: folded.mean.shape[0]} if cluster else {}) | {item: len(grid)}
    drawn = {name: grid.shape[axis] for axis, name in enumerate((template, seed), 1) if name}
    unit, n = cluster or item, n | drawn
    why = missing_crossed(grid, template) if grid.shape[1] < FEWEST_TEMPLATES or len(grid) < 2 else ""
    crossed: Estimate | None = None
    if np.isnan(grid).any() and len(grid) > 1 and not constant(grid[np.isfinite(grid)]):
        near = None
        if not why:
            near = incomplete_mean(folded, layout)
            random = (unit, *(name for name, levels in drawn.items() if levels > 1))
            note = few_levels(drawn)
            crossed = _reml_estimate(near, random, bounds=bounds, level=level, n=n, note=note)
        fit = incomplete_mean(folded, layout, tuple(drawn), near)
        single = _reml_estimate(fit, (unit,), bounds=bounds, level=level, n=n)
    else:
        grid = np.where(np.isnan(grid), np.nanmean(grid), grid)
        means = grid if parents is None else collapse(grid, parents)
        method = "item means" if cluster is None else "cluster means"
        each = means.reshape(len(means), -1).mean(axis=1)
        single = mean_estimate(each, bounds=bounds, level=level, method=method, item=unit, n=n)
        crossed = crossed_estimate(
            means,
            bounds=bounds,
            level=level,
            item=unit,
            template=template,
            seed=seed,
            logit=bounds is not None,
        )
    if crossed is None:
        return Score(single, None, why or f"a single {unit} says nothing about others: run more of them")
    return Score(single, replace(crossed, n=n), crossed.note)


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
    low, high = within(*t_interval(mean, variance, df, level, logit=use_logit), bounds)
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
    seed: str | None = None,
) -> Estimate | None:
    """The mean of an items × templates (× seeds) array, all random; None below 3 templates or 2 items.

    Args:
        grid: Shape (items, templates) or (items, templates, seeds), no gaps.
        bounds: The least and greatest value possible; None if there are none.
        level: Nominal coverage.
        item: The name of the first axis.
        template: The name of the second axis.
        logit: Whether to work on the logit scale; the bounds must then be (0, 1).
        seed: The name of the third axis; if it has a single level that level counts as fixed.
    """
    items, templates = grid.shape[:2]
    if templates < FEWEST_TEMPLATES or items < 2:
        return None
    drawn = {template: templates} | ({seed: grid.shape[2]} if seed else {})
    note, n = few_levels(drawn), {item: items} | drawn
    grid = grid[..., 0] if seed and drawn[seed] == 1 else grid
    random = (item, *(name for name, levels in drawn.items() if levels > 1))
    mean = crossed_mean(grid)
    if mean.variance == 0:
        return _unvarying(mean.value, items, bounds=bounds, level=level, random=random, n=n, note=note)
    low, high = within(*t_interval(mean.value, mean.variance, mean.df, level, logit=logit), bounds)
    name = f"crossed EMS, Satterthwaite t{' on logit' if logit else ''}"
    return Estimate(mean.value, low, high, level, name, random, n, mean.df, note)


def few_levels(drawn: Mapping[str, int]) -> str:
    """What to say where a random factor has few levels; empty where all have enough."""
    notes = (
        f"only {levels} levels of {name}: {ENOUGH_TEMPLATES} or more make this interval reliable"
        if levels > 1
        else f"the one {name} is taken as it is"
        for name, levels in drawn.items()
        if levels < ENOUGH_TEMPLATES
    )
    return "; ".join(notes)


def _reml_estimate(
    fit: Fit,
    random: tuple[str, ...],
    *,
    bounds: tuple[float, float] | None,
    level: float,
    n: Mapping[str, int],
    note: str = "",
) -> Estimate:
    logit = bounds is not None and 0 < fit.mean < 1
    low, high = t_interval(fit.mean, fit.variance, fit.df, level, logit=logit)
    name = f"REML, Satterthwaite t{' on logit' if logit else ''}"
    return Estimate(fit.mean, low, high, level, name, random, n, fit.df, note)


def missing_crossed(grid: FloatArray, template: str) -> str:
    """Why `crossed_estimate` gave None for this items × templates array, and what helps."""
    if grid.shape[1] < FEWEST_TEMPLATES:
        return (
            f"{levels_in_words(grid.shape[1], template)} cannot speak for others: "
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
    return around(mean, half, logit=logit)


def around(mean: float, half: float, *, logit: bool) -> tuple[float, float]:
    """The mean ± `half`; on logit, with what that is there (half / (m (1-m))) and then back."""
    if not logit:
        return mean - half, mean + half
    center, half = float(special.logit(mean)), half / (mean * (1 - mean))
    return float(special.expit(center - half)), float(special.expit(center + half))


def within(low: float, high: float, bounds: tuple[float, float] | None) -> tuple[float, float]:
    """The part of an interval that is possible at all: small samples reach beyond the bounds of a score."""
    return (low, high) if bounds is None else (max(low, bounds[0]), min(high, bounds[1]))


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
