"""A plan on a terminal: the design, what it rests on, the curve, and the command."""

from typing import TYPE_CHECKING

from experiments.planning.answer import Answer
from experiments.planning.sentences import lead, sentences, value
from experiments.report.numerals import count, many
from experiments.report.table import plain_table
from experiments.report.texts import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show(one: Answer, console: "Console") -> None:
    """Prints a plan.

    Args:
        one: The plan.
        console: Where to; colours only if it is a terminal.
    """
    from rich.text import Text

    console.print()
    console.print(Text(visible(lead(one)), style="bold"))
    for text in sentences(one):
        console.print(Text(visible(text)))
    console.print()
    console.print(_curve(one))
    for command in one.commands:
        # In one line however narrow the terminal, so that it can be copied.
        console.print(Text(visible(command), style="green"), soft_wrap=True)
    if one.commands:
        console.print(Text("What the store holds of it already is not asked again.", style="dim"))


def _curve(one: Answer) -> "Table":
    """Reach by numbers of items and templates, with what is left however many items there are."""
    target = one.target
    table = plain_table(target.measure)
    table.add_column("items", justify="right")
    for line in one.lines:
        table.add_column(many(line.templates, "template"), justify="right")
    for place, (items, _) in enumerate(one.lines[0].points):
        cells = [value(target, line.points[place][1]) for line in one.lines]
        table.add_row(count(items), *(cell.split("\u00a0")[0] for cell in cells))
    bounds = [value(target, line.bound).split("\u00a0")[0] for line in one.lines]
    table.add_row("any number: at least" if target.less else "any number: at most", *bounds)
    return table
