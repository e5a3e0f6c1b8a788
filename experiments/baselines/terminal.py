"""Published figures on a terminal: what there is, and what was asked for."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.baselines.facts import Benchmark, Facts, Published
from experiments.baselines.rows import BaselineRow
from experiments.report.numerals import count, interval, many, percent
from experiments.report.table import plain_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

HOW = (
    "Intervals are for the choice of items alone: a published score comes without its items, from one "
    "template, and without what another template or sample would have given."
)


def show_overview(facts: Facts, console: "Console") -> None:
    """Prints what there is: benchmarks with their settings and sizes, models, and how to go on.

    Args:
        facts: The published figures.
        console: Where to.
    """
    from rich.text import Text

    scored = list(dict.fromkeys(one.model for one in facts.scores))
    console.print(
        Text(
            f"{many(len(facts.scores), 'published figure')} of {many(len(scored), 'model')} on "
            f"{many(len(facts.benchmarks), 'benchmark')}, from GPT-Fathom (arXiv 2309.16583)",
            style="bold",
        )
    )
    table = plain_table("")
    table.add_column("task", no_wrap=True)
    table.add_column("benchmark", no_wrap=True)
    table.add_column("items", justify="right", no_wrap=True)
    table.add_column("figures", justify="right", no_wrap=True)
    table.add_column("settings")
    for one in facts.benchmarks.values():
        own = facts.find(task=one.task, current=None)
        table.add_row(
            one.task,
            one.title,
            "?" if one.items is None else count(one.items),
            count(len(own)),
            ", ".join(dict.fromkeys(figure.setting for figure in own)),
        )
    console.print(table)
    families = itertools.groupby(facts.models.values(), key=lambda model: model.family)
    for family, models in families:
        names = ", ".join(model.model for model in models if model.model in scored)
        console.print(Text(f"{family}: {names}"))
    console.print()
    console.print(Text("fathom published task=triviaqa model='gpt-4*'   figures with intervals and sources"))
    console.print(Text("fathom published --html published.html          what they say, on one page"))


def show_rows(rows: Sequence[BaselineRow], facts: Facts, console: "Console") -> None:
    """Prints figures, a table for each benchmark.

    Args:
        rows: The figures, those of a benchmark together.
        facts: Where they come from.
        console: Where to.
    """
    from rich.text import Text

    notes: dict[str, None] = {}
    for _, group in itertools.groupby(rows, key=lambda row: row.figure.task):
        own = list(group)
        console.print(_table(own, own[0].benchmark))
        for row in own:
            if row.figure.note:
                notes[f"{row.figure.model}, {percent(row.figure.score)}: {row.figure.note}"] = None
    for note in notes:
        console.print(Text(note))
    console.print(Text(HOW, style="dim"))


def _table(rows: Sequence[BaselineRow], benchmark: Benchmark) -> "Table":
    from rich.text import Text

    items = "number of items not known" if benchmark.items is None else many(benchmark.items, "item")
    note = f"; {benchmark.note}" if benchmark.note else ""
    better = ", the lower the better" if benchmark.lower_is_better else ""
    table = plain_table(f"{benchmark.title}, {benchmark.metric}{better}: {items}{note}")
    table.add_column("model", overflow="fold")
    table.add_column("setting", overflow="fold")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("prompt", overflow="fold")
    table.add_column("source", overflow="fold")
    for row in rows:
        figure = row.figure
        own_metric = f", {figure.metric}" if figure.metric != benchmark.metric else ""
        table.add_row(
            Text(figure.model),
            f"{figure.setting}{own_metric}",
            percent(figure.score),
            "–" if row.interval is None else interval(row.interval),
            prompt_of(figure),
            f"{figure.source}, {figure.version}{certainty(figure)}",
        )
    return table


def prompt_of(figure: Published) -> str:
    """Whose prompt a figure was measured with, in a word."""
    return "of others (cited)" if figure.cited else figure.template


def certainty(figure: Published) -> str:
    """What lowers the trust in a figure, as the end of a list; empty if nothing does."""
    superseded = "" if figure.current else ", superseded"
    return superseded + ("" if figure.confidence == "high" else f", {figure.confidence} confidence")
