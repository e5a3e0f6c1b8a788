"""Asking items in random order, block by block, until what was to be found out is known."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.report.numerals import hundredths, interval, many
from experiments.schema import UntilConfig
from experiments.sweep.outcomes import Columns
from experiments.sweep.parts import Answer, Pair, by_pair, given, item_ids, narrowed, pair_of, shuffled
from experiments.sweep.plan import Plan

if TYPE_CHECKING:
    from stats.estimate import FloatArray
    from stats.repeated import Looks

BLOCKS = 20  # into which a task's items are cut, unless that makes blocks of fewer than
SMALLEST_BLOCK = 10
FEWEST_A_LOOK = 40  # items between two planned looks; with 20 a half-width near 0 or 1 is believed too soon


class UntilError(Exception):
    """The rule has nothing to be applied to; the message says why. Nothing was sent."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where one model stopped on one task.

    Attributes:
        model: The model.
        task: The task.
        items: Ids of the items that were asked, in the random order in which they were.
        of: How many items the task has.
        reached: Whether the rule was met; if not, the items ran out or the run was cut short.
        looks: After how many items it was to be looked at, if that was planned; else empty.
    """

    model: str
    task: str
    items: tuple[str, ...]
    of: int
    reached: bool
    looks: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The fields as values that JSON can hold, and in words when the intervals of this rule hold."""
        return {name: getattr(self, name) for name in ("model", "task", "of", "reached")} | {
            "items": list(self.items),
            "looks": list(self.looks),
            "intervals": "hold at all planned looks together, at no other time"
            if self.looks
            else "hold at any stopping time",
        }


@dataclass(frozen=True, slots=True)
class Halted:
    """What was asked until something was known: that part of the plan, and where each model stopped."""

    plan: Plan
    stops: tuple[Stopped, ...]


def has_rule(until: UntilConfig) -> bool:
    """Whether a run is to stop by what it finds."""
    return until.half_width is not None or until.decided


def ask_until(
    plan: Plan,
    until: UntilConfig,
    answered: Answer,
    say: Callable[[str], None],
    *,
    seed: int,
    level: float,
) -> Halted:
    """Asks a plan's items in random order, block by block, every item in all cells of its model and task.

    After each block every model × task that has not stopped is looked at: by confidence sequences, which are
    valid at all times together however often they are looked at, or, where the number of looks was planned,
    by repeated confidence intervals, which are valid at those looks. The order depends on the seed and the
    number of items alone, so that the same command asks the same and stops at the same place.

    Args:
        plan: The whole sweep, without a control arm.
        until: The rule.
        answered: Answers part of the plan: its outcomes by the reported grader, and whether everything in it
            could be asked. When it could not, nothing further is.
        say: Tells the user one line.
        seed: Shuffles the items.
        level: Of the confidence sequences, or of the repeated intervals.

    Raises:
        UntilError: Models are to be told apart, and a task has one only; or a task has too few items for so
            many looks.
    """
    cells = by_pair(plan)
    of_task = {task: shuffled(item_ids(plan, task), seed) for _, task in cells}
    orders = {pair: of_task[pair[1]] for pair in cells}
    planned = {task: _planned(task, len(order), until) for task, order in of_task.items()}
    if until.decided:
        for task in dict.fromkeys(task for _, task in cells):
            if sum(other == task for _, other in cells) < 2:
                raise UntilError(
                    f"sweep.until.decided tells models apart, and task {task} is asked of one only: name "
                    "several models in one command, or use sweep.until.half_width"
                )
    scores: dict[Pair, list[float]] = {pair: [] for pair in cells}
    reached = dict.fromkeys(cells, False)
    going_on = True
    block = 0
    while going_on:
        wanted = {
            pair: _block(orders[pair], block, until, planned[pair[1]]) for pair in cells if not reached[pair]
        }
        wanted = {pair: items for pair, items in wanted.items() if items}
        if not wanted:
            break
        block += 1
        columns, going_on = answered(part(plan, {pair: set(items) for pair, items in wanted.items()}))
        means = _item_means(columns, {pair: len(those) for pair, those in cells.items()})
        for pair, items in wanted.items():
            scores[pair] += [means.get((*pair, item), math.nan) for item in items]
        if going_on:
            known = {pair: np.array(found) for pair, found in scores.items()}
            said = _look(known, wanted, reached, until, level, planned)
            which = f"look {block} of {until.looks}" if until.looks else f"block {block}"
            say(f"{which}: {'; '.join(said)}")
    asked = {pair: tuple(orders[pair][: len(found)]) for pair, found in scores.items()}
    counts = {task: () if looks is None else looks.counts for task, looks in planned.items()}
    return Halted(
        part(plan, {pair: set(items) for pair, items in asked.items()}, keep_impossible=True),
        tuple(
            Stopped(*pair, items, len(orders[pair]), reached[pair], counts[pair[1]])
            for pair, items in asked.items()
        ),
    )


