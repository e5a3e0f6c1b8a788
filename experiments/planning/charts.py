"""The chart of a plan: what designs come to, against the number of items."""

from typing import Any

from experiments.planning.answer import Answer, Line
from experiments.planning.sentences import value
from experiments.report.numerals import many
from experiments.report.plot import ACCENT, INK, MUTED, SECOND, Figure, finished

CLOSE = 0.04  # of the axis: ends nearer to one another than this are named together


def curve_chart(one: Answer) -> Figure:
    """A curve for each number of templates, its floor dashed, the target across."""
    import altair as alt

    target = one.target
    rows: list[dict[str, Any]] = []
    floors: list[dict[str, Any]] = []
    for line in one.lines:
        name = many(line.templates, "template")
        rows += [{"templates": name, "items": items, "reach": 100 * reach} for items, reach in line.points]
        floors.append({"templates": name, "bound": 100 * line.bound})
    y = alt.Y("reach:Q", title=target.measure, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6))
    x = alt.X("items:Q", title="items", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(tickCount=5))
    across = alt.Chart(alt.Data(values=[{"reach": 100 * target.target}]))
    layers = [
        alt.Chart(alt.Data(values=floors)).mark_rule(color=MUTED, strokeDash=[2, 3]).encode(y="bound:Q"),
        across.mark_rule(color=SECOND, strokeWidth=1.6).encode(y=y),
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=ACCENT, strokeWidth=1.6)
        .encode(x=x, y=y, detail="templates:N"),
        alt.Chart(alt.Data(values=_names(one)))
        .mark_text(align="left", dx=5, color=INK, fontSize=11)
        .encode(x=x, y=y, text="name:N"),
    ]
    if one.found.design is not None:
        point = [{"items": one.found.design.sizes["item"], "reach": 100 * one.found.design.reach}]
        marked = alt.Chart(alt.Data(values=point)).mark_point(filled=True, color=SECOND, size=70, opacity=1)
        layers.append(marked.encode(x=x, y=y))
    spec = finished(alt.layer(*layers), [], 240)
    spec["padding"] |= {"right": 96}
    return Figure(
        spec,
        f"{target.measure.partition(',')[0].capitalize()} against the number of items: {one.subject.title}",
        "A curve for each number of templates, named at its end; a dotted line for what no number of items "
        f"can better with as many; a line across at the wanted {value(target, target.target)}; a dot for the "
        "design.",
    )


def _names(one: Answer) -> list[dict[str, Any]]:
    """Names at the ends of the curves; curves that end close together share one."""
    highest = max(reach for line in one.lines for _, reach in line.points)
    groups: list[list[Line]] = []
    for line in sorted(one.lines, key=_end):
        if groups and _end(line) - _end(groups[-1][-1]) < CLOSE * highest:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [
        {
            "name": f"{', '.join(map(str, sorted(line.templates for line in group)))} templates",
            "items": group[0].points[-1][0],
            "reach": 100 * sum(map(_end, group)) / len(group),
        }
        for group in groups
    ]


def _end(line: Line) -> float:
    return line.points[-1][1]
