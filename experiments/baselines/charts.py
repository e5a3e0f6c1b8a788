"""The charts of published figures, and of versions of a model that were run."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.baselines.changes import Change
from experiments.baselines.lineage import Contrast, Evolution
from experiments.baselines.radar import Capability
from experiments.baselines.rows import BaselineRow
from experiments.baselines.seesaw import Seesaw
from experiments.baselines.settings import SettingEffect
from experiments.report.numerals import hundredths
from experiments.report.plot import (
    ACCENT,
    INK,
    MOST_ROWS,
    MUTED,
    PAPER,
    ROW,
    RULE,
    SECOND,
    SHADES,
    Bar,
    Figure,
    finished,
    finite,
    intervals,
    left_out,
    rows_axis,
    short,
)
from experiments.report.suite import CATEGORIES

if TYPE_CHECKING:
    import altair as alt

RINGS = (20, 40, 60, 80, 100)
LINES = (
    (ACCENT, [1, 0]),
    (ACCENT, [5, 3]),
    (SECOND, [1, 0]),
    (MUTED, [2, 2]),
)  # as many models as a radar shows
MARKS = {True: "▲", False: "▼", None: "○"}


def scores(rows: Sequence[BaselineRow], marked: Sequence[BaselineRow], title: str) -> Figure:
    """Published scores with their intervals; those marked are drawn as hollow diamonds."""
    bars = [
        Bar(
            _name_of(row),
            100 * row.figure.score,
            math.nan if row.interval is None else 100 * row.interval.low,
            math.nan if row.interval is None else 100 * row.interval.high,
            reference=row in marked,
        )
        for row in rows
    ]
    return Figure(
        intervals(bars, "score, %", reference=None, within=(0, 100)),
        title,
        "A row for each model: a dot for the score, a line for its interval; hollow diamonds are the same "
        "model with two templates.",
    )


def _name_of(row: BaselineRow) -> str:
    figure = row.figure
    return f"{figure.model}, {figure.template}" if figure.model.startswith("Llama") else short(figure.model)


def radar_chart(capabilities: Sequence[Capability], models: Sequence[str]) -> Figure:
    """Capability scores of up to four models as a radar.

    Args:
        capabilities: Of these models and others.
        models: Those to draw. An axis is a category in which all of them have a score; three axes at least.
    """
    import altair as alt

    x = alt.X("x:Q", scale=alt.Scale(domain=[-1.75, 1.75], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-1.45, 1.15], nice=False), axis=None)

    def line(points: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(alt.Data(values=points)).encode(x=x, y=y, order="order:Q")

    def text(points: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(alt.Data(values=points)).encode(x=x, y=y, text="text:N")

    values = {(one.model, one.category): one.value for one in capabilities}
    axes = radar_axes(capabilities, models)
    whole = len(axes)
    layers: list[alt.Chart] = []
    for ring in RINGS:
        corners = [_corner(place, whole, ring / 100) for place in range(whole + 1)]
        layers.append(line(corners).mark_line(color=RULE, strokeWidth=1))
    for place in range(whole):
        spoke = [{"x": 0, "y": 0, "order": 0}, _corner(place, whole, 1) | {"order": 1}]
        layers.append(line(spoke).mark_line(color=RULE, strokeWidth=1))
    names = [_corner(place, whole, 1.08) | {"text": short(name)} for place, name in enumerate(axes)]
    layers += [
        text([name for place, name in enumerate(names) if 2 * place in (0, whole)]).mark_text(
            color=INK, fontSize=12
        ),
        text([name for place, name in enumerate(names) if 0 < 2 * place < whole]).mark_text(
            color=INK, fontSize=12, align="left"
        ),
        text([name for place, name in enumerate(names) if 2 * place > whole]).mark_text(
            color=INK, fontSize=12, align="right"
        ),
    ]
    for place, (model, (colour, dash)) in enumerate(zip(models, LINES, strict=False)):
        corners = [
            _corner(at, whole, values[model, axes[at % whole]]) | {"order": at} for at in range(whole + 1)
        ]
        layers.append(line(corners).mark_line(color=colour, strokeWidth=2, strokeDash=dash))
        left, low = (-1.2 if place % 2 == 0 else 0.2), (-1.25 if place < 2 else -1.4)
        key = [{"x": left, "y": low, "order": 0}, {"x": left + 0.22, "y": low, "order": 1}]
        layers.append(line(key).mark_line(color=colour, strokeWidth=2, strokeDash=dash))
        label = [{"x": left + 0.27, "y": low, "text": short(model)}]
        layers.append(text(label).mark_text(align="left", color=INK, fontSize=11))
    rings = [{"x": 0.02, "y": ring / 100 - 0.05, "text": f"{ring}"} for ring in RINGS[:-1]]
    layers.append(text(rings).mark_text(align="left", color=MUTED, fontSize=9))
    shown = list(models)[: len(LINES)]
    return Figure(
        finished(alt.layer(*layers), [], 335, 450),
        f"Capabilities of {', '.join(shown)}",
        "A radar with an axis for each category, from 0 in the middle to 100 %: "
        + "; ".join(
            f"{model}: " + ", ".join(f"{category} {hundredths(values[model, category])}" for category in axes)
            for model in shown
        ),
    )


def radar_axes(capabilities: Sequence[Capability], models: Sequence[str]) -> tuple[str, ...]:
    """The categories in which all of these models have a score, in the order of GPT-Fathom's table."""
    scored = {(one.model, one.category) for one in capabilities}
    known = dict.fromkeys((*CATEGORIES, *(one.category for one in capabilities)))
    return tuple(one for one in known if all((model, one) in scored for model in models))


