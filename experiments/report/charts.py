"""The report's charts: what goes where, and how many marks at most."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.report.findings import FACTORS, FactorFinding, Slice, label
from experiments.report.numerals import hundredths, percent
from experiments.report.plot import (
    ACCENT,
    INK,
    MOST_COLUMNS,
    MOST_ROWS,
    MUTED,
    ROW,
    SECOND,
    SHADES,
    WIDTH,
    Bar,
    Figure,
    finished,
    finite,
    hover,
    intervals,
    joined,
    left_out,
    rows_axis,
    short,
)
from experiments.report.severity import SeverityCurve
from experiments.report.suite import CATEGORIES, CategoryScore
from stats.components import Components
from stats.sensitivity import Sensitivity

MEASURES = {"sigma_template": "σ", "spread": "best − worst", "pdr": "drop rate"}


def overview(slices: Sequence[Slice]) -> Figure:
    """Scores of all models and tasks: a thin interval for templates like these, a thick one for those run."""
    bars: list[Bar] = []
    for one in slices[:MOST_ROWS]:
        wide = one.score.crossed or one.score.fixed
        fixed = one.score.fixed
        bars.append(
            Bar(
                joined(one.model, one.title),
                value=100 * fixed.value,
                low=100 * wide.low,
                high=100 * wide.high,
                inner_low=100 * fixed.low,
                inner_high=100 * fixed.high,
            )
        )
    return Figure(
        intervals(bars, "score, %", reference=None, within=(0, 100)),
        "Scores of every model on every task",
        "A row for each model and task: a dot for the score, a thin line for its interval over templates "
        "like these, a thick line for its interval with the templates run.",
        left_out(len(slices), "rows"),
    )


def categories(scores: Sequence[CategoryScore]) -> Figure:
    """Category scores of all models, each with its interval."""
    bars = [
        Bar(
            joined(one.category, one.model),
            value=100 * one.estimate.value,
            low=100 * one.estimate.low,
            high=100 * one.estimate.high,
        )
        for one in sorted(scores[:MOST_ROWS], key=_place)
    ]
    return Figure(
        intervals(bars, "score, %", reference=None, within=(0, 100)),
        "Category scores of every model",
        "A row for each category and model: a dot for the score, a line for its interval.",
        left_out(len(scores), "rows"),
    )


def _place(score: CategoryScore) -> int:
    return CATEGORIES.index(score.category) if score.category in CATEGORIES else len(CATEGORIES)


def forest(one: Slice, finding: FactorFinding) -> Figure:
    """Scores at a factor's levels, in the order given, against the reference level."""
    bars = [
        Bar(
            short(level.level),
            value=100 * level.estimate.value,
            low=100 * level.estimate.low,
            high=100 * level.estimate.high,
            reference=level.level == finding.reference,
        )
        for level in finding.levels[:MOST_ROWS]
    ]
    reference = next((bar.value for bar in bars if bar.reference), None)
    return Figure(
        intervals(bars, "score, %", reference=reference, within=(0, 100)),
        f"Score by {finding.title}: {one.model} on {one.title}",
        f"A row for each {finding.title}: a dot for the score and a line for its interval. The hollow "
        f"diamond and the dashed line are the reference, {finding.reference}.",
        left_out(len(finding.levels), "levels"),
    )


def heat_map(one: Slice) -> Figure | None:
    """Mean score by template and another factor; None unless templates and another factor vary."""
    names = [finding.factor for finding in one.factors]
    if "template" not in names or len(names) < 2:
        return None
    other = names[1] if names[0] == "template" else names[0]
    table = table_by(one, other)
    import altair as alt

    values = [
        {
            "row": f"{i:04d}{short(row)}",
            "column": f"{j:04d}{short(label(other, column))}",
            "score": 100 * table.means[row, column],
            "text": hundredths(table.means[row, column]),
        }
        for i, row in enumerate(table.rows[:MOST_ROWS])
        for j, column in enumerate(table.columns[:MOST_COLUMNS])
        if (row, column) in table.means
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "column:N",
            title=FACTORS[other],
            axis=alt.Axis(
                orient="top", labelAngle=0, labelExpr="slice(datum.label, 4)", ticks=False, domain=False
            ),
        ),
        y=rows_axis(),
    )
    # Opacity, not a colour ramp: it darkens on white paper and lights up on black.
    shade = base.mark_rect(fill=ACCENT, cornerRadius=2).encode(
        fillOpacity=alt.FillOpacity(
            "score:Q", scale=alt.Scale(zero=False, nice=False, range=list(SHADES)), legend=None
        )
    )
    numbers = base.mark_text(color=INK, fontSize=11).encode(text="text:N")
    width = min(WIDTH, 76 * min(len(table.columns), MOST_COLUMNS))
    return Figure(
        finished(
            alt.layer(shade, numbers),
            [short(row) for row in table.rows],
            min(len(table.rows), MOST_ROWS) * ROW,
            width,
        ),
        f"Score by template and {FACTORS[other]}: {one.model} on {one.title}",
        f"A cell for each template and {FACTORS[other]} with its mean score in percent; the higher, the more "
        "saturated.",
        "; ".join(
            filter(
                None,
                (
                    left_out(len(table.rows), "templates"),
                    left_out(len(table.columns), "columns", MOST_COLUMNS),
                ),
            )
        ),
    )


@dataclass(frozen=True)
class TwoWay:
    """Mean scores by template and another factor.

    Attributes:
        rows: Templates, in the order given.
        columns: Levels of the other factor, in the order given.
        means: Mean score, in [0, 1], by template and level; combinations not run are absent.
    """

    rows: tuple[str, ...]
    columns: tuple[Hashable, ...]
    means: Mapping[tuple[str, Hashable], float]


