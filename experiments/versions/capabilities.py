"""Capability scores of models that were run, by GPT-Fathom's radar rule."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from experiments.baselines.radar import Capability
from experiments.report.findings import complete_rows
from experiments.report.suite import CATEGORIES, category_score
from experiments.versions.steps import Version

if TYPE_CHECKING:
    import pandas as pd


def capabilities(versions: Sequence[Version], level: float = 0.95) -> tuple[Capability, ...]:
    """Scores every model in every category; empty where all were asked one task.

    Args:
        versions: The models, perturbed questions left out.
        level: Of the intervals, items random.

    Returns:
        By model and category, in the order of GPT-Fathom's table. Benchmarks that only others were asked
        are named as missing.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for one in versions:
        tasks = {**one.side.tasks, **tasks}
    if len(tasks) < 2:
        return ()
    known = dict.fromkeys(str(task["category"]) for task in tasks.values())
    ordered = [*(one for one in CATEGORIES if one in known), *(one for one in known if one not in CATEGORIES)]
    found: list[Capability] = []
    for version in versions:
        scored = _scored(version.side.outcomes)
        for category in ordered:
            inside = [task for task in tasks.values() if task["category"] == category]
            rows = scored[scored["task"].isin([task["name"] for task in inside])]
            if len(rows):
                score = category_score(version.name, category, inside, rows, level)
                found.append(
                    Capability(version.name, category, score.estimate.value, score.estimate, score.missing)
                )
    return tuple(found)


def _scored(outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """The outcomes of tasks of which two items were graded in every cell."""
    enough = [
        task
        for task, rows in outcomes.groupby("task", observed=True, sort=False)
        if complete_rows(rows)["item_id"].nunique() > 1
    ]
    return outcomes[outcomes["task"].isin(enough)]
