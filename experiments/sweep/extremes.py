"""The search for a model's best and worst template on a task: more items for those that may be it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.numerals import count, many
from experiments.schema import ExtremesConfig
from experiments.sweep.parts import Answer, Given, Pair, by_pair, given, item_ids, narrowed, pair_of, shuffled
from experiments.sweep.plan import Plan, PlannedCell

if TYPE_CHECKING:
    from stats.arms import Ints, Pulls
    from stats.estimate import FloatArray
    from stats.extremes_search import End

BATCHES = 40  # into which a model's template × item pairs are cut, unless that makes batches of fewer than
SMALLEST_BATCH = 20


class ExtremesError(Exception):
    """There is nothing to search among; the message says why. Nothing was sent."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Search:
    """What one model was asked on one task.

    Attributes:
        model: The model.
        task: The task.
        of: How many items the task has.
        items: Ids of those that some template was asked, in the order in which all take them.
        asked: How many of these each template was asked, the first so many.
        most: Template × item pairs that were to be asked at most.
        incomplete: Templates that took no part, since they lack a condition that others have.
    """

    model: str
    task: str
    of: int
    items: tuple[str, ...]
    asked: dict[str, int]
    most: int
    incomplete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """The part of a plan that was asked, and what each model was asked on each task."""

    plan: Plan
    searches: tuple[Search, ...]


@dataclass
class _Arms:
    """One model's templates on one task, as the search goes on.

    Attributes:
        cells: Each template's, by name; all have the same conditions.
        incomplete: Templates left out.
        order: Ids of the items.
        scores: Shape (templates, items); NaN where there is none.
        asked: Items asked, by template.
        most: Pairs that may be asked.
        batch: Pairs between two looks.
        rng: Draws which template is asked next.
        ends: How far best and worst are known; None where nothing can be said.
    """

    cells: dict[str, list[PlannedCell]]
    incomplete: tuple[str, ...]
    order: list[str]
    scores: "FloatArray"
    asked: "Ints"
    most: int
    batch: int
    rng: np.random.Generator
    ends: "tuple[End, End] | None" = None

    @property
    def pulls(self) -> "Pulls":
        from stats.arms import Pulls

        return Pulls(self.scores, self.asked)


def most_asked(plan: Plan, rule: ExtremesConfig) -> int:
    """How many questions a search asks at most.

    Raises:
        ExtremesError: As for `ask_extremes`.
    """
    questions = 0
    for arms in _arms(plan, rule, 0).values():
        whole = sum(len(cell.asked) for cells in arms.cells.values() for cell in cells)
        questions += math.ceil(arms.most * whole / arms.scores.size)
    return questions


