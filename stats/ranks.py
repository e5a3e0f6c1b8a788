"""Who is first, and would it be so again: how sure the ranking of models is, over items and templates."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import FloatArray, check_level, record
from stats.intervals import FEWEST_TEMPLATES
from stats.tables import full_cells

CHUNK = 2_000_000  # bootstrapped cells at once


@dataclass(frozen=True)
class Rank:
    """One model's place.

    Attributes:
        level: The model.
        mean: Its mean score.
        rank: Its place, 1 the best; models of equal mean share the mean of their places.
        low: Lower end of the interval of the place (a better one).
        high: Upper end.
        best: Probability of being first.
    """

    level: Hashable
    mean: float
    rank: float
    low: float
    high: float
    best: float


@dataclass(frozen=True)
class Reversal:
    """How likely the order of two models turns round.

    Attributes:
        above: The model with the higher mean.
        below: The other.
        difference: Of their means.
        probability: Of the order turning round, a tie counting half.
    """

    above: Hashable
    below: Hashable
    difference: float
    probability: float


@dataclass(frozen=True)
class Ranking:
    """The ranking of the levels of a factor, and how sure it is.

    Attributes:
        factor: The column.
        rows: One a level, best first.
        reversals: One a pair, those most likely to turn round first.
        tau: Mean of Kendall's τ between the observed ranking and the bootstrapped ones, in [-1, 1].
        tau_low: Lower quantile of these τ, at (1 - level) / 2.
        tau_high: Upper quantile.
        same: Share of the bootstrapped rankings that are the observed one.
        templates_needed: Fewest templates whose ranking is the observed one with the wanted certainty,
            items as many as there are; None where no number up to the most looked at suffices.
        certainty: What `templates_needed` is for.
        level: Nominal coverage of the rank intervals.
        random: The columns whose levels were resampled.
        n: How many levels of each there are.
    """

    factor: str
    rows: tuple[Rank, ...]
    reversals: tuple[Reversal, ...]
    tau: float
    tau_low: float
    tau_high: float
    same: float
    templates_needed: int | None
    certainty: float
    level: float
    random: tuple[str, ...]
    n: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """One row a level, best first."""
        return pd.DataFrame([record(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def ranking(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    factor: str,
    rng: np.random.Generator,
    level: float = 0.95,
    certainty: float = 0.95,
    indifference: float = 0.0,
    most_templates: int = 100,
    draws: int = 2000,
) -> Ranking:
    """Rank the levels of a factor, all asked the same items with the same templates.

    Items and templates are resampled together, with product weights (Owen and Eckles 2012, AOAS 6:895): in
    every draw all models meet the same items and templates, so that what they share cancels. Plain product
    weights count the item × template noise three times (Owen 2007, AOAS 1:386) and resampled levels vary
    less than new ones; so the item and template parts of the models' scores are first scaled to the
    covariance that EMS gives them, and all weights widened by √(n / (n - 1)). As few templates hardly tell
    how much templates vary, each draw's template part is also divided by √(χ² / df) with df = T - 1, which
    gives it the tails of a t distribution.

    `templates_needed` draws ever more templates from those there are. It is an extrapolation: 10 templates
    cannot show what the hundredth would be like.

    Do not read a probability of being first as one of being better by something that matters; see
    `stats.equivalence`.

    Args:
        table: One row an observation; every item has to be there with every template and level.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template; 3 or more levels.
        factor: The column whose levels are ranked, such as the model.
        rng: Makes the draws.
        level: Nominal coverage of the rank intervals.
        certainty: The wanted probability that a ranking is the observed one, for `templates_needed`.
        indifference: Pairs whose means differ by no more than this need not keep their order for
            `templates_needed` and `same`.
        most_templates: The most templates looked at for `templates_needed`.
        draws: How many resampled tables.

    Raises:
        UnbalancedError: Some cells have no row.
        ValueError: There are fewer than 2 levels or items or 3 templates, a column is missing or has gaps, or
            a number is out of range.
    """
    check_level(level)
    check_level(certainty, "certainty")
    if draws < 1 or most_templates < 1 or not indifference >= 0:
        raise ValueError(
            "draws and most_templates of 1 or more and indifference of 0 or more are needed; got "
            f"{draws!r}, {most_templates!r}, {indifference!r}"
        )
    folded = full_cells(table, value=value, factors=(factor, item, template))
    grids = folded.mean
    models, items, templates = grids.shape
    if models < 2 or items < 2 or templates < FEWEST_TEMPLATES:
        raise ValueError(
            f"2 levels of {factor!r}, 2 of {item!r} and {FEWEST_TEMPLATES} of {template!r} are the least; "
            f"got {models}, {items} and {templates}"
        )
    names = folded.levels[0]
    means = grids.mean(axis=(1, 2))
    drawn = resampled_means(grids, rng=rng, draws=draws)
    places = _places(drawn)
    best = drawn == drawn.max(axis=1, keepdims=True)
    shares = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    low, high = np.quantile(places, [(1 - level) / 2, (1 + level) / 2], axis=0, method="nearest")
    order = np.argsort(-means, kind="stable")
    observed = _places(means[np.newaxis])[0]
    one, other = np.triu_indices(models, 1)
    swapped = means[one] < means[other]
    above, below = np.where(swapped, other, one), np.where(swapped, one, other)
    kept = np.sign(drawn[:, above] - drawn[:, below])
    turned = (1 - kept.mean(axis=0)) / 2
    taus = kendall_tau(drawn, means)
    tau_low, tau_high = np.quantile(taus, [(1 - level) / 2, (1 + level) / 2])
    matter = means[above] - means[below] > indifference
    return Ranking(
        factor=factor,
        rows=tuple(
            Rank(names[index], *(float(one[index]) for one in (means, observed, low, high, shares)))
            for index in order
        ),
        reversals=tuple(
            Reversal(
                names[above[pair]],
                names[below[pair]],
                float(means[above[pair]] - means[below[pair]]),
                float(turned[pair]),
            )
            for pair in np.argsort(-turned, kind="stable")
        ),
        tau=float(taus.mean()),
        tau_low=float(tau_low),
        tau_high=float(tau_high),
        same=float((kept[:, matter] > 0).all(axis=1).mean()),
        templates_needed=_templates_needed(
            grids, above[matter], below[matter], certainty, most_templates, rng, draws
        ),
        certainty=certainty,
        level=level,
        random=(item, template),
        n={factor: models, item: items, template: templates},
    )


@dataclass(frozen=True)
class _Parts:
    """What the scores of all models consist of.

    Attributes:
        mean: Shape (models,).
        item: Deviations of items, shape (items, models), scaled to the covariance of the item component.
        template: Of templates, shape (templates, models), scaled likewise.
        noise: What is left, shape (items, models × templates).
    """

    mean: FloatArray
    item: FloatArray
    template: FloatArray
    noise: FloatArray


def _split(grids: FloatArray) -> _Parts:
    models, items, templates = grids.shape
    mean = grids.mean(axis=(1, 2))
    centered = grids - mean[:, np.newaxis, np.newaxis]
    item, template = centered.mean(axis=2), centered.mean(axis=1)
    noise = centered - item[:, :, np.newaxis] - template[:, np.newaxis]
    flat = noise.reshape(models, -1)
    error = flat @ flat.T / ((items - 1) * (templates - 1))

    def scaled(part: FloatArray, others: int) -> FloatArray:
        """The part times (S - E)₊^½ S^-½ for its mean products S and those of noise E."""
        products = part @ part.T * (others / (part.shape[1] - 1))
        values, vectors = np.linalg.eigh(products)
        kept = values > 1e-12 * max(float(values.max()), 1e-300)
        inverse = np.divide(1.0, np.sqrt(np.where(kept, values, 1.0)), where=kept, out=np.zeros_like(values))
        left, directions = np.linalg.eigh(products - error)
        root = (directions * np.sqrt(np.maximum(left, 0.0))) @ directions.T
        return (root @ ((vectors * inverse) @ vectors.T) @ part).T

    return _Parts(
        mean,
        scaled(item, templates),
        scaled(template, items),
        np.ascontiguousarray(noise.transpose(1, 0, 2)).reshape(items, -1),
    )


def resampled_means(grids: FloatArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """Means of all models with items and templates resampled together, as `ranking` does it.

    Args:
        grids: Shape (models, items, templates).
        rng: Makes the weights.
        draws: How many.

    Returns:
        Shape (draws, models).
    """
    models, items, templates = grids.shape
    parts = _split(grids)
    found = np.empty((draws, models))
    step = max(1, CHUNK // (models * templates + items))
    for start in range(0, draws, step):
        chunk = found[start : start + step]
        by_item, by_template = (_weights(rng, len(chunk), levels) for levels in (items, templates))
        noise = (by_item @ parts.noise).reshape(len(chunk), models, templates)
        tails = np.sqrt((templates - 1) / rng.chisquare(templates - 1, (len(chunk), 1)))
        chunk[:] = parts.mean + by_item @ parts.item + tails * (by_template @ parts.template)
        chunk += np.matmul(noise, by_template[:, :, np.newaxis])[..., 0]
    return found


def _weights(rng: np.random.Generator, draws: int, levels: int) -> FloatArray:
    """Weights that sum to 0, shape (draws, levels): a resample's shares less 1/n, times √(n / (n - 1))."""
    picked = rng.integers(0, levels, (draws, levels)) + levels * np.arange(draws)[:, np.newaxis]
    counts = np.bincount(picked.ravel(), minlength=draws * levels).reshape(draws, levels)
    return (counts - 1) * np.sqrt(levels / (levels - 1)) / levels


