"""What a technique did on average: SFT, RLHF, code pretraining, and whatever else the lineage names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.versions.steps import Step
from stats.compare import p_value
from stats.estimate import Estimate, FloatArray
from stats.intervals import mean_estimate
from stats.multiplicity import adjust

FEWEST_TASKS = 3


@dataclass(frozen=True)
class Technique:
    """All steps of one technique together.

    Attributes:
        name: The technique.
        steps: The steps.
        tasks: How many tasks they were compared on.
        mean: Mean change for the better over tasks, and within a task over steps; tasks random. None below
            three tasks.
        p_adjusted: Two-sided, that this mean is 0, adjusted over the techniques (Benjamini and Hochberg);
            None where there is none.
        rose: Changes for the better told apart from none, of all steps.
        fell: The same for the worse.
        undecided: The rest.
    """

    name: str
    steps: tuple[Step, ...]
    tasks: int
    mean: Estimate | None
    p_adjusted: float | None
    rose: int
    fell: int
    undecided: int


def techniques(steps: Sequence[Step], level: float = 0.95) -> tuple[Technique, ...]:
    """Averages the steps of each technique, whatever its case.

    Every task counts the same, however many items it has. The interval is t over the tasks' mean changes: it
    holds for tasks like these, and what items, templates and tasks add to the scatter is all in it. It says
    nothing of models other than these, and a step is no experiment: what else changed along with the
    technique goes with it. Tasks that share templates or items are treated as independent.

    Args:
        steps: Steps with and without a technique; those without are left out.
        level: Nominal coverage of the intervals.

    Returns:
        In the order of the steps; only those with a task that could be compared.
    """
    groups: dict[str, list[Step]] = {}
    for step in steps:
        if step.technique and step.seesaw.changes:
            groups.setdefault(step.technique.casefold(), []).append(step)
    gains = [_gains(own) for own in groups.values()]
    tested = [one for one in gains if len(one) >= FEWEST_TASKS]
    ps = iter(adjust([p_value(one[:, np.newaxis]) for one in tested], "bh") if tested else ())
    return tuple(
        _technique(own, one, float(next(ps)) if len(one) >= FEWEST_TASKS else None, level)
        for own, one in zip(groups.values(), gains, strict=True)
    )


def _gains(steps: Sequence[Step]) -> FloatArray:
    """Mean change for the better of each task over the steps."""
    gains: dict[str, list[float]] = {}
    for step in steps:
        for change in step.seesaw.changes:
            gains.setdefault(change.before.task, []).append(change.gain)
    return np.array([sum(own) / len(own) for own in gains.values()], np.float64)


def _technique(steps: Sequence[Step], means: FloatArray, p: float | None, level: float) -> Technique:
    mean = None
    if p is not None:
        mean = mean_estimate(
            means,
            bounds=(-1.0, 1.0),
            level=level,
            method="mean over tasks of the paired changes",
            item="task",
            n={"task": len(means)},
            logit=False,
        )
    return Technique(
        name=steps[0].technique,
        steps=tuple(steps),
        tasks=len(means),
        mean=mean,
        p_adjusted=p,
        rose=sum(len(step.seesaw.rose) for step in steps),
        fell=sum(len(step.seesaw.fell) for step in steps),
        undecided=sum(len(step.seesaw.undecided) for step in steps),
    )
