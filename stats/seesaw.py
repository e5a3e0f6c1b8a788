"""Two versions of a model over many tasks: which rose and which fell, with false findings kept few."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from stats.compare import paired_effect
from stats.estimate import Estimate, FloatArray, check_level, record
from stats.multiplicity import adjust
from stats.tables import check_known, factor_of, numbers

Change = Literal["rose", "fell", "no change shown"]


@dataclass(frozen=True)
class Task:
    """What became of one task.

    Attributes:
        task: Its name.
        old: Score of the old version.
        new: Score of the new one.
        difference: new - old, with the interval of this task alone; its `random` says over what.
        p_value: Two-sided, that nothing changed.
        p_adjusted: Adjusted for the number of tasks; at most `fdr` where a change is claimed.
        change: "rose", "fell" or "no change shown".
    """

    task: Hashable
    old: float
    new: float
    difference: Estimate
    p_value: float
    p_adjusted: float
    change: Change


@dataclass(frozen=True)
class Seesaw:
    """What rose and what fell between two versions.

    Attributes:
        tasks: In the order of their names.
        rose: How many rose.
        fell: How many fell.
        fdr: The expected share of wrong claims among all claims, at most.
        paired: Whether both versions answered the same items; if not, real changes are found more rarely.
        note: What the reader has to know; empty where there is nothing.
    """

    tasks: tuple[Task, ...]
    rose: int
    fell: int
    fdr: float
    paired: bool
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row a task."""
        return pd.DataFrame(
            {
                "task": task.task,
                "old": task.old,
                "new": task.new,
                "difference": task.difference.value,
                "low": task.difference.low,
                "high": task.difference.high,
                "p_value": task.p_value,
                "p_adjusted": task.p_adjusted,
                "change": task.change,
            }
            for task in self.tasks
        )

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def seesaw(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    task: str,
    factor: str,
    old: Hashable,
    new: Hashable,
    template: str | None = None,
    fdr: float = 0.05,
    confidence: float = 0.95,
) -> Seesaw:
    """Which tasks rose and which fell between two versions that answered the same items.

    Each task is a paired comparison (`stats.compare.paired_effect`), templates random where there are 3 or
    more. P values are adjusted by Benjamini and Hochberg (1995, JRSSB 57:289); claiming the observed
    direction keeps the share of wrong claims, wrong directions included, at most `fdr` (Benjamini and
    Yekutieli 2005, JASA 100:71) for tasks that are independent or positively dependent, as tasks are that
    share their templates.

    A task on the list is not certain by itself: about one claim in 1 / `fdr` may be wrong.

    Args:
        table: One row an observation of any task and version.
        value: The column of scores.
        item: The column that names the item within its task.
        task: The column that names the task.
        factor: The column that names the version.
        old: The level of the old version.
        new: The level of the new version.
        template: As in `stats.compare.paired_effect`.
        fdr: The expected share of wrong claims.
        confidence: Nominal coverage of each task's interval.

    Raises:
        UnbalancedError: The versions share no items in some task.
        ValueError: A column is missing or has gaps, a level is unknown, or a number is out of range.
    """
    check_level(confidence, "confidence")
    _check_fdr(fdr)
    known = factor_of(table, factor).levels
    for level in (old, new):
        check_known(level, known, factor)
    effects = [
        paired_effect(
            table[table[task] == name],
            value=value,
            item=item,
            factor=factor,
            level=new,
            against=old,
            template=template,
            confidence=confidence,
        )
        for name in factor_of(table, task).levels
    ]
    return _found(
        factor_of(table, task).levels,
        [effect.value_against for effect in effects],
        [effect.value_level for effect in effects],
        [effect.crossed or effect.fixed for effect in effects],
        [effect.p_value for effect in effects],
        fdr,
        paired=True,
        note="",
    )


