"""What the report's charts have in common: colours, axes, limits, and the plot of intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.report.numerals import MINUS
from experiments.report.svg import HOVER
from experiments.report.texts import visible

if TYPE_CHECKING:
    import altair as alt

MOST_ROWS = 40
MOST_COLUMNS = 12
WIDTH = 370
ROW = 24
INK, MUTED, RULE, ACCENT, SECOND, PAPER = (
    f"var(--{name})" for name in ("ink", "muted", "rule", "accent", "second", "paper")
)
SHADES = (0.04, 0.48)  # opacities of cells: with more colour the dark page's text would not stand out
_LABEL_PIXELS = 260
_LONGEST_NAME = 30
_LONGEST_LABEL = 40


@dataclass(frozen=True)
class Figure:
    """A chart before it is rendered.

    Attributes:
        spec: Vega-Lite.
        title: What it is.
        description: What it shows, in words.
        note: What was left out of it; empty if nothing.
    """

    spec: dict[str, Any]
    title: str
    description: str
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One row of an interval plot, in hundredths."""

    name: str
    value: float
    low: float
    high: float
    inner_low: float = math.nan
    inner_high: float = math.nan
    reference: bool = False


def short(name: str, most: int = _LONGEST_NAME) -> str:
    """A name that fits an axis: its beginning and end."""
    name = visible(name)
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def joined(first: str, second: str) -> str:
    """Two names as one label that fits an axis; the shorter one leaves its room to the longer."""
    room = _LONGEST_LABEL - len(" · ")
    half = room // 2
    of_first = max(half, room - len(visible(second)))
    of_second = max(half, room - len(visible(first)))
    return f"{short(first, of_first)} · {short(second, of_second)}"


def intervals(
    bars: Sequence[Bar], axis: str, *, reference: float | None, within: tuple[float, float]
) -> dict[str, Any]:
    """An interval plot: a row for each bar, in order.

    Args:
        bars: Rows; names are told apart by their place, so they may repeat.
        axis: Title of the value axis.
        reference: Where a dashed line stands; None for none.
        within: The values possible; the axis ends there at most.
    """
    import altair as alt

    bars = [replace(bar, low=max(bar.low, within[0]), high=min(bar.high, within[1])) for bar in bars]
    rows = [
        {
            "row": f"{place:04d}{bar.name}", "value": bar.value, "low": bar.low, "high": bar.high,
            "inner_low": bar.inner_low, "inner_high": bar.inner_high, "reference": bar.reference,
            "hover": hover(bar.name, bar.value, bar.low, bar.high),
        }
        for place, bar in enumerate(bars)
    ]  # fmt: skip
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if math.isfinite(end)]
    ends += [reference] if reference is not None and math.isfinite(reference) else []
    scale = alt.Scale(domain=domain(ends, within), nice=False, zero=False)
    base = alt.Chart(alt.Data(values=finite(rows))).encode(y=rows_axis())
    layers: list[alt.Chart] = []
    if reference is not None and math.isfinite(reference):
        line = alt.Chart(alt.Data(values=[{"value": reference}])).mark_rule(color=MUTED, strokeDash=[4, 3])
        layers.append(line.encode(x=alt.X("value:Q", scale=scale)))
    x = alt.X("low:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=7))
    layers.append(base.mark_rule(color=ACCENT, strokeWidth=1.6).encode(x=x, x2="high:Q"))
    if any(math.isfinite(bar.inner_low) for bar in bars):
        layers.append(base.mark_rule(color=ACCENT, strokeWidth=5).encode(x="inner_low:Q", x2="inner_high:Q"))
    dots = base.transform_filter("!datum.reference").mark_point(filled=True, color=ACCENT, size=60, opacity=1)
    layers.append(dots.encode(x="value:Q", description="hover:N"))
    hollow = base.transform_filter("datum.reference")
    diamond = hollow.mark_point(shape="diamond", size=90, fill=PAPER, stroke=ACCENT, strokeWidth=2, opacity=1)
    layers.append(diamond.encode(x="value:Q", description="hover:N"))
    return finished(alt.layer(*layers), [bar.name for bar in bars], len(bars) * ROW)


def rows_axis() -> "alt.Y":
    """The axis of rows, whose names begin with four digits for their place, which are not shown."""
    import altair as alt

    axis = alt.Axis(labelExpr="slice(datum.label, 4)", ticks=False, domain=False, labelPadding=11, grid=False)
    return alt.Y("row:N", title=None, sort=None, axis=axis)


def hover(name: str, value: float, low: float, high: float) -> str:
    """What a mark says under the pointer: "qa/bare: 55.0 [45.0, 65.0]".

    Args:
        name: What the mark stands for.
        value: Its value, in hundredths.
        low: Lower end of its interval.
        high: Upper end.
    """
    numbers = [f"{number:.1f}".replace("-", MINUS) for number in (value, low, high)]
    return f"{HOVER}{visible(name)}: {numbers[0]} [{numbers[1]}, {numbers[2]}]"


def domain(ends: Sequence[float], within: tuple[float, float]) -> list[float]:
    """The part of a value axis that holds all ends, with some room around them.

    Args:
        ends: Everything that is to be seen.
        within: The values possible.
    """
    if not ends:
        return list(within)
    low, high = min(ends), max(ends)
    margin = max((high - low) * 0.06, 1.0)
    return [max(within[0], math.floor(low - margin)), min(within[1], math.ceil(high + margin))]


def finite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers that are none become null, which leaves the mark out."""
    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def left_out(n: int, what: str, most: int = MOST_ROWS) -> str:
    """What a chart's limit left out, in words; empty if nothing."""
    return f"the first {most} of {n:,} {what} are drawn" if n > most else ""


def finished(
    chart: "alt.LayerChart | alt.FacetChart", names: Sequence[str], height: int, width: int = WIDTH
) -> dict[str, Any]:
    """The chart's specification with the report's looks.

    Args:
        chart: A layered chart.
        names: The labels of its rows.
        height: Of the plot in pixels.
        width: Of the plot in pixels.
    """
    # The renderer measures labels in its own font, which may be narrower than the reader's.
    margin = 6 + math.ceil(1.6 * min(max(map(len, names), default=0), _LONGEST_LABEL))
    axis = {
        "labelColor": INK,
        "titleColor": MUTED,
        "gridColor": RULE,
        "domainColor": RULE,
        "tickColor": RULE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": _LABEL_PIXELS,
        "labelOverlap": True,
        "labelSeparation": 4,
        "labelFlush": False,
    }
    return chart.to_dict() | {
        "width": width,
        "height": height,
        "background": "transparent",
        "padding": {"left": margin, "right": 16, "top": 5, "bottom": 5},
        "config": {"axis": axis, "view": {"stroke": None}, "font": "sans-serif"},
    }
