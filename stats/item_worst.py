"""HELM's worst case: the worst score that each item gets over the templates."""

import math

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import FloatArray, check_level
from stats.grid import Control, split_control
from stats.intervals import t_interval
from stats.measure import Sensitivity
from stats.ordered import worst_of_k_weights
from stats.tables import Cells, cells, column, factor_of, full_cells, numbers


def item_worst_case(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    k: int | None = None,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 200,
) -> Sensitivity:
    """HELM's worst case (arXiv 2211.09110): the mean over items of the worst score over templates.

    An item's worst score falls with every further template and with every noisy answer. Hence `k`: the
    expected worst of k of the item's templates, by default all of them. And hence the floor, what as many
    answers to one prompt would give:

    * with two or more rows in every cell, from shuffling an item's rows over its templates;
    * with a `control` arm of at least k repeats of every item, and one row a cell, the expected worst of k
      repeats.

    `signed` is raw - floor, what is lost beyond the noise, and `corrected` the mean score minus that loss.
    Without a floor both are missing and the interval is that of `raw`. t over items, templates as they are;
    `detectable` is the one-sided t test that nothing is lost beyond the floor.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        k: 1 to the number of templates.
        higher_is_better: False where scores are errors; the worst is then the greatest.
        control: Repeats of one prompt: a table with the columns `value` and `item`, or the name of a
            true/false column that marks such rows in `table`.
        rng: Makes the shuffles.
        level: Nominal coverage.
        draws: How many shuffles.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: k is out of range, an item has fewer than k repeats, there are fewer than 2 items, or a
            column is missing or has gaps.
    """
    check_level(level)
    table, repeats = split_control(table, control)
    folded = full_cells(table, value=value, factors=(item, template))
    items, templates = folded.mean.shape
    if items < 2:
        raise ValueError(f"at least 2 levels of {item!r} are needed; got {items}")
    sign = 1.0 if higher_is_better else -1.0
    weights = worst_of_k_weights(templates, templates if k is None else k)
    worst = np.sort(sign * folded.mean, axis=1) @ weights
    mean = sign * folded.mean.mean(axis=1)
    expected, note = None, "needs two rows in every cell or a control arm to tell templates from noise"
    if repeats is not None:
        if folded.count.max() > 1:
            raise ValueError(f"with a control arm every {item} × {template} cell has to hold one row")
        expected, note = (
            sign * _worst_repeats(repeats, value, folded, templates if k is None else k, sign),
            "",
        )
    elif folded.count.min() == folded.count.max() > 1:
        expected, note = _worst_shuffled(sign * _rows(table, value, folded), weights, rng, draws), ""
    elif folded.count.max() > 1:
        note = "cells hold unequal numbers of rows, so they cannot be shuffled"

    raw, floor, signed, corrected, p = float(worst.mean()), math.nan, None, math.nan, math.nan
    if expected is None:
        center, deviations = raw, worst
    else:
        lost = worst - expected
        floor, signed = float(expected.mean()), float(lost.mean())
        center, deviations = float(mean.mean()) + signed, mean + lost
        corrected = min(center, float(mean.mean()))
        p = _one_sided(lost)
    low, high = t_interval(center, float(deviations.var(ddof=1)) / items, items - 1, level, logit=False)
    low, high = min(low, corrected) if expected is not None else low, high
    ends = (low, high) if higher_is_better else (-high, -low)
    return Sensitivity(
        metric="item_worst_case",
        label=f"mean over items of the worst {'score' if k is None else f'of {k} scores'} over templates",
        raw=sign * raw,
        floor=sign * floor,
        corrected=sign * corrected,
        low=ends[0],
        high=ends[1],
        level=level,
        p_value=p,
        detectable=None if expected is None else p < 1 - level,
        method="expected worst of an item's scores, t over items; items random, templates as they are",
        note=note,
        signed=None if signed is None else sign * signed,
    )


def _rows(table: pd.DataFrame, value: str, folded: Cells) -> FloatArray:
    """Every row's score, shape (items, templates, rows a cell); the order within a cell is the table's."""
    codes = [factor_of(table, name).codes for name in folded.factors]
    order = np.lexsort((np.arange(len(table)), codes[1], codes[0]))
    return numbers(table, value)[order].reshape(*folded.mean.shape, -1)


def _worst_shuffled(
    rows: FloatArray, weights: FloatArray, rng: np.random.Generator, draws: int
) -> FloatArray:
    """The expected worst score of each item when its rows are dealt out to the templates by chance."""
    items, templates, each = rows.shape
    flat = rows.reshape(items, templates * each)
    total = np.zeros(items)
    for _ in range(draws):
        dealt = rng.permuted(flat, axis=1).reshape(items, templates, each).mean(axis=2)
        total += np.sort(dealt, axis=1) @ weights
    return total / draws


def _worst_repeats(repeats: pd.DataFrame, value: str, folded: Cells, k: int, sign: float) -> FloatArray:
    """The expected worst score of k repeats of each item, in the scale of `value`."""
    item, names = folded.factors[0], folded.levels[0]
    arm = repeats[column(repeats, item).isin(names)]
    counted = cells(arm, value=value, factors=(item,))
    if len(counted.levels[0]) < len(names) or counted.count.min() < k:
        raise ValueError(
            f"the control arm needs {k} repeats of every {item}, as many as templates are compared; "
            "repeat more or lower k"
        )
    scores = pd.Series(sign * numbers(arm, value)).groupby(factor_of(arm, item).codes)
    worst = [float(np.sort(one) @ worst_of_k_weights(len(one), k)) for _, one in scores]
    return sign * np.asarray(worst)


def _one_sided(lost: FloatArray) -> float:
    """The p value of the t test that the mean of `lost` is 0 or more."""
    variance = float(lost.var(ddof=1)) / lost.size
    if variance == 0:
        return 1.0 if lost.mean() >= 0 else 2.0**-lost.size
    return float(special.stdtr(lost.size - 1, lost.mean() / math.sqrt(variance)))
