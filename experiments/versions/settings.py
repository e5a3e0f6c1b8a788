"""One model in two settings: chain of thought against none, more examples against the fewest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.baselines.changes import Change, adjusted
from experiments.baselines.results import Result
from experiments.compare.sides import CONDITION
from experiments.report.findings import comparable, complete_rows, label
from experiments.versions.steps import Version

if TYPE_CHECKING:
    import pandas as pd

FACTORS = {"cot": "Chain of thought", "shots": "Worked examples"}


@dataclass(frozen=True)
class SettingChange:
    """What a setting did to one model on one task.

    Attributes:
        factor: One of `FACTORS`.
        before: The level compared with: none, or the fewest.
        after: The level of interest.
        change: The difference, paired by item; p adjusted for all of the factor.
    """

    factor: str
    before: str
    after: str
    change: Change


def setting_changes(versions: Sequence[Version], level: float = 0.95) -> tuple[SettingChange, ...]:
    """What chain of thought and worked examples did, model by model and task by task.

    Compared are cells that are alike in everything else; draws of exemplars are averaged. Templates are
    random where 3 or more are shared. p values are adjusted over all pairs of a factor (Benjamini and
    Hochberg).

    Args:
        versions: The models.
        level: Nominal coverage of the intervals.

    Returns:
        By factor, model and task; empty where neither setting was varied.
    """
    found: list[SettingChange] = []
    for factor in FACTORS:
        pairs = [
            pair
            for version in versions
            for task, record in version.side.tasks.items()
            for pair in _changes(
                version.name,
                version.side.outcomes[version.side.outcomes["task"] == task],
                factor,
                lower_is_better=not record["higher_is_better"],
                level=level,
            )
        ]
        changes = adjusted([one for _, _, one in pairs])
        found += [
            SettingChange(factor, before, after, one)
            for (before, after, _), one in zip(pairs, changes, strict=True)
        ]
    return tuple(found)


def _changes(
    model: str, rows: "pd.DataFrame", factor: str, *, lower_is_better: bool, level: float
) -> list[tuple[str, str, Change]]:
    from stats.compare import paired_effect

    rows = complete_rows(rows)
    averaged = ("exemplar_seed",) if factor == "shots" else ()
    varied = [one for one in CONDITION if one not in averaged and rows[one].nunique() > 1]
    if factor not in varied or rows["item_id"].nunique() < 2:
        return []
    like, _ = comparable(rows, factor, varied)
    levels = sorted(like[factor].unique().tolist())
    found: list[tuple[str, str, Change]] = []
    for other in levels[1:]:
        effect = paired_effect(
            like,
            value="score",
            item="item_id",
            factor=factor,
            level=other,
            against=levels[0],
            template="template",
            confidence=level,
        )
        before = Result(
            model,
            str(rows["task"].iloc[0]),
            effect.value_against,
            like["item_id"].nunique(),
            lower_is_better=lower_is_better,
        )
        after = Result(model, before.task, effect.value_level, before.items, lower_is_better=lower_is_better)
        change = Change(before, after, effect.crossed or effect.fixed, effect.p_value)
        found.append((label(factor, levels[0]), label(factor, other), change))
    return found
