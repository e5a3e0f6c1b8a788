"""Every number of the page as one long table, `report.parquet`: a row a number, with its interval."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from experiments.report.charts import table_by
from experiments.report.contents import Contents
from experiments.report.findings import FACTORS, FactorFinding, Slice, label
from experiments.report.graders import GraderFinding, GraderShare
from experiments.report.rankings import TaskRanking
from experiments.report.search import TemplateSearch
from experiments.report.sentences import detected, shown_effect
from experiments.store.texts import storable
from stats.estimate import Estimate
from stats.measure import Sensitivity

WHOLE = "all"  # of a level that is no level but everything


@dataclass(frozen=True)
class Number:
    """One number; what it has not is NaN, None or empty.

    Attributes:
        section: Where it comes from: run, score, factor, metrics, two_way, variance, graders, rankings,
            categories, severities, extremes, search, shots, chain_of_thought, flips or control.
        model: The model.
        task: The task.
        factor: The factor, or what the levels are of.
        level: The level, condition, grader, item or source.
        measure: What was measured.
        value: The number: scores and their differences in [0, 1], variances in squares of these; where noise
            was taken out, what is left.
        low: Lower end of its interval.
        high: Upper end.
        raw: As observed, before noise was taken out.
        floor: What noise alone would give.
        p: Its p value, adjusted where the page says so.
        detectable: The verdict; None where there is none.
    """

    section: str
    model: str
    task: str
    factor: str
    level: str
    measure: str
    value: float
    low: float = math.nan
    high: float = math.nan
    raw: float = math.nan
    floor: float = math.nan
    p: float = math.nan
    detectable: bool | None = None


def to_table(contents: Contents) -> Any:
    """The numbers as an Arrow table, its columns the fields of `Number`; NaN and infinity stay."""
    import pyarrow as pa

    kinds = {"str": pa.string(), "float": pa.float64(), "bool | None": pa.bool_()}
    names = {field.name: getattr(field.type, "__name__", str(field.type)) for field in fields(Number)}
    schema = pa.schema([(name, kinds[kind]) for name, kind in names.items()])
    rows = [
        {name: storable(value) if isinstance(value, str) else value for name, value in asdict(number).items()}
        for number in numbers(contents)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def numbers(contents: Contents) -> Iterator[Number]:
    """The numbers, in the order of the page."""
    yield from _run(contents)
    for one in contents.slices:
        yield from _score(one)
    for one in contents.searches:
        yield from _search(one)
    for ranked in contents.rankings:
        yield from _ranking(ranked)
    for one in contents.categories:
        yield _estimate("categories", one.model, "", "category", one.category, "score", one.estimate)
        for part in one.benchmarks:
            of = f"{one.category}: {part.title}"
            yield Number("categories", one.model, "", "benchmark", of, "score", part.value)
    yield from _gains(contents)
    for one in contents.slices:
        for finding in one.factors:
            yield from _factor(one, finding)
        yield from _two_way(one)
        yield from _variance(one)
    for one in contents.metrics:
        for metric in one.rows:
            if metric.measure is not None:
                yield _sensitivity(
                    "metrics", one.model, one.task, "template", WHOLE, metric.name, metric.measure
                )
    for one in contents.extremes:
        where = ("extremes", one.model, one.task, "condition")
        for name, measure in (("best", one.top), ("worst", one.bottom), ("best minus worst", one.distance)):
            yield _sensitivity(*where, WHOLE, name, measure)
        for found in (*one.best, *reversed(one.worst)):
            yield _estimate(*where, found.condition, "score", found.estimate)
    for curve in contents.severities:
        for point in curve.points:
            where = ("severities", curve.model, curve.task, curve.perturbation, point.level)
            yield _estimate(*where, "score", point.estimate)
            yield Number(*where, "realised severity", point.realised)
            yield Number(*where, "left unchanged", point.unchanged)
    for found in contents.graders:
        yield from _grader(found)
    for share in contents.shares:
        yield from _share(share)
    for flip in contents.flips.shown:
        where = ("flips", flip.model, flip.task, flip.factor, flip.item)
        yield Number(*where, "share of cells right", flip.share)
        yield Number(*where, "cells", flip.cells)


def _run(contents: Contents) -> Iterator[Number]:
    quality = contents.quality
    for name in (
        "cells", "failed_cells", "outcomes", "perturbed", "unchanged", "asked", "unique", "cached", "sent",
        "prompt_tokens", "completion_tokens", "usd", "wall_s",
    ):  # fmt: skip
        yield Number("run", "", "", "", WHOLE, name, getattr(quality, name))
    for task in contents.manifest["tasks"]:
        yield Number("run", "", task["name"], "", WHOLE, "items", task["items"])
    for one in quality.models:
        for name in ("sent", "prompt_tokens", "completion_tokens", "usd"):
            yield Number("run", one.name, "", "", WHOLE, name, getattr(one, name))
    for status, n in quality.statuses.items():
        yield Number("run", "", "", "status", status, "outcomes", n)
    for (model, task), statuses in quality.by_pair.items():
        for status, n in statuses.items():
            yield Number("run", model, task, "status", status, "outcomes", n)
    for error, cells in quality.failures:
        yield Number("run", "", "", "error", error, "cells", cells)
    for one in quality.control:
        where = ("control", one.model, one.task, "", WHOLE)
        yield _estimate(*where, "answers changed", one.answers_changed)
        yield _estimate(*where, "scores changed", one.scores_changed)
        yield Number(*where, "floor", one.floor)


def _score(one: Slice) -> Iterator[Number]:
    where = ("score", one.model, one.task, "")
    yield _estimate(*where, WHOLE, "score, templates run", one.score.fixed)
    if one.score.crossed is not None:
        yield _estimate(*where, WHOLE, "score, templates like these", one.score.crossed)
    yield Number(*where, WHOLE, "items", one.items)
    yield Number(*where, WHOLE, "items graded in every cell", one.compared)
    for k, estimate in one.pass_at:
        yield _estimate("score", one.model, one.task, "k", str(k), "pass@k", estimate)


def _search(one: TemplateSearch) -> Iterator[Number]:
    where = ("search", one.model, one.task, "template")
    yield Number(*where, WHOLE, "pairs asked", one.asked)
    yield Number(*where, WHOLE, "pairs", one.pairs)
    for name, end in (("better", one.best), ("worse", one.worst)):
        if end is not None:
            yield Number(*where, end.template, f"others {name} by at most", end.bound)
    for name, estimate in (("these items", one.spread), ("items like these", one.beyond)):
        if estimate is not None:
            yield _estimate(*where, WHOLE, f"best minus worst, {name}", estimate)
    for row in one.templates:
        yield Number(*where, row.template, "items asked", row.asked)
        if row.score is not None:
            yield _estimate(*where, row.template, "score", row.score)


def _factor(one: Slice, finding: FactorFinding) -> Iterator[Number]:
    where = ("factor", one.model, one.task, finding.factor)
    for level in finding.levels:
        yield _estimate(*where, level.level, "score", level.estimate)
    for effect in finding.effects:
        estimate = shown_effect(effect)
        p = effect.p_value if effect.p_adjusted is None else effect.p_adjusted
        name = f"difference from {finding.reference}"
        verdict = detected(effect, estimate.level)
        yield _estimate(*where, label(finding.factor, effect.level), name, estimate, p, verdict)
    for measure in finding.sensitivity:
        yield _sensitivity(*where, WHOLE, measure.metric, measure)


def _two_way(one: Slice) -> Iterator[Number]:
    """The heat map: template and the first other factor that varies."""
    names = [finding.factor for finding in one.factors]
    if "template" not in names or len(names) < 2:
        return
    other = next(name for name in names if name != "template")
    for (template, level), mean in table_by(one, other).means.items():
        both = f"{template}, {FACTORS[other]} {label(other, level)}"
        yield Number("two_way", one.model, one.task, f"template, {other}", both, "score", mean)


def _variance(one: Slice) -> Iterator[Number]:
    for part in () if one.components is None else one.components.rows:
        where = ("variance", one.model, one.task, "source", part.term)
        p = math.nan if part.p_value is None else part.p_value
        yield Number(*where, "variance", part.value, part.low, part.high, raw=part.raw, p=p)
        share = None if one.shares is None else one.shares.get(part.term)
        ends = (math.nan, math.nan) if share is None else (share.low, share.high)
        yield Number(*where, "share", part.share, *ends)
        yield Number(*where, "standard deviation", math.sqrt(part.value))


def _grader(found: GraderFinding) -> Iterator[Number]:
    where = ("graders", found.model, found.task, "grader", found.grader)
    yield _estimate(*where, "score", found.score.crossed or found.score.fixed)
    for measure in found.templates:
        yield _sensitivity(*where, measure.metric, measure)


def _share(share: GraderShare) -> Iterator[Number]:
    effect = share.effect
    where = ("graders", share.model, share.task, "grader", f"{effect.reported} less {effect.best}")
    yield _estimate(*where, "variance added", effect.difference)
    yield _estimate(*where, "share of the variance", effect.vanishing)


def _ranking(one: TaskRanking) -> Iterator[Number]:
    for rank in one.ranking.rows:
        where = ("rankings", str(rank.level), one.task, "model", str(rank.level))
        yield Number(*where, "mean", rank.mean)
        yield Number(*where, "rank", rank.rank, rank.low, rank.high)
        yield Number(*where, "probability of being first", rank.best)
    for pair in one.pairs:
        where = ("rankings", pair.above, one.task, "model", f"{pair.above} above {pair.below}")
        yield Number(*where, "difference", pair.difference)
        yield Number(*where, "probability of scoring more again", pair.above_wins)
        yield Number(*where, "probability of turning round", pair.turns)
        yield Number(*where, "templates with the order turned", pair.templates_turned)
        yield Number(*where, "templates", pair.templates)


def _gains(contents: Contents) -> Iterator[Number]:
    for curve in contents.shots:
        for point in curve.points:
            where = ("shots", curve.model, curve.task, "shots", str(point.shots))
            yield _estimate(*where, "score", point.estimate)
            if point.gain is not None:
                p = math.nan if point.p_adjusted is None else point.p_adjusted
                yield _estimate(*where, f"gain from {curve.reference}", point.gain, p, point.detectable)
    for one in contents.cot:
        where = ("chain_of_thought", one.model, one.task, "cot")
        yield Number(*where, "off", "score", one.without)
        yield Number(*where, "on", "score", one.with_it)
        yield _estimate(*where, "on", "gain", one.gain, one.p_value, one.detectable)


def _estimate(
    section: str,
    model: str,
    task: str,
    factor: str,
    level: str,
    measure: str,
    estimate: Estimate,
    p: float = math.nan,
    detectable: bool | None = None,
) -> Number:
    return Number(
        section, model, task, factor, level, measure, estimate.value, estimate.low, estimate.high, p=p,
        detectable=detectable,
    )  # fmt: skip


def _sensitivity(
    section: str, model: str, task: str, factor: str, level: str, measure: str, found: Sensitivity
) -> Number:
    return Number(
        section, model, task, factor, level, measure, found.corrected, found.low, found.high, raw=found.raw,
        floor=found.floor, p=found.p_value, detectable=found.detectable,
    )  # fmt: skip
