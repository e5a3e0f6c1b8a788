"""How much the score depends on the template: raw, the noise floor, and what is left."""

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.anova import MeanSquare, mean_squares
from stats.compare import p_value
from stats.components import f_test
from stats.estimate import FloatArray, check_level, record
from stats.intervals import ENOUGH_TEMPLATES, fieller
from stats.mls import Part, mls_interval
from stats.tables import check_known, full_cells

# Shuffled cells in all draws together; beyond it the normal limit of the shuffles takes their place.
MOST_SHUFFLED = 10_000_000
CHUNK = 1_000_000  # cells shuffled at once


@dataclass(frozen=True)
class Sensitivity:
    """One measure of template sensitivity.

    Attributes:
        metric: "sigma_template", "spread" or "pdr".
        label: The metric in words.
        raw: What the observed template means give, noise included.
        floor: What noise alone would be expected to give, were all templates truly equal.
        corrected: The estimate with the noise taken out.
        low: Lower end of the interval around `corrected`.
        high: Upper end.
        level: Nominal coverage.
        p_value: Of this metric's own test that templates are equal.
        detectable: The verdict on templates as a whole, the same for all metrics: whether the p value of
            sigma_template is below 1 - level.
        method: How `corrected`, the interval and the p value were made, in words.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    metric: str
    label: str
    raw: float
    floor: float
    corrected: float
    low: float
    high: float
    level: float
    p_value: float
    detectable: bool
    method: str
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold; an infinite bound becomes None."""
        return record(self)


