"""PSS, ProSA's prompt sensitivity score, and what of it is the template and what is chance."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stats.anova import mean_squares
from stats.estimate import FloatArray, check_level, record
from stats.grid import Control, split_control
from stats.intervals import t_interval
from stats.measure import Sensitivity
from stats.tables import IntArray, factor_of, full_cells, numbers

NO_FLOOR = "needs two rows in every cell or a control arm to tell templates from noise"


@dataclass(frozen=True)
class Pss:
    """The score and its parts; they add up to `pss.raw`.

    Attributes:
        pss: The score; its floor is the replicate part and its `signed` the template part.
        replicate: Mean difference between two answers to the same prompt; NaN without such pairs.
        template: The rest: what differs because the template does. Unbiased, so it can come out negative; NaN
            without pairs of the same prompt.
        shift: Of `template`, what all items share: 2 σ²_template, from expected mean squares; may be
            negative. For scores of 0 or 1 only, else NaN.
        interaction: `template` - `shift`: templates that suit some items and not others; NaN where either is.
    """

    pss: Sensitivity
    replicate: float
    template: float
    shift: float
    interaction: float

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold; a number that is not finite becomes None."""
        return record(self)


def pss(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    control: Control | None = None,
    level: float = 0.95,
) -> Pss:
    """PSS of ProSA (arXiv 2410.12405): mean over items of Σ_{a<b} |Y_ai - Y_bi| / C(T, 2).

    For scores of 0 and 1 and one answer a template it is twice the mean variance within items,
    2 (σ²_template + σ²_item×template + σ²_replicate): on its own it cannot tell templates from sampling.
    With two or more answers a cell (or a `control` arm) pairs of the same prompt are set apart:

    * floor, the replicate part: the mean |Y - Y'| of two answers to the same prompt;
    * `signed`, the template part: the mean over pairs of different templates minus the floor, unbiased
      and 0 on average where templates change nothing. For any scores it is the mean over pairs of templates
      of half the energy distance between their answers' distributions (Székely and Rizzo 2013, J. Statist.
      Plann. Inference 143:1249).

    t over items of the template part, templates as they are; one-sided t test that it is 0.

    Args:
        table: One row an answer; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        control: Repeats of one prompt: a table with the columns `value` and `item`, or the name of a
            true/false column that marks such rows in `table`.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: There are fewer than 2 templates or items, or a column is missing or has gaps.
    """
    check_level(level)
    table, repeats = split_control(table, control)
    folded = full_cells(table, value=value, factors=(item, template))
    items, templates = folded.mean.shape
    if templates < 2 or items < 2:
        raise ValueError(
            f"at least 2 levels of {template!r} and of {item!r} are needed; got {templates} and {items}"
        )
    y, item_codes = numbers(table, value), factor_of(table, item).codes
    cell_codes = item_codes * templates + factor_of(table, template).codes
    all_sum, all_pairs = _differences(y, item_codes, items)
    cell_sum, cell_pairs = (
        part.reshape(items, templates).sum(axis=1) for part in _differences(y, cell_codes, items * templates)
    )
    between = (all_sum - cell_sum) / (all_pairs - cell_pairs)
    if repeats is not None:
        arm = repeats[repeats[item].isin(folded.levels[0])]
        position = {name: index for index, name in enumerate(folded.levels[0])}
        codes = arm[item].map(position).to_numpy().astype(np.int64)
        cell_sum, cell_pairs = _differences(numbers(arm, value), codes, items)
    known = cell_pairs > 0
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    shift = math.nan
    if binary:
        squares = mean_squares(folded.mean)
        shift = 2 * (squares[1,].value - squares[0, 1].value) / items
    raw = float(between.mean())
    if not known.all():
        note = NO_FLOOR if not known.any() else f"{item} levels lack pairs of the same prompt; {NO_FLOOR}"
        low, high = t_interval(raw, float(between.var(ddof=1)) / items, items - 1, level, logit=False)
        found = _measure(raw, math.nan, None, (max(low, 0.0), high), math.nan, level, note)
        return Pss(found, math.nan, math.nan, shift, math.nan)
    within = cell_sum / cell_pairs
    parts = between - within
    signed, variance = float(parts.mean()), float(parts.var(ddof=1)) / items
    low, high = t_interval(signed, variance, items - 1, level, logit=False)
    p = float(special.stdtr(items - 1, -signed / math.sqrt(variance))) if variance else float(signed <= 0)
    floor = float(within.mean())
    found = _measure(raw, floor, signed, (max(low, 0.0), max(high, 0.0)), p, level, "")
    return Pss(found, floor, signed, shift, signed - shift)


def _differences(y: FloatArray, codes: IntArray, groups: int) -> tuple[FloatArray, FloatArray]:
    """Sum of |y - y'| over unordered pairs within each group, and the number of pairs; O(n log n)."""
    order = np.lexsort((y, codes))
    y, codes = y[order], codes[order]
    count = np.bincount(codes, minlength=groups).astype(np.float64)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    rank = np.arange(y.size) - start[codes]  # from 0, within the group
    # The value of rank r is subtracted from n - 1 - r larger ones and has r smaller ones taken from it.
    weighted = (2 * rank - (count[codes] - 1)) * y
    sums = np.bincount(codes, weights=weighted, minlength=groups).astype(np.float64)
    return sums, count * (count - 1) / 2


def _measure(
    raw: float,
    floor: float,
    signed: float | None,
    ends: tuple[float, float],
    p: float,
    level: float,
    note: str,
) -> Sensitivity:
    return Sensitivity(
        metric="pss",
        label="mean difference between two templates' scores of an item",
        raw=raw,
        floor=floor,
        corrected=math.nan if signed is None else max(signed, 0.0),
        low=ends[0],
        high=ends[1],
        level=level,
        p_value=p,
        detectable=None if math.isnan(p) else p < 1 - level,
        method="pairs of answers to an item, t over items, one-sided t test; items random, templates fixed",
        note=note,
        signed=signed,
    )
