"""May this model or prompt replace the baseline: a verdict for scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from experiments.compare.judge import Bars, Found, Judged
from experiments.compare.sentences import Comparison, shown, wanted
from experiments.report.numerals import SPACE, hundredths, interval, many, points

Decision = Literal["pass", "fail", "undecided"]
EXIT: dict[Decision, int] = {"pass": 0, "fail": 1, "undecided": 3}


@dataclass(frozen=True)
class Gate:
    """A task's verdict at the gate.

    Attributes:
        title: The task.
        decision: On score and stability together.
        line: Why, in one line.
    """

    title: str
    decision: Decision
    line: str


def gates(comparison: Comparison, *, score_only: bool = False) -> tuple[Gate, ...]:
    """Judges every task that could be compared.

    * Score: passes where the new side is shown not to be worse by the margin or more (a one-sided test of
      size 1 - confidence); fails where it is worse (adjusted for the number of tasks) and not shown to be
      within the margin; else undecided.
    * Stability, where 3 or more templates are shared: passes where the new side's σ between templates is
      shown to be at most the bar's ratio times the baseline's, or to be no more than the margin itself;
      fails where it is shown to be less stable and neither holds; else undecided.

    Args:
        comparison: The comparison.
        score_only: Whether stability is left out.
    """
    return tuple(
        _gate(one, found, comparison.bars, score_only=score_only) for one, found in comparison.compared
    )


def decide(judged: Sequence[Gate]) -> Decision:
    """The decision over tasks: one failure fails; else one undecided, or no task, leaves it undecided."""
    return _worst([one.decision for one in judged]) if judged else "undecided"


def one_line(comparison: Comparison, judged: Sequence[Gate]) -> str:
    """The whole gate in one line: the decision, then the tasks it is due to."""
    decision = decide(judged)
    names = f"{comparison.new.name} against {comparison.baseline.name}"
    if not judged:
        return f"UNDECIDED: {names} were asked nothing alike"
    if decision == "pass":
        return f"PASS: {names}: {'; '.join(one.line for one in judged)}"
    due = [one.line for one in judged if one.decision == decision]
    return f"{decision.upper()}: {names}, {many(len(due), 'task')} of {len(judged)}: {'; '.join(due)}"


def _worst(decisions: Sequence[Decision]) -> Decision:
    if "fail" in decisions:
        return "fail"
    return "undecided" if "undecided" in decisions else "pass"


def _gate(one: Judged, found: Found, bars: Bars, *, score_only: bool) -> Gate:
    score, why = _score(one, found, bars)
    if score_only or found.steadiness is None:
        return Gate(one.paired.title, score, why)
    steady, reason = _stability(found, bars)
    return Gate(one.paired.title, _worst((score, steady)), f"{why}, {reason}")


def _score(one: Judged, found: Found, bars: Bars) -> tuple[Decision, str]:
    estimate = shown(found)
    said = (
        f"{one.paired.title} {hundredths(estimate.value, signed=True)}{SPACE}points "
        f"{interval(estimate, signed=True)}"
    )
    beyond = found.same.p_lower if one.paired.higher_is_better else found.same.p_upper
    if beyond <= bars.alpha:
        return "pass", f"{said}, shown not to be worse by {points(bars.margin)}"
    if found.verdict == "worse":
        return "fail", f"{said}, worse"
    return "undecided", f"{said}, not shown to be within {points(bars.margin)}{wanted(found.needed)}"


def _stability(found: Found, bars: Bars) -> tuple[Decision, str]:
    assert found.steadiness is not None
    compared = found.steadiness.compared
    said = f"σ {hundredths(compared.sigma_level)} against {points(compared.sigma_against)}"
    if compared.ratio.high < bars.sigma_ratio**2:
        return "pass", f"{said}, shown to be within a factor of {bars.sigma_ratio:g}"
    if found.steadiness.sigma_new <= bars.margin:
        return "pass", f"{said}, shown to be at most {points(bars.margin)}"
    if found.steadiness.verdict == "less stable":
        return "fail", f"{said}, less stable"
    return "undecided", f"{said}, not shown to be within a factor of {bars.sigma_ratio:g}"
