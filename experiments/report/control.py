"""The control arm: how often an engine answers the same prompt otherwise at temperature 0."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.numerals import SPACE, hundredths, interval, many, percent
from experiments.store.tables import replace_table
from stats.estimate import Estimate
from stats.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

CONTROL = "control.parquet"


@dataclass(frozen=True)
class ControlFinding:
    r"""What asking identical prompts again at temperature 0 came to, for one model and task.

    Attributes:
        model: The model.
        task: The task.
        prompts: Prompts asked again.
        answers: Answers to each, the ordinary one included.
        answers_changed: Share of the prompts to which not all answers were read alike.
        scores_changed: Share of the prompts whose score was not always the same.
        variance: The engine's variance: that of a prompt's scores, unbiased, averaged over the prompts,
            \(\hat\sigma_e^2 = \frac1n\sum_i \frac1{R-1}\sum_r (y_{ir} - \bar y_i)^2\).
        items: Items that a score of this task rests on.
        floor: What this alone does to a score over those items: its standard deviation
            \(\sqrt{\hat\sigma_e^2 / \text{items}}\), items being answered independently.
    """

    model: str
    task: str
    prompts: int
    answers: int
    answers_changed: Estimate
    scores_changed: Estimate
    variance: float
    items: int
    floor: float


def without_control(outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """The outcomes that statistics are made of."""
    return outcomes[~outcomes["control"]] if "control" in outcomes else outcomes


def control_findings(outcomes: "pd.DataFrame", level: float) -> tuple[ControlFinding, ...]:
    """Compares the answers of the control arm with the ordinary ones to the same prompts.

    Prompts with an answer that failed or has no score are left out.

    Args:
        outcomes: The outcomes table, control arm included.
        level: Of the intervals.
    """
    if "control" not in outcomes or not outcomes["control"].any():
        return ()
    reported = outcomes[outcomes["primary"]]
    prompt = ["cell", "item_id"]
    ordinary = reported.drop_duplicates(prompt)
    graders = ordinary[[*prompt, "grader"]]
    again = outcomes[outcomes["control"]].merge(graders, on=[*prompt, "grader"])
    findings: list[ControlFinding] = []
    for (model, task), repeats in again.groupby(["model", "task"], sort=False, observed=True):
        of_pair = ordinary[(ordinary["model"] == model) & (ordinary["task"] == task)]
        first = of_pair.merge(repeats[prompt].drop_duplicates(), on=prompt)
        items = int(of_pair["item_id"].nunique())
        found = _compared(_by_prompt(first, repeats), str(model), str(task), items, level)
        if found is not None:
            findings.append(found)
    return tuple(findings)


def _by_prompt(first: "pd.DataFrame", repeats: "pd.DataFrame") -> list["pd.DataFrame"]:
    import pandas as pd

    together = pd.concat([first, repeats])
    return [rows for _, rows in together.groupby(["cell", "item_id"], sort=False, observed=True)]


def _compared(
    prompts: list["pd.DataFrame"], model: str, task: str, items: int, level: float
) -> ControlFinding | None:
    answers = max(len(rows) for rows in prompts)
    whole = [rows for rows in prompts if len(rows) == answers and rows["score"].notna().all()]
    if not whole:
        return None
    read = sum(len(set(zip(rows["status"], rows["extracted"], strict=True))) > 1 for rows in whole)
    scored = sum(rows["score"].nunique() > 1 for rows in whole)
    variance = float(np.mean([rows["score"].var(ddof=1) for rows in whole]))
    return ControlFinding(
        model=model,
        task=task,
        prompts=len(whole),
        answers=answers,
        answers_changed=wilson(read, len(whole), level),
        scores_changed=wilson(scored, len(whole), level),
        variance=variance,
        items=items,
        floor=math.sqrt(variance / items),
    )


def control_sentence(finding: ControlFinding, titles: Mapping[str, str]) -> str:
    """A finding in words."""
    where = f"{finding.model} on {titles.get(finding.task, finding.task)}"
    changed, scores = finding.answers_changed, finding.scores_changed
    return (
        f"Engine noise: {many(finding.prompts, 'identical prompt')} asked {finding.answers} times at "
        f"temperature 0, {where}: {percent(changed.value)} {interval(changed)} of them got another answer, "
        f"{percent(scores.value)} {interval(scores)} another score. That alone moves a score over "
        f"{many(finding.items, 'item')} by ±{hundredths(finding.floor)}{SPACE}points (standard deviation), "
        "the floor under every sensitivity; corrected values have it taken out already."
    )


def control_line(finding: ControlFinding) -> str:
    """A finding as one line of a terminal."""
    changed, scores = finding.answers_changed, finding.scores_changed
    return (
        f"engine noise, {finding.model} on {finding.task}: {many(finding.prompts, 'prompt')} asked "
        f"{finding.answers} times, {percent(changed.value)} {interval(changed)} answered otherwise, "
        f"{percent(scores.value)} {interval(scores)} scored otherwise; floor ±{hundredths(finding.floor)} "
        "points"
    )


def write_control(folder: Path, findings: Sequence[ControlFinding]) -> None:
    """Writes `control.parquet`: one row a model and task, an estimate's ends as `_low` and `_high`."""
    import pyarrow as pa

    rows: list[dict[str, object]] = []
    for one in findings:
        row: dict[str, object] = {}
        for field in fields(one):
            value = getattr(one, field.name)
            if isinstance(value, Estimate):
                row |= {
                    field.name: value.value,
                    f"{field.name}_low": value.low,
                    f"{field.name}_high": value.high,
                }
            else:
                row[field.name] = value
        rows.append(row)
    if rows:
        replace_table(folder / CONTROL, pa.Table.from_pylist(rows))
    else:  # an earlier run of this name may have had a control arm
        (folder / CONTROL).unlink(missing_ok=True)
