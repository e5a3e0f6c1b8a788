"""The charts of what exemplars and chain of thought gain."""

from collections.abc import Sequence
from itertools import pairwise

from experiments.report.plot import (
    ACCENT,
    INK,
    MOST_ROWS,
    MUTED,
    SECOND,
    Bar,
    Figure,
    domain,
    finished,
    finite,
    hover,
    intervals,
    left_out,
    short,
)
from experiments.report.shots import CotGain, ShotCurve
from stats.estimate import Estimate

MOST_LINES = 6
HEIGHT = 220
_LABEL_HEIGHT = 15  # pixels between the names at the lines' ends
_APART = 0.012  # of the width, between the models' intervals at one number of shots
_STROKES = (
    (ACCENT, [1, 0]),
    (SECOND, [6, 3]),
    (INK, [2, 3]),
    (ACCENT, [10, 4]),
    (SECOND, [2, 2]),
    (MUTED, [8, 2, 2, 2]),
)
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")


def shot_panel(curves: Sequence[ShotCurve]) -> Figure:
    """Score by number of shots: one task, a line a model.

    Args:
        curves: The models' curves, all of one task.
    """
    import altair as alt

    shown = curves[:MOST_LINES]
    ends = [100 * end for curve in shown for point in curve.points for end in _ends(point.estimate)]
    low, high = domain(ends, (0, 100))
    most = max(point.shots for curve in shown for point in curve.points)
    x_scale = alt.Scale(domain=[-0.04 * most, 1.3 * most], nice=False, zero=False)
    numbers = sorted({point.shots for curve in shown for point in curve.points})
    x = alt.X("shots:Q", title="shots", scale=x_scale, axis=alt.Axis(values=numbers, format="d", grid=False))
    y_scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    last = [100 * curve.points[-1].estimate.value for curve in shown]
    labels = spread_apart(last, (high - low) * _LABEL_HEIGHT / HEIGHT, high)
    layers: list[alt.Chart] = []
    for place, (curve, at) in enumerate(zip(shown, labels, strict=True)):
        colour, dash = _STROKES[place]
        aside = (place - (len(shown) - 1) / 2) * _APART * most
        rows = [
            {
                "shots": point.shots + aside,
                "value": 100 * point.estimate.value,
                "low": 100 * point.estimate.low,
                "high": 100 * point.estimate.high,
                "hover": hover(
                    f"{curve.model}, {point.shots} shots", *(100 * end for end in _ends(point.estimate))
                ),
            }
            for point in curve.points
        ]
        base = alt.Chart(alt.Data(values=finite(rows))).encode(x=x)
        y = alt.Y("low:Q", title="score, %", scale=y_scale, axis=alt.Axis(tickCount=6))
        layers += [
            base.mark_rule(color=colour, strokeWidth=1.6).encode(y=y, y2="high:Q"),
            base.mark_line(color=colour, strokeWidth=1.4, strokeDash=dash).encode(y="value:Q"),
            base.mark_point(filled=True, color=colour, shape=_SHAPES[place], size=60, opacity=1).encode(
                y="value:Q", description="hover:N"
            ),
            alt.Chart(alt.Data(values=[{"shots": most + 0.05 * most, "at": at, "name": short(curve.model)}]))
            .mark_text(color=colour, align="left", fontSize=11)
            .encode(x=x, y="at:Q", text="name:N"),
        ]
    title = shown[0].title
    return Figure(
        finished(alt.layer(*layers), [], HEIGHT),
        f"Score by shots on {title}",
        "A line for each model, its name at the end: across, the number of exemplars; upwards, the score, "
        "with an upright line for its interval.",
        left_out(len(curves), "models", MOST_LINES),
    )


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high


def spread_apart(places: Sequence[float], gap: float, top: float) -> list[float]:
    """Places moved until no two are nearer than `gap` and none is above `top`, their order kept."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + gap)
    ceiling = top
    for number in reversed(order):
        moved[number] = min(moved[number], ceiling)
        ceiling = moved[number] - gap
    return moved


def cot_forest(gains: Sequence[CotGain]) -> Figure:
    """What chain of thought gains, a row for each model and task."""
    bars = [
        Bar(
            f"{short(one.model)} · {short(one.title)}",
            value=100 * one.gain.value,
            low=100 * one.gain.low,
            high=100 * one.gain.high,
        )
        for one in gains[:MOST_ROWS]
    ]
    return Figure(
        intervals(bars, "gain, points", reference=0.0, within=(-100, 100)),
        "What chain of thought gains every model on every task",
        "A row for each model and task: a dot for the score with chain of thought minus the score without, a "
        "line for its interval. The dashed line is no difference.",
        left_out(len(gains), "rows"),
    )