def table_by(one: Slice, other: str) -> TwoWay:
    """Mean scores by template and another factor, averaged over the rest."""
    grid = one.grid
    means: dict[tuple[str, Hashable], list[float]] = {}
    for template, level, score in zip(grid["template"], grid[other], grid["score"], strict=True):
        means.setdefault((str(template), level), []).append(float(score))
    return TwoWay(
        tuple(dict.fromkeys(template for template, _ in means)),
        tuple(dict.fromkeys(level for _, level in means)),
        {pair: math.fsum(scores) / len(scores) for pair, scores in means.items()},
    )


def variance(one: Slice, parts: Components) -> Figure:
    """Share of the variance of a single answer that each source has."""
    import altair as alt

    names = [component_name(part.term, parts) for part in parts.rows]
    rows = [
        {"row": f"{place:04d}{name}", "share": 100 * part.share, "text": percent(part.share)}
        for place, (name, part) in enumerate(zip(names, parts.rows, strict=True))
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("share:Q", title="share of the variance of one answer, %", scale=alt.Scale(domain=[0, 100])),
        y=rows_axis(),
    )
    bars = base.mark_bar(color=ACCENT, height=12)
    numbers = base.mark_text(align="left", dx=5, color=INK, fontSize=11).encode(text="text:N")
    return Figure(
        finished(alt.layer(bars, numbers), names, len(rows) * ROW),
        f"Where the variance comes from: {one.model} on {one.title}",
        "A bar for each source of variance with its share in percent.",
    )


def component_name(term: str, parts: Components) -> str:
    """A variance component's term in words."""
    names = {"item_id": "item", **FACTORS}
    words = " × ".join(names.get(factor, factor) for factor in term.split(" × "))
    return f"{words}, noise" if term == parts.residual and term != "residual" else words


def noise_floor(one: Slice, finding: FactorFinding, measures: Sequence[Sensitivity]) -> Figure:
    """Sensitivity as it looks, what noise alone would give, and what is left."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    for place, measure in enumerate(measures):
        rows.append(
            {
                "row": f"{place:04d}{MEASURES.get(measure.metric, measure.metric)}",
                "raw": 100 * measure.raw,
                "floor": 100 * measure.floor,
                "corrected": 100 * measure.corrected,
                "low": 100 * measure.low,
                "high": 100 * measure.high,
            }
        )
    # An interval from few templates may reach so far that everything else would shrink to a dot.
    most = 2.5 * max(max(row["raw"], row["floor"], row["corrected"]) for row in rows) or 1.0
    end = min(most, max(max(row["high"], row["raw"], row["floor"]) for row in rows) * 1.05)
    scale = alt.Scale(domain=[0, end or 1.0], nice=False)
    base = alt.Chart(alt.Data(values=finite(rows))).encode(y=rows_axis())
    x = alt.X("low:Q", title="points", scale=scale, axis=alt.Axis(tickCount=7))
    layers = [
        base.mark_rule(color=ACCENT, strokeWidth=1.6, clip=True).encode(x=x, x2="high:Q"),
        base.mark_tick(color=SECOND, thickness=3, size=18).encode(x="floor:Q"),
        base.mark_point(shape="circle", size=60, stroke=MUTED, strokeWidth=1.6, opacity=1).encode(x="raw:Q"),
        base.mark_point(shape="circle", filled=True, size=60, color=ACCENT, opacity=1, clip=True).encode(
            x="corrected:Q"
        ),
    ]
    return Figure(
        finished(alt.layer(*layers), [row["row"] for row in rows], len(rows) * 30),
        f"Sensitivity to the {finding.title} beside its noise floor: {one.model} on {one.title}",
        "For each measure: a hollow dot for what was observed, an upright tick for what noise alone would "
        "give, a filled dot for what is left after correction, and a line for its interval.",
        "an interval runs on beyond the right edge" if any(row["high"] > end for row in rows) else "",
    )


def severity(curve: SeverityCurve) -> Figure:
    """Score against realised severity, a dot with its interval for each severity."""
    import altair as alt

    rows = finite(
        [
            {
                "realised": 100 * point.realised,
                "value": 100 * point.estimate.value,
                "low": 100 * point.estimate.low,
                "high": 100 * point.estimate.high,
                "hover": hover(
                    f"{percent(point.realised)} edited",
                    *(100 * end for end in (point.estimate.value, point.estimate.low, point.estimate.high)),
                ),
            }
            for point in curve.points[:MOST_ROWS]
        ]
    )
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "realised:Q", title="characters edited, %", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6)
        )
    )
    scale = alt.Scale(zero=False, padding=8)
    y = alt.Y("low:Q", title="score, %", scale=scale, axis=alt.Axis(tickCount=6))
    layers = [
        base.mark_line(color=MUTED, strokeWidth=1.2).encode(y=alt.Y("value:Q", scale=scale)),
        base.mark_rule(color=ACCENT, strokeWidth=1.6).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, color=ACCENT, size=60, opacity=1).encode(
            y="value:Q", description="hover:N"
        ),
    ]
    return Figure(
        finished(alt.layer(*layers), [], 200),
        f"Score against characters edited by {curve.perturbation}: {curve.model} on {curve.title}",
        "A dot for each severity: across, the share of characters really edited; upwards, the score, with an "
        "upright line for its interval.",
        left_out(len(curve.points), "severities"),
    )
