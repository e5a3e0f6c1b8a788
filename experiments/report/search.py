"""What a search found: the best template, the worst, how far they lie apart, and what may be wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.report.findings import Slice
from experiments.report.numerals import coverage, hundredths, many, percent, points
from experiments.report.sentences import Kind, Sentence
from experiments.store.manifest import Manifest
from stats.arms import Pulls
from stats.estimate import Estimate
from stats.extremes_found import Ends, NamedEnd, found

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SearchedTemplate:
    """One template of a search.

    Attributes:
        template: Its name.
        asked: Items that it was asked.
        score: Plain mean of those; the intervals of all templates hold together. None if it has no grade.
        may_be: "best", "worst" or "best or worst", if it may truly be that, else empty.
    """

    template: str
    asked: int
    score: Estimate | None
    may_be: str


@dataclass(frozen=True)
class FoundEnd:
    """The template named best, or worst.

    Attributes:
        template: Its name.
        bound: No other is better (or worse) by more than this, on these items.
        candidates: How many may truly be the best (or worst), this one included.
        reached: Whether that is as little as was to be shown.
    """

    template: str
    bound: float
    candidates: int
    reached: bool


@dataclass(frozen=True)
class TemplateSearch:
    """What the search of one model's templates on one task found.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        items: How many the task has.
        asked: Template × item pairs that were asked.
        pairs: All there are.
        most: How many were to be asked at most.
        margin: What was to be shown.
        best: The best; None where `reason` says why nothing can be said.
        worst: The worst; None likewise.
        spread: Best minus worst, on these items; together with the bounds at the level of the report.
        beyond: The same for the many items that these are a sample of; a statement of its own.
        templates: All that took part, by score.
        incomplete: Templates that took no part, since a condition that others have could not be asked.
        reason: Why there are no numbers; empty if there are.
    """

    model: str
    task: str
    title: str
    items: int
    asked: int
    pairs: int
    most: int
    margin: float
    best: FoundEnd | None
    worst: FoundEnd | None
    spread: Estimate | None
    beyond: Estimate | None
    templates: tuple[SearchedTemplate, ...]
    incomplete: tuple[str, ...]
    reason: str = ""


def searches(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> tuple[TemplateSearch, ...]:
    """What the searches of a run found.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
        manifest: The run's record.
        level: Of what is said of one model and task.

    Returns:
        Empty unless the run is a search.
    """
    records = {(each["model"], each["task"]): each for each in manifest.get("search", [])}
    if not records:
        return ()
    primary = outcomes[outcomes["primary"]]
    higher = {task["name"]: bool(task["higher_is_better"]) for task in manifest["tasks"]}
    margin = float(manifest["sweep"]["extremes"]["margin"])
    return tuple(
        _of_one(
            primary[(primary["model"] == one.model) & (primary["task"] == one.task)],
            one,
            records[one.model, one.task],
            margin,
            level,
            higher_is_better=higher[one.task],
        )
        for one in slices
        if (one.model, one.task) in records
    )


def _of_one(
    rows: "pd.DataFrame",
    one: Slice,
    record: dict[str, Any],
    margin: float,
    level: float,
    *,
    higher_is_better: bool,
) -> TemplateSearch:
    names = list(record["asked"])
    pulls = _pulls(rows, record)
    about = (
        *(one.model, one.task, one.title),
        *(record["of"], int(pulls.asked.sum()), pulls.scores.size, record["most"], margin),
    )
    incomplete = tuple(record["incomplete"])
    try:
        ends = found(pulls, margin, level)
    except ValueError as error:
        return TemplateSearch(*about, None, None, None, None, (), incomplete, str(error))
    best, worst = (ends.best, ends.worst) if higher_is_better else (ends.worst, ends.best)
    return TemplateSearch(
        *about,
        best=_end(best, names),
        worst=_end(worst, names),
        spread=ends.spread,
        beyond=ends.spread_beyond,
        templates=_templates(ends, best, worst, names, higher_is_better=higher_is_better),
        incomplete=incomplete,
    )


def _pulls(rows: "pd.DataFrame", record: dict[str, Any]) -> Pulls:
    """Scores in the order asked; an item that lacks a grade in one of a template's cells has none."""
    names, order = list(record["asked"]), list(record["items"])
    cells: dict[str, set[int]] = {}
    scores: dict[tuple[str, str], list[float]] = {}
    of: dict[tuple[str, str], set[int]] = {}
    columns = (rows["template"].astype(str), rows["item_id"].astype(str), rows["cell"], rows["score"])
    for template, item, cell, score in zip(*columns, strict=True):
        cells.setdefault(template, set()).add(int(cell))
        scores.setdefault((template, item), []).append(float(score))
        of.setdefault((template, item), set()).add(int(cell))
    table = np.full((len(names), record["of"]), np.nan)
    for row, name in enumerate(names):
        for column, item in enumerate(order[: record["asked"][name]]):
            if len(of.get((name, item), ())) == len(cells.get(name, ())) > 0:
                mine = scores[name, item]
                table[row, column] = math.fsum(mine) / len(mine)
    return Pulls(table, np.array(list(record["asked"].values()), dtype=np.int64))