def part(plan: Plan, wanted: Mapping[Pair, Collection[str]], *, keep_impossible: bool = False) -> Plan:
    """The part of a plan that asks the given items of each model and task.

    Args:
        plan: The whole.
        wanted: Ids of items; pairs that are not named are left out.
        keep_impossible: Whether cells that cannot be asked stay, to be reported.
    """
    return narrowed(plan, lambda cell: wanted.get(pair_of(cell)), keep_impossible=keep_impossible)


def _planned(task: str, items: int, until: UntilConfig) -> "Looks | None":
    if until.looks is None:
        return None
    from stats.repeated import equal_looks

    if items < until.looks * FEWEST_A_LOOK:
        most = items // FEWEST_A_LOOK
        raise UntilError(
            f"sweep.until.looks={until.looks} wants {FEWEST_A_LOOK} items or more for each look, and task "
            f"{task} has {many(items, 'item')}: {f'plan {most} at most' if most > 1 else 'leave looks out'}"
        )
    return equal_looks(items, until.looks, until.boundary.value)


def _block(order: list[str], number: int, until: UntilConfig, looks: "Looks | None") -> list[str]:
    if looks is not None:
        begin, end = (0, *looks.counts)[number : number + 2] if number < len(looks.counts) else (0, 0)
        return order[begin:end]
    size = until.block or max(SMALLEST_BLOCK, math.ceil(len(order) / BLOCKS))
    return order[number * size : (number + 1) * size]


def _item_means(columns: Columns, cells: Mapping[Pair, int]) -> dict[tuple[str, str, str], float]:
    """Each item's mean over the cells of its model and task; items that lack a grade in one are left out."""
    sums: dict[tuple[str, str, str], list[float]] = {}
    asked: dict[tuple[str, str, str], set[int]] = {}
    for one in given(columns):
        sums.setdefault((*one.pair, one.item), []).append(one.score)
        asked.setdefault((*one.pair, one.item), set()).add(one.cell)
    return {
        (model, task, item): math.fsum(found) / len(found)
        for (model, task, item), found in sums.items()
        if len(asked[model, task, item]) == cells[model, task] and not any(math.isnan(one) for one in found)
    }


def _look(
    scores: "Mapping[Pair, FloatArray]",
    asked: Collection[Pair],
    reached: dict[Pair, bool],
    until: UntilConfig,
    level: float,
    planned: "Mapping[str, Looks | None]",
) -> list[str]:
    """Marks what has reached the rule among the pairs just asked, and says how things stand."""
    from stats.stopping import decisions, stopped_mean

    said: list[str] = []
    if until.half_width is not None:
        for pair in asked:
            known = int(np.count_nonzero(~np.isnan(scores[pair])))
            if not known:
                continue
            found = stopped_mean(scores[pair], level, until.half_width, planned[pair[1]])
            reached[pair] = found.high - found.low <= 2 * until.half_width
            said.append(
                f"{pair[0]} on {pair[1]} {hundredths(found.value)} {interval(found)} after "
                f"{many(known, 'item')}{', enough' if reached[pair] else ''}"
            )
        return said
    for task in dict.fromkeys(task for _, task in asked):
        mine = {model: found for (model, other), found in scores.items() if other == task}
        found = decisions(mine, until.margin, level, planned[task])
        open_pairs = [one for one in found if one.verdict == "open"]
        for model in mine:
            reached[model, task] = not any(model in (one.first, one.second) for one in open_pairs)
        items = max(one.size for one in mine.values())
        said.append(
            f"{task} {len(found) - len(open_pairs)} of {many(len(found), 'pair')} of models decided after "
            f"{many(items, 'item')}"
        )
    return said
