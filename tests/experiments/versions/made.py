"""Versions made up for tests: models whose chance to be right on each task is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.compare.sides import Side
from experiments.versions.steps import Version
from tests.experiments.compare.sides import TASK, side

RECORD = {**TASK, "category": "Knowledge", "subcategory": ""}


def made(
    name: str,
    chances: Mapping[str, float],
    *,
    seed: int = 1,
    items: int = 120,
    templates: int = 1,
    samples: int = 1,
    higher_is_better: bool = True,
    records: Mapping[str, Mapping[str, Any]] | None = None,
    **lineage: str,
) -> Version:
    """A model that was asked every item of every task with every template, `samples` times.

    Items are as hard for every model: the chance of an item is that of the task and a draw that depends on
    the item alone.

    Args:
        name: The model.
        chances: By task, the chance to be right on the average item.
        seed: Of the answers.
        items: Of each task.
        templates: How many.
        samples: Answers to each prompt, at temperature 0.8 if there are several.
        higher_is_better: Of every task.
        records: What the run's record of a task has besides; by task.
        lineage: As `Version` has it.
    """
    rng, hardness = np.random.default_rng(seed), np.random.default_rng(0).normal(0, 0.2, items)
    rows = [
        {
            "task": task,
            "item_id": f"{task}-{item}",
            "template": f"qa/{template}",
            "temperature": 0.8 if samples > 1 else 0.0,
            "score": float(rng.random() < np.clip(chance + hardness[item], 0, 1)),
            "cell": place * templates + template,
        }
        for place, (task, chance) in enumerate(chances.items())
        for template in range(templates)
        for item in range(items)
        for _ in range(samples)
    ]
    whole = side(name, rows)
    tasks = [
        {
            "name": task,
            **RECORD,
            "title": task.upper(),
            "higher_is_better": higher_is_better,
            **(records or {}).get(task, {}),
        }
        for task in chances
    ]
    return Version(name, with_tasks(whole, tasks), **lineage)


def with_tasks(whole: Side, tasks: list[dict[str, Any]]) -> Side:
    return replace(whole, manifest=whole.manifest | {"tasks": tasks})