def _end(end: NamedEnd, names: Sequence[str]) -> FoundEnd:
    return FoundEnd(names[end.arm], end.bound, len({*end.candidates, end.arm}), end.reached)


def _templates(
    ends: Ends, best: NamedEnd, worst: NamedEnd, names: Sequence[str], *, higher_is_better: bool
) -> tuple[SearchedTemplate, ...]:
    shown = [
        SearchedTemplate(
            name,
            asked,
            score,
            " or ".join(
                word for word, end in (("best", best), ("worst", worst)) if arm in (*end.candidates, end.arm)
            ),
        )
        for arm, (name, asked, score) in enumerate(zip(names, ends.asked, ends.scores, strict=True))
    ]
    sign = -1 if higher_is_better else 1
    return tuple(sorted(shown, key=lambda row: math.inf if row.score is None else sign * row.score.value))


def search_sentence(one: TemplateSearch) -> Sentence:
    """Which template is the best, which the worst, how wrong that is at most, and how far they are apart."""
    about = f"for {one.model} on {one.title}"
    if one.best is None or one.worst is None or one.spread is None or one.beyond is None:
        text = f"The best and the worst template {about} cannot be told: {one.reason}."
        return Sentence(text, Kind.caution, 1.0, None, one.model, one.task, "template")
    spread, beyond = one.spread, one.beyond
    text = (
        f"Of {many(len(one.templates), 'template')}, {one.best.template} is the best {about}"
        f"{_bound(one.best, 'better')}, and {one.worst.template} is the worst{_bound(one.worst, 'worse')}; "
        f"they lie {hundredths(spread.low)} to {points(spread.high)} apart ({coverage(spread.level)})."
    )
    tie = ", and need not differ at all" if beyond.low == 0 else ""
    share = f"{one.asked:,} of {many(one.pairs, 'template × item pair')} ({percent(one.asked / one.pairs)})"
    more = (
        f"All of that holds together, of these {many(one.items, 'item')}, whenever the search had stopped. "
        f"It asked {share}, {_outcome(one)}. For further items like these, best and worst lie "
        f"{hundredths(beyond.low)} to {points(beyond.high)} apart{tie}."
    )
    return Sentence(text, Kind.extremes, spread.value, beyond.low > 0, one.model, one.task, "template", more)


def _bound(end: FoundEnd, word: str) -> str:
    """By how much another may be better, or worse; empty where no other can be."""
    return f" (no other is {word} by more than {points(end.bound)})" if end.candidates > 1 else ""


def _outcome(one: TemplateSearch) -> str:
    reached = one.best is not None and one.worst is not None and one.best.reached and one.worst.reached
    if reached:
        return f"enough to show both to {points(one.margin)}"
    end = "the most it might ask" if one.asked >= one.most else "where it was cut short"
    return f"{end}, not enough to show both to {points(one.margin)}"


def search_note(manifest: Manifest) -> str:
    """What a reader of a search must know; empty for other runs."""
    if not manifest.get("search"):
        return ""
    rule = manifest["sweep"]["extremes"]
    return (
        f"This run searched for the best and the worst template (sweep.extremes.margin={rule['margin']:g}, "
        f"sweep.extremes.share={rule['share']:g}, sweep.seed={manifest['sweep']['seed']}): all templates "
        "take the items in the same random order, and those that might be either were asked more of them. "
        "The bounds on best and worst and the intervals of their distance hold however that was chosen. "
        "Other numbers do not allow for it: the mean of a template that was asked little is that of few "
        "items, and among many such means the extreme ones lie too far out. Scores over all templates are by "
        "REML on the pairs asked. Whatever compares levels on the same items (sensitivities with their noise "
        "floor, flips, rankings, categories, graders) needs every item with every template, and is not in "
        "this report."
    )