def _corner(place: int, whole: int, radius: float) -> dict[str, Any]:
    angle = 2 * math.pi * place / whole
    return {"x": radius * math.sin(angle), "y": radius * math.cos(angle), "order": place}


def evolution(graph: Evolution) -> Figure:
    """The evolution graph: a row for each model, in a lane of its own series."""
    import altair as alt

    rows = {node.name: f"{place:04d}{short(node.name)}" for place, node in enumerate(graph.nodes)}
    at = {node.name: node.lane for node in graph.nodes}
    right = max((*at.values(), 0.0))
    nodes = [
        {
            "row": rows[node.name],
            "x": node.lane,
            "text": f"{node.date}  {node.technique}".strip(),
            "scored": node.scored,
        }
        for node in graph.nodes
    ]
    edges = [
        {"row": rows[edge.parent], "x": at[edge.parent], "row2": rows[edge.child], "x2": at[edge.child]}
        | {"series": edge.series}
        for edge in graph.edges
    ]
    axis = alt.Axis(
        orient="top",
        values=list(range(len(graph.lanes))),
        labelExpr=f"{json.dumps([*graph.lanes, ''])}[datum.value]",
        grid=False,
        ticks=False,
        domain=False,
        labels=any(graph.lanes),
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.6, right + 3.4], nice=False), axis=axis, title=None)
    lines = alt.Chart(alt.Data(values=edges)).encode(x=x, x2="x2:Q", y=_placed(), y2="row2:N")
    base = alt.Chart(alt.Data(values=nodes)).encode(y=_placed(), x=x)
    layers = [
        lines.transform_filter("!datum.series").mark_rule(color=MUTED, strokeWidth=1.6),
        lines.transform_filter("datum.series").mark_rule(color=MUTED, strokeWidth=1.6, strokeDash=[4, 3]),
        base.transform_filter("datum.scored").mark_point(filled=True, color=ACCENT, size=80, opacity=1),
        base.transform_filter("!datum.scored").mark_point(
            shape="circle", size=70, fill=PAPER, stroke=ACCENT, strokeWidth=1.6, opacity=1
        ),
        base.mark_text(align="left", color=INK, fontSize=11).encode(x=alt.datum(right + 0.35), text="text:N"),
    ]
    return Figure(
        finished(alt.layer(*layers), [short(name) for name in rows], len(rows) * ROW),
        graph.title,
        "A row for each model with its date and the technique that made it, a lane for each series. Filled "
        "dots were scored, hollow ones were not. Lines lead from parent to child; dashed ones join series.",
    )


def _placed() -> "alt.Y":
    """The axis of rows, by their place even where the first layer lacks some of them."""
    return rows_axis().sort("ascending")


def seesaw_chart(found: Seesaw, titles: Mapping[str, str]) -> Figure:
    """Changes for the better or worse, the largest gain first; titles by task."""
    ordered = sorted(found.changes, key=lambda one: (one.difference is None, -one.gain))
    bars = [
        _bar(f"{mark(one, found.level)} {short(titles[one.before.task])}", one) for one in ordered[:MOST_ROWS]
    ]
    return Figure(
        intervals(bars, "change for the better, points", reference=0, within=(-100, 100)),
        f"From {found.before} to {found.after}",
        "A row for each benchmark: a dot for the change, a line for its interval, a dashed line at no "
        "change. A triangle before the name points up if it rose, down if it fell; a circle means undecided.",
        left_out(len(ordered), "benchmarks"),
    )


