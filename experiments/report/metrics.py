"""Every sensitivity metric that a run's templates allow, and why the others cannot be had."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.conditions import REPEATS
from experiments.report.draws import affordable, drawn_once
from experiments.report.findings import (
    FACTORS,
    MINIMUM_ITEMS,
    MINIMUM_LEVELS,
    SEED,
    Slice,
    comparable,
    complete_rows,
    label,
    varying,
    with_perturbation_label,
)
from experiments.store.manifest import Manifest
from stats.measure import Sensitivity
from stats.metrics import all_metrics

if TYPE_CHECKING:
    import pandas as pd

ITEM_METRICS = frozenset({"item_worst_case", "pss", "flip_rate", "consistency_rate", "jss", "entropy"})
PLAIN = frozenset({"xparacon"})  # neither a score nor a share: not shown in hundredths
MOST_DRAWS, LEAST_DRAWS = 1000, 200
MOST_CELLS = 20_000_000  # drawn item × template cells, which take about a second


@dataclass(frozen=True)
class Metric:
    """One metric of one model and task.

    Attributes:
        name: As in `stats.metrics`.
        measure: Its numbers; None where it cannot be had.
        reason: Why not; empty where it can.
        basis: The answers that it rests on, in words.
    """

    name: str
    measure: Sensitivity | None
    reason: str
    basis: str


@dataclass(frozen=True)
class TemplateMetrics:
    """All metrics of template sensitivity of one model on one task."""

    model: str
    task: str
    rows: tuple[Metric, ...]


def template_metrics(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> tuple[TemplateMetrics, ...]:
    """Measures every analysed model and task whose templates vary.

    Metrics of template means rest on each item's mean over all other conditions. Metrics of single items
    would take a difference between conditions (5 shots or none) for chance, so they rest on the first
    condition alone; the control arm, where there is one, is their noise.

    Args:
        outcomes: The outcomes table, control arm included.
        slices: What was analysed.
        manifest: The run's record.
        level: Of the intervals.
    """
    labelled = with_perturbation_label(outcomes).assign(sampled=outcomes["temperature"] > 0)
    tasks = {task["name"]: task for task in manifest["tasks"]}
    found: list[TemplateMetrics] = []
    for one in slices:
        mine = labelled[(labelled["model"] == one.model) & (labelled["task"] == one.task)]
        rows = complete_rows(mine[mine["primary"]])
        factors = varying(rows)
        like, _ = comparable(rows, "template", factors)
        if like["item_id"].nunique() < MINIMUM_ITEMS or like["template"].nunique() < MINIMUM_LEVELS:
            continue
        task = tasks[one.task]
        measured = _measure(like, mine, factors, level, task["answer_type"], task["higher_is_better"])
        templates = one.factor("template")
        known = () if templates is None else templates.sensitivity
        told = (
            row if row.measure is None else replace(row, measure=drawn_once(row.measure, known))
            for row in measured
        )
        found.append(TemplateMetrics(one.model, one.task, tuple(told)))
    return tuple(found)


def _measure(
    like: "pd.DataFrame",
    mine: "pd.DataFrame",
    factors: Sequence[str],
    level: float,
    answers: str,
    higher_is_better: bool,
) -> tuple[Metric, ...]:
    first, basis = first_condition(like, factors)
    control = repeats_of_prompts(mine)
    reference = like.sort_values("cell", kind="stable")["template"].iloc[0]
    letters = sorted(set(first["extracted"].dropna())) if answers == "choice" else []
    cells = like["item_id"].nunique() * like["template"].nunique()
    draws = affordable(cells, MOST_CELLS, least=LEAST_DRAWS, most=MOST_DRAWS)
    margins = like.groupby(["template", "item_id"], observed=True, sort=False)["score"].mean().reset_index()
    of_means = all_metrics(
        margins,
        value="score",
        item="item_id",
        template="template",
        reference=reference,
        higher_is_better=higher_is_better,
        rng=np.random.default_rng(SEED),
        level=level,
        draws=draws,
    )
    of_items = all_metrics(
        first,
        value="score",
        item="item_id",
        template="template",
        answer="extracted" if letters else None,
        classes=letters if len(letters) > 1 else None,
        reference=reference,
        higher_is_better=higher_is_better,
        control=control,
        rng=np.random.default_rng(SEED),
        level=level,
        draws=2,  # metrics of items make none
    )
    others = "every condition, averaged" if basis else "all answers"
    of_first = (f"{basis} only" if basis else "all answers") + (
        ", noise of the control arm" if control is not None else ""
    )
    return tuple(
        Metric(row.metric, single.measure, single.reason, of_first)
        if row.metric in ITEM_METRICS
        else Metric(row.metric, row.measure, row.reason, others)
        for row, single in zip(of_means.rows, of_items.rows, strict=True)
    )


def first_condition(rows: "pd.DataFrame", factors: Sequence[str]) -> tuple["pd.DataFrame", str]:
    """The rows of the first condition under which every template was asked, and its name.

    Repeats of sampled answers stay together, for they are no other condition.

    Args:
        rows: Comparable rows of one model and task.
        factors: The factors that vary.
    """
    sampled = bool(rows["sampled"].all())
    others = [one for one in factors if one != "template" and not (sampled and one in REPEATS)]
    if not others:
        return rows, ""
    first = rows.sort_values("cell", kind="stable").iloc[0]
    same = rows[(rows[others] == first[others]).all(axis=1)]
    return same, ", ".join(f"{FACTORS[one]} {label(one, first[one])}" for one in others)


def repeats_of_prompts(mine: "pd.DataFrame") -> "pd.DataFrame | None":
    """The control arm with the ordinary answers to the same prompts, one prompt an item; None without one.

    Args:
        mine: Outcomes of one model and task, control arm included.
    """
    if "control" not in mine or not mine["control"].any():
        return None
    prompt = ["cell", "item_id"]
    ordinary = mine[mine["primary"] & mine["score"].notna()].drop_duplicates(prompt)
    again = mine[mine["control"] & mine["score"].notna()].merge(ordinary[[*prompt, "grader"]])
    one_prompt = again.sort_values("cell", kind="stable").drop_duplicates("item_id")[prompt]
    import pandas as pd

    found = pd.concat([ordinary.merge(one_prompt), again.merge(one_prompt)], ignore_index=True)
    return found if len(found) else None
