"""A comparison on a terminal: the verdict, a row for each task, and what differs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.compare.sentences import (
    INTERVALS,
    Comparison,
    cautions,
    findings,
    overall,
    several,
    shown,
)
from experiments.report.numerals import hundredths, interval, many
from experiments.report.texts import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_NOTES = 10


def show(comparison: Comparison, console: "Console") -> None:
    """Prints a comparison; the page has its sentences and charts.

    Args:
        comparison: The comparison.
        console: Where to.
    """
    from rich.text import Text

    console.print()
    console.print(Text(visible(overall(comparison)), style="bold"))
    for text, _ in findings(comparison):
        console.print(Text(visible(text)))
    if comparison.compared:
        console.print()
        console.print(_scores(comparison))
    if any(found.steadiness for _, found in comparison.compared):
        console.print()
        console.print(_stabilities(comparison))
    for one in comparison.tasks:
        if one.found is None:
            console.print(Text(visible(f"{one.paired.title} was not compared: {one.paired.refusal}.")))
    notes = cautions(comparison)
    for note in notes[:MOST_NOTES]:
        console.print(Text(visible(note), style="yellow"))
    if len(notes) > MOST_NOTES:
        console.print(Text(f"… and {many(len(notes) - MOST_NOTES, 'more note')} on the page.", style="dim"))


def show_closing(comparisons: Sequence[Comparison], console: "Console") -> None:
    """Prints what goes for all rows together, once there are several.

    Args:
        comparisons: All that were judged together.
        console: Where to.
    """
    from rich.text import Text

    if several(comparisons):
        console.print(Text(INTERVALS, style="dim"))


def _scores(comparison: Comparison) -> "Table":
    names = ("new", "baseline", "difference", "interval", "verdict")
    table = _plain_table(("score", *names))
    for one, found in comparison.compared:
        estimate = shown(found)
        table.add_row(
            visible(one.paired.title),
            hundredths(found.effect.value_level),
            hundredths(found.effect.value_against),
            hundredths(estimate.value, signed=True),
            interval(estimate, signed=True),
            found.verdict,
        )
    return table


def _stabilities(comparison: Comparison) -> "Table":
    table = _plain_table(("stability", "σ new", "σ baseline", "templates", "items", "verdict"))
    for one, found in comparison.compared:
        if found.steadiness is not None:
            compared = found.steadiness.compared
            table.add_row(
                visible(one.paired.title),
                hundredths(compared.sigma_level),
                hundredths(compared.sigma_against),
                f"{one.paired.templates}",
                f"{one.paired.items:,}",
                found.steadiness.verdict,
            )
    return table


def _plain_table(names: "tuple[str, ...]") -> "Table":
    """A table with a column of words at either end and numbers between."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for place, name in enumerate(names):
        table.add_column(name, justify="left" if place in (0, len(names) - 1) else "right")
    return table
