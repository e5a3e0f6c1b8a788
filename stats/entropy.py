"""Sensitivity and consistency of class probabilities over rephrasings (Errica et al. 2024)."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level
from stats.intervals import constant, t_interval
from stats.measure import Sensitivity
from stats.tables import Cells, UnbalancedError, column, factor_of, full_cells

NO_FLOOR = (
    "needs class probabilities, or two answers in every cell, to tell templates from the model's own doubt"
)


def distributions(
    table: pd.DataFrame,
    *,
    item: str,
    template: str,
    answer: str | None = None,
    probabilities: Sequence[str] | None = None,
    classes: Sequence[object] | None = None,
) -> FloatArray:
    """The distribution over classes of each item × template cell, shape (items, templates, classes).

    Args:
        table: One row an observation; every item has to be there with every template. Rows of a cell are
            averaged.
        item: The column that names the item; items come in sorted order.
        template: The column that names the template.
        answer: The column of classes that were answered; shares of the cell's rows are then the distribution.
        probabilities: Or instead the columns of class probabilities, one a class; each row sums to 1.
        classes: With `answer`, all classes there are; by default those answered anywhere.

    Raises:
        UnbalancedError: Some cells have no row.
        ValueError: Not exactly one of `answer` and `probabilities` is given, rows do not sum to 1, there is
            one class, or an answer is empty or none of `classes`.
    """
    folded = _folded(table, item, template, answer, probabilities, classes)
    return np.stack([one.mean for one in folded], axis=2)


def _folded(
    table: pd.DataFrame,
    item: str,
    template: str,
    answer: str | None,
    probabilities: Sequence[str] | None,
    classes: Sequence[object] | None,
) -> list[Cells]:
    """One folded table a class."""
    if (answer is None) == (probabilities is None):
        raise ValueError("exactly one of answer and probabilities has to be given")
    if answer is not None:
        factor = factor_of(table, answer)
        known = list(factor.levels if classes is None else classes)
        unknown = [level for level in factor.levels if level not in known]
        if unknown:
            raise ValueError(f"column {answer!r} has answers that are no class: {unknown[:5]}")
        given = column(table, answer)
        parts = [(table.assign(**{answer: (given == one).astype(float)}), answer) for one in known]
    else:
        names = list(probabilities or ())
        totals = sum(column(table, name) for name in names)
        if not np.allclose(totals, 1.0, atol=1e-6) or any((table[name] < 0).any() for name in names):
            raise ValueError(f"columns {', '.join(names)} have to be probabilities that sum to 1 in each row")
        parts = [(table, name) for name in names]
    if len(parts) < 2:
        raise ValueError("at least 2 classes are needed")
    return [full_cells(rows, value=name, factors=(item, template)) for rows, name in parts]


def entropy_sensitivity(
    table: pd.DataFrame,
    *,
    item: str,
    template: str,
    answer: str | None = None,
    probabilities: Sequence[str] | None = None,
    classes: Sequence[object] | None = None,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
    draws: int = 200,
) -> Sensitivity:
    """Sensitivity of Errica et al. (2024, arXiv 2406.12334): normalised entropy of the mean distribution.

    S = mean over items of H(p̄) / log C, p̄ the mean of an item's class distributions over templates, C the
    number of classes; 0 where every template gives the same class for certain, 1 where p̄ is uniform. H(p̄)
    is large where templates disagree and also where each alone is in doubt, so it is split:

    * with `probabilities`: floor = mean over templates of H(p) / log C, the model's own doubt; corrected =
      the rest, the generalised Jensen-Shannon divergence between templates (Lin 1991, IEEE Trans. Inf.
      Theory 37:145), at least 0 and exact, so `signed` equals it;
    * with `answer` and two or more rows in every cell: corrected is the divergence of the cells' shares
      less its mean when an item's rows are dealt out to its templates by chance, `signed` the same before it
      is cut off at 0;
    * with one answer a cell: no floor.

    t over items, templates as they are. The p value, for answers only, is that of the one-sided t test that
    templates differ by no more than chance. Not for open answers: C is the number of classes there are.

    Args:
        table: As in `distributions`.
        item: The column that names the item.
        template: The column that names the template.
        answer: The column of answered classes, or
        probabilities: the columns of class probabilities.
        classes: With `answer`, all classes there are.
        rng: Deals out the rows; needed for answers with two or more rows a cell.
        level: Nominal coverage.
        draws: How many deals.

    Raises:
        UnbalancedError: Some cells have no row, or with `answer` unequal numbers of rows.
        ValueError: As `distributions`, or `rng` is missing.
    """
    check_level(level)
    folded = _folded(table, item, template, answer, probabilities, classes)
    p = np.stack([one.mean for one in folded], axis=2)
    items = len(p)
    scale = math.log(p.shape[2])
    whole = _entropy(p.mean(axis=1)) / scale
    divergence = whole - _entropy(p).mean(axis=1) / scale
    note, p_value, parts = "", math.nan, divergence
    if answer is not None:
        count = folded[0].count
        if count.min() != count.max():
            raise UnbalancedError(f"{item} × {template}: cells hold {count.min()} to {count.max()} answers")
        parts = None
        if count.max() > 1:
            if rng is None:
                raise ValueError("rng is needed to deal out the answers of each item by chance")
            parts = divergence - _dealt(p, int(count.max()), rng, draws) / scale
            p_value = _above(parts)
        else:
            note = NO_FLOOR
    values = whole if parts is None else parts
    variance = float(values.var(ddof=1)) / items if items > 1 else math.nan
    center = float(values.mean())
    low, high = t_interval(center, variance, items - 1, level, logit=False) if items > 1 else (0.0, 1.0)
    signed = None if parts is None else center
    raw = float(whole.mean())
    return Sensitivity(
        metric="entropy",
        label="normalised entropy of an item's answers over templates",
        raw=raw,
        floor=math.nan if signed is None else raw - signed,
        corrected=math.nan if signed is None else max(signed, 0.0),
        low=min(max(low, 0.0), 1.0),
        high=min(max(high, 0.0), 1.0),
        level=level,
        p_value=p_value,
        detectable=None if math.isnan(p_value) else p_value < 1 - level,
        method="entropy of the mean less mean entropy, t over items; items random, templates as they are",
        note=note,
        signed=signed,
    )


def class_consistency(
    table: pd.DataFrame,
    *,
    item: str,
    template: str,
    gold: str,
    answer: str | None = None,
    probabilities: Sequence[str] | None = None,
    classes: Sequence[object] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Consistency of Errica et al. (2024): 1 - mean total variation distance of pairs of items of one class.

    TVD(p̄_i, p̄_j) = ½ Σ_c |p̄_i(c) - p̄_j(c)| over all unordered pairs of different items with the same gold
    class, averaged within each class and then over classes. It depends on how alike the items of a class are
    as much as on templates: compare it between models on the same items only. Jackknife over items, t.

    Args:
        table: As in `distributions`.
        item: The column that names the item.
        template: The column that names the template.
        gold: The column of the item's true class, one an item.
        answer: The column of answered classes, or
        probabilities: the columns of class probabilities.
        classes: With `answer`, all classes there are.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Some cells have no row.
        ValueError: As `distributions`, an item has two gold classes, or no class has three items or more.
    """
    check_level(level)
    p = distributions(
        table, item=item, template=template, answer=answer, probabilities=probabilities, classes=classes
    ).mean(axis=1)
    truth = table.groupby(factor_of(table, item).codes)[gold]
    if (truth.nunique(dropna=False) > 1).any():
        raise ValueError(f"column {gold!r} has to hold one class an {item}")
    labels = factor_of(pd.DataFrame({gold: truth.first()}), gold)
    each: list[float] = []
    variances: list[float] = []
    used = 0
    for code in range(len(labels.levels)):
        mine = p[labels.codes == code]
        n = len(mine)
        if n < 3:
            continue
        distances = (np.abs(mine[:, None] - mine[None]).sum(axis=2) / 2).sum(axis=1)
        left_out = (distances.sum() - 2 * distances) / ((n - 1) * (n - 2))
        each.append(float(1 - distances.sum() / (n * (n - 1))))
        variances.append(float(np.square(left_out - left_out.mean()).sum()) * (n - 1) / n)
        used += n
    if not each:
        raise ValueError(f"no class of {gold!r} has 3 levels of {item!r} or more")
    value, variance, df = float(np.mean(each)), sum(variances) / len(each) ** 2, float(used - len(each))
    low, high = t_interval(value, variance, df, level, logit=False)
    counted = {item: used, template: len(factor_of(table, template).levels)}
    return Estimate(value, low, high, level, "1 - TVD of pairs, jackknife over items", (item,), counted, df)


def _entropy(p: FloatArray) -> FloatArray:
    return special.entr(p).sum(axis=-1)


def _dealt(p: FloatArray, each: int, rng: np.random.Generator, draws: int) -> FloatArray:
    """By item, the mean divergence when its answers are dealt out to its templates by chance."""
    items, templates, classes = p.shape
    counts = np.rint(p * each).astype(np.int64).sum(axis=1)
    answers = np.repeat(np.tile(np.arange(classes), items), counts.ravel()).reshape(items, -1)
    total = np.zeros(items)
    for _ in range(draws):
        dealt = rng.permuted(answers, axis=1).reshape(items, templates, each)
        shares = (dealt[..., None] == np.arange(classes)).mean(axis=2)
        total += _entropy(shares.mean(axis=1)) - _entropy(shares).mean(axis=1)
    return total / draws


def _above(parts: FloatArray) -> float:
    """The p value of the t test that the mean of `parts` is 0 or less."""
    if constant(parts) or parts.size < 2:
        return 1.0 if parts.mean() <= 0 else 2.0**-parts.size
    return float(special.stdtr(parts.size - 1, -parts.mean() / (parts.std(ddof=1) / math.sqrt(parts.size))))
