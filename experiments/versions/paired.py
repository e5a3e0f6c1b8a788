"""The seesaw of two models that were asked the same items."""

from collections.abc import Sequence
from dataclasses import replace

from experiments.baselines.changes import Change
from experiments.baselines.results import Result
from experiments.baselines.seesaw import Seesaw
from experiments.compare.pairing import BASELINE, NEW, Paired


def with_enough(one: Paired) -> Paired:
    """The task, refused where what is left of it cannot be compared."""
    from stats.pairs import pairs
    from stats.tables import UnbalancedError

    if one.refusal:
        return one
    if one.items < 2:
        return replace(one, refusal="one item that both answered says nothing about others")
    names = {"value": "score", "item": "item_id", "template": "template"}
    try:
        pairs(one.rows, **names, factor="side", level=NEW, against=BASELINE)
    except UnbalancedError:
        return replace(one, refusal="no item was graded on both sides with every template they share")
    return one


def paired_seesaw(paired: Sequence[Paired], before: str, after: str, level: float = 0.95) -> Seesaw:
    """Which tasks rose and which fell, paired by item and template; see `stats.seesaw.seesaw`.

    Args:
        paired: The tasks of both versions; those refused are named as missing.
        before: The old version, the baseline of the pairs.
        after: The new one.
        level: Coverage of the intervals; 1 - level is the share of false findings allowed.
    """
    import pandas as pd

    from stats.seesaw import seesaw

    usable = [one for one in paired if not one.refusal]
    missing = tuple(one.task for one in paired if one.refusal)
    if not usable:
        return Seesaw(before, after, (), missing, level)
    found = seesaw(
        pd.concat([one.rows.assign(task=one.task) for one in usable], ignore_index=True),
        value="score",
        item="item_id",
        task="task",
        factor="side",
        old=BASELINE,
        new=NEW,
        template="template",
        fdr=1 - level,
        confidence=level,
    )
    by_task = {str(one.task): one for one in found.tasks}
    changes: list[Change] = []
    for one in usable:
        shown = by_task[one.task]
        old = Result(before, one.task, shown.old, one.items, lower_is_better=not one.higher_is_better)
        new = replace(old, model=after, score=shown.new)
        changes.append(Change(old, new, shown.difference, shown.p_value, shown.p_adjusted))
    return Seesaw(before, after, tuple(changes), missing, level)
