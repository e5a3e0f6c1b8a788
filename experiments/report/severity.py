"""Score against how much a perturbation really changed, where it was run at several severities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.report.findings import MINIMUM_LEVELS, Slice, complete_rows, with_perturbation_label
from experiments.report.numerals import percent
from stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

NONE = "none"


@dataclass(frozen=True)
class SeverityPoint:
    """One severity.

    Attributes:
        level: The perturbation and its severity, as elsewhere in the report.
        severity: What was asked for.
        realised: Mean character edits of the touched text, as a share of its length.
        unchanged: Share of the answers in which nothing was found to change.
        estimate: The score.
    """

    level: str
    severity: float
    realised: float
    unchanged: float
    estimate: Estimate


@dataclass(frozen=True)
class SeverityCurve:
    """Scores of one model on one task under one perturbation, the least realised severity first."""

    model: str
    task: str
    title: str
    perturbation: str
    points: tuple[SeverityPoint, ...]


def severity_curves(outcomes: "pd.DataFrame", slices: Sequence[Slice]) -> tuple[SeverityCurve, ...]:
    """Puts the scores of every perturbation that was run at two or more severities in order of its edits.

    The unperturbed prompt, where it was run, is the point at 0. Scores are those of the perturbation factor.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
    """
    primary = outcomes[outcomes["primary"]]
    labelled = primary.assign(level=with_perturbation_label(primary)["perturbation"].astype(str))
    found: list[SeverityCurve] = []
    for one in slices:
        factor = one.factor("perturbation")
        if factor is None:
            continue
        scores = {level.level: level.estimate for level in factor.levels}
        rows = complete_rows(labelled[(labelled["model"] == one.model) & (labelled["task"] == one.task)])
        names = [name for name in dict.fromkeys(rows["perturbation"].astype(str)) if name != NONE]
        for name in names:
            points = _points(rows[rows["perturbation"].isin([name, NONE])], scores)
            if sum(point.severity > 0 for point in points) >= MINIMUM_LEVELS:
                found.append(SeverityCurve(one.model, one.task, one.title, name, points))
    return tuple(found)


def _points(rows: "pd.DataFrame", scores: dict[str, Estimate]) -> tuple[SeverityPoint, ...]:
    points = [
        SeverityPoint(
            level=str(level),
            severity=float(group["severity"].iloc[0]),
            # A prompt that is not perturbed has no edits, whatever an old table holds.
            realised=float(group["realised"].mean()) if group["severity"].iloc[0] > 0 else 0.0,
            unchanged=float((~group["changed"]).mean()),
            estimate=scores[str(level)],
        )
        for level, group in rows.groupby("level", observed=True, sort=False)
        if str(level) in scores
    ]
    return tuple(sorted(points, key=lambda point: (point.realised, point.severity)))


def severity_sentence(curve: SeverityCurve) -> str:
    """From the least to the most edited prompts."""
    first, last = curve.points[0], curve.points[-1]
    start = f"with {percent(first.realised)} ({first.level})" if first.severity else "unperturbed"
    return (
        f"As {curve.perturbation} edits more of the touched characters, {curve.model} on {curve.title} goes "
        f"from {percent(first.estimate.value)} {start} to {percent(last.estimate.value)} with "
        f"{percent(last.realised)} ({last.level})."
    )
