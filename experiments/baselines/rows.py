"""What was published on a task, row by row, each with its interval: the baseline for a new model."""

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.baselines.changes import Change, change
from experiments.baselines.facts import Benchmark, Facts, Model, Published, load
from experiments.baselines.results import Result, sampling_interval
from stats.estimate import Estimate


@dataclass(frozen=True)
class BaselineRow:
    """A published figure with its interval and its setting.

    Attributes:
        figure: The figure: model, setting, shots, cot, template (`starred` if optimised for the model),
            metric, score, source, version, confidence, whether cited and whether still current.
        model: Whose it is: family ("GPT-4"), access ("API", "web", "weights", "cited"), release.
        benchmark: What it was measured on.
        items: How many independent questions it rests on; None if that is not known.
        interval: Of the score, for sampling of items alone; None where `items` is.
    """

    figure: Published
    model: Model
    benchmark: Benchmark
    items: int | None
    interval: Estimate | None


def published_rows(
    task: str,
    *,
    model: str | None = None,
    current: bool | None = True,
    repeats: bool = False,
    level: float = 0.95,
    facts: Facts | None = None,
) -> tuple[BaselineRow, ...]:
    """The published figures on a task: every model, setting and metric.

    Args:
        task: A benchmark, as "triviaqa" or "TriviaQA".
        model: A model's name; None for all.
        current: Whether the latest tables have the figure; None for superseded ones as well.
        repeats: Whether the same figure comes once for every table that prints it, not only for the first.
        level: Nominal coverage of the intervals.
        facts: The figures; those shipped if not given.

    Returns:
        In the order of the tables; empty if that model was not measured on it.

    Raises:
        UnknownName: The benchmark or the model is not there; the message has the nearest that is.
    """
    facts = facts or load()
    benchmark = facts.benchmark(task)
    found = facts.find(task=benchmark.task, model=model, current=current)
    return tuple(
        BaselineRow(
            one,
            facts.models[one.model],
            benchmark,
            benchmark.items,
            sampling_interval(result(one, benchmark), level),
        )
        for one in (found if repeats else distinct(found))
    )


def distinct(figures: Iterable[Published]) -> list[Published]:
    """The figures without those that repeat a score of the same model, task, setting, metric and template."""
    found: dict[tuple[object, ...], Published] = {}
    for one in figures:
        found.setdefault((one.model, one.task, one.setting, one.metric, one.template, one.score), one)
    return list(found.values())


def result(figure: Published, benchmark: Benchmark) -> Result:
    """A published figure as a result: what the statistics want to know of it."""
    return Result(
        model=figure.model,
        task=figure.task,
        score=figure.score,
        items=benchmark.items,
        proportion=figure.metric == "exact match",
        lower_is_better=benchmark.lower_is_better,
    )


def figure_change(facts: Facts, before: Published, after: Published, level: float = 0.95) -> Change:
    """The change from one published figure to another on the same benchmark; see `change`."""
    benchmark = facts.benchmarks[before.task]
    return change(result(before, benchmark), result(after, benchmark), level)


def main_table(facts: Facts) -> tuple[Published, ...]:
    """The latest main table and that of the Llama family: every model in the aligned settings."""
    sources = ("main_results.png", "results_llama_family.png")
    return tuple(one for one in facts.scores if one.source in sources)


def alike(facts: Facts, before: str, after: str) -> list[tuple[Published, Published]]:
    """Pairs of current figures of two models that share task, setting and metric, one pair a task.

    Where several settings are shared, the first in the tables counts, which is the main table's.
    """
    second = {(one.task, one.setting, one.metric): one for one in reversed(facts.find(model=after))}
    pairs: dict[str, tuple[Published, Published]] = {}
    for one in facts.find(model=before):
        other = second.get((one.task, one.setting, one.metric))
        if other is not None:
            pairs.setdefault(one.task, (one, other))
    return list(pairs.values())