def differences(effects: Sequence[SettingEffect], names: Sequence[str], title: str, axis: str) -> Figure:
    """Differences between two settings, a row for each pair."""
    bars = [_bar(name, one.change) for name, one in zip(names, effects, strict=True)]
    return Figure(
        intervals(bars, axis, reference=0, within=(-100, 100)),
        title,
        "A row for each pair of figures: a dot for the difference, a line for its interval, a dashed line at "
        "no difference.",
    )


def mark(one: Change, level: float) -> str:
    """A triangle for what rose or fell, a circle for what is undecided."""
    return MARKS[one.gain > 0 if one.told_apart(level) else None]


def _bar(name: str, one: Change) -> Bar:
    if one.difference is None:
        return Bar(name, 100 * one.gain, math.nan, math.nan)
    low, high = one.difference.low, one.difference.high
    if one.after.lower_is_better:
        low, high = -high, -low
    return Bar(name, 100 * one.gain, 100 * low, 100 * high)


def contrast_map(found: Sequence[Contrast], titles: Mapping[str, str]) -> Figure:
    """Changes for the better by benchmark and step of the lineage; titles by task, in the order of rows."""
    import altair as alt

    columns = [f"{place:04d}{place + 1}" for place in range(len(found))]
    values = [
        {
            "row": f"{place:04d}{short(title)}",
            "column": column,
            "size": min(1.0, abs(one.gain) / 0.5),
            "better": one.gain > 0,
            "apart": one.told_apart(contrast.seesaw.level),
            "text": hundredths(round(one.gain, 2), signed=True).removesuffix(".0"),
        }
        for column, contrast in zip(columns, found, strict=True)
        for place, (task, title) in enumerate(titles.items())
        for one in contrast.seesaw.changes
        if one.before.task == task
    ]
    axis = alt.Axis(orient="top", labelAngle=0, labelExpr="slice(datum.label, 4)", ticks=False, domain=False)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("column:N", title="step", axis=axis), y=_placed()
    )
    opacity = alt.FillOpacity("size:Q", scale=alt.Scale(domain=[0, 1], range=list(SHADES)), legend=None)
    layers = [
        base.transform_filter(condition).mark_rect(fill=colour, cornerRadius=2).encode(fillOpacity=opacity)
        for condition, colour in (("datum.better", ACCENT), ("!datum.better", SECOND))
    ]
    layers += [
        base.transform_filter("datum.apart")
        .mark_text(color=INK, fontSize=11, fontWeight="bold")
        .encode(text="text:N"),
        base.transform_filter("!datum.apart").mark_text(color=MUTED, fontSize=11).encode(text="text:N"),
    ]
    rows = [short(title) for title in titles.values()]
    return Figure(
        finished(alt.layer(*layers), rows, len(rows) * 21, 38 * len(columns)),
        "What each step of the lineage did, in points",
        "A cell for each benchmark and step with the change for the better in whole points: one colour for "
        "better, another for worse, the larger the change the more colour; bold where it can be told from "
        "none.",
    )


def spans(rows: Sequence[tuple[str, float, float]], axis: str, title: str, description: str) -> Figure:
    """From one score to another, a row each: a hollow dot where it starts, a filled one where it ends."""
    import altair as alt

    values = [
        {"row": f"{place:04d}{name}", "start": 100 * start, "end": 100 * end}
        for place, (name, start, end) in enumerate(rows)
    ]
    base = alt.Chart(alt.Data(values=finite(values))).encode(y=rows_axis())
    scale = alt.Scale(domain=[0, 100], nice=False)
    x = alt.X("start:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=6))
    layers = [
        base.mark_rule(color=ACCENT, strokeWidth=1.6).encode(x=x, x2="end:Q"),
        base.mark_point(filled=True, color=ACCENT, size=60, opacity=1).encode(x="end:Q"),
        base.mark_point(
            shape="circle", size=60, fill=PAPER, stroke=ACCENT, strokeWidth=1.6, opacity=1
        ).encode(x="start:Q"),
    ]
    return Figure(
        finished(alt.layer(*layers), [name for name, _, _ in rows], len(rows) * ROW), title, description
    )
