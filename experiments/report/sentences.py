"""The verdict: what was found, in sentences a person can quote, the most important first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from experiments.report.findings import FactorFinding, Slice, label
from experiments.report.numerals import (
    SPACE,
    count,
    coverage,
    hundredths,
    interval,
    many,
    p_value,
    percent,
    points,
)
from experiments.report.quality import Quality
from experiments.report.suite import CategoryScore
from stats.compare import Effect
from stats.estimate import Estimate
from stats.sensitivity import Sensitivity

DRAWS = {
    "template": "template",
    "exemplar_seed": "draw of exemplars",
    "perturbation_seed": "draw of the perturbation",
    "sampling_seed": "sampling seed",
    "replicate": "replicate",
}
CHANGING = {
    "template": "Changing the template",
    "exemplar_seed": "Drawing other exemplars",
    "perturbation_seed": "Drawing the perturbation anew",
    "sampling_seed": "Changing the sampling seed",
    "replicate": "Sampling again",
}
EFFECTS = {
    "template": "template effect",
    "exemplar_seed": "effect of the exemplars drawn",
    "perturbation_seed": "effect of the perturbation's draw",
    "sampling_seed": "effect of the sampling seed",
    "replicate": "difference between replicates",
}
FEW = 3  # templates below which nothing is said of others
MOSTLY_NOISE = 0.5  # share of an observed spread from which on the spread itself is no headline


class Kind(IntEnum):
    """What a sentence says; smaller comes first."""

    extremes = 0
    distribution = 1
    stopped = 2
    decision = 3
    detected_sensitivity = 4
    detected_effect = 5
    categories = 6
    tied_sensitivity = 7
    tied_effect = 8
    ranking = 9
    grader = 10
    score = 11
    caution = 12


@dataclass(frozen=True)
class Sentence:
    """One finding in words.

    Attributes:
        text: A sentence that stands alone.
        kind: What it says.
        size: How large what it says is, in [0, 1]; larger comes first within a kind.
        detectable: The verdict; None for sentences that hold none.
        model: The model it is about; empty for the whole run.
        task: The task it is about; empty for the whole run.
        factor: The factor it is about; empty if none.
        more: Further sentences that add to it; empty if none do.
    """

    text: str
    kind: Kind
    size: float
    detectable: bool | None = None
    model: str = ""
    task: str = ""
    factor: str = ""
    more: str = ""

    @property
    def whole(self) -> str:
        """The sentence and what adds to it."""
        return f"{self.text} {self.more}".rstrip()


def verdict(
    slices: Sequence[Slice],
    quality: Quality,
    categories: Sequence[CategoryScore] = (),
    further: Sequence[Sentence] = (),
) -> tuple[Sentence, ...]:
    """All sentences of a run, the most important first.

    Detectable template effects lead, the largest first; then come other detectable effects, category scores,
    ties, how stable rankings are, what graders do, and scores.

    Args:
        slices: What was analysed.
        quality: How the run went.
        categories: Category scores.
        further: Sentences on more than one model, or on more than scores.
    """
    found = [*(sentence for one in slices for sentence in about(one)), *further]
    found += [
        _categories(model, [one for one in categories if one.model == model])
        for model in dict.fromkeys(one.model for one in categories)
    ]
    if quality.failed_cells:
        found.append(
            Sentence(
                f"{count(quality.failed_cells)} of {many(quality.cells, 'cell')} did not come out whole; "
                "what they lack is left out of every number.",
                Kind.caution,
                1.0,
            )
        )
    if not slices:
        found.append(Sentence("Nothing can be said: fewer than two items were graded.", Kind.caution, 2.0))
    return tuple(sorted(found, key=lambda sentence: (sentence.kind, -sentence.size)))


def _categories(model: str, scores: Sequence[CategoryScore]) -> Sentence:
    """One model's scores by category."""
    parts = [f"{percent(one.estimate.value)} {interval(one.estimate)} in {one.category}" for one in scores]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    benchmarks = sum(len(one.benchmarks) for one in scores)
    mean = sum(one.estimate.value for one in scores) / len(scores)
    return Sentence(
        f"{model} scores {listed}.",
        Kind.categories,
        mean,
        model=model,
        more=f"Over {many(benchmarks, 'benchmark')}; with other prompts the scores may be others.",
    )


