"""Sides made up for tests: outcomes as a run's table has them, without a run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.compare.sides import Side

PLAIN: dict[str, Any] = {
    "task": "trivia_mini",
    "template": "qa/a",
    "form": "completion",
    "shots": 0,
    "cot": False,
    "exemplar_seed": 0,
    "perturbation": "none",
    "severity": 0.0,
    "perturbation_seed": 0,
    "temperature": 0.0,
    "top_p": 0.0,
    "grader": "short_contains",
    "score": 1.0,
}
TASK: dict[str, Any] = {
    "title": "TriviaMini",
    "metric": "accuracy",
    "higher_is_better": True,
    "answer_type": "short",
}


def side(model: str, rows: Iterable[dict[str, Any]], **task: Any) -> Side:
    """A side with one outcome a dictionary; what it leaves out is `PLAIN`."""
    outcomes = pd.DataFrame([{**PLAIN, "model": model, **row} for row in rows])
    if "key" not in outcomes:
        outcomes["key"] = [f"k{place}" for place in range(len(outcomes))]
    if "prompt" not in outcomes:
        outcomes["prompt"] = [
            f"{item} {template}" for item, template in outcomes[["item_id", "template"]].to_numpy()
        ]
    tasks = [{"name": str(name), **TASK, **task} for name in dict.fromkeys(outcomes["task"])]
    models = [{"name": model, "identity": f"simulated:{model}", "revisions": ["r1"]}]
    manifest = {"name": f"{model}-run", "tasks": tasks, "models": models, "versions": {}}
    return Side(Path(f"runs/{model}"), model, manifest, outcomes)
