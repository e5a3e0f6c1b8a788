"""The grader as a factor: how much template sensitivity is extraction, and how much the answer changing."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import Estimate, FloatArray, check_level, record
from stats.measure import Sensitivity
from stats.sensitivity import sensitivity
from stats.tables import Cells, UnbalancedError, check_known, factor_of, full_cells
from stats.template_variance import crossed_weights, template_variance

UNPARSED = ("unparsed", "truncated")


@dataclass(frozen=True)
class GraderView:
    """The same completions through one grader.

    Attributes:
        grader: Its name.
        mean: Mean score.
        unparsed: Share of completions in which it found no answer; NaN without statuses.
        sigma: `sigma_template` of its scores; `signed` is the variance that is compared.
    """

    grader: Hashable
    mean: float
    unparsed: float
    sigma: Sensitivity


@dataclass(frozen=True)
class Flips:
    """Pairs of templates for the same item whose reported scores differ, by why; shares sum to 1.

    Attributes:
        pairs: How many there are.
        unparsed: At least one of the two completions had no answer that the reported grader could find.
        same_answer: Both had one, and through the best grader's extraction they are equal.
        changed: Both had one, and they differ.
    """

    pairs: int
    unparsed: float
    same_answer: float
    changed: float


@dataclass(frozen=True)
class GraderEffect:
    """How much of the observed template sensitivity depends on the grader.

    Attributes:
        views: Every grader's view, the reported one first.
        reported: The grader whose scores are reported.
        best: The grader it is held against.
        difference: σ²_template with the reported grader less that with the best one: what the choice adds.
        vanishing: The same as a share of the reported σ²_template; NaN where that is not above 0, negative
            where the best grader makes it larger; without bounds where the reported variance is too near 0.
        unparsed_by_template: With the reported grader; empty without statuses.
        unparsed_sigma: Sensitivity of the share unparsed; None without statuses.
        flips: Why reported scores differ between templates; None without answers and statuses.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    views: tuple[GraderView, ...]
    reported: Hashable
    best: Hashable
    difference: Estimate
    vanishing: Estimate
    unparsed_by_template: Mapping[Hashable, float]
    unparsed_sigma: Sensitivity | None
    flips: Flips | None
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row a grader."""
        return pd.DataFrame(
            [
                {
                    "grader": view.grader,
                    "mean": view.mean,
                    "unparsed": view.unparsed,
                    "variance": view.sigma.signed,
                    "sigma": view.sigma.corrected,
                    "low": view.sigma.low,
                    "high": view.sigma.high,
                    "detectable": view.sigma.detectable,
                }
                for view in self.views
            ]
        )

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold; a number that is not finite becomes None."""
        return record(self)


