"""Where the published tables contradict each other or the text beside them."""

from dataclasses import dataclass

from experiments.baselines.changes import Change
from experiments.baselines.facts import Claim, Facts, Published
from experiments.baselines.rows import figure_change
from experiments.baselines.settings import SettingEffect, setting_effects


@dataclass(frozen=True)
class Revision:
    """One cell that is printed with more than one score.

    Attributes:
        figures: The figures, the oldest first; one that repeats the one before it is left out.
    """

    figures: tuple[Published, ...]

    @property
    def span(self) -> float:
        """The largest of its scores minus the least."""
        scores = [one.score for one in self.figures]
        return max(scores) - min(scores)


@dataclass(frozen=True)
class ClaimCheck:
    """A change the text names, beside two versions of the table.

    Attributes:
        claim: What the text states.
        first: The change in the first table.
        latest: The same change in the latest.
    """

    claim: Claim
    first: Change
    latest: Change

    @property
    def holds(self) -> bool:
        """Whether the latest table has the change in the direction stated."""
        return (self.claim.stated_after - self.claim.stated_before) * self.latest.points > 0

    @property
    def moved(self) -> bool:
        """Whether the latest table has other scores than those stated."""
        stated = (self.claim.stated_before, self.claim.stated_after)
        return stated != (self.latest.before.score, self.latest.after.score)


def revisions(facts: Facts) -> tuple[Revision, ...]:
    """Every cell (model, task, setting, metric, template) printed with more than one score.

    Args:
        facts: The published figures.

    Returns:
        In the order of the tables' tasks and models.
    """
    cells: dict[tuple[str, str, str, str, str], list[Published]] = {}
    for one in facts.scores:
        cells.setdefault((one.task, one.model, one.setting, one.metric, one.template), []).append(one)
    found: list[Revision] = []
    for key in sorted(
        cells, key=lambda key: (list(facts.benchmarks).index(key[0]), list(facts.models).index(key[1]))
    ):
        ordered = sorted(cells[key], key=lambda one: one.version)
        changed = [
            one for place, one in enumerate(ordered) if not place or one.score != ordered[place - 1].score
        ]
        if len(changed) > 1:
            found.append(Revision(tuple(changed)))
    return tuple(found)


def claim_checks(facts: Facts, level: float = 0.95) -> tuple[ClaimCheck, ...]:
    """Every change the text names, computed from the first and from the latest table.

    Args:
        facts: The published figures.
        level: Nominal coverage of the intervals.
    """
    return tuple(
        ClaimCheck(
            claim, _claimed(facts, claim, level, first=True), _claimed(facts, claim, level, first=False)
        )
        for claim in facts.claims
    )


def web_above_api(facts: Facts, level: float = 0.95) -> tuple[SettingEffect, ...]:
    """Where a web version scores above the API, which the text says it never does.

    Args:
        facts: The published figures.
        level: Nominal coverage of the intervals.
    """
    return tuple(one for one in setting_effects(facts, "access", level) if one.change.points > 0)


def above_all_attempts(facts: Facts) -> tuple[Published, ...]:
    """Pass@1 figures above every printed pass@k of the same benchmark, k > 1, of any model.

    Of one model pass@1 can never be above pass@k; of different models it is merely odd.
    """
    current = facts.find()
    most: dict[str, float] = {}
    for one in current:
        if one.metric.startswith("pass@") and one.metric != "pass@1":
            most[one.task] = max(most.get(one.task, 0.0), one.score)
    return tuple(one for one in current if one.metric == "pass@1" and one.score > most.get(one.task, 1.0))


def _claimed(facts: Facts, claim: Claim, level: float, *, first: bool) -> Change:
    before, after = (_cell(facts, model, claim.task, first=first) for model in (claim.before, claim.after))
    return figure_change(facts, before, after, level)


def _cell(facts: Facts, model: str, task: str, *, first: bool) -> Published:
    """A cell of the main table, of its first version or its latest."""
    cells = [
        one
        for one in facts.find(model=model, task=task, current=None)
        if one.source.startswith("main_results.png")
    ]
    # What the first table has like the latest stands only once, among the latest.
    return min(cells, key=lambda one: one.version) if first else next(one for one in cells if one.current)
