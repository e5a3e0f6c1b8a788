"""What a comparison shows: the difference in score and in stability of every task, and the verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from experiments.compare.pairing import BASELINE, NEW, Paired, whole
from stats.compare import Effect, paired_effect
from stats.equivalence import Equivalence, equivalence
from stats.intervals import FEWEST_TEMPLATES
from stats.multiplicity import adjust
from stats.needed import Needed
from stats.sensitivity import sensitivity
from stats.stability import Stability, stability

SEED = 20231001  # of the draws behind the intervals of stability, so that a page renders the same twice

ScoreVerdict = Literal["better", "worse", "equivalent", "undecided"]
StabilityVerdict = Literal["more stable", "less stable", "equivalent", "undecided"]


@dataclass(frozen=True)
class Bars:
    """What counts as the same.

    Attributes:
        margin: Greatest difference in score that does not matter, in units of the score (0.02 is two points).
        sigma_ratio: Greatest ratio of the two models' standard deviations between templates that does not
            matter, above 1.
        confidence: Of every verdict; each one-sided test has size 1 - confidence, and intervals of
            differences have this coverage.
    """

    margin: float = 0.02
    sigma_ratio: float = 2.0
    confidence: float = 0.95

    @property
    def alpha(self) -> float:
        """Size of each one-sided test."""
        return round(1 - self.confidence, 12)


@dataclass(frozen=True)
class Steadiness:
    """How much both sides vary between templates.

    Attributes:
        compared: The ratio of their template variances.
        sigma_new: Upper end of the new side's standard deviation between templates, one-sided.
        p_adjusted: Two-sided, that the ratio is 1, allowing for all tasks of the comparison (Holm).
        verdict: *Equivalent* where the ratio is shown to be within the bar, *more* or *less stable* where it
            differs from 1 and is not shown to be within the bar.
    """

    compared: Stability
    sigma_new: float
    p_adjusted: float
    verdict: StabilityVerdict


@dataclass(frozen=True)
class Found:
    """What one task shows.

    Attributes:
        effect: The paired difference, new minus baseline, whatever is better. Its `p_adjusted` allows for all
            tasks of the comparison (Holm).
        same: The tests of the difference against the margin.
        verdict: On the score.
        steadiness: None below 3 shared templates.
    """

    effect: Effect
    same: Equivalence
    verdict: ScoreVerdict
    steadiness: Steadiness | None

    @property
    def needed(self) -> Needed | None:
        """The sample that would decide about the score if things stayed so; None where it is decided."""
        return self.same.needed if self.verdict == "undecided" else None

    @property
    def stability_verdict(self) -> StabilityVerdict | None:
        """On stability; None where it cannot be compared."""
        return None if self.steadiness is None else self.steadiness.verdict


@dataclass(frozen=True)
class Judged:
    """One task of a comparison.

    Attributes:
        paired: What was asked alike; its `refusal` says why a task was not compared.
        found: What that shows; None where nothing could be compared.
    """

    paired: Paired
    found: Found | None = None

    @property
    def gain(self) -> float:
        """How much better the new side scores: the difference, its sign turned where less is better."""
        if self.found is None:
            return float("nan")
        value = self.found.effect.fixed.value
        return value if self.paired.higher_is_better else -value


def judge(pairs: Sequence[Paired], bars: Bars) -> tuple[Judged, ...]:
    """Compares every task, and adjusts the verdicts of difference for there being several.

    A score is *equivalent* where it is shown to differ by less than the margin, whether or not it differs at
    all; *better* or *worse* where it differs and is not shown to be within the margin. Templates are random
    where 3 or more are shared, otherwise the result holds for the templates asked.

    Args:
        pairs: The tasks of one or several comparisons, which are one family.
        bars: What counts as the same.
    """
    judged = [_judged(paired, bars) for paired in pairs]
    found = [one.found for one in judged if one.found is not None]
    steady = [one.steadiness for one in found if one.steadiness is not None]
    scores = iter(_holm([one.effect.p_value for one in found]))
    stabilities = iter(_holm([one.p_adjusted for one in steady]))
    decided: list[Judged] = []
    for one in judged:
        shows = one.found
        if shows is not None:
            shows = _decided(shows, next(scores), one, bars)
            if shows.steadiness is not None:
                shows = replace(shows, steadiness=_steady(shows.steadiness, next(stabilities), bars))
        decided.append(replace(one, found=shows))
    return tuple(decided)


def _holm(p_values: Sequence[float]) -> list[float]:
    return adjust(p_values, "holm").tolist() if p_values else []


def _judged(paired: Paired, bars: Bars) -> Judged:
    if paired.refusal or paired.items < 2:
        refusal = paired.refusal or "one item that both answered says nothing about others"
        return Judged(replace(paired, refusal=refusal))
    template = "template" if paired.templates >= FEWEST_TEMPLATES else None
    if template is not None:
        paired = whole(paired)
        if paired.refusal:
            return Judged(paired)
    rows = paired.rows
    effect = paired_effect(
        rows,
        value="score",
        item="item_id",
        factor="side",
        level=NEW,
        against=BASELINE,
        template=template,
        confidence=bars.confidence,
    )
    same = equivalence(
        rows,
        value="score",
        item="item_id",
        factor="side",
        level=NEW,
        against=BASELINE,
        margin=bars.margin,
        template=template,
        alpha=bars.alpha,
    )
    steadiness = None if template is None else _steadiness(paired, bars)
    return Judged(paired, Found(effect, same, "undecided", steadiness))


def _steadiness(paired: Paired, bars: Bars) -> Steadiness:
    compared = stability(
        paired.rows,
        value="score",
        item="item_id",
        template="template",
        factor="side",
        level=NEW,
        against=BASELINE,
        margin=bars.sigma_ratio**2,
        rng=np.random.default_rng(SEED),
        alpha=bars.alpha,
    )
    sigma = sensitivity(
        paired.rows[paired.rows["side"] == NEW],
        value="score",
        item="item_id",
        template="template",
        rng=np.random.default_rng(SEED),
        level=1 - 2 * bars.alpha,
        draws=1,  # only the closed form is used
    )[0]
    p_value = min(1.0, 2 * min(compared.p_more, compared.p_less))
    return Steadiness(compared, sigma.high, p_value, "undecided")


def _steady(found: Steadiness, p_adjusted: float, bars: Bars) -> Steadiness:
    verdict: StabilityVerdict = "undecided"
    if found.compared.verdict == "equivalent":
        verdict = "equivalent"
    elif p_adjusted < bars.alpha:
        verdict = "more stable" if found.compared.p_more < found.compared.p_less else "less stable"
    return replace(found, p_adjusted=p_adjusted, verdict=verdict)


def _decided(found: Found, p_adjusted: float, one: Judged, bars: Bars) -> Found:
    verdict: ScoreVerdict = "undecided"
    if found.same.equivalent:
        verdict = "equivalent"
    elif p_adjusted < bars.alpha:
        verdict = "better" if one.gain > 0 else "worse"
    return replace(found, effect=replace(found.effect, p_adjusted=p_adjusted), verdict=verdict)
