"""A comparison in words."""

from dataclasses import dataclass

from experiments.compare.judge import Bars, Found, Judged
from experiments.compare.needed import Needed
from experiments.compare.sides import Side
from experiments.report.numerals import SPACE, count, hundredths, interval, many, points
from stats.estimate import Estimate

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


def shown(found: Found) -> Estimate:
    """The difference that the verdict rests on: over templates where there are enough of them."""
    return found.effect.crossed or found.effect.fixed


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """The whole comparison: a sentence on all tasks, then one or two on each, then what differs."""
    lines = [overall(comparison)]
    for one, found in comparison.compared:
        lines.append(score_sentence(comparison, one, found))
        lines.append(stability_sentence(comparison, one, found))
    lines.extend(
        f"{one.paired.title} was not compared: {one.paired.refusal}."
        for one in comparison.tasks
        if not one.found
    )
    lines.extend(cautions(comparison))
    return tuple(lines)


def overall(comparison: Comparison) -> str:
    """The verdict over all tasks, as counts."""
    new, baseline, compared = comparison.new.name, comparison.baseline.name, comparison.compared
    if not compared:
        return f"{new} and {baseline} were asked nothing alike, so nothing can be said."
    scores = [found.verdict for _, found in compared]
    parts = [
        f"{word} on {scores.count(verdict)}"
        for verdict, word in (
            ("better", "better"),
            ("worse", "worse"),
            ("equivalent", "equivalent"),
            ("undecided", "undecided"),
        )
        if verdict in scores
    ]
    steadiness = [found.stability_verdict for _, found in compared if found.stability_verdict]
    stable = [
        f"{verdict} on {steadiness.count(verdict)}"
        for verdict in ("more stable", "less stable", "equivalent", "undecided")
        if verdict in steadiness
    ]
    text = f"{new} against {baseline}, {many(len(compared), 'task')}: in score {', '.join(parts)}"
    return f"{text}; in stability {', '.join(stable)}." if stable else f"{text}."


def score_sentence(comparison: Comparison, one: Judged, found: Found) -> str:
    """What the scores of one task show."""
    estimate, bars = shown(found), comparison.bars
    new, baseline, title = comparison.new.model, comparison.baseline.model, one.paired.title
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
    new, baseline, title = comparison.new.model, comparison.baseline.model, one.paired.title
    if found.steadiness is None:
        return (
            f"Whether {new} is as stable as {baseline} on {title} cannot be said with "
            f"{many(one.paired.templates, 'shared template')}: it takes 3 or more, better 10."
        )
    compared = found.steadiness.compared
    sigmas = f"σ between templates {points(compared.sigma_level)} against {points(compared.sigma_against)}"
    if compared.verdict == "equivalent":
        return (
            f"{new} is as stable as {baseline} on {title}: {sigmas}, shown to be within a factor of "
            f"{comparison.bars.sigma_ratio:g}."
        )
    if compared.verdict in ("more stable", "less stable"):
        return f"{new} is {compared.verdict} than {baseline} on {title}: {sigmas}."
    ways = [
        *([f"{count(compared.templates_needed)} templates"] if compared.templates_needed else []),
        *([f"{count(compared.items_needed)} items"] if compared.items_needed else []),
    ]
    more = f"; about {' or '.join(ways)} would decide, if it stays so" if ways else ""
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
        f"{one.paired.title}: {one.paired.failed} of {one.paired.asked} outcomes are left out because a request failed."
        for one in comparison.tasks
        if one.paired.failed > _MOST_FAILED * one.paired.asked
    )
    return tuple(found)
