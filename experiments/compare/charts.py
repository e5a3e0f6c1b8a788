"""The charts of a comparison."""

from collections.abc import Sequence

from experiments.compare.sentences import Comparison, shown
from experiments.report.plot import MOST_ROWS, Bar, Figure, intervals, joined, left_out, short


def score_chart(comparisons: Sequence[Comparison]) -> Figure:
    """Differences in score, a row for each new side and task."""
    rows = [
        (comparison, one, shown(found)) for comparison in comparisons for one, found in comparison.compared
    ]
    several = len(comparisons) > 1
    bars = [
        Bar(
            joined(one.paired.title, comparison.new.short_name) if several else short(one.paired.title),
            100 * estimate.value,
            100 * estimate.low,
            100 * estimate.high,
        )
        for comparison, one, estimate in rows[:MOST_ROWS]
    ]
    return Figure(
        intervals(bars, "new − baseline, points", reference=0.0, within=(-100, 100)),
        "Differences in score",
        "A row for each task: a dot for the difference, a line for its interval, a dashed line at no "
        "difference.",
        left_out(len(rows), "rows"),
    )


def stability_chart(comparisons: Sequence[Comparison]) -> Figure | None:
    """Standard deviations between templates, two rows a task; None where none could be compared."""
    bars: list[Bar] = []
    for comparison in comparisons:
        for one, found in comparison.compared:
            if found.steadiness is None:
                continue
            compared = found.steadiness.compared
            for model, sigma, hollow in (
                (comparison.new.short_name, compared.sigma_level, False),
                (comparison.baseline.short_name, compared.sigma_against, True),
            ):
                name = joined(one.paired.title, model)
                bars.append(Bar(name, 100 * sigma, 0.0, 100 * sigma, reference=hollow))
    if not bars:
        return None
    return Figure(
        intervals(bars[:MOST_ROWS], "σ between templates, points", reference=None, within=(0, 100)),
        "How far scores typically move from template to template",
        "Two rows for each task: a dot for the new side, a hollow diamond for the baseline; the line is its "
        "distance from 0.",
        left_out(len(bars), "rows"),
    )
