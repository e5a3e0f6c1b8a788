"""How much of a score, and of its sensitivity, is the grader's doing: the same completions, other graders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.findings import (
    SEED,
    Slice,
    comparable,
    complete_rows,
    varying,
    with_perturbation_label,
)
from stats.intervals import Score, score
from stats.sensitivity import Sensitivity, sensitivity

if TYPE_CHECKING:
    import pandas as pd


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


def audit(outcomes: "pd.DataFrame", slices: Sequence[Slice], level: float) -> tuple[GraderFinding, ...]:
    """Scores every analysed model and task with each of its graders; empty where none has several.

    Args:
        outcomes: The outcomes table.
        slices: What was analysed.
        level: Of the intervals.
    """
    labelled = with_perturbation_label(outcomes).assign(sampled=outcomes["temperature"] > 0)
    found: list[GraderFinding] = []
    for one in slices:
        mine = labelled[(labelled["model"] == one.model) & (labelled["task"] == one.task)]
        if mine["grader"].nunique() < 2:
            continue
        for grader, rows in mine.groupby("grader", sort=False, observed=True):
            complete = complete_rows(rows)
            if not complete.empty:
                found.append(_through(str(grader), complete, one, level))
    return tuple(found)


def _through(grader: str, rows: "pd.DataFrame", one: Slice, level: float) -> GraderFinding:
    like, _ = comparable(rows, "template", varying(rows))
    templates: tuple[Sensitivity, ...] = ()
    if not like.empty and like["template"].nunique() > 1:
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
