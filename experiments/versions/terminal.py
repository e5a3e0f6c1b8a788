"""Versions of a model on a terminal: what was found, and a row for each task of a step."""

from typing import TYPE_CHECKING

from experiments.baselines.changes import Change
from experiments.report.numerals import NOTHING, bare_p, hundredths, interval, many
from experiments.report.table import plain_table
from experiments.report.texts import visible
from experiments.versions.contents import Contents
from experiments.versions.sentences import INTERVALS, left_out, sentences
from experiments.versions.steps import Step

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_SENTENCES = 12
MOST_NOTES = 6


def show(contents: Contents, console: "Console") -> None:
    """Prints the sentences and a table for each step; the page has the rest.

    Args:
        contents: What the runs show.
        console: Where to.
    """
    from rich.text import Text

    console.print()
    texts = [text for text, _ in sentences(contents)]
    for place, text in enumerate(texts[:MOST_SENTENCES]):
        console.print(Text(visible(text), style="bold" if place == 0 else ""))
    if len(texts) > MOST_SENTENCES:
        console.print(
            Text(f"… and {many(len(texts) - MOST_SENTENCES, 'more finding')} on the page.", style="dim")
        )
    for step in contents.steps:
        if step.seesaw.changes:
            console.print(_table(step, contents))
        notes = left_out(step)
        for note in notes[:MOST_NOTES]:
            console.print(Text(visible(note), style="yellow"))
        if len(notes) > MOST_NOTES:
            console.print(
                Text(f"… and {many(len(notes) - MOST_NOTES, 'more note')} on the page.", style="dim")
            )
    if any(len(step.seesaw.changes) > 1 for step in contents.steps):
        console.print(Text(INTERVALS, style="dim"))


def verdict(one: Change, level: float) -> str:
    """What became of a task, in a word."""
    if not one.told_apart(level):
        return "undecided"
    return "rose" if one.gain > 0 else "fell"


def _table(step: Step, contents: Contents) -> "Table":
    table = plain_table(visible(f"{step.before.name} → {step.after.name}"))
    table.add_column("task", no_wrap=True, overflow="ellipsis", min_width=12)
    for name in ("before", "after", "change"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("adj. p", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in step.seesaw.changes:
        table.add_row(
            visible(contents.titles[one.before.task]),
            hundredths(one.before.score),
            hundredths(one.after.score),
            hundredths(one.points, signed=True),
            interval(one.difference, signed=True) if one.difference else NOTHING,
            bare_p(one.p_adjusted),
            verdict(one, contents.level),
        )
    return table
