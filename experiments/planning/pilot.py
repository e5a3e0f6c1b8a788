"""A pilot run's answers, one model and task at a time, as variance components are estimated from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.compare.sides import CONDITION, Side, sides_of
from experiments.keys import did_you_mean
from experiments.planning.errors import PlanError
from experiments.report.conditions import REPEATS
from experiments.report.findings import (
    FACTORS,
    MINIMUM_ITEMS,
    comparable,
    complete_rows,
    varying,
    with_perturbation_label,
)
from experiments.report.gaps import graded_rows
from experiments.report.numerals import count, many
from stats.intervals import FEWEST_TEMPLATES

if TYPE_CHECKING:
    import pandas as pd

HELP = "or state what you expect: --mean 0.7 --sigma-template 0.05"


@dataclass(frozen=True)
class Pilot:
    """One model's answers to one task.

    Attributes:
        side: The model and its run.
        task: The task's name.
        title: As people write it.
        answers: One row an answer, averaged over the factors that the plan leaves as they are, with columns
            `item`, `template`, `exemplar_seed` (where it varies), `replicate` (where answers are sampled more
            than once) and `score`.
        axes: The factors whose components are estimated: `item`, `template` and `exemplar_seed`.
        cells: Numbers of the cells that the answers are from.
        settings: The levels of the factors that are averaged over.
        notes: What was left out.
    """

    side: Side
    task: str
    title: str
    answers: "pd.DataFrame"
    axes: tuple[str, ...]
    cells: tuple[int, ...]
    settings: frozenset[tuple[Any, ...]]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Model and task."""
        return f"{self.side.model} on {self.title}"

    @property
    def sampled(self) -> bool:
        """Whether several samples of a cell tell its noise from the rest."""
        return "replicate" in self.answers

    @property
    def imported(self) -> bool:
        """Whether another tool asked: what else there is of its task and templates is not known then."""
        return bool(self.side.manifest.get("imported"))

    def levels(self, factor: str) -> int:
        """How many levels of a factor the pilot has."""
        return int(self.answers[factor].nunique()) if factor in self.answers else 1


def pilots_of(texts: Sequence[str], task: str | None) -> dict[str, tuple[Pilot, ...]]:
    """The pilots in runs, by task.

    Args:
        texts: Run folders, or FOLDER:MODEL.
        task: The only task wanted; None for all.

    Raises:
        RunFolderError: A folder is no run.
        CompareError: A run has no such model.
        PlanError: There is no such task, too few templates or items, or nothing was graded.
    """
    sides = {(side.folder.resolve(), side.model): side for text in texts for side in sides_of(text)}
    tasks = list(dict.fromkeys(name for side in sides.values() for name in side.tasks))
    if task is not None and task not in tasks:
        raise PlanError(f"--task {task}: the pilot has no such task{did_you_mean(task, tasks)}")
    return {
        name: tuple(_pilot(side, name) for side in sides.values() if name in side.tasks)
        for name in tasks
        if task in (None, name)
    }


def _pilot(side: Side, task: str) -> Pilot:
    title = str(side.tasks[task]["title"])
    asked = _prepared(side, task)
    rows = _graded(asked, f"{side.model} on {title}")
    factors = varying(rows)
    crossed = [factor for factor in ("template", "exemplar_seed") if factor in factors]
    notes = _lacking(asked, rows, side.model)
    for factor in crossed:
        rows, note = comparable(rows, factor, factors)
        notes += [f"of the pilot, {note}"] if note else []
    _check_templates(rows, f"{side.model} on {title}")
    repeats = [factor for factor in REPEATS if factor in factors and bool(rows["sampled"].all())]
    others = [factor for factor in CONDITION if factor not in ("template", *crossed)]
    answers = (
        rows.groupby(["item_id", *crossed, *repeats], observed=True)["score"]
        .mean()
        .reset_index()
        .rename(columns={"item_id": "item"})
    )
    if repeats:
        numbers = answers.groupby(repeats, observed=True).ngroup()
        answers = answers.drop(columns=repeats).assign(replicate=numbers)
    return Pilot(
        side=side,
        task=task,
        title=title,
        answers=answers,
        axes=("item", *crossed),
        cells=tuple(int(cell) for cell in dict.fromkeys(rows["cell"])),
        settings=frozenset(rows[others].drop_duplicates().itertuples(index=False, name=None)),
        notes=tuple(dict.fromkeys(notes)),
    )


def _prepared(side: Side, task: str) -> "pd.DataFrame":
    """A task's outcomes as the report's statistics take them."""
    rows = with_perturbation_label(side.outcomes[side.outcomes["task"] == task])
    noisy = [cell["index"] for cell in side.manifest["cells"] if cell["engine_noise"]]
    return rows.assign(sampled=(rows["temperature"] > 0) | rows["cell"].isin(noisy))


def _graded(rows: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """The answers that every cell graded, where they are most of all, as in the report."""
    complete, graded = complete_rows(rows), graded_rows(rows)
    items, compared = graded["item_id"].nunique(), complete["item_id"].nunique()
    if items < MINIMUM_ITEMS:
        raise PlanError(f"the pilot has {many(items, 'graded item')} of {name}: run 50 or more, {HELP}")
    return complete if compared >= MINIMUM_ITEMS and 2 * compared >= items else graded


def _lacking(asked: "pd.DataFrame", rows: "pd.DataFrame", model: str) -> list[str]:
    """What a reader must know of answers without a score: they failed, or could not be graded."""
    scoreless = int(asked["score"].isna().sum())
    if not scoreless:
        return []
    left = len(graded_rows(asked)) - len(rows)
    dropped = f", and {many(left, 'other')} of the same items" if left else ""
    share = f"{count(scoreless)} of {count(len(asked))} answers of {model}"
    return [f"of the pilot, {share} have no score and are left out{dropped}"]


def _check_templates(rows: "pd.DataFrame", name: str) -> None:
    templates = int(rows["template"].nunique())
    if templates < FEWEST_TEMPLATES:
        swept = [factor for factor in FACTORS if factor != "template" and rows[factor].nunique() > 1]
        raise PlanError(
            f"the pilot has {templates} template{'s'[: templates != 1]} of {name}"
            f"{' (it varies ' + ', '.join(swept) + ')' if swept else ''}: fewer than {FEWEST_TEMPLATES} "
            "cannot tell how much templates matter, and so neither how sure a score, a difference or a "
            "ranking will be for templates like these, nor anything of stability; run the pilot with more, "
            "better 10 "
            f"('template=glob(qa/*)'), {HELP}"
        )