def seesaw_published(
    table: pd.DataFrame,
    *,
    task: str,
    old: str,
    new: str,
    items: str,
    fdr: float = 0.05,
    confidence: float = 0.95,
) -> Seesaw:
    """Which tasks rose and which fell, from two published scores and the size of each test set.

    Who answered which item right is not known, so the scores are treated as those of two independent sets
    of items: Newcombe's interval (1998, Stat. Med. 17:873) and the score test of two shares. Models mostly
    get the same items right; then the true uncertainty is smaller, and what is claimed here is claimed with
    less risk than `fdr` says, while changes that pairing would show are missed. Nothing is known of
    templates: a change of the prompt between both publications can be all there is.

    Args:
        table: One row a task.
        task: The column that names the task.
        old: The column of old scores, shares of right answers in [0, 1].
        new: The column of new scores.
        items: The column of test-set sizes.
        fdr: The expected share of wrong claims.
        confidence: Nominal coverage of each task's interval.

    Raises:
        ValueError: A column is missing or has gaps, a task occurs twice, a score lies outside [0, 1] (give
            percentages as shares), or a size is not a whole number of 1 or more.
    """
    check_level(confidence, "confidence")
    _check_fdr(fdr)
    names = factor_of(table, task)
    if len(names.levels) < len(table):
        raise ValueError(f"column {task!r} names a task twice; one row a task is needed")
    order = np.argsort(names.codes)
    shares = {side: numbers(table, side)[order] for side in (old, new)}
    sizes = numbers(table, items)[order]
    for side, found in shares.items():
        if found.min() < 0 or found.max() > 1:
            raise ValueError(f"column {side!r} holds shares in [0, 1] (72.5 % is 0.725); got {found.max():g}")
    if np.any(sizes < 1) or np.any(sizes != np.floor(sizes)):
        raise ValueError(f"column {items!r} holds numbers of items, whole and 1 or more; got {sizes.min():g}")
    estimates: list[Estimate] = []
    p_values: list[float] = []
    for one, other, size in zip(shares[new], shares[old], sizes, strict=True):
        low, high, p = _unpaired(float(one), float(other), int(size), confidence)
        estimates.append(
            Estimate(
                float(one - other), low, high, confidence, "Newcombe's interval of two independent shares",
                ("item",), {"item": int(size)}, None,
            )
        )  # fmt: skip
        p_values.append(p)
    return _found(
        names.levels,
        shares[old].tolist(),
        shares[new].tolist(),
        estimates,
        p_values,
        fdr,
        paired=False,
        note="unpaired: real changes are missed that the answers to each item would show",
    )


def _check_fdr(fdr: float) -> None:
    if not 0 < fdr < 1:
        raise ValueError(f"fdr is a share between 0 and 1; got {fdr!r}")


def _unpaired(one: float, other: float, items: int, level: float) -> tuple[float, float, float]:
    """Newcombe's interval of one - other, and the p value of the score test."""
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    right = one * items, other * items
    ends = confint_proportions_2indep(
        right[0], items, right[1], items, compare="diff", method="newcomb", alpha=1 - level
    )
    low, high = (float(end) for end in np.asarray(ends, dtype=np.float64))
    if one == other:
        return low, high, 1.0
    tested: Any = test_proportions_2indep(
        right[0], items, right[1], items, compare="diff", method="score", correction=False
    )
    return low, high, float(tested.pvalue)


def _found(
    names: Sequence[Hashable],
    old: Sequence[float],
    new: Sequence[float],
    differences: Sequence[Estimate],
    p_values: Sequence[float],
    fdr: float,
    *,
    paired: bool,
    note: str,
) -> Seesaw:
    adjusted: FloatArray = adjust(p_values, "bh")
    changes = [
        _change(difference.value, p <= fdr) for difference, p in zip(differences, adjusted, strict=True)
    ]
    tasks = tuple(
        Task(name, float(before), float(after), difference, float(p), float(q), change)
        for name, before, after, difference, p, q, change in zip(
            names, old, new, differences, p_values, adjusted, changes, strict=True
        )
    )
    return Seesaw(tasks, changes.count("rose"), changes.count("fell"), fdr, paired, note)


def _change(difference: float, shown: bool) -> Change:
    if not shown or difference == 0:
        return "no change shown"
    return "rose" if difference > 0 else "fell"
