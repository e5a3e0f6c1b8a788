"""A run that stopped by what it found: where, and the intervals that hold there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.report.findings import Slice, complete_rows
from experiments.report.numerals import hundredths, interval, many, points
from experiments.report.sentences import Kind, Sentence
from experiments.store.manifest import Manifest
from stats.estimate import Estimate, FloatArray
from stats.repeated import HAYBITTLE_PETO, NAMES, Looks
from stats.stopping import Decision, decisions, stopped_mean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Stopping:
    """Where one model stopped on one task.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        asked: Items that were asked.
        of: Items that the task has.
        reached: Whether the rule was met.
        score: Mean over the items that every cell graded; its interval holds at any stopping time, or at the
            looks that were planned.
        looks: After how many items it was to be looked at; empty if that was not planned.
    """

    model: str
    task: str
    title: str
    asked: int
    of: int
    reached: bool
    score: Estimate
    looks: tuple[int, ...] = ()


@dataclass(frozen=True)
class TaskDecisions:
    """Every two models of a task held against each other, by intervals that hold together."""

    task: str
    title: str
    margin: float
    pairs: tuple[Decision, ...]


@dataclass(frozen=True)
class EarlyStop:
    """How a run stopped; empty for one whose items were fixed beforehand.

    Attributes:
        rule: What each model's answers were to be enough to do, in words.
        holds: When the intervals hold, to follow that verb: "at any stopping time".
        how: How that comes about, in words.
        stops: By model and task.
        decisions: By task; empty unless models were to be told apart.
    """

    rule: str = ""
    holds: str = ""
    how: str = ""
    stops: tuple[Stopping, ...] = ()
    decisions: tuple[TaskDecisions, ...] = ()


def early_stop(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> EarlyStop:
    """Where a run stopped, and what it knew by then.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
        manifest: The run's record.
        level: Of the intervals.
    """
    records: list[dict[str, Any]] = manifest.get("stopping", [])
    if not records:
        return EarlyStop()
    until = manifest["sweep"]["until"]
    primary = outcomes[outcomes["primary"]]
    scores: dict[str, dict[str, FloatArray]] = {}
    stops: list[Stopping] = []
    looks = {each["task"]: _looks(each, until) for each in records}
    for one in slices:
        found = [each for each in records if (each["model"], each["task"]) == (one.model, one.task)]
        for each in found[:1]:
            rows = primary[(primary["model"] == one.model) & (primary["task"] == one.task)]
            values = _in_order(rows, each["items"])
            scores.setdefault(one.task, {})[one.model] = values
            if not np.isnan(values).all():
                mean = stopped_mean(values, level, until["half_width"], looks[one.task])
                where, asked = (one.model, one.task, one.title), len(each["items"])
                counts = tuple(each.get("looks", ()))
                stops.append(Stopping(*where, asked, each["of"], each["reached"], mean, counts))
    titles = {one.task: one.title for one in slices}
    return EarlyStop(
        _rule(until),
        *_holding(until),
        tuple(stops),
        tuple(
            TaskDecisions(
                task, titles[task], until["margin"], decisions(of, until["margin"], level, looks[task])
            )
            for task, of in scores.items()
            if until["decided"] and len(of) > 1
        ),
    )


def _looks(stop: dict[str, Any], until: dict[str, Any]) -> Looks | None:
    counts = stop.get("looks")
    return Looks(tuple(counts), until["boundary"]) if counts else None


def _holding(until: dict[str, Any]) -> tuple[str, str]:
    number = until.get("looks")
    if number is None:
        return "at any stopping time", "confidence sequences, which may be looked at after every item"
    spending = (
        f"{NAMES[until['boundary']]}-like spending of the error" if until["decided"] else HAYBITTLE_PETO
    )
    return f"at the {number} looks that were planned, and at no other time", (
        f"repeated confidence intervals of a plan with {number} looks (sweep.until.looks) and {spending}"
    )


def _in_order(rows: "pd.DataFrame", order: Sequence[str]) -> FloatArray:
    """Each item's mean over the cells, in the order asked; NaN for those that lack a grade in one."""
    means = complete_rows(rows).groupby("item_id", observed=True)["score"].mean()
    by_item = {str(item): float(mean) for item, mean in means.items()}
    return np.array([by_item.get(item, np.nan) for item in order])


def _rule(until: dict[str, Any]) -> str:
    if until["decided"]:
        alike = points(until["margin"])
        return f"tell it apart from every other model, or show the two to be alike within {alike}"
    return f"know its score to ±{points(until['half_width'])}"


def with_stopped_scores(slices: Sequence[Slice], early: EarlyStop) -> tuple[Slice, ...]:
    """The slices, the interval with the templates run being the one that holds where the run stopped."""
    by_pair = {(stop.model, stop.task): stop for stop in early.stops}
    found: list[Slice] = []
    for one in slices:
        stop = by_pair.get((one.model, one.task))
        if stop is None:
            found.append(one)
            continue
        some = f"{stop.asked:,} of" if stop.asked < stop.of else "all"
        enough = "enough" if stop.reached else "not enough"
        where = f"{some} {many(stop.of, 'item')}, {enough} to {early.rule}"
        score = replace(one.score, fixed=stop.score)
        found.append(replace(one, score=score, early=where, early_holds=early.holds))
    return tuple(found)


def decision_sentences(early: EarlyStop) -> tuple[Sentence, ...]:
    """What was decided between every two models."""
    return tuple(_decided(task, pair) for task in early.decisions for pair in task.pairs)


def _decided(task: TaskDecisions, pair: Decision) -> Sentence:
    difference = pair.difference
    ends = interval(difference, signed=True)
    n = many(difference.n["item"], "item")
    if pair.verdict in ("more", "less"):
        above, below = (pair.first, pair.second) if pair.verdict == "more" else (pair.second, pair.first)
        low, high = sorted(abs(end) for end in (difference.low, difference.high))
        text = (
            f"{above} scores {points(difference.value)} more than {below} on {task.title} "
            f"[{hundredths(low)}, {hundredths(high)}], decided after {n}."
        )
    elif pair.verdict == "alike":
        text = (
            f"{pair.first} and {pair.second} score alike on {task.title}: the difference {ends} lies within "
            f"±{points(task.margin)}, decided after {n}."
        )
    else:
        text = (
            f"{pair.first} and {pair.second} could not be told apart on {task.title} nor shown to be alike "
            f"within {points(task.margin)}, after {n}: the difference is {ends}."
        )
    size = abs(difference.value)
    return Sentence(text, Kind.decision, size, pair.verdict in ("more", "less"), "", task.task, "model")


def stopping_note(early: EarlyStop) -> str:
    """What a reader of such a run must know; empty for others."""
    if not early.rule:
        return ""
    return (
        "This run asked items in random order, in blocks, and stopped each model on each task as soon as "
        f"that was enough to {early.rule} (sweep.until). The interval of a score with the templates run, and "
        f"those of the pairs of models decided, hold {early.holds}: they are {early.how}. All others take "
        "the number of items as fixed beforehand, which it was not."
    )
