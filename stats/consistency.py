"""How often answers to the same item agree: consistency rate, flip rate and JSS."""

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy import special

from stats.answers import AnswerPairs, NoAnswer, count_pairs
from stats.estimate import FloatArray, check_level
from stats.grid import Control, split_control
from stats.intervals import t_interval
from stats.measure import Sensitivity
from stats.tables import check_known, column, factor_of

NO_FLOOR = "needs two rows in some cells or a control arm to tell templates from noise"


def consistency_rate(
    table: pd.DataFrame,
    *,
    answer: str,
    item: str,
    template: str,
    no_answer: NoAnswer = "agree",
    control: Control | None = None,
    level: float = 0.95,
) -> Sensitivity:
    """Consistency rate: of all unordered pairs of answers to the same item, the share that agree.

    CR = Σ_q agreeing pairs / Σ_q C(n_q, 2), pooled over questions (arXiv 2403.14221; lm-eval's SCORE tasks
    compute the same, whatever their text says of ordered pairs). Pairs are of different templates; pairs of
    the same prompt (rows of one cell, or of the `control` arm) give the floor, the agreement that noise alone
    leaves. `corrected` is 1 - (floor - raw): the agreement there would be without noise. t over items with
    the linearised variance of a ratio; templates as they are. With equally many answers an item it is
    1 - `flip_rate`. Not a measure of being right: a model that is always wrong alike has CR 1.

    Args:
        table: One row an answer.
        answer: The column of answers, of any type that compares by equality; an extracted answer, or a score.
        item: The column that names the item.
        template: The column that names the template.
        no_answer: What an empty answer (None, NaN) does: "agree" with other empty ones and nothing else,
            "disagree" with everything, or "drop" out.
        control: Repeats of one prompt: a table with the columns `answer` and `item`, or the name of a
            true/false column that marks such rows in `table`.
        level: Nominal coverage; 1 - level is the size of the one-sided test that makes the verdict.

    Raises:
        ValueError: No item has two templates, or a column is missing or has gaps.
    """
    check_level(level)
    pairs = count_pairs(table, answer, item, template, no_answer, control)
    return _measure(
        pairs,
        "consistency_rate",
        "share of agreeing pairs of answers",
        level,
        flips=False,
        pooled=True,
    )


def flip_rate(
    table: pd.DataFrame,
    *,
    answer: str,
    item: str,
    template: str,
    no_answer: NoAnswer = "agree",
    control: Control | None = None,
    level: float = 0.95,
) -> Sensitivity:
    """Flip rate: how likely two templates give different answers to an item.

    The mean over items of 1 - Σ_v n_v (n_v - 1) / (n (n - 1)) for the n answers of an item, n_v of them v:
    Simpson's unbiased estimate (1949, Nature 163:688), which does not grow with the number of templates as
    "any flip" does. Pairs of the same prompt are set apart and give the floor; `signed` is raw - floor,
    an unbiased estimate of the flips that templates cause, and `corrected` the same but at least 0.

    Args:
        table: As in `consistency_rate`, and so the other arguments.
        answer: The column of answers.
        item: The column that names the item.
        template: The column that names the template.
        no_answer: What an empty answer does.
        control: Repeats of one prompt.
        level: Nominal coverage.

    Raises:
        ValueError: No item has two templates, or a column is missing or has gaps.
    """
    check_level(level)
    pairs = count_pairs(table, answer, item, template, no_answer, control)
    return _measure(
        pairs,
        "flip_rate",
        "chance that two templates give different answers",
        level,
        flips=True,
        pooled=False,
    )


def jss(
    table: pd.DataFrame,
    *,
    answer: str,
    item: str,
    template: str,
    reference: Hashable | None = None,
    no_answer: NoAnswer = "agree",
    control: Control | None = None,
    level: float = 0.95,
) -> Sensitivity:
    """JSS of JudgeSense (arXiv 2604.23478): the share of prompt-paraphrase pairs with the same decision.

    As `consistency_rate`, but only pairs of the reference template with another count. A template whose
    labels mean the opposite (polarity inverted) has to be mapped back first, or it counts as all flips.

    Args:
        table: As in `consistency_rate`, and so the other arguments.
        answer: The column of decisions.
        item: The column that names the item.
        template: The column that names the template.
        reference: The original; by default the template of the table's first row.
        no_answer: What an empty decision does.
        control: Repeats of one prompt.
        level: Nominal coverage.

    Raises:
        ValueError: `reference` is no template, no item has it and another, or a column is missing.
    """
    check_level(level)
    rows, _ = split_control(table, control)
    reference = column(rows, template).iloc[0] if reference is None else reference
    check_known(reference, factor_of(rows, template).levels, template)
    pairs = count_pairs(table, answer, item, template, no_answer, control, reference)
    return _measure(
        pairs,
        "jss",
        f"share of decisions that stay as with {reference}",
        level,
        flips=False,
        pooled=True,
    )


def _measure(
    pairs: AnswerPairs, metric: str, label: str, level: float, *, flips: bool, pooled: bool
) -> Sensitivity:
    """Raw, floor and difference; `pooled` over pairs, else the mean over items that have both."""
    has_floor = bool(pairs.same_pairs.any())
    usable = pairs.pairs > 0
    if has_floor:
        usable &= pairs.same_pairs > 0
    weights = pairs.pairs[usable] if pooled else np.ones(usable.sum())
    raw, parts = _weighted(pairs.agreeing[usable] / pairs.pairs[usable], weights)
    floor = math.nan
    if has_floor:
        floor, floor_parts = _weighted(pairs.same_agreeing[usable] / pairs.same_pairs[usable], weights)
        parts = parts - floor_parts
    items = int(usable.sum())
    variance = float(parts.var(ddof=1)) / items if items > 1 else math.nan
    left_out = int(usable.size - items)
    note = f"{left_out} of {usable.size} items lack pairs and are left out" if left_out else ""
    if not has_floor:
        note = "; ".join(filter(None, (note, NO_FLOOR)))
        logit = 0 < raw < 1
        low, high = t_interval(raw, variance, items - 1, level, logit=logit) if items > 1 else (0.0, 1.0)
        corrected, signed, p = math.nan, None, math.nan
    else:
        signed = raw - floor
        low, high = (
            t_interval(1 + signed, variance, items - 1, level, logit=False) if items > 1 else (0.0, 1.0)
        )
        corrected, low, high = (min(1.0, max(0.0, one)) for one in (1 + signed, low, high))
        p = float(special.stdtr(items - 1, signed / math.sqrt(variance))) if variance > 0 else math.nan
        if variance == 0:
            p = 1.0 if signed >= 0 else 2.0**-items
    if flips:
        raw, floor, corrected, low, high = 1 - raw, 1 - floor, 1 - corrected, 1 - high, 1 - low
        signed = None if signed is None else -signed
    return Sensitivity(
        metric=metric,
        label=label,
        raw=raw,
        floor=floor,
        corrected=corrected,
        low=low,
        high=high,
        level=level,
        p_value=p,
        detectable=None if math.isnan(p) else p < 1 - level,
        method="pairs of answers to an item, "
        + ("pooled, linearised variance" if pooled else "mean over items")
        + ", t over items, one-sided t test; items random, templates as they are",
        note=note,
        signed=signed,
    )


def _weighted(rates: FloatArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """The weighted mean of the items' rates, and each item's part, whose variance / items is its own."""
    mean = float(rates @ weights / weights.sum())
    return mean, (rates - mean) * weights / weights.mean()