def sensitivity(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    reference: Hashable | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> tuple[Sensitivity, ...]:
    """Template sensitivity measured three ways, each raw, with its noise floor, and corrected.

    * `sigma_template`: the standard deviation of scores between templates like those seen (templates
      random). Raw is the SD of the template means, the floor sqrt(MS_IT / items), corrected
      sqrt((MS_T - MS_IT) / items) or 0, with a modified large-sample interval and the F test
      MS_T / MS_IT (where MS_IT is 0, the shuffles below). Its p value gives the verdict `detectable`.
    * `spread`: greatest minus least mean of the templates seen (items random). The floor and the p value
      come from shuffling the templates within each item. Corrected is the spread of the template means
      shrunk towards their mean so that their variance is the noise-free one (constrained empirical Bayes,
      Louis 1984, JASA 79:393; Ghosh 1992, JASA 87:533). The interval is that of the true spread under the
      empirical-Bayes posterior, the two variances drawn from their chi-square distributions in each draw.
    * `pdr`, the performance drop rate of PromptBench (arXiv 2306.04528): 1 - mean score with the other
      templates / score with the reference (items random). It is hardly inflated by noise; corrected takes
      out the bias of a ratio (Beale 1962). Fieller's interval, paired t test. Where the reference's score
      cannot be told from 0 nothing is corrected and the interval has no bounds.

    Noise is what differs between templates within an item beyond the template's own level: sampling noise
    and item × template interaction together. Rows of one cell are averaged first.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        reference: The template `pdr` drops from; by default that of the table's first row.
        rng: Makes the shuffles and the posterior draws.
        level: Nominal coverage of the intervals; 1 - level is the size of the tests.
        draws: How many shuffles and posterior draws.

    Returns:
        The three metrics, in the order above.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: There are fewer than 2 templates or items, `reference` is no template, or a column is
            missing or has gaps.
    """
    check_level(level)
    folded = full_cells(table, value=value, factors=(item, template))
    items, templates = folded.mean.shape
    if templates < 2 or items < 2:
        raise ValueError(
            f"at least 2 levels of {template!r} and of {item!r} are needed; got {templates} and {items}"
        )
    if draws < 1:
        raise ValueError(f"draws has to be at least 1; got {draws}")
    names = folded.levels[1]
    reference = table[template].iloc[0] if reference is None else reference
    check_known(reference, names, template)
    position = names.index(reference)

    squares = mean_squares(folded.mean)
    between, noise = squares[1,], squares[0, 1]
    shuffled = shuffled_means(folded.mean, rng=rng, draws=draws)
    by_shuffles = _shuffle_p(folded.mean, shuffled)
    # Without noise the F ratio is infinite however few the items; the shuffles know how few they are.
    p = f_test([between], [noise]) if noise.value else by_shuffles
    verdict = _Verdict(
        level, p < 1 - level, _caution(templates, template, flat=between.value + noise.value == 0)
    )
    return (
        _sigma(folded.mean, between, noise, p, verdict),
        _spread(folded.mean, between, noise, shuffled, by_shuffles, verdict, rng),
        _drop_rate(folded.mean, position, names[position], shuffled, verdict),
    )


def shuffled_means(grid: FloatArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """Template means after shuffling the templates within each item, which makes all templates equal.

    Items that got the same value from every template cannot change and are not shuffled. Where the others
    are so many that more than `MOST_SHUFFLED` cells would be, the means are drawn from the normal
    distribution the shuffles tend to, which has the same mean and covariance.

    Args:
        grid: Shape (items, templates).
        rng: Makes the shuffles.
        draws: How many.

    Returns:
        Shape (draws, templates).
    """
    items, templates = grid.shape
    mean = grid.mean()
    varying = grid[np.ptp(grid, axis=1) > 0]
    deviations = varying - varying.mean(axis=1, keepdims=True)
    if varying.size * draws > MOST_SHUFFLED:
        drawn = rng.standard_normal((draws, templates))
        drawn -= drawn.mean(axis=1, keepdims=True)
        return mean + drawn * math.sqrt(deviations.var(axis=1, ddof=1).sum()) / items
    result = np.full((draws, templates), mean)
    step = max(1, CHUNK // max(varying.size, 1))
    for start in range(0, draws, step):
        chunk = result[start : start + step]
        repeated = np.broadcast_to(deviations, (len(chunk), *deviations.shape))
        chunk += rng.permuted(repeated, axis=2).sum(axis=1) / items
    return result


def _shuffle_p(grid: FloatArray, shuffled: FloatArray) -> float:
    """Share of the shuffles, the table itself among them, with at least the observed spread."""
    null, observed = np.ptp(shuffled, axis=1), float(np.ptp(grid.mean(axis=0)))
    # A shuffle may equal the observed spread but for rounding; it must count.
    return float((1 + (null >= observed - 1e-12 * max(observed, 1.0)).sum()) / (1 + null.size))


@dataclass(frozen=True)
class _Verdict:
    """What the metrics of one table share."""

    level: float
    detectable: bool
    note: str


def _caution(templates: int, template: str, *, flat: bool) -> str:
    if flat:
        return f"every item got the same value with every {template}: there is no noise to measure against"
    if templates < ENOUGH_TEMPLATES:
        return f"only {templates} levels of {template}: {ENOUGH_TEMPLATES} or more pin it down better"
    return ""


def _sigma(
    grid: FloatArray, between: MeanSquare, noise: MeanSquare, p: float, verdict: _Verdict
) -> Sensitivity:
    items = len(grid)
    plus, minus = (Part(square.value / items, square.df) for square in (between, noise))
    low, high = mls_interval([plus], [minus], verdict.level)
    return Sensitivity(
        metric="sigma_template",
        label="standard deviation between templates",
        raw=math.sqrt(plus.value),
        floor=math.sqrt(minus.value),
        corrected=math.sqrt(max(plus.value - minus.value, 0.0)),
        low=math.sqrt(max(low, 0.0)),
        high=math.sqrt(max(high, 0.0)),
        level=verdict.level,
        p_value=p,
        detectable=verdict.detectable,
        method="EMS, modified large-sample interval, F test; items and templates random",
        note=verdict.note,
    )


def _spread(
    grid: FloatArray,
    between: MeanSquare,
    noise: MeanSquare,
    shuffled: FloatArray,
    p: float,
    verdict: _Verdict,
    rng: np.random.Generator,
) -> Sensitivity:
    items, draws = len(grid), len(shuffled)
    deviations = grid.mean(axis=0) - grid.mean()
    raw = float(np.ptp(deviations)) if between.value else 0.0
    reliability = max(0.0, 1 - noise.value / between.value) if between.value else 0.0
    corrected = raw * math.sqrt(reliability)

    noises = noise.value * noise.df / rng.chisquare(noise.df, draws) / items
    totals = between.value * between.df / rng.chisquare(between.df, draws) / items
    true = np.maximum(totals - noises, 0.0)
    shrink = np.divide(true, true + noises, out=np.zeros(draws), where=true > 0)[:, np.newaxis]
    scatter = np.sqrt(shrink * noises[:, np.newaxis])
    posterior = np.ptp(shrink * deviations + scatter * rng.standard_normal(shuffled.shape), axis=1)
    low, high = np.quantile(posterior, [(1 - verdict.level) / 2, (1 + verdict.level) / 2])
    return Sensitivity(
        metric="spread",
        label="best minus worst template",
        raw=raw,
        floor=float(np.ptp(shuffled, axis=1).mean()),
        corrected=corrected,
        low=min(float(low), corrected),
        high=max(float(high), corrected),
        level=verdict.level,
        p_value=p,
        detectable=verdict.detectable,
        method="template means shrunk by their reliability, empirical-Bayes posterior interval, "
        "shuffles within item; items random",
        note=verdict.note,
    )


def _drop_rate(
    grid: FloatArray, position: int, reference: Hashable, shuffled: FloatArray, verdict: _Verdict
) -> Sensitivity:
    items, templates = grid.shape
    at, others = grid[:, position], np.delete(grid, position, axis=1).mean(axis=1)
    top, bottom = float(others.mean()), float(at.mean())
    covariance, variance = (float(entry) for entry in np.cov(others, at)[1] / items)
    low, high = fieller(others, at, verdict.level)
    notes = [verdict.note] if verdict.note else []
    bounded = math.isfinite(low)
    if not bounded:  # nor does the bias correction, an expansion around a reference well above 0, make sense
        notes.append(f"the score with {reference!r} cannot be told from 0, so the drop rate has no bounds")

    # Every column of a shuffle is as good a reference as any other, so all of them are used.
    total = shuffled.sum(axis=1, keepdims=True)
    rest = (total - shuffled) / (templates - 1)
    null = 1 - np.divide(rest, shuffled, out=np.ones_like(rest), where=shuffled > 0)
    return Sensitivity(
        metric="pdr",
        label=f"performance drop rate from {reference}",
        raw=_drop(top, bottom),
        floor=float(null.mean()),
        corrected=_drop(top * bottom + covariance, bottom**2 + variance) if bounded else _drop(top, bottom),
        low=1 - high,
        high=1 - low,
        level=verdict.level,
        p_value=p_value((at - others)[:, np.newaxis]),
        detectable=verdict.detectable,
        method="ratio of means, Beale's correction, Fieller's interval, paired t test; items random",
        note="; ".join(notes),
    )


def _drop(top: float, bottom: float) -> float:
    """1 - top / bottom; 0 where both are 0, and -inf where only the bottom is."""
    if bottom == 0:
        return 0.0 if top == 0 else -math.inf
    return 1 - top / bottom
