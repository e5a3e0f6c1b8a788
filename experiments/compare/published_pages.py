"""A run beside published scores: in sentences, on a terminal, as a page and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.baselines.rows import BaselineRow
from experiments.compare.own_example import OwnExample, example_sentence
from experiments.compare.published import CAUTION, TaskBeside
from experiments.compare.sides import Side
from experiments.compare.summary import cell as markdown
from experiments.compare.summary import table as markdown_table
from experiments.report.numerals import NOTHING, finite, hundredths, interval, many, percent, points
from experiments.report.plot import MOST_ROWS, Bar, Figure, intervals, left_out, short
from experiments.report.texts import visible
from experiments.store.texts import json_text

if TYPE_CHECKING:
    from rich.console import Console

TEMPLATE = "published_beside.html.j2"
LAYOUT = 1
INTERVALS = (
    "Each interval is for its own row alone; “above” and “below” allow for all published figures together, "
    "so that a tie may stand beside an interval that leaves 0 out."
)


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
    if task.example is not None:
        lines.append(example_sentence(side.model, task.example))
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
            title=visible(f"{task.title}, {task.setting}: {found.side.model} minus what was published"),
            title_justify="left",
            box=box.SIMPLE_HEAD,
        )
        for name in ("published", "score", "difference", "interval", "verdict"):
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
    if sum(len(task.beside) for task in found.tasks) > 1:
        console.print(Text(INTERVALS, style="dim"))


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
            intervals=INTERVALS,
            example_charts={
                (place, task.title, task.setting): pen.draw(_example_chart(one.side, task, task.example))
                for place, one in enumerate(found)
                for task in one.tasks
                if task.example is not None
            },
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
    bars = [own] + [_published_bar(one.row, one.row.figure.model) for one in rows[: MOST_ROWS - 1]]
    return Figure(
        intervals(bars, "score, %", reference=own.value, within=(0, 100)),
        f"{task.title}, {task.setting}: {side.model} beside published scores",
        "A row for each published score: a dot, and a line for its sampling interval. The hollow diamond and "
        "the dashed line are the run's own score, over its templates.",
        left_out(len(rows), "published scores", MOST_ROWS - 1),
    )


def _example_chart(side: Side, task: TaskBeside, example: OwnExample) -> Figure:
    pair = [
        _published_bar(row, f"{row.figure.model}, {row.figure.template}", reference=True)
        for row in (example.published.before, example.published.after)
    ]
    own = [
        Bar(
            short(f"{side.model}, {which}"),
            100 * of.value,
            100 * of.low,
            100 * of.high,
            reference=True,
        )
        for which, (_, of) in (("best", example.best), ("worst", example.worst))
    ]
    others = [_published_bar(row, row.figure.model) for row in example.published.others]
    bars = sorted([*pair, *own, *others], key=lambda bar: bar.value)
    return Figure(
        intervals(bars, "score, %", reference=None, within=(0, 100)),
        f"{task.title}, {task.setting}: two models with two templates each, among the GPT models",
        "A row for each score: a dot for a published GPT model, hollow diamonds for the two models whose "
        "template was changed; a line for the sampling interval.",
    )


def _published_bar(row: BaselineRow, name: str, *, reference: bool = False) -> Bar:
    score, ends = row.figure.score, row.interval
    return Bar(
        short(name),
        100 * score,
        100 * (ends.low if ends else score),
        100 * (ends.high if ends else score),
        reference=reference,
    )


def to_markdown(found: Sequence[SideBeside]) -> str:
    """The sentences, and a table for each task, as Markdown."""
    lines: list[str] = []
    for one in found:
        texts = sentences(one)
        lines += [f"**{markdown(texts[0])}**", "", *(f"- {markdown(text)}" for text in texts[1:]), ""]
        for task in one.tasks:
            if task.own is None:
                continue
            names = ("published", "score", f"{one.side.model} − it", "interval", "verdict")
            rows = [
                (
                    row.row.figure.model + ("*" if row.row.figure.starred else ""),
                    hundredths(row.row.figure.score),
                    hundredths(row.difference.value, signed=True) if row.difference else NOTHING,
                    interval(row.difference, signed=True) if row.difference else NOTHING,
                    verdict(row.apart, row.difference),
                )
                for row in task.beside
            ]
            lines += [f"{markdown(task.title)}, {task.setting}:", "", *markdown_table(names, rows), ""]
            lines += [*(f"- Not alike: {markdown(note)}." for note in task.notes), ""]
    figures = sum(len(task.beside) for one in found for task in one.tasks)
    return "\n".join([*lines, *([INTERVALS, ""] if figures > 1 else [])])


def to_json(found: Sequence[SideBeside]) -> str:
    """Every number on the page, as JSON text."""
    sides = [
        {
            "run": one.side.manifest["name"],
            "model": one.side.model,
            "confidence": one.confidence,
            "sentences": list(sentences(one)),
            "tasks": [task_record(task) for task in one.tasks],
        }
        for one in found
    ]
    return json_text({"layout": LAYOUT, "beside": sides})


def task_record(task: TaskBeside) -> dict[str, Any]:
    """A task beside its published scores, as values that JSON can hold."""
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
        "example": None if task.example is None else _example(task.example),
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


def _example(found: OwnExample) -> dict[str, Any]:
    effect = found.published.effect
    return {
        "published": {
            "model": effect.before.model,
            "scores": [effect.before.score, effect.after.score],
            "points": effect.change.points,
            "relative": found.published.relative and found.published.relative.value,
        },
        "templates": found.templates,
        "best": {"template": found.best[0], "score": found.best[1].as_dict()},
        "worst": {"template": found.worst[0], "score": found.worst[1].as_dict()},
        "spread": found.spread.as_dict(),
        "relative": finite(found.relative),
    }
