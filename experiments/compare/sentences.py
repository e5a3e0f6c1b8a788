"""A comparison in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.compare.judge import Bars, Found, Judged
from experiments.compare.sides import Side
from experiments.report.numerals import SPACE, count, hundredths, interval, many, points
from stats.estimate import Estimate
from stats.needed import Needed

SCORES = ("better", "worse", "equivalent", "undecided")
STABILITIES = ("more stable", "less stable", "equivalent", "undecided")
INTERVALS = (
    "Each interval is for its own row alone; verdicts allow for all rows together, so that a row may be "
    "undecided though its interval leaves 0 out."
)
_MOST_FAILED = 0.01  # share of failed requests above which a comparison warns of them


@dataclass(frozen=True)
class Comparison:
    """One new side against the baseline.

    Attributes:
        new: The new side.
        baseline: What it is compared with.
        tasks: The tasks of either side.
        bars: What counts as the same.
        across: Factors in which the sides differ and which the comparison reaches across.
    """

    new: Side
    baseline: Side
    tasks: tuple[Judged, ...]
    bars: Bars
    across: tuple[str, ...] = ()

    @property
    def compared(self) -> tuple[tuple[Judged, Found], ...]:
        """The tasks that could be compared, with what they show."""
        return tuple((one, one.found) for one in self.tasks if one.found is not None)


def several(comparisons: Sequence[Comparison]) -> bool:
    """Whether more than one task was judged, so that verdicts and intervals may seem to disagree."""
    return sum(len(one.compared) for one in comparisons) > 1


def shown(found: Found) -> Estimate:
    """The difference that the verdict rests on: over templates where there are enough of them."""
    return found.effect.crossed or found.effect.fixed


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """The whole comparison: the verdict, what every task shows, what was not compared, and cautions."""
    return (
        overall(comparison),
        *(text for text, _ in findings(comparison)),
        *(
            f"{one.paired.title} was not compared: {one.paired.refusal}."
            for one in comparison.tasks
            if one.found is None
        ),
        *cautions(comparison),
    )


def findings(comparison: Comparison) -> tuple[tuple[str, bool], ...]:
    """What every task shows beyond the verdict, each with whether it is decided."""
    found: list[tuple[str, bool]] = []
    for one, shows in comparison.compared:
        if len(comparison.compared) > 1:  # a single task's is the verdict itself
            found.append((score_sentence(comparison, one, shows), shows.verdict != "undecided"))
        steady = shows.stability_verdict not in (None, "undecided")
        found.append((stability_sentence(comparison, one, shows), steady))
    return tuple(found)


def overall(comparison: Comparison) -> str:
    """The verdict: of a single task what its scores show, of several how many show what."""
    new, baseline, compared = comparison.new.name, comparison.baseline.name, comparison.compared
    if not compared:
        return f"{new} and {baseline} were asked nothing alike, so nothing can be said."
    if len(compared) == 1:
        return score_sentence(comparison, *compared[0])
    scores = _counted([found.verdict for _, found in compared], SCORES)
    steady = _counted([found.stability_verdict for _, found in compared], STABILITIES)
    text = f"{new} against {baseline} on {count(len(compared))} tasks: score {scores}"
    return f"{text}; stability {steady}." if steady else f"{text}."


def _counted(verdicts: Sequence[str | None], order: Sequence[str]) -> str:
    return ", ".join(f"{verdict} on {verdicts.count(verdict)}" for verdict in order if verdict in verdicts)


def score_sentence(comparison: Comparison, one: Judged, found: Found) -> str:
    """What the scores of one task show."""
    estimate, bars = shown(found), comparison.bars
    new, baseline, title = comparison.new.short_name, comparison.baseline.short_name, one.paired.title
    margin = points(bars.margin)
    difference = f"{hundredths(estimate.value, signed=True)}{SPACE}points {interval(estimate, signed=True)}"
    if found.verdict == "equivalent":
        return (
            f"{new} is as good as {baseline} on {title}: the difference, {difference}, is shown to be within "
            f"±{margin}."
        )
    if found.verdict in ("better", "worse"):
        return f"{new} is {found.verdict} than {baseline} on {title}: {difference}."
    return (
        f"{new} and {baseline} cannot be told apart on {title}, nor shown to be within ±{margin} of each "
        f"other: {difference}{wanted(found.needed)}."
    )


def wanted(needed: Needed | None) -> str:
    """The sample that would decide, as the end of a sentence."""
    if needed is None:
        return ""
    ways = [
        *([f"{count(needed.items)} items"] if needed.items else []),
        *([f"{count(needed.templates)} templates"] if needed.templates else []),
    ]
    return (
        f"; about {' or '.join(ways)} would decide, if it stays so"
        if ways
        else "; no larger sample is in sight that would decide"
    )


def stability_sentence(comparison: Comparison, one: Judged, found: Found) -> str:
    """What one task shows of how much both depend on the template."""
    new, baseline, title = comparison.new.short_name, comparison.baseline.short_name, one.paired.title
    if found.steadiness is None:
        return (
            f"Whether {new} is as stable as {baseline} on {title} cannot be said with "
            f"{many(one.paired.templates, 'shared template')}: it takes 3 or more, better 10."
        )
    compared = found.steadiness.compared
    sigmas = f"σ between templates {points(compared.sigma_level)} against {points(compared.sigma_against)}"
    verdict = found.steadiness.verdict
    if verdict == "equivalent":
        return (
            f"{new} is as stable as {baseline} on {title}: {sigmas}, shown to be within a factor of "
            f"{comparison.bars.sigma_ratio:g}."
        )
    if verdict in ("more stable", "less stable"):
        return f"{new} is {verdict} than {baseline} on {title}: {sigmas}."
    more = wanted(compared.needed)
    return f"Whether {new} is as stable as {baseline} on {title} is undecided: {sigmas}{more}."


def cautions(comparison: Comparison) -> tuple[str, ...]:
    """What a reader must know before reading the verdicts."""
    found = [
        f"{one.paired.title}: {mismatch}."
        for one in comparison.tasks
        if one.found is not None
        for mismatch in one.paired.mismatches
    ]
    if comparison.across:
        found.insert(0, f"Compared across {', '.join(comparison.across)}, in which the sides differ.")
    found.extend(
        f"{one.paired.title}: {one.paired.failed} of {one.paired.asked} outcomes are left out because a "
        "request failed."
        for one in comparison.tasks
        if one.paired.failed > _MOST_FAILED * one.paired.asked
    )
    return tuple(found)
