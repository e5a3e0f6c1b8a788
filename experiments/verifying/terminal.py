"""Published numbers and what came out, on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.report.numerals import count, many
from experiments.report.table import plain_table
from experiments.verifying.check import Check, Section

if TYPE_CHECKING:
    from rich.console import Console

FEW = 60  # so many checks of one source are all shown


def show_sections(sections: Sequence[Section], console: "Console", *, every: bool) -> None:
    """Prints a table for each source, and how many numbers agree.

    Args:
        sections: The checks.
        console: Where to.
        every: Whether a long table is printed whole; else it has the numbers that do not agree.
    """
    from rich.text import Text

    for section in sections:
        _show(section, console, every)
    checks = [check for section in sections for check in section.checks]
    agreeing = sum(check.agrees for check in checks)
    verdict = "agrees" if len(checks) == 1 else "agree"
    console.print(
        Text(f"{count(agreeing)} of {many(len(checks), 'published number')} {verdict}", style="bold")
    )


def _show(section: Section, console: "Console", every: bool) -> None:
    from rich.text import Text

    whole = every or len(section.checks) <= FEW
    shown = [check for check in section.checks if whole or not check.agrees]
    table = plain_table(section.title)
    table.add_column("what", overflow="fold")
    table.add_column("expected", justify="right", no_wrap=True)
    table.add_column("obtained", justify="right", no_wrap=True)
    table.add_column("within", justify="right", no_wrap=True)
    table.add_column("agrees", no_wrap=True)
    for check in shown:
        agrees = Text("yes") if check.agrees else Text("no", style="bold red")
        table.add_row(
            Text(check.name),
            _digits(check.expected),
            _digits(check.obtained),
            f"{check.tolerance:.2g}",
            agrees,
        )
    if shown:
        console.print(table)
    else:
        console.print(Text(section.title, style="bold"))
    if not whole:
        console.print(Text(_summary(section.checks)))
    for source in dict.fromkeys(check.source for check in section.checks):
        console.print(Text(f"source: {source}", style="dim"))
    for note in section.notes:
        console.print(Text(note))
    console.print()


def _summary(checks: Sequence[Check]) -> str:
    agreeing = sum(check.agrees for check in checks)
    most = max(check.difference for check in checks)
    return f"{count(agreeing)} of {count(len(checks))} agree; the greatest difference is {most:.2g}"


def _digits(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")
