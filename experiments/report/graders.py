"""How much of a score, and of its sensitivity, is the grader's doing: the same completions, other graders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.draws import affordable
from experiments.report.findings import (
    MINIMUM_ITEMS,
    MINIMUM_LEVELS,
    SEED,
    Slice,
    comparable,
    complete_rows,
    varying,
    with_perturbation_label,
)
from experiments.report.gaps import graded_rows
from stats.grader import GraderEffect, grader_effect
from stats.intervals import Score, score
from stats.sensitivity import Sensitivity, sensitivity

if TYPE_CHECKING:
    import pandas as pd

MOST_DRAWS, LEAST_DRAWS = 2000, 400
MOST_CELLS = 50_000_000  # bootstrapped item × template cells, which take about a second


@dataclass(frozen=True)
class GraderFinding:
    """One model on one task through one grader's eyes.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        grader: The grader.
        primary: Whether its scores are the reported ones.
        score: Score by this grader.
        templates: Template sensitivity by this grader; empty where templates do not vary.
    """

    model: str
    task: str
    title: str
    grader: str
    primary: bool
    score: Score
    templates: tuple[Sensitivity, ...]


@dataclass(frozen=True)
class GraderShare:
    """How much of the template sensitivity of one model on one task is the reported grader's doing.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        effect: The comparison with the grader that reads most answers.
    """

    model: str
    task: str
    title: str
    effect: GraderEffect


def audit(outcomes: "pd.DataFrame", slices: Sequence[Slice], level: float) -> tuple[GraderFinding, ...]:
    """Scores every analysed model and task with each of its graders; empty where none has several.

    Args:
        outcomes: The outcomes table.
        slices: What was analysed.
        level: Of the intervals.
    """
    found: list[GraderFinding] = []
    for one, mine in _graded_twice(outcomes, slices):
        for grader, rows in mine.groupby("grader", sort=False, observed=True):
            complete = complete_rows(rows)
            whole = complete if complete["item_id"].nunique() >= MINIMUM_ITEMS else graded_rows(rows)
            if whole["item_id"].nunique() >= MINIMUM_ITEMS:
                found.append(_through(str(grader), whole, one, level))
    return tuple(found)


def shares(outcomes: "pd.DataFrame", slices: Sequence[Slice], level: float) -> tuple[GraderShare, ...]:
    """How much of the template sensitivity the reported grader adds, where several graded and templates vary.

    Rests on the items that every grader graded in every cell.

    Args:
        outcomes: The outcomes table.
        slices: What was analysed.
        level: Of the intervals.
    """
    found: list[GraderShare] = []
    for one, mine in _graded_twice(outcomes, slices):
        each = [complete_rows(rows) for _, rows in mine.groupby("grader", sort=False, observed=True)]
        items = set.intersection(*(set(rows["item_id"]) for rows in each))
        reported = next((rows for rows in each if rows["primary"].any()), mine.iloc[:0])
        cells = set.intersection(*(set(rows["cell"]) for rows in each))
        both = mine[mine["item_id"].isin(items) & mine["cell"].isin(cells)]
        like, _ = comparable(both, "template", varying(both))
        templates = like["template"].nunique()
        if reported.empty or len(items) < MINIMUM_ITEMS or templates < MINIMUM_LEVELS:
            continue
        effect = grader_effect(
            like,
            value="score",
            item="item_id",
            template="template",
            grader="grader",
            reported=str(reported["grader"].iloc[0]),
            status="status",
            rng=np.random.default_rng(SEED),
            level=level,
            draws=affordable(len(items) * templates, MOST_CELLS, least=LEAST_DRAWS, most=MOST_DRAWS),
        )
        found.append(GraderShare(one.model, one.task, one.title, effect))
    return tuple(found)


def _graded_twice(
    outcomes: "pd.DataFrame", slices: Sequence[Slice]
) -> "Iterator[tuple[Slice, pd.DataFrame]]":
    """The outcomes of every model and task that several graders scored."""
    labelled = with_perturbation_label(outcomes).assign(sampled=outcomes["temperature"] > 0)
    for one in slices:
        mine = labelled[(labelled["model"] == one.model) & (labelled["task"] == one.task)]
        if mine["grader"].nunique() > 1:
            yield one, mine


def _through(grader: str, rows: "pd.DataFrame", one: Slice, level: float) -> GraderFinding:
    like, _ = comparable(rows, "template", varying(rows))
    templates: tuple[Sensitivity, ...] = ()
    whole = len(complete_rows(like)) == len(like) and like["item_id"].nunique() >= MINIMUM_ITEMS
    if whole and like["template"].nunique() > 1:
        templates = sensitivity(
            like,
            value="score",
            item="item_id",
            template="template",
            reference=like["template"].iloc[0],
            rng=np.random.default_rng(SEED),
            level=level,
        )
    return GraderFinding(
        model=one.model,
        task=one.task,
        title=one.title,
        grader=grader,
        primary=bool(rows["primary"].all()),
        score=score(
            rows if like.empty else like, value="score", item="item_id", template="template", level=level
        ),
        templates=templates,
    )
