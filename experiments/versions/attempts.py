"""One attempt against many: pass@1 and pass@k along the steps, and what alignment cost of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.baselines.changes import Change, adjusted
from experiments.baselines.coding import AlignmentTax
from experiments.baselines.results import Result
from experiments.compare.pairing import BASELINE, NEW, Paired
from experiments.versions.steps import Step

if TYPE_CHECKING:
    import pandas as pd

USUAL = (5, 10, 50, 100)  # k that others report; else as many as were drawn


def attempts(steps: Sequence[Step], level: float = 0.95) -> tuple[tuple[Step, AlignmentTax], ...]:
    """What became of pass@1 and pass@k from step to step, paired by item.

    Pass@k is the unbiased estimate (`stats.passk.pass_at_k`) of each item and template; k is the largest
    usual one that every item has samples for. p values are adjusted over all that is compared here
    (Benjamini and Hochberg).

    Args:
        steps: The steps.
        level: Nominal coverage of the intervals.

    Returns:
        Those tasks of each step whose answers are right or wrong and were drawn more than once on both
        sides.
    """
    found = [(step, one, k) for step in steps for one in step.paired if (k := _most(one)) > 1]
    changes = adjusted([_change(step, one, at, level) for step, one, k in found for at in (1, k)])
    return tuple(
        (step, AlignmentTax(one.task, k, changes[2 * place], changes[2 * place + 1]))
        for place, (step, one, k) in enumerate(found)
    )


def _most(one: Paired) -> int:
    """The largest usual k that every item has samples for; 0 where there are none, or scores are partial."""
    if one.refusal or not one.higher_is_better or not _is_binary(one.rows):
        return 0
    least = int(one.rows["samples"].min())
    return max((k for k in USUAL if k <= least), default=least)


def _is_binary(rows: "pd.DataFrame") -> bool:
    """Whether every mean is that of right and wrong answers: a whole number of its samples."""
    right = (rows["score"] * rows["samples"]).to_numpy(float)
    return bool(np.allclose(right, np.round(right), atol=1e-6))


def _change(step: Step, one: Paired, k: int, level: float) -> Change:
    from stats.compare import paired_effect
    from stats.passk import pass_at_k

    samples = one.rows["samples"].to_numpy(float)
    right = np.round(one.rows["score"].to_numpy(float) * samples)
    effect = paired_effect(
        one.rows.assign(passed=pass_at_k(right, samples, k)),
        value="passed",
        item="item_id",
        factor="side",
        level=NEW,
        against=BASELINE,
        template="template",
        confidence=level,
    )
    before = Result(step.before.name, one.task, effect.value_against, one.items)
    after = replace(before, model=step.after.name, score=effect.value_level)
    return Change(before, after, effect.crossed or effect.fixed, effect.p_value)
