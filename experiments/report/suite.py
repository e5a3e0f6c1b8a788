"""Category scores: what a run of several benchmarks comes to, by GPT-Fathom's radar rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.report.findings import Slice, complete_rows
from experiments.store.manifest import Manifest
from stats.composite import composite, nested_weights
from stats.estimate import Estimate, FloatArray

if TYPE_CHECKING:
    import pandas as pd

# In the order of GPT-Fathom's table; categories of one's own come after these.
CATEGORIES = ("Knowledge", "Reasoning", "Comprehension", "Math", "Coding", "Multilingual", "Safety")


@dataclass(frozen=True)
class Benchmark:
    """One benchmark's part in a category.

    Attributes:
        title: The benchmark.
        subcategory: What it is averaged with first; empty if the task names none.
        value: Mean over its items; 1 minus it where lower is better.
        turned: Whether lower is better.
    """

    title: str
    subcategory: str
    value: float
    turned: bool


@dataclass(frozen=True)
class CategoryScore:
    """One model in one category.

    Attributes:
        model: The model.
        category: The category.
        estimate: Mean over sub-categories of the mean over their benchmarks, in [0, 1]; items random.
        benchmarks: What it rests on.
        missing: Benchmarks of the run that have no score for this model.
    """

    model: str
    category: str
    estimate: Estimate
    benchmarks: tuple[Benchmark, ...]
    missing: tuple[str, ...]


def category_scores(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> tuple[CategoryScore, ...]:
    """Scores every model in every category by GPT-Fathom's radar rule.

    A category is the mean over its sub-categories of the mean over their benchmarks; a benchmark on which
    lower is better, as toxicity, counts as 1 minus its score.

    Args:
        outcomes: The outcomes table.
        slices: What was analysed.
        manifest: The run's record.
        level: Of the intervals.

    Returns:
        By model, in the order given, and category. Empty if the run has a single task. Tasks without a
        category, as those of imported logs, are in none.
    """
    tasks: dict[str, dict[str, Any]] = {task["name"]: task for task in manifest["tasks"] if task["category"]}
    if len(tasks) < 2:
        return ()
    primary = outcomes[outcomes["primary"]]
    found: list[CategoryScore] = []
    categories = dict.fromkeys(task["category"] for task in tasks.values())
    ordered = [*(name for name in CATEGORIES if name in categories), *(categories.keys() - {*CATEGORIES})]
    for model in dict.fromkeys(one.model for one in slices):
        for category in ordered:
            inside = [name for name, task in tasks.items() if task["category"] == category]
            analysed = {one.task for one in slices if one.model == model and one.task in inside}
            if analysed:
                rows = primary[(primary["model"] == model) & primary["task"].isin(analysed)]
                found.append(category_score(model, category, [tasks[name] for name in inside], rows, level))
    return tuple(found)


def category_score(
    model: str, category: str, tasks: Sequence[dict[str, Any]], rows: "pd.DataFrame", level: float
) -> CategoryScore:
    """Scores one model in one category.

    Args:
        model: Whose outcomes these are.
        category: The category.
        tasks: The run's record of each of its tasks.
        rows: The model's outcomes by the reported grader on those that it has a score on, two items each at
            least.
        level: Of the interval.
    """
    values: dict[str, FloatArray] = {}
    for name, own in rows.groupby("task", observed=True, sort=False):
        means = complete_rows(own).groupby("item_id", observed=True)["score"].mean().to_numpy(float)
        lower = not next(task for task in tasks if task["name"] == name)["higher_is_better"]
        values[str(name)] = 1 - means if lower else means
    scored = [task for task in tasks if task["name"] in values]
    groups: dict[str, list[str]] = {}
    for task in scored:
        groups.setdefault(task["subcategory"], []).append(task["name"])
    return CategoryScore(
        model=model,
        category=category,
        estimate=composite(values, nested_weights(list(groups.values())), level=level),
        benchmarks=tuple(
            Benchmark(
                task["title"],
                task["subcategory"],
                float(values[task["name"]].mean()),
                not task["higher_is_better"],
            )
            for task in scored
        ),
        missing=tuple(task["title"] for task in tasks if task["name"] not in values),
    )
