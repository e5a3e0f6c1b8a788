"""One model on one benchmark in two settings: shots, chain of thought, template, access, laboratory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from experiments.baselines.changes import Change, adjusted
from experiments.baselines.facts import Facts, Published
from experiments.baselines.rows import distinct, figure_change

FACTORS = ("template", "shots", "cot", "access", "laboratory")


@dataclass(frozen=True)
class SettingEffect:
    """One figure beside another that differs in one named setting.

    Attributes:
        factor: One of `FACTORS`.
        before: The figure compared with.
        after: The figure of interest.
        change: The difference, unpaired; p adjusted for all pairs of the factor.
        caution: What else differs, as far as known; empty if nothing is.
    """

    factor: str
    before: Published
    after: Published
    change: Change
    caution: str


def setting_effects(facts: Facts, factor: str, level: float = 0.95) -> tuple[SettingEffect, ...]:
    """All pairs of current figures that differ in one setting, whatever tables they stand in.

    Compared are: "template", the default one with the optimised; "shots", more examples with the fewest;
    "cot", chain of thought with none; "access", the web version with the API; "laboratory", what OpenAI
    reports with what GPT-Fathom measured.

    Args:
        facts: The published figures.
        factor: One of `FACTORS`.
        level: Coverage of the intervals.

    Raises:
        ValueError: There is no such factor.
    """
    if factor not in FACTORS:
        raise ValueError(f"factor is one of {', '.join(FACTORS)}; got {factor!r}")
    found = _counterparts if factor in ("access", "laboratory") else _within
    pairs = list(found(facts, factor))
    changes = adjusted([figure_change(facts, before, after, level) for before, after in pairs])
    return tuple(
        SettingEffect(factor, before, after, one, _caution(facts, factor, before, after))
        for (before, after), one in zip(pairs, changes, strict=True)
    )


def _caution(facts: Facts, factor: str, before: Published, after: Published) -> str:
    settings = ("", before.setting, after.setting)
    return "; ".join(
        one.caution
        for one in facts.cautions
        if (one.factor, one.task) == (factor, after.task) and one.setting in settings
    )


def _within(facts: Facts, factor: str) -> Iterator[tuple[Published, Published]]:
    """Pairs of one model's figures: what is compared comes first, the least of the factor."""
    ranks: dict[str, Callable[[Published], int | None]] = {
        "template": lambda one: {"optimised": 0, "default": 1}.get(one.template),
        "shots": lambda one: one.shots,
        "cot": lambda one: int(one.cot),
    }
    groups: dict[tuple[object, ...], list[Published]] = {}
    for one in distinct(facts.find()):
        rest = {
            "template": one.template if factor != "template" else None,
            "shots": one.shots if factor != "shots" else None,
            "cot": one.cot if factor != "cot" else None,
        }
        if ranks[factor](one) is not None:
            groups.setdefault((one.model, one.task, one.metric, *rest.values()), []).append(one)
    for group in groups.values():
        ordered = sorted(group, key=lambda one: ranks[factor](one) or 0)
        for other in ordered[1:]:
            if ranks[factor](other) != ranks[factor](ordered[0]):
                yield ordered[0], other


def _counterparts(facts: Facts, factor: str) -> Iterator[tuple[Published, Published]]:
    access = "web" if factor == "access" else "cited"
    for after in facts.scores:
        model = facts.models[after.model]
        if model.access != access or not model.counterpart:
            continue
        for before in facts.find(model=model.counterpart, task=after.task, metric=after.metric):
            if before.setting == after.setting:
                yield before, after
                break
