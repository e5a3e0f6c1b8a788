"""Capability scores by GPT-Fathom's radar rule, from printed scores."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from experiments.baselines.facts import Benchmark
from experiments.baselines.results import Result, sampling_interval
from experiments.report.suite import CATEGORIES
from stats.composite import nested_weights
from stats.estimate import Estimate


@dataclass(frozen=True)
class Capability:
    """One model on one axis of the radar.

    Attributes:
        model: Whose.
        category: The axis.
        value: Mean over sub-categories of the mean over their benchmarks, in [0, 1].
        interval: The same with its interval; None where a benchmark's number of items is not known.
        missing: Benchmarks of the category without a score.
    """

    model: str
    category: str
    value: float
    interval: Estimate | None
    missing: tuple[str, ...]


def radar(
    results: Iterable[Result], benchmarks: Mapping[str, Benchmark], level: float = 0.95
) -> tuple[Capability, ...]:
    """Scores every model in every category: the mean over sub-categories of the mean over benchmarks.

    A benchmark on which lower is better, as toxicity, counts as 1 minus its score. The interval is put
    together from those of the benchmarks, whose items are independent (MOVER; Zou and Donner 2008,
    Statistics in Medicine 27:1693): its distance to the lower end is the root of the sum of w² (x - low)².

    Args:
        results: Scores, at most one a model and task; tasks not among `benchmarks` are left aside.
        benchmarks: What belongs to which category, by task.
        level: Nominal coverage of the intervals.

    Returns:
        By model, in the order given, and category, in the order of GPT-Fathom's table; only those of which
        at least one benchmark has a score.

    Raises:
        ValueError: A model has two scores on a task.
    """
    by_model: dict[str, dict[str, Result]] = {}
    for one in results:
        own = by_model.setdefault(one.model, {})
        if own.setdefault(one.task, one) is not one:
            raise ValueError(f"{one.model} has two scores on {one.task}; one is needed")
    categories = dict.fromkeys((*CATEGORIES, *(one.category for one in benchmarks.values())))
    found: list[Capability] = []
    for model, scores in by_model.items():
        for category in categories:
            inside = [one for one in benchmarks.values() if one.category == category]
            if any(one.task in scores for one in inside):
                found.append(_capability(model, category, inside, scores, level))
    return tuple(found)


def _capability(
    model: str, category: str, inside: list[Benchmark], scores: Mapping[str, Result], level: float
) -> Capability:
    groups: dict[str, list[str]] = {}
    for one in inside:
        if one.task in scores:
            groups.setdefault(one.subcategory, []).append(one.task)
    weights = nested_weights(list(groups.values()))
    value, below, above, known = 0.0, 0.0, 0.0, True
    for task, weight in weights.items():
        result = scores[task]
        value += weight * (1 - result.score if result.lower_is_better else result.score)
        ends = sampling_interval(result, level)
        if ends is None:
            known = False
            continue
        down, up = result.score - ends.low, ends.high - result.score
        if result.lower_is_better:
            down, up = up, down
        below, above = below + (weight * down) ** 2, above + (weight * up) ** 2
    interval = None
    if known:
        low, high = max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))
        n = {task: scores[task].items or 0 for task in weights}
        interval = Estimate(value, low, high, level, "MOVER of the benchmarks' intervals", ("item",), n, None)
    missing = tuple(one.title for one in inside if one.task not in scores)
    return Capability(model, category, value, interval, missing)
