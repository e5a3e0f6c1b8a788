"""The questions that can be planned for: what each computes, and with which bars."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from experiments.planning.evidence import Evidence
from experiments.planning.wanted import (
    DifferencePower,
    OrderChance,
    SamePower,
    ScoreWidth,
    SigmaWidth,
    StablePower,
    Wanted,
)


class Question(Enum):
    """What a sweep is to answer."""

    score = "score"
    better = "better"
    same = "same"
    stable = "stable"
    factors = "factors"
    ranking = "ranking"


TITLES: Mapping[Question, str] = {
    Question.score: "How good is it?",
    Question.better: "Is B better than A?",
    Question.same: "Is B as good as A?",
    Question.stable: "Is B as stable as A?",
    Question.factors: "Which factor matters?",
    Question.ranking: "Which is best, and would it stay so?",
}
COMPUTED: Mapping[Question, str] = {
    Question.score: "half the width of the interval of the score, for templates like these, is at most "
    "--half-width",
    Question.better: "a true difference of --difference is found with --power (paired t test over items and "
    "templates)",
    Question.same: "two equally good models are shown to be within --margin, with --power (two one-sided "
    "tests)",
    Question.stable: "two equally stable models are shown to be so, their σ between templates within a "
    "factor of --max-sigma-ratio, with --power",
    Question.factors: "half the width of the interval of σ, between templates (and draws of exemplars, "
    "where the pilot varies them), is at most --half-width",
    Question.ranking: "the models come out in the order they have now with --certainty, if that is true",
}
SEVERAL = (Question.better, Question.same, Question.stable, Question.ranking)  # of two models or more


@dataclass(frozen=True)
class Bars:
    """What counts as an answer; differences and widths in [0, 1].

    Attributes:
        half_width: Of intervals.
        difference: The difference to be found.
        margin: The difference that does not matter.
        sigma_ratio: The ratio of σ that does not matter.
        power: The chance to find or show it.
        certainty: Of a ranking.
        level: Coverage of intervals; tests have the size 1 - level.
        one_sided: Whether only "not worse" or "not less stable" is to be shown.
    """

    half_width: float = 0.02
    difference: float = 0.03
    margin: float = 0.02
    sigma_ratio: float = 2.0
    power: float = 0.8
    certainty: float = 0.95
    level: float = 0.95
    one_sided: bool = False


def wanted(question: Question, evidence: Evidence, bars: Bars) -> Wanted:
    """What a sweep has to have, to answer a question."""
    if question is Question.score:
        return ScoreWidth(evidence, bars.level, bars.half_width)
    if question is Question.factors:
        return SigmaWidth(evidence, bars.level, bars.half_width)
    if question is Question.better:
        return DifferencePower(evidence, bars.level, bars.power, bars.difference)
    if question is Question.same:
        return SamePower(evidence, bars.level, bars.power, bars.margin, bars.one_sided)
    if question is Question.stable:
        return StablePower(evidence, bars.level, bars.power, bars.sigma_ratio, bars.one_sided)
    return OrderChance(evidence, bars.level, bars.certainty)


def unlucky(question: Question, evidence: Evidence) -> Evidence | None:
    """The evidence if the pilot was lucky: σ between templates at the worse end of its interval.

    The larger the σ, the less a score is worth; but whether two σ are alike is the harder to tell the smaller
    they are.
    """
    return evidence.at_low() if question is Question.stable else evidence.at_high()
