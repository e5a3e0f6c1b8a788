"""The best and the worst conditions, and how much of their distance is only that many were tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.conditions import REPEATS, condition_words
from experiments.report.draws import affordable, drawn_once
from experiments.report.findings import (
    FACTORS,
    MINIMUM_ITEMS,
    SEED,
    Slice,
    complete_rows,
    with_perturbation_label,
)
from experiments.report.numerals import coverage, hundredths, interval, many, points
from experiments.store.manifest import Manifest
from stats.best_case import best_case
from stats.estimate import Estimate
from stats.intervals import item_mean
from stats.measure import Sensitivity
from stats.sensitivity import sensitivity
from stats.worst_case import worst_of_k

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 3  # conditions; two are compared as a factor's levels already
MOST_EACH = 3  # conditions shown at either end
MOST_DRAWS, LEAST_DRAWS = 1000, 200
MOST_CELLS = 10_000_000  # drawn item × condition cells, which take about a second


@dataclass(frozen=True)
class ConditionScore:
    """The score under one condition, items random, as if it had been the only one."""

    condition: str
    estimate: Estimate


@dataclass(frozen=True)
class Extremes:
    """The ends of one model's scores on one task over all conditions.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        conditions: How many there are.
        items: Items graded under each, on which all of this rests.
        best: The best conditions, the best first.
        worst: The worst, the worst first; none is in both.
        top: Score of the best of all, as observed, were all equal, and corrected; simultaneous interval.
        bottom: The same of the worst.
        distance: Best minus worst.
    """

    model: str
    task: str
    title: str
    conditions: int
    items: int
    best: tuple[ConditionScore, ...]
    worst: tuple[ConditionScore, ...]
    top: Sensitivity
    bottom: Sensitivity
    distance: Sensitivity


def extremes(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> tuple[Extremes, ...]:
    """Finds the ends of every analysed model and task that was asked under three or more conditions.

    Repeats of a condition (replicates, sampling seeds) are averaged and are no conditions of their own. Rests
    on the items that every cell graded.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
        manifest: The run's record.
        level: Of the intervals.
    """
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    higher = {task["name"]: bool(task["higher_is_better"]) for task in manifest["tasks"]}
    found: list[Extremes] = []
    for one in slices:
        rows = complete_rows(primary[(primary["model"] == one.model) & (primary["task"] == one.task)])
        table = by_condition(rows)
        if table["condition"].nunique() >= FEWEST and table["item_id"].nunique() >= MINIMUM_ITEMS:
            found.append(_of_one(table, one, higher[one.task], level))
    return tuple(found)


def by_condition(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Columns item_id, condition and score: one row an item and condition, repeats averaged.

    Args:
        rows: Outcomes of one model and task.
    """
    conditions = condition_words(rows, [factor for factor in FACTORS if factor not in REPEATS])
    labelled = rows[["item_id", "score"]].assign(condition=conditions)
    means = labelled.groupby(["condition", "item_id"], observed=True, sort=False)["score"].mean()
    return means.reset_index()


def _of_one(table: "pd.DataFrame", one: Slice, higher_is_better: bool, level: float) -> Extremes:
    scores = [
        ConditionScore(str(condition), item_mean(rows, value="score", item="item_id", level=level))
        for condition, rows in table.groupby("condition", observed=True, sort=False)
    ]
    scores.sort(key=lambda score: score.estimate.value, reverse=higher_is_better)
    each = min(MOST_EACH, len(scores) // 2)
    top, bottom, distance = measures(table, higher_is_better=higher_is_better, level=level)
    if len(one.factors) == 1:  # its levels are the conditions, and its own table has their distance
        distance = drawn_once(distance, one.factors[0].sensitivity)
    return Extremes(
        model=one.model,
        task=one.task,
        title=one.title,
        conditions=len(scores),
        items=int(table["item_id"].nunique()),
        best=tuple(scores[:each]),
        worst=tuple(scores[: -each - 1 : -1]),
        top=top,
        bottom=bottom,
        distance=distance,
    )


def measures(
    table: "pd.DataFrame", *, higher_is_better: bool, level: float
) -> tuple[Sensitivity, Sensitivity, Sensitivity]:
    """Score of the best condition, of the worst, and their distance, as `stats` measures them.

    Simultaneous bounds of few items may reach beyond what a score can be; they are cut to [0, 1].

    Args:
        table: As `by_condition` gives it.
        higher_is_better: False where the best score is the least.
        level: Of the intervals.
    """
    cells, conditions = len(table), int(table["condition"].nunique())
    items = int(table["item_id"].nunique())
    draws = affordable(cells, MOST_CELLS, least=LEAST_DRAWS, most=MOST_DRAWS)

    def rng() -> np.random.Generator:
        return np.random.default_rng(SEED)

    top, *_ = best_case(
        table, value="score", item="item_id", template="condition", higher_is_better=higher_is_better,
        rng=rng(), level=level, draws=draws,
    )  # fmt: skip
    bottom = worst_of_k(
        table, value="score", item="item_id", template="condition", k=conditions,
        higher_is_better=higher_is_better, rng=rng(), level=level, draws=draws,
    )  # fmt: skip
    _, distance, _ = sensitivity(
        table, value="score", item="item_id", template="condition", higher_is_better=higher_is_better,
        rng=rng(), level=level, draws=draws,
    )  # fmt: skip
    return (
        replace(_within(top, items, conditions), label="best condition"),
        replace(_within(bottom, items, conditions), label="worst condition"),
        replace(distance, label="best minus worst condition"),
    )


def _within(measure: Sensitivity, items: int, conditions: int) -> Sensitivity:
    """An end with bounds that a score can have, and with room where every answer was the same.

    Answers that are all right or all wrong have no scatter to make an interval of. There the bound is Clopper
    and Pearson's, at a level that allows for the choice among the conditions.
    """
    low, high = max(measure.low, 0.0), min(measure.high, 1.0)
    room = 1 - ((1 - measure.level) / 2 / conditions) ** (1 / items)
    if measure.raw == 0:
        high = max(high, room)
    elif measure.raw == 1:
        low = min(low, 1 - room)
    return replace(measure, low=low, high=high)


def extremes_sentence(one: Extremes) -> str:
    """How far the ends lie apart, as observed and with the noise taken out."""
    distance = one.distance
    told = "" if distance.detectable else ", and that conditions differ at all cannot be told from noise"
    return (
        f"Between the best and the worst of {many(one.conditions, 'condition')} lie {points(distance.raw)}; "
        f"were all conditions alike, noise would put {hundredths(distance.floor)} between them. With the "
        f"noise taken out {points(distance.corrected)} are left ({coverage(distance.level)} interval "
        f"{interval(distance)}){told}."
    )