def ask_extremes(
    plan: Plan,
    rule: ExtremesConfig,
    answered: Answer,
    say: Callable[[str], None],
    *,
    seed: int,
    level: float,
) -> Searched:
    """Asks all templates the first items of a random order, then those that may be best or worst more.

    After each batch every model × task that goes on is looked at. A template's score of an item is the mean
    over its cells (shots, chain of thought and so on), which are asked together. What is asked depends on the
    answers, the seed and the plan alone, so that the same command asks the same and stops at the same place.

    Args:
        plan: The whole sweep, without a control arm.
        rule: What is to be shown, and how much may be asked for it.
        answered: Answers part of the plan. When something in it could not be asked, nothing further is.
        say: Tells the user one line.
        seed: Shuffles the items, and draws which templates are asked.
        level: Chance that all is true that is said of one model on one task.

    Raises:
        ExtremesError: A model is asked with one template only, or too little may be asked.
    """
    from stats.extremes_search import FIRST

    assert rule.margin is not None
    arms = _arms(plan, rule, seed)
    wanted = {
        pair: np.full(len(one.asked), min(FIRST, one.most // len(one.asked))) for pair, one in arms.items()
    }
    batch, going_on = 0, True
    while wanted and going_on:
        batch += 1
        columns, going_on = answered(_batch(plan, arms, wanted))
        scored = _scored(given(columns))
        for pair, more in wanted.items():
            _note(arms[pair], more, scored)
        if not going_on:
            break
        said = [f"{pair[0]} on {pair[1]}: {_look(arms[pair], rule.margin, level)}" for pair in wanted]
        say(f"batch {batch}: {'; '.join(said)}")
        wanted = {pair: more for pair in wanted if (more := _next(arms[pair])).any()}
    return Searched(
        narrowed(plan, lambda cell: _items_of(cell, arms), keep_impossible=True),
        tuple(_record(pair, one) for pair, one in arms.items()),
    )


def _arms(plan: Plan, rule: ExtremesConfig, seed: int) -> dict[Pair, _Arms]:
    found: dict[Pair, _Arms] = {}
    for pair, cells in by_pair(plan).items():
        templates: dict[str, list[PlannedCell]] = {}
        for cell in cells:
            templates.setdefault(cell.cell.config.template.name, []).append(cell)
        conditions = max(len(those) for those in templates.values())
        whole = {name: those for name, those in templates.items() if len(those) == conditions}
        order = shuffled(item_ids(plan, pair[1]), seed)
        pairs = len(whole) * len(order)
        most = int(rule.share * pairs)
        if len(whole) < 2:
            raise ExtremesError(
                f"sweep.extremes searches among templates, and {pair[0]} is asked with one only on task "
                f"{pair[1]}: name several, as 'template=glob(qa/*)'"
            )
        if most < len(whole):
            raise ExtremesError(
                f"sweep.extremes.share={rule.share:g} allows {count(most)} of the {many(pairs, 'pair')} of "
                f"template and item on task {pair[1]}, less than one item for each of "
                f"{many(len(whole), 'template')}"
            )
        found[pair] = _Arms(
            cells=whole,
            incomplete=tuple(name for name in templates if name not in whole),
            order=order,
            scores=np.full((len(whole), len(order)), np.nan),
            asked=np.zeros(len(whole), dtype=np.int64),
            most=most,
            batch=rule.batch or max(SMALLEST_BATCH, math.ceil(pairs / BATCHES)),
            rng=np.random.default_rng([seed, len(order), len(whole)]),
        )
    return found


def _batch(plan: Plan, arms: Mapping[Pair, _Arms], wanted: "Mapping[Pair, Ints]") -> Plan:
    """The part of the plan that asks each template so many items more."""
    items: dict[int, frozenset[str]] = {}
    for pair, more in wanted.items():
        one = arms[pair]
        for cells, asked, further in zip(one.cells.values(), one.asked, more, strict=True):
            some = frozenset(one.order[int(asked) : int(asked + further)])
            items |= {cell.cell.index: some for cell in cells if some}
    return narrowed(plan, lambda cell: items.get(cell.cell.index))


def _scored(rows: list[Given]) -> dict[tuple[int, str], list[float]]:
    """Scores by cell and item."""
    found: dict[tuple[int, str], list[float]] = {}
    for one in rows:
        found.setdefault((one.cell, one.item), []).append(one.score)
    return found


def _note(arms: _Arms, more: "Ints", scored: Mapping[tuple[int, str], list[float]]) -> None:
    """Enters what was asked; an item that lacks a grade in one of a template's cells has no score."""
    for row, (cells, further) in enumerate(zip(arms.cells.values(), more, strict=True)):
        start = int(arms.asked[row])
        for place in range(start, start + int(further)):
            by_cell = [scored.get((cell.cell.index, arms.order[place]), []) for cell in cells]
            if all(by_cell):
                scores = [score for those in by_cell for score in those]
                arms.scores[row, place] = math.fsum(scores) / len(scores)
    arms.asked = arms.asked + more


def _look(arms: _Arms, margin: float, level: float) -> str:
    """Finds out how far best and worst are known, and says so."""
    from stats.extremes_search import look

    after = f"after {count(int(arms.asked.sum()))} of {many(arms.scores.size, 'template × item pair')}"
    arms.ends = None
    if (arms.pulls.graded > 0).sum() < 2:
        return f"fewer than two templates gave a score {after}"
    arms.ends = look(arms.pulls, margin, level)
    first = next(iter(arms.cells.values()))[0]
    names = ("best", "worst") if first.cell.config.task.higher_is_better else ("worst", "best")
    ends = ", ".join(f"{name} {_stands(one)}" for name, one in zip(names, arms.ends, strict=True))
    return f"{ends} {after}{', enough' if all(one.reached for one in arms.ends) else ''}"


def _stands(end: "End") -> str:
    return "known" if end.reached else f"one of {count(int(end.candidates.sum()))}"


def _next(arms: _Arms) -> "Ints":
    """How many items more each template is asked; none where all is known, or no more can be."""
    from stats.extremes_search import next_pulls

    number = min(arms.batch, arms.most - int(arms.asked.sum()))
    if arms.ends is None or number <= 0:
        return np.zeros_like(arms.asked)
    return next_pulls(arms.pulls, arms.ends, number, rng=arms.rng)


def _items_of(cell: PlannedCell, arms: Mapping[Pair, _Arms]) -> frozenset[str] | None:
    one = arms[pair_of(cell)]
    name = cell.cell.config.template.name
    if name not in one.cells:
        return None
    return frozenset(one.order[: int(one.asked[list(one.cells).index(name)])])


def _record(pair: Pair, arms: _Arms) -> Search:
    asked = {name: int(number) for name, number in zip(arms.cells, arms.asked, strict=True)}
    items = tuple(arms.order[: int(arms.asked.max())])
    return Search(*pair, len(arms.order), items, asked, arms.most, arms.incomplete)