def grader_effect(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    grader: str,
    reported: Hashable,
    best: Hashable | None = None,
    status: str | None = None,
    unparsed: Sequence[str] = UNPARSED,
    answer: str | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> GraderEffect:
    """Split template sensitivity into what the grader makes of it and what the answers do.

    A template can lower a score because answers change or because they are written so that the grader does
    not find them. The second kind differs between graders of the same completions. So σ²_template (expected
    mean squares, before it is cut off at 0) is compared between the reported grader and the best one; with
    intervals from the crossed bootstrap, items and templates drawn anew (percentiles of the U-statistic in
    `stats.template_variance`). For a nominal .95 the interval of `difference` held the truth in .85 to 1.0 of
    simulated tables of 200 items, least often where templates are 10 or fewer and differ much, and that of
    `vanishing` in .92 to 1.0, often by having no bounds (docs/sensitivity.md).

    Args:
        table: One row a completion and grader; every grader scores every completion, and where a cell has
            several, each grader has them in the same order.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        grader: The column that names the grader.
        reported: The grader whose scores are reported.
        best: The grader to hold it against, chosen before looking at sensitivities. By default the one that
            leaves fewest completions unparsed (the first of several, without statuses the one other grader).
        status: The column of statuses.
        unparsed: The statuses that mean that no answer was found.
        answer: The column of extracted answers, with which (and `status`) `flips` is made.
        rng: Makes all draws.
        level: Nominal coverage.
        draws: How many.

    Raises:
        UnbalancedError: Some item × template × grader cells have no row, or graders have different numbers.
        ValueError: There are fewer than 2 graders, templates or items, a grader is unknown, `best` cannot be
            told, or a column is missing.
    """
    check_level(level)
    graders = factor_of(table, grader).levels
    for one in (reported, *(() if best is None else (best,))):
        check_known(one, graders, grader)
    if len(graders) < 2:
        raise ValueError(f"at least 2 levels of {grader!r} are needed; got {len(graders)}")
    whole = full_cells(table, value=value, factors=(item, template, grader))
    if (whole.count != whole.count[..., :1]).any():
        raise UnbalancedError(f"every {grader} has to score every completion, also replicates")
    # The same table with 1 for a score where no answer was found, and 0 elsewhere.
    lost = None if status is None else table.assign(**{value: table[status].isin(list(unparsed)) * 1.0})

    def share(one: Hashable) -> float:
        return math.nan if lost is None else float(lost.loc[lost[grader] == one, value].mean())

    def sigma(rows: pd.DataFrame) -> Sensitivity:
        return sensitivity(
            rows, value=value, item=item, template=template, rng=rng, level=level, draws=draws
        )[0]

    views = {
        one: GraderView(
            one,
            float(whole.mean[..., index].mean()),
            share(one),
            sigma(table[table[grader] == one]),
        )
        for index, one in enumerate(graders)
    }
    best = _best(views, reported, grader) if best is None else best
    of_reported, of_best = (whole.mean[..., graders.index(one)] for one in (reported, best))
    difference, vanishing = _compare(of_reported, of_best, whole, rng=rng, level=level, draws=draws)
    mine = None if lost is None else lost[lost[grader] == reported]
    by_template: dict[Hashable, float] = {}
    if mine is not None:
        each = full_cells(mine, value=value, factors=(template,))
        by_template = dict(zip(each.levels[0], each.mean.tolist(), strict=True))
    flips = None
    if lost is not None and answer is not None:
        flips = _flips(table, lost[value], value, item, template, grader, answer, (reported, best))
    return GraderEffect(
        views=(views[reported], *(view for one, view in views.items() if one != reported)),
        reported=reported,
        best=best,
        difference=difference,
        vanishing=vanishing,
        unparsed_by_template=by_template,
        unparsed_sigma=None if mine is None else sigma(mine),
        flips=flips,
        note="the reported grader is the best one: nothing to compare" if reported == best else "",
    )


def _best(views: Mapping[Hashable, GraderView], reported: Hashable, grader: str) -> Hashable:
    others = [one for one in views if one != reported]
    if any(math.isnan(view.unparsed) for view in views.values()):
        if len(others) == 1:
            return others[0]
        raise ValueError(f"without statuses the best of {len(views)} levels of {grader!r} has to be named")
    return min(views, key=lambda one: (views[one].unparsed, one == reported))


def _compare(
    reported: FloatArray,
    best: FloatArray,
    whole: Cells,
    *,
    rng: np.random.Generator,
    level: float,
    draws: int,
) -> tuple[Estimate, Estimate]:
    """The difference of the two variances, and the share of the first that it is."""
    items, templates = reported.shape
    one = (np.ones((1, items)), np.ones((1, templates)))
    observed = [float(template_variance(grid, *one)[0]) for grid in (reported, best)]
    weights = crossed_weights(items, templates, rng=rng, draws=draws)
    drawn = np.stack([template_variance(grid, *weights) for grid in (reported, best)])
    drawn = drawn[:, np.isfinite(drawn).all(axis=0)]
    tails = [(1 - level) / 2, (1 + level) / 2]
    names = whole.factors[:2]
    n = dict(zip(names, (items, templates), strict=True))

    def estimate(value: float, low: float, high: float, note: str = "") -> Estimate:
        method = "expected mean squares, crossed bootstrap percentiles"
        return Estimate(value, low, high, level, method, names, n, None, note)

    change = observed[0] - observed[1]
    low, high = np.quantile(drawn[0] - drawn[1], tails)
    difference = estimate(change, float(low), float(high))
    if observed[0] <= 0:
        note = "no template variance is left with the reported grader: no share of it can be told"
        return difference, estimate(math.nan, -math.inf, math.inf, note)
    positive = drawn[0] > 0
    if positive.mean() < tails[1]:
        note = "the reported template variance cannot be told from 0, so the share has no bounds"
        return difference, estimate(change / observed[0], -math.inf, math.inf, note)
    low, high = np.quantile(1 - drawn[1, positive] / drawn[0, positive], tails)
    return difference, estimate(change / observed[0], float(low), float(high))


def _flips(
    table: pd.DataFrame,
    unread: "pd.Series[float]",
    value: str,
    item: str,
    template: str,
    grader: str,
    answer: str,
    graders: tuple[Hashable, Hashable],
) -> Flips:
    """Every pair of completions of an item with different templates and reported scores, by cause."""
    order = np.lexsort((factor_of(table, template).codes, factor_of(table, item).codes))
    ordered = table.iloc[order]
    first, second = (ordered[ordered[grader] == one] for one in graders)
    said, _ = pd.factorize(second[answer], use_na_sentinel=False)
    groups = factor_of(first, item).codes
    scores = first[value].to_numpy(dtype=np.float64)
    lost = unread.to_numpy(dtype=bool)[order][(ordered[grader] == graders[0]).to_numpy()]
    templates = factor_of(first, template).codes
    total = np.zeros(3)
    for rows in np.split(np.arange(groups.size), np.flatnonzero(np.diff(groups)) + 1):
        one, other = (rows[index] for index in np.triu_indices(rows.size, 1))
        differs = (scores[one] != scores[other]) & (templates[one] != templates[other])
        missing = np.logical_or(lost[one], lost[other])
        changed = said[one] != said[other]
        kinds = (differs & missing, differs & ~missing & ~changed, differs & ~missing & changed)
        total += [kind.sum() for kind in kinds]
    pairs = int(total.sum())
    shares = total / pairs if pairs else np.full(3, math.nan)
    return Flips(pairs, *(float(part) for part in shares))