def first_sentences(sentences: Sequence[Sentence], most: int) -> list[Sentence]:
    """The most important sentences, and after them every caution, which must not be overlooked."""
    first = list(sentences[:most])
    return first + [one for one in sentences[most:] if one.kind is Kind.caution]


def about(one: Slice) -> tuple[Sentence, ...]:
    """The sentences on one model and task: factor by factor, then the score."""
    sentences = [sentence for finding in one.factors for sentence in _factor(one, finding)]
    return (*sentences, _score(one))


def randomness(slices: Sequence[Slice], level: float) -> str:
    """What counts as random, in a sentence for the whole run."""
    crossed = any(one.score.crossed is not None for one in slices)
    what = (
        "items and templates as random: they speak of further items and of templates like those run"
        if crossed
        else "items as random and templates as fixed: they speak of further items and these templates"
    )
    holds = next((one.early_holds for one in slices if one.early), "")
    early = (
        f" Items were asked until enough was known: intervals of scores with the templates run hold {holds}."
        if holds
        else ""
    )
    return (
        f"Intervals are {coverage(level)} intervals and treat {what}. All other factors are fixed: results "
        f"hold for the levels that were run.{early}"
    )


def _factor(one: Slice, finding: FactorFinding) -> tuple[Sentence, ...]:
    headline = finding.headline
    if (
        headline is not None
        and finding.factor in DRAWS
        and (finding.factor != "template" or len(finding.levels) >= FEW)
    ):
        return (_sensitivity(one, finding, headline),)
    return tuple(_effect(one, finding, effect) for effect in finding.effects)


def _sensitivity(one: Slice, finding: FactorFinding, sigma: Sensitivity) -> Sentence:
    where = f"{one.model} on {one.title}"
    what = DRAWS[finding.factor]
    spread = next((found for found in finding.sensitivity if found.metric == "spread"), None)
    lowest = min(finding.levels, key=lambda level: level.estimate.value)
    highest = max(finding.levels, key=lambda level: level.estimate.value)
    raw = highest.estimate.value - lowest.estimate.value
    floor = math.nan if spread is None else spread.floor
    left = raw if spread is None else spread.corrected
    n, kinds = len(finding.levels), _plural(what)
    if raw == 0:
        text = f"All {count(n)} {kinds} score the same for {where}: {percent(lowest.estimate.value)}."
        return Sentence(text, Kind.tied_sensitivity, 0.0, False, one.model, one.task, finding.factor)
    if not sigma.detectable:
        text = (
            f"No {EFFECTS[finding.factor]} can be told from noise for {where}: the scores of "
            f"{count(n)} {kinds} span {points(raw)}, and noise alone would give about {hundredths(floor)} "
            f"({p_value(sigma.p_value)})."
        )
        return Sentence(text, Kind.tied_sensitivity, left, False, one.model, one.task, finding.factor)
    ends = (
        f"from {percent(lowest.estimate.value)} ({lowest.level}) to {percent(highest.estimate.value)} "
        f"({highest.level})"
    )
    if floor > MOSTLY_NOISE * raw:
        text = (
            f"{CHANGING[finding.factor]} moves {where} by about {points(left)}, noise taken out; the scores "
            f"observed run {ends}."
        )
    else:
        text = f"{CHANGING[finding.factor]} moves {where} by {points(raw)}: {ends}."
    more = (
        f"Noise alone would give about {points(floor)}; the effect is detectable ({p_value(sigma.p_value)}). "
        f"Another {what} of this kind would typically score ±{points(sigma.corrected)} away (σ "
        f"{points(sigma.corrected)}, {coverage(sigma.level)} interval {hundredths(sigma.low)} to "
        f"{hundredths(sigma.high)})."
    )
    return Sentence(text, Kind.detected_sensitivity, left, True, one.model, one.task, finding.factor, more)


def _plural(noun: str) -> str:
    return noun.replace("draw", "draws", 1) if noun.startswith("draw") else noun + "s"


def shown_effect(effect: Effect) -> Estimate:
    """The estimate that an effect's p value belongs to: over templates where there are enough of them."""
    return effect.crossed or effect.fixed


def detected(effect: Effect, level: float) -> bool:
    """Whether an effect is told from nothing, adjusted for all comparisons of its factor."""
    p = effect.p_value if effect.p_adjusted is None else effect.p_adjusted
    return p < 1 - level


