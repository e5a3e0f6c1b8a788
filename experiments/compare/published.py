"""A run's models beside the published scores of the GPT family: what single numbers can tell, and no more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.baselines.facts import UnknownName, load
from experiments.baselines.results import sampling_interval
from experiments.baselines.rows import BaselineRow, published_rows, result
from experiments.compare.own_example import OwnExample, own_example
from experiments.compare.sides import CompareError, Side
from experiments.keys import did_you_mean
from experiments.report.findings import complete_rows
from stats.estimate import Estimate
from stats.intervals import FEWEST_TEMPLATES, item_mean, score

if TYPE_CHECKING:
    import pandas as pd

REFERENCE = "gpt"  # --baseline gpt, or gpt:MODEL
CAUTION = (
    "A published score is one number from one template. Its items are unknown, so differences are unpaired "
    "and their intervals wide; how far another template would have moved it, nobody can say. To compare "
    "stability, run the same grid on a GPT model (experiment=gpt_stability) and compare the runs."
)
METRICS = {"accuracy": "exact match"}  # our names of what the tables call otherwise


@dataclass(frozen=True)
class Beside:
    """One published score beside the run's own.

    Attributes:
        row: The published figure with its sampling interval.
        difference: The run's score minus it, unpaired; None where the figure has no interval.
        apart: Whether that interval excludes 0, allowing for all figures of the comparison (Bonferroni).
    """

    row: BaselineRow
    difference: Estimate | None
    apart: bool


@dataclass(frozen=True)
class TaskBeside:
    """One task of a run beside what was published on it.

    Attributes:
        title: The task.
        setting: How the run asked it: "1-shot", "8-shot CoT".
        templates: How many templates that is over.
        lowest: Score with the lowest template; equal to `highest` where there is one.
        highest: Score with the highest.
        own: The run's score; over templates where there are enough of them.
        beside: The published figures of the same setting and metric.
        example: The run's templates beside the published pair of templates; None on other benchmarks and in
            other settings, and where there is one template.
        notes: How the run's setting differs from the published one, in words.
        refusal: Why there is nothing to put beside it; empty if there is.
    """

    title: str
    setting: str = ""
    templates: int = 0
    lowest: float = math.nan
    highest: float = math.nan
    own: Estimate | None = None
    beside: tuple[Beside, ...] = ()
    example: OwnExample | None = None
    notes: tuple[str, ...] = ()
    refusal: str = ""


def is_published(reference: str) -> bool:
    """Whether a baseline means the published figures: "gpt" or "gpt:MODEL"."""
    return reference == REFERENCE or reference.startswith(f"{REFERENCE}:")


def beside_published(side: Side, reference: str, confidence: float) -> tuple[TaskBeside, ...]:
    """Puts a side beside the published scores of the GPT family, setting by setting.

    Args:
        side: The side.
        reference: "gpt", or "gpt:MODEL" for one of the published models.
        confidence: Of all differences together.

    Raises:
        CompareError: There is no such model among the published ones.
    """
    model = reference.partition(":")[2] or None
    facts = load()
    scored = {one.model for one in facts.scores}
    family = [
        one.model for one in facts.models.values() if one.family.startswith("GPT") and one.model in scored
    ]
    if model is not None and model not in family:
        raise CompareError(
            f"--baseline {reference}: no published figures of {model!r}{did_you_mean(model, family)}"
        )
    return beside_models(side, {model} if model else set(family), confidence)


def beside_models(side: Side, models: set[str], confidence: float) -> tuple[TaskBeside, ...]:
    """Puts a side beside the published scores of these models, setting by setting.

    Args:
        side: The side.
        models: Names as the published tables have them.
        confidence: Of all differences together.
    """
    planned = [
        (task, shots, cot, rows, _rows_for(task, shots, cot, models))
        for task in side.tasks.values()
        for (shots, cot), rows in _settings(side, str(task["name"]))
    ]
    figures = sum(len(found) for *_, found in planned)
    return tuple(
        _beside(task, shots, cot, rows, found, confidence, figures)
        for task, shots, cot, rows, found in planned
    )


def _settings(side: Side, task: str) -> list[tuple[tuple[int, bool], "pd.DataFrame"]]:
    rows = side.outcomes[(side.outcomes["task"] == task) & (side.outcomes["severity"] == 0)]
    groups: list[tuple[Any, pd.DataFrame]] = list(rows.groupby(["shots", "cot"], sort=False, observed=True))
    return [((int(shots), bool(cot)), group) for (shots, cot), group in groups]


def _rows_for(task: dict[str, Any], shots: int, cot: bool, models: set[str]) -> list[BaselineRow]:
    try:
        rows = published_rows(str(task["name"]))
    except UnknownName:
        return []
    metric = METRICS.get(task["metric"], task["metric"])
    return [
        row
        for row in rows
        if row.figure.model in models
        and row.figure.metric == metric
        and row.figure.cot == cot
        and row.figure.shots in (None, shots)
    ]


def _beside(
    task: dict[str, Any],
    shots: int,
    cot: bool,
    rows: "pd.DataFrame",
    found: Sequence[BaselineRow],
    confidence: float,
    figures: int,
) -> TaskBeside:
    title, setting = str(task["title"]), f"{shots}-shot{' CoT' if cot else ''}"
    whole = complete_rows(rows)
    if whole["item_id"].nunique() < 2:
        return TaskBeside(title, setting, refusal="fewer than 2 items were graded in every cell")
    if not found:
        return TaskBeside(title, setting, refusal=_nothing(task, setting))
    own = _own(whole, confidence)
    means = whole.groupby("template", observed=True)["score"].mean()
    level = 1 - (1 - confidence) / figures
    wide = _own(whole, level)
    return TaskBeside(
        title=title,
        setting=setting,
        templates=len(means),
        lowest=float(means.min()),
        highest=float(means.max()),
        own=own,
        beside=tuple(_one(row, own, wide) for row in found),
        example=own_example(whole, str(task["name"]), setting, load(), confidence),
        notes=_notes(task, whole, found),
    )


def _own(rows: "pd.DataFrame", level: float) -> Estimate:
    if rows["template"].nunique() >= FEWEST_TEMPLATES:
        scored = score(rows, value="score", item="item_id", template="template", level=level)
        return scored.crossed or scored.fixed
    return item_mean(rows, value="score", item="item_id", level=level)


def _one(row: BaselineRow, own: Estimate, wide: Estimate) -> Beside:
    published = [sampling_interval(result(row.figure, row.benchmark), one.level) for one in (own, wide)]
    if published[0] is None or published[1] is None:
        return Beside(row, None, apart=False)
    difference, simultaneous = _unpaired(own, published[0]), _unpaired(wide, published[1])
    return Beside(
        replace(row, interval=published[0]), difference, apart=simultaneous.low > 0 or simultaneous.high < 0
    )


def _unpaired(own: Estimate, other: Estimate) -> Estimate:
    """The difference from two intervals: square-and-add (Zou and Donner 2008, Stat. Med. 27:1693)."""
    value = own.value - other.value
    low = value - math.hypot(own.value - own.low, other.high - other.value)
    high = value + math.hypot(own.high - own.value, other.value - other.low)
    return Estimate(value, low, high, own.level, "unpaired, from both intervals", own.random, own.n, None)


def _nothing(task: dict[str, Any], setting: str) -> str:
    try:
        rows = published_rows(str(task["name"]))
    except UnknownName:
        return "nothing was published on it here (see `fathom published`)"
    settings = ", ".join(dict.fromkeys(row.figure.setting for row in rows))
    return f"asked {setting}, and what was published is {settings}: sweep shots and cot so that one is alike"


def _notes(task: dict[str, Any], rows: "pd.DataFrame", found: Sequence[BaselineRow]) -> tuple[str, ...]:
    notes: list[str] = []
    items, published = rows["item_id"].nunique(), found[0].benchmark.rows
    if published is not None and items < published:
        notes.append(f"{items:,} items here, {published:,} there")
    if any(row.figure.shots is None for row in found):
        notes.append("the published number of shots differs within the benchmark")
    graders = ", ".join(sorted(rows["grader"].astype(str).unique()))
    notes.append(f"graded by {graders} here, by GPT-Fathom's own matcher there")
    return tuple(notes)
