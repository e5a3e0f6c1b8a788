"""A comparison as one HTML page: no script, nothing fetched, everything of strangers escaped."""

import math
from collections.abc import Sequence
from pathlib import Path

from experiments.compare import charts
from experiments.compare.sentences import (
    INTERVALS,
    Comparison,
    cautions,
    findings,
    overall,
    several,
    shown,
)
from experiments.report.numerals import NOTHING
from experiments.report.page import Pen, environment

TEMPLATE = "compare.html.j2"


def to_html(comparisons: Sequence[Comparison], command: str) -> str:
    """The page of one or several comparisons with the same baseline.

    Args:
        comparisons: At least one.
        command: The command line that made it.
    """
    pen = Pen()
    made = environment(Path(__file__).parent)
    made.filters["ratio"] = _ratio
    any_compared = any(comparison.compared for comparison in comparisons)
    return made.get_template(TEMPLATE).render(
        comparisons=comparisons,
        baseline=comparisons[0].baseline,
        bars=comparisons[0].bars,
        command=command,
        leads=[overall(comparison) for comparison in comparisons],
        score_chart=pen.draw(charts.score_chart(comparisons)) if any_compared else None,
        stability_chart=pen.draw(charts.stability_chart(comparisons)),
        shown=shown,
        findings=findings,
        several=several,
        intervals=INTERVALS,
        cautions=cautions,
    )


def _ratio(value: float) -> str:
    """A ratio with two or three digits; "∞" and "–" for what is no number."""
    if math.isnan(value):
        return NOTHING
    return "∞" if math.isinf(value) else f"{value:.3g}"