def _effect(one: Slice, finding: FactorFinding, effect: Effect) -> Sentence:
    estimate = shown_effect(effect)
    change = _change(finding, label(finding.factor, effect.level))
    where = f"{one.model} on {one.title}"
    if detected(effect, estimate.level):
        more = estimate.value > 0
        ends = (estimate.low, estimate.high) if more else (-estimate.high, -estimate.low)
        text = (
            f"{change[0].upper()}{change[1:]}, {where} scores {points(estimate.value)} "
            f"{'more' if more else 'less'} [{hundredths(ends[0])},{SPACE}{hundredths(ends[1])}]."
        )
        return Sentence(
            text, Kind.detected_effect, abs(estimate.value), True, one.model, one.task, finding.factor
        )
    difference = f"{hundredths(estimate.value, signed=True)}{SPACE}points {interval(estimate, signed=True)}"
    why = ""
    if estimate.low > 0 or estimate.high < 0:
        why = f"; {p_value(effect.p_adjusted)} after adjusting for {many(len(finding.effects), 'comparison')}"
    text = f"No detectable difference for {where} {change}: a tie ({difference}{why})."
    return Sentence(text, Kind.tied_effect, abs(estimate.value), False, one.model, one.task, finding.factor)


def _change(finding: FactorFinding, level: str) -> str:
    """What is done, in words: "with 5 exemplars instead of 0"."""
    reference = finding.reference
    if finding.factor == "shots":
        return f"with {level} exemplar{'' if level == '1' else 's'} instead of {reference}"
    if finding.factor == "cot":
        return f"with{'' if level == 'on' else 'out'} chain of thought"
    if finding.factor == "form":
        return f"asked as a {level} instead of a {reference}"
    if finding.factor == "perturbation":
        return (
            f"perturbed by {level}"
            if reference == "none"
            else f"with perturbation {level} instead of {reference}"
        )
    return f"with {finding.title} {level} instead of {reference}"


def _score(one: Slice) -> Sentence:
    score = one.score
    fixed = score.fixed
    if one.early:
        text = (
            f"{one.model} scores {percent(fixed.value)} on {one.title} {interval(fixed)} with the "
            f"{many(_templates(one), 'template')} run; it was asked {one.early}."
        )
        more = f"This interval holds {one.early_holds}; others take the number of items as fixed beforehand."
        return Sentence(text, Kind.stopped, fixed.value, None, one.model, one.task, more=more)
    if score.crossed is not None:
        crossed = score.crossed
        text = (
            f"{one.model} scores {percent(crossed.value)} on {one.title} {interval(crossed)} with "
            f"templates like these; for just the {many(_templates(one), 'template')} run the interval is "
            f"{interval(fixed)}."
        )
    elif _templates(one) == 1:
        text = (
            f"{one.model} scores {percent(fixed.value)} on {one.title} {interval(fixed)} with the one "
            "template run; how another template would do, this run cannot say."
        )
    else:
        text = (
            f"{one.model} scores {percent(fixed.value)} on {one.title} {interval(fixed)} with the "
            f"{many(_templates(one), 'template')} run; too few to say how others would do."
        )
    return Sentence(text, Kind.score, fixed.value, None, one.model, one.task)


def _templates(one: Slice) -> int:
    return one.grid["template"].nunique()


def rerun_sentence(one: Slice) -> str:
    """How far another template would move the score; empty where templates do not vary."""
    finding = one.factor("template")
    headline = None if finding is None else finding.headline
    if headline is not None:
        moved, ends, doubtful = headline.corrected, interval(headline), not headline.detectable
    elif one.components is not None and "template" in one.components.factors:
        sigma = one.components.sigma("template")
        moved, ends, doubtful = sigma.value, interval(sigma), sigma.low == 0
    else:
        return ""
    return (
        f"A re-run with another template would typically move the score by ±{points(moved)} {ends}"
        f"{', which cannot be told from 0' if doubtful else ''}."
    )


def shares_sentence(one: Slice, names: Sequence[str]) -> str:
    """Which share of the variance is whose; empty where there are no intervals.

    Args:
        one: The model and task.
        names: Every term in words, in the order of the shares.
    """
    if one.shares is None:
        return ""
    parts = [
        f"{name} {percent(row.value)} {interval(row)}"
        for row, name in zip(one.shares.rows, names, strict=True)
    ]
    return f"Shares of the variance of one answer: {'; '.join(parts)}."
