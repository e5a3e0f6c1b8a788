"""Versions of a model as one HTML page: no script, nothing fetched, everything of strangers escaped."""

from pathlib import Path

from experiments import baselines
from experiments.baselines import charts
from experiments.baselines.coding import AlignmentTax
from experiments.baselines.radar import Capability
from experiments.report.page import Pen, environment
from experiments.report.plot import MOST_ROWS, Figure, short
from experiments.versions.contents import Contents
from experiments.versions.sentences import INTERVALS, left_out, sentences
from experiments.versions.settings import FACTORS
from experiments.versions.steps import Step

TEMPLATE = "versions.html.j2"
MOST_RADAR = len(charts.LINES)
FEWEST_AXES = 3
MOST_STEPS = 12  # columns of the map of steps


def to_html(contents: Contents, command: str) -> str:
    """The page.

    Args:
        contents: What the runs show.
        command: The command line that made it.
    """
    pen = Pen()
    compared = [step for step in contents.steps if step.seesaw.changes]
    named = [name for name in dict.fromkeys(one.name for one in contents.versions) if _scored(contents, name)]
    return (
        environment(Path(__file__).parent, Path(baselines.__file__).parent)
        .get_template(TEMPLATE)
        .render(
            contents=contents,
            level=contents.level,
            command=command,
            found=sentences(contents),
            intervals=INTERVALS,
            left_out=left_out,
            mark=charts.mark,
            categories=list(dict.fromkeys(one.category for one in contents.capabilities)),
            capabilities={(one.model, one.category): one for one in contents.capabilities},
            capable=named,
            radar_chart=pen.draw(_radar(contents.capabilities, named[:MOST_RADAR])),
            evolution_chart=pen.draw(
                None if contents.evolution is None else charts.evolution(contents.evolution)
            ),
            seesaws=[
                (step, pen.draw(charts.seesaw_chart(step.seesaw, contents.titles))) for step in compared
            ],
            contrast_chart=pen.draw(_map(contents, compared)),
            pass_chart=pen.draw(_passes(contents)),
            most_steps=MOST_STEPS,
            factors=FACTORS,
        )
    )


def _scored(contents: Contents, name: str) -> bool:
    return any(one.model == name for one in contents.capabilities)


def _radar(capabilities: tuple[Capability, ...], models: list[str]) -> Figure | None:
    if not models or len(charts.radar_axes(capabilities, models)) < FEWEST_AXES:
        return None
    return charts.radar_chart(capabilities, models)


def _map(contents: Contents, compared: list[Step]) -> Figure | None:
    """All changes of all steps; a single step has its own chart."""
    drawn = compared[:MOST_STEPS]
    asked = {one.before.task for step in drawn for one in step.seesaw.changes}
    titles = {task: title for task, title in contents.titles.items() if task in asked}
    if len(drawn) < 2:
        return None
    return charts.contrast_map([step.contrast for step in drawn], titles)


def _passes(contents: Contents) -> Figure | None:
    def row(of: str, tax: AlignmentTax, *, after: bool) -> tuple[str, float, float]:
        first, most = (one.after if after else one.before for one in (tax.first, tax.most))
        return (short(f"{contents.titles[tax.task]} · {of}"), first.score, most.score)

    rows: dict[tuple[str, str], tuple[str, float, float]] = {}
    for step, tax in contents.attempts:
        rows.setdefault((tax.task, step.before.name), row(step.before.name, tax, after=False))
        rows.setdefault((tax.task, step.after.name), row(step.after.name, tax, after=True))
    if not rows:
        return None
    ordered = sorted(rows, key=lambda key: list(contents.titles).index(key[0]))
    return charts.spans(
        [rows[key] for key in ordered][:MOST_ROWS],
        "pass@k, %",
        "One attempt, and many",
        "A row for each task and model: a hollow dot for pass@1, a filled one for pass@k.",
    )