def _places(means: FloatArray) -> FloatArray:
    """Places from 1, the best, with ties sharing the mean of theirs; shape (draws, models)."""
    higher = means[:, np.newaxis] > means[:, :, np.newaxis]
    level = means[:, np.newaxis] == means[:, :, np.newaxis]
    return 0.5 + higher.sum(axis=2) + level.sum(axis=2) / 2


def _templates_needed(
    grids: FloatArray,
    above: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    below: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    certainty: float,
    most: int,
    rng: np.random.Generator,
    draws: int,
) -> int | None:
    """The fewest templates from which on all pairs keep their order with the wanted certainty."""
    models, items, templates = grids.shape
    parts = _split(grids)
    right = np.zeros(most)
    step = max(1, CHUNK // (models * (most + templates) + items))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        by_item = _weights(rng, size, items)
        center = parts.mean + by_item @ parts.item
        deviations = parts.template.T + (by_item @ parts.noise).reshape(size, models, templates)
        # Growing sets of templates: the first 1, 2, … of one long draw.
        picked = np.repeat(rng.integers(0, templates, (size, 1, most)), models, axis=1)
        widened = np.take_along_axis(deviations, picked, axis=2) * np.sqrt(templates / (templates - 1))
        means = center[:, :, np.newaxis] + np.cumsum(widened, axis=2) / np.arange(1, most + 1)
        right += (means[:, above] > means[:, below]).all(axis=1).sum(axis=0)
    short = np.flatnonzero(right / draws < certainty)
    needed = int(short[-1]) + 2 if short.size else 1
    return needed if needed <= most else None


def kendall_tau(drawn: FloatArray, scores: FloatArray) -> FloatArray:
    """Kendall's τ-a of several sets of scores with one (1938, Biometrika 30:81), shape (draws,).

    Pairs in the same order less pairs in opposite order, over all pairs; a tie in either counts as neither.

    Args:
        drawn: Shape (draws, models).
        scores: Shape (models,).
    """
    one, other = np.triu_indices(scores.size, 1)
    return (np.sign(drawn[:, one] - drawn[:, other]) * np.sign(scores[one] - scores[other])).mean(axis=1)
