"""Fleiss's kappa: agreement between templates beyond chance."""

import math

import numpy as np
import pandas as pd

from stats.answers import NoAnswer, answer_codes, count_pairs
from stats.estimate import Estimate, FloatArray, check_level
from stats.intervals import t_interval
from stats.tables import factor_of


def fleiss_kappa(
    table: pd.DataFrame,
    *,
    answer: str,
    item: str,
    template: str,
    no_answer: NoAnswer = "agree",
    level: float = 0.95,
) -> Estimate:
    """Agreement between templates beyond chance: (CR - p_e) / (1 - p_e), p_e = Σ_v p_v².

    Fleiss (1971, Psychological Bulletin 76:378), with items weighted by their number of pairs where it
    differs. A judge that always says A has CR 1 and no kappa: it is NaN, and the note says so. Jackknife over
    items, t; templates as they are.

    Args:
        table: As in `consistency_rate`, and so the other arguments.
        answer: The column of answers.
        item: The column that names the item.
        template: The column that names the template.
        no_answer: What an empty answer does.
        level: Nominal coverage.

    Raises:
        ValueError: No item has two templates, there are fewer than 3 items, or a column is missing.
    """
    check_level(level)
    rows = answer_codes(table, answer, item, template, no_answer)
    items, answers = factor_of(rows, item), factor_of(rows, answer)
    pairs = count_pairs(table, answer, item, template, no_answer, None)
    counts = np.zeros((len(items.levels), len(answers.levels)))
    np.add.at(counts, (items.codes, answers.codes), 1.0)
    n = len(counts)
    if n < 3:
        raise ValueError(f"kappa needs 3 levels of {item!r} or more; got {n}")

    def kappa(agreeing: FloatArray, possible: FloatArray, seen: FloatArray) -> FloatArray:
        chance = np.square(seen / seen.sum(axis=-1, keepdims=True)).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(chance < 1, (agreeing / possible - chance) / (1 - chance), np.nan)

    agreeing, possible, seen = pairs.agreeing.sum(), pairs.pairs.sum(), counts.sum(axis=0)
    value = float(kappa(agreeing, possible, seen))
    left_out = kappa(agreeing - pairs.agreeing, possible - pairs.pairs, seen - counts)
    variance = float(np.square(left_out - left_out.mean()).sum()) * (n - 1) / n
    note = "" if math.isfinite(value) else "all answers are the same, so chance agreement is certain"
    low, high = t_interval(value, variance, n - 1, level, logit=False)
    counted = {item: n, template: len(factor_of(rows, template).levels)}
    return Estimate(
        value, low, high, level, "Fleiss's kappa, jackknife over items", (item,), counted, n - 1.0, note
    )
