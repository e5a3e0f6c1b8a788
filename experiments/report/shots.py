"""What exemplars and chain of thought gain, for all models and tasks together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.report.findings import Slice, label
from experiments.report.sentences import detected, shown_effect
from stats.compare import Effect
from stats.estimate import Estimate


@dataclass(frozen=True)
class ShotPoint:
    """One number of shots.

    Attributes:
        shots: How many exemplars.
        estimate: The score.
        gain: Paired difference from the number of shots given first; None there, and where it cannot be had.
        p_adjusted: Its p value, adjusted for all numbers of shots of this model and task.
        detectable: Whether that is below 1 - level.
    """

    shots: int
    estimate: Estimate
    gain: Estimate | None
    p_adjusted: float | None
    detectable: bool | None


@dataclass(frozen=True)
class ShotCurve:
    """The scores of one model on one task by number of shots, the least first."""

    model: str
    task: str
    title: str
    reference: str
    points: tuple[ShotPoint, ...]


@dataclass(frozen=True)
class CotGain:
    """What chain of thought gains one model on one task.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        without: Mean score without it, on the answers compared.
        with_it: The same with it.
        gain: Paired difference, with minus without.
        p_value: Of no difference.
        detectable: Whether that is below 1 - level.
    """

    model: str
    task: str
    title: str
    without: float
    with_it: float
    gain: Estimate
    p_value: float
    detectable: bool


def shot_curves(slices: Sequence[Slice]) -> tuple[ShotCurve, ...]:
    """Scores by number of shots where that varies, task by task; numbers are those of the shots factor.

    Args:
        slices: What was analysed.
    """
    found: list[ShotCurve] = []
    for one in slices:
        finding = one.factor("shots")
        if finding is None:
            continue
        effects = {label("shots", effect.level): effect for effect in finding.effects}
        points = [
            _point(int(level.level), level.estimate, effects.get(level.level)) for level in finding.levels
        ]
        points.sort(key=lambda point: point.shots)
        found.append(ShotCurve(one.model, one.task, one.title, finding.reference, tuple(points)))
    order = list(dict.fromkeys(curve.task for curve in found))
    return tuple(sorted(found, key=lambda curve: order.index(curve.task)))


def _point(shots: int, estimate: Estimate, effect: Effect | None) -> ShotPoint:
    if effect is None:
        return ShotPoint(shots, estimate, None, None, None)
    gain = shown_effect(effect)
    return ShotPoint(shots, estimate, gain, effect.p_adjusted, detected(effect, gain.level))


def cot_gains(slices: Sequence[Slice]) -> tuple[CotGain, ...]:
    """What chain of thought gains where it was varied, whichever of on and off was given first.

    Args:
        slices: What was analysed.
    """
    found: list[CotGain] = []
    for one in slices:
        finding = one.factor("cot")
        for effect in () if finding is None else finding.effects:
            gain, on = shown_effect(effect), bool(effect.level)
            found.append(
                CotGain(
                    one.model,
                    one.task,
                    one.title,
                    without=effect.value_against if on else effect.value_level,
                    with_it=effect.value_level if on else effect.value_against,
                    gain=gain if on else turned(gain),
                    p_value=effect.p_value,
                    detectable=detected(effect, gain.level),
                )
            )
    return tuple(found)


def turned(difference: Estimate) -> Estimate:
    """The same difference taken the other way round."""
    return replace(difference, value=-difference.value, low=-difference.high, high=-difference.low)
