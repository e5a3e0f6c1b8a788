"""A run beside published scores: in sentences, on a terminal, as a page and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.compare.published import CAUTION, TaskBeside
from experiments.compare.sides import Side
from experiments.report.numerals import NOTHING, hundredths, interval, many, percent, points
from experiments.report.plot import MOST_ROWS, Bar, Figure, intervals, left_out, short
from experiments.report.texts import visible

if TYPE_CHECKING:
    from rich.console import Console

TEMPLATE = "published_beside.html.j2"
LAYOUT = 1


@dataclass(frozen=True)
class SideBeside:
    """A side with everything that was published beside it."""

    side: Side
    tasks: tuple[TaskBeside, ...]
    confidence: float


def sentences(found: SideBeside) -> tuple[str, ...]:
    """What the published scores say of a side, the caution last."""
    return (*(text for task in found.tasks for text in _task_sentences(found.side, task)), CAUTION)


def _task_sentences(side: Side, task: TaskBeside) -> list[str]:
    if task.own is None:
        return [f"{task.title} ({task.setting}) has nothing beside it: {task.refusal}."]
    above = sum(one.apart and one.difference is not None and one.difference.value > 0 for one in task.beside)
    below = sum(one.apart and one.difference is not None and one.difference.value < 0 for one in task.beside)
    span = (
        f", from {percent(task.lowest)} to {percent(task.highest)} over {task.templates} templates"
        if task.templates > 1
        else ""
    )
    lines = [
        f"{side.model} scores {percent(task.own.value)} {interval(task.own)} on {task.title} "
        f"({task.setting}){span}: above {many(above, 'published GPT score')}, below {below}, not told apart "
        f"from {len(task.beside) - above - below}."
    ]
    inside = [one.row.figure for one in task.beside if task.lowest <= one.row.figure.score <= task.highest]
    if inside and task.templates > 1:
        names = ", ".join(f"{figure.model} {hundredths(figure.score)}" for figure in inside)
        lines.append(
            f"Its templates alone span {points(task.highest - task.lowest)}, which takes it past {names}."
        )
    return lines


def show(found: SideBeside, console: "Console") -> None:
    """Prints the sentences and a table for each task.

    Args:
        found: What is beside the side.
        console: Where to.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console.print()
    for place, text in enumerate(sentences(found)):
        console.print(Text(visible(text), style="bold" if place == 0 else ""))
    for task in found.tasks:
        if task.own is None:
            continue
        table = Table(
            title=visible(f"{task.title}, {task.setting}"), title_justify="left", box=box.SIMPLE_HEAD
        )
        for name in ("published", "score", f"{found.side.model} − it", "interval", "verdict"):
            justify = "left" if name in ("published", "verdict") else "right"
            table.add_column(visible(name), justify=justify, no_wrap=True)
        for one in task.beside:
            figure, difference = one.row.figure, one.difference
            table.add_row(
                figure.model + ("*" if figure.starred else ""),
                hundredths(figure.score),
                hundredths(difference.value, signed=True) if difference else NOTHING,
                interval(difference, signed=True) if difference else NOTHING,
                verdict(one.apart, difference),
            )
        console.print(table)
        for note in task.notes:
            console.print(Text(visible(f"{task.title}: {note}."), style="yellow"))


def verdict(apart: bool, difference: Any) -> str:
    """Where the run stands against a figure, in words."""
    if difference is None or not apart:
        return "undecided" if difference is not None else "no interval"
    return "above" if difference.value > 0 else "below"


def to_html(found: Sequence[SideBeside], command: str) -> str:
    """The page.

    Args:
        found: At least one side.
        command: The command line that made it.
    """
    from experiments.report.page import Pen, environment

    pen = Pen()
    return (
        environment(Path(__file__).parent)
        .get_template(TEMPLATE)
        .render(
            found=found,
            command=command,
            sentences=sentences,
            verdict=verdict,
            charts={
                (place, task.title, task.setting): pen.draw(_chart(one.side, task))
                for place, one in enumerate(found)
                for task in one.tasks
                if task.own is not None
            },
        )
    )


def _chart(side: Side, task: TaskBeside) -> Figure:
    assert task.own is not None  # asked only where there is one
    rows = sorted(task.beside, key=lambda one: -one.row.figure.score)
    own = Bar(
        short(side.model), 100 * task.own.value, 100 * task.own.low, 100 * task.own.high, reference=True
    )
    bars = [own] + [
        Bar(
            short(one.row.figure.model),
            100 * one.row.figure.score,
            100 * (one.row.interval.low if one.row.interval else one.row.figure.score),
            100 * (one.row.interval.high if one.row.interval else one.row.figure.score),
        )
        for one in rows[: MOST_ROWS - 1]
    ]
    return Figure(
        intervals(bars, "score, %", reference=own.value, within=(0, 100)),
        f"{task.title}, {task.setting}: {side.model} beside published scores",
        "A row for each published score: a dot, and a line for its sampling interval. The hollow diamond and "
        "the dashed line are the run's own score, over its templates.",
        left_out(len(rows), "published scores", MOST_ROWS - 1),
    )


def to_json(found: Sequence[SideBeside]) -> str:
    """Every number on the page, as JSON text."""
    sides = [
        {
            "run": one.side.manifest["name"],
            "model": one.side.model,
            "confidence": one.confidence,
            "sentences": list(sentences(one)),
            "tasks": [_task(task) for task in one.tasks],
        }
        for one in found
    ]
    text = json.dumps({"layout": LAYOUT, "beside": sides}, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode() + "\n"


def _task(task: TaskBeside) -> dict[str, Any]:
    if task.own is None:
        return {"title": task.title, "setting": task.setting, "refusal": task.refusal}
    return {
        "title": task.title,
        "setting": task.setting,
        "templates": task.templates,
        "lowest": task.lowest,
        "highest": task.highest,
        "own": task.own.as_dict(),
        "notes": list(task.notes),
        "published": [
            {
                "model": one.row.figure.model,
                "score": one.row.figure.score,
                "setting": one.row.figure.setting,
                "starred": one.row.figure.starred,
                "source": one.row.figure.source,
                "interval": one.row.interval.as_dict() if one.row.interval else None,
                "difference": one.difference.as_dict() if one.difference else None,
                "apart": one.apart,
            }
            for one in task.beside
        ],
    }
