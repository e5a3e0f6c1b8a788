"""The named example: one model, one benchmark, two templates, beside the GPT models."""

from dataclasses import dataclass

from experiments.baselines.changes import relative
from experiments.baselines.facts import Facts
from experiments.baselines.rows import BaselineRow, main_table, published_rows, result
from experiments.baselines.settings import SettingEffect, setting_effects
from stats.estimate import Estimate


@dataclass(frozen=True)
class Example:
    """A change of template beside what GPT models score in the same setting.

    Attributes:
        effect: From the better template to the other.
        before: The figure with the better template, with its interval.
        after: The figure with the other.
        relative: The same change as a share of the score.
        others: GPT models in the same setting, the lowest score first.
    """

    effect: SettingEffect
    before: BaselineRow
    after: BaselineRow
    relative: Estimate | None
    others: tuple[BaselineRow, ...]

    def below(self, row: BaselineRow) -> BaselineRow | None:
        """The best of the others that scores less; None if none does."""
        return next((one for one in reversed(self.others) if one.figure.score < row.figure.score), None)

    def above(self, row: BaselineRow) -> BaselineRow | None:
        """The least of the others that scores more; None if none does."""
        return next((one for one in self.others if one.figure.score > row.figure.score), None)


def named_example(facts: Facts, level: float = 0.95) -> Example:
    """The one pair of templates that could be read: Llama 2-70B on TriviaQA, one shot.

    Args:
        facts: The published figures.
        level: Nominal coverage of the intervals.
    """
    (effect,) = setting_effects(facts, "template", level)
    before, after = effect.before, effect.after
    rows = {row.figure: row for row in published_rows(before.task, level=level, facts=facts)}
    benchmark = facts.benchmarks[before.task]
    others = [
        rows[one]
        for one in main_table(facts)
        if (one.task, one.setting) == (before.task, before.setting)
        and facts.models[one.model].family.startswith("GPT")
    ]
    return Example(
        effect,
        rows[before],
        rows[after],
        relative(result(before, benchmark), result(after, benchmark), level),
        tuple(sorted(others, key=lambda row: row.figure.score)),
    )
