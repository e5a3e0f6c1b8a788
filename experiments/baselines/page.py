"""The page of published figures: what they say, how surely, and where they contradict each other."""

from collections import Counter
from pathlib import Path
from typing import Any

from experiments.baselines import charts
from experiments.baselines.coding import alignment_tax, pass_table
from experiments.baselines.conflicts import above_all_attempts, claim_checks, revisions, web_above_api
from experiments.baselines.example import named_example
from experiments.baselines.facts import Facts, Published
from experiments.baselines.lineage import Contrast, contrasts, published_evolution
from experiments.baselines.radar import radar
from experiments.baselines.rows import alike, main_table, published_rows, result
from experiments.baselines.seesaw import Seesaw, seesaw
from experiments.baselines.settings import SettingEffect, setting_effects
from experiments.baselines.terminal import certainty, prompt_of
from experiments.report.page import Drawn, Pen, environment
from experiments.report.suite import CATEGORIES

TEMPLATE = "published.html.j2"
RADAR_MODELS = ("gpt-4-0613", "gpt-3.5-turbo-0613", "Llama 2-70B", "davinci")
VERSIONS = (
    ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"),
    ("gpt-4-0314", "gpt-4-0613"),
    ("gpt-3.5-turbo-0613", "gpt-3.5-turbo-1106"),
    ("gpt-4-0613", "gpt-4-1106-preview"),
)


def write_page(path: Path, facts: Facts, level: float = 0.95) -> Path:
    """Writes the page: one file, nothing fetched, no script.

    Args:
        path: Where to; a file that is there is replaced.
        facts: The published figures.
        level: Nominal coverage of the intervals.

    Returns:
        The path.

    Raises:
        ConfigError: There is no folder to write to.
    """
    from experiments.configuration import ConfigError
    from experiments.store.manifest import write_text

    if not path.parent.is_dir():
        raise ConfigError(f"--html: there is no folder {path.parent}")
    if path.is_dir():
        raise ConfigError(f"--html: {path} is a folder; a file is wanted, as {path / 'published.html'}")
    write_text(path, to_html(facts, level))
    return path


def to_html(facts: Facts, level: float = 0.95) -> str:
    """The page."""
    pen = Pen()
    example = named_example(facts, level)
    results = [result(one, facts.benchmarks[one.task]) for one in main_table(facts)]
    capabilities = radar(results, facts.benchmarks, level)
    steps = contrasts(facts, level)
    taxes = alignment_tax(facts, level)
    made = environment(Path(__file__).parent)
    return made.get_template(TEMPLATE).render(
        facts=facts,
        level=level,
        example=example,
        example_chart=pen.draw(
            charts.scores(
                sorted((*example.others, example.before, example.after), key=lambda row: row.figure.score),
                (example.before, example.after),
                "TriviaQA, one shot",
            )
        ),
        categories=CATEGORIES,
        capabilities={(one.model, one.category): one for one in capabilities},
        radar_models=[name for name in facts.models if any(one.model == name for one in capabilities)],
        radar_chart=pen.draw(charts.radar_chart(capabilities, RADAR_MODELS)),
        evolution_chart=pen.draw(charts.evolution(published_evolution(facts))),
        seesaws=[_version(facts, pen, *pair, level) for pair in VERSIONS],
        contrasts=steps,
        contrast_chart=pen.draw(charts.contrast_map(_plain_steps(steps, facts), facts.titles)),
        drawn_steps=_plain_steps(steps, facts),
        passes=pass_table(facts, level),
        pass_charts={task: pen.draw(_passes(facts, task, level)) for task in ("humaneval", "mbpp")},
        taxes=taxes,
        first_gained=sum(one.first.told_apart(level) for one in taxes),
        most_lost=sum(one.most.told_apart(level) for one in taxes),
        effects={
            factor: setting_effects(facts, factor, level)
            for factor in ("cot", "shots", "access", "laboratory")
        },
        effect_charts={
            factor: _effects(facts, pen, factor, level) for factor in ("shots", "access", "laboratory")
        },
        claims=claim_checks(facts, level),
        revisions=revisions(facts),
        web_above=web_above_api(facts, level),
        odd=above_all_attempts(facts),
        drop_chart=pen.draw(_drop(facts)),
        rows={
            task: published_rows(task, current=None, repeats=True, level=level, facts=facts)
            for task in facts.benchmarks
        },
        confidences=Counter(one.confidence for one in facts.scores).most_common(),
        mark=charts.mark,
        prompt_of=prompt_of,
        certainty=certainty,
        nbsp="\u00a0",
        hyphen="\u2011",
    )


def _version(facts: Facts, pen: Pen, before: str, after: str, level: float) -> tuple[Seesaw, Drawn | None]:
    pairs = alike(facts, before, after)
    results = [result(one, facts.benchmarks[one.task]) for pair in pairs for one in pair]
    found = seesaw(results, before, after, level)
    return found, pen.draw(charts.seesaw_chart(found, facts.titles))


def _plain_steps(steps: tuple[Contrast, ...], facts: Facts) -> list[Contrast]:
    """The steps whose models were scored on all benchmarks."""
    return [one for one in steps if len(one.seesaw.changes) == len(facts.benchmarks)]


def _passes(facts: Facts, task: str, level: float) -> Any:
    rows = [row for row in pass_table(facts, level) if row.task == task]
    k = max(rows[0].at)
    return charts.spans(
        [(row.model, row.at[1].figure.score, row.at[k].figure.score) for row in rows],
        "pass@k, %",
        f"{facts.benchmarks[task].title}: one attempt and {k}",
        f"A row for each model: a hollow dot for pass@1, a filled one for pass@{k}.",
    )


def _effects(facts: Facts, pen: Pen, factor: str, level: float) -> Drawn | None:
    effects = setting_effects(facts, factor, level)
    titles = {
        "shots": ("More examples", "difference, points"),
        "access": ("Web instead of API", "web − API, points"),
        "laboratory": (
            "What OpenAI reports instead of what GPT-Fathom measured",
            "official − measured, points",
        ),
    }
    title, axis = titles[factor]
    return pen.draw(charts.differences(effects, [_effect_name(facts, one) for one in effects], title, axis))


def _effect_name(facts: Facts, one: SettingEffect) -> str:
    task = facts.benchmarks[one.after.task].title
    if one.factor == "shots":
        return f"{task} {one.before.shots}→{one.after.shots}, {_version_of(one.after)}"
    if one.factor == "access":
        return (
            f"{task}, {one.after.model.removeprefix('Web-version ').replace('Advanced Data Analysis', 'ADA')}"
        )
    return f"{task}, {one.after.setting}"


def _version_of(one: Published) -> str:
    return one.model.replace("-turbo", "").removeprefix("gpt-")


def _drop(facts: Facts) -> Any:
    found = [one.figures for one in revisions(facts) if one.figures[0].task == "drop"]
    return charts.spans(
        [(figures[0].model, figures[0].score, figures[-1].score) for figures in found],
        "DROP, %",
        "DROP in two versions of the table",
        "A row for each model whose score differs: a hollow dot for the table of 2023-10-09, a filled one "
        "for that of 2023-12-19.",
    )
