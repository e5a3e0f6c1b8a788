"""Parts of a plan, asked one after the other by a run that decides by its answers what to ask next."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.sweep.ask import graders_of
from experiments.sweep.outcomes import Columns
from experiments.sweep.plan import Plan, PlannedCell

Pair = tuple[str, str]  # model and task
Answer = Callable[[Plan], tuple[Columns, bool]]
"""Answers part of a plan: its outcomes by the reported grader, and whether all of it could be asked."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a question came to: the score that its cell's reported grader gave it; NaN where there is none."""

    pair: Pair
    item: str
    cell: int
    score: float


def given(columns: Columns) -> list[Given]:
    """The reported outcomes of a part of a plan."""
    names = ("model", "task", "item_id", "cell", "primary", "score")
    rows = zip(*(columns[name] for name in names), strict=True)
    return [
        Given((model, task), item, cell, score) for model, task, item, cell, primary, score in rows if primary
    ]


def pair_of(cell: PlannedCell) -> Pair:
    """A cell's model and task."""
    return cell.cell.config.model.name, cell.cell.config.task.name


def by_pair(plan: Plan) -> dict[Pair, list[PlannedCell]]:
    """The cells that can be asked, by model and task."""
    found: dict[Pair, list[PlannedCell]] = {}
    for cell in plan.cells:
        if cell.error is None:
            found.setdefault(pair_of(cell), []).append(cell)
    return found


def item_ids(plan: Plan, task: str) -> list[str]:
    """The items of any cell of a task, in the task's order."""
    cells = (cell for cell in plan.cells if cell.cell.config.task.name == task)
    return list(dict.fromkeys(one.item.id for cell in cells for one in cell.asked))


def shuffled(ids: Sequence[str], seed: int) -> list[str]:
    """Items in random order, which depends on the seed and their number alone."""
    order = np.random.default_rng([seed, len(ids)]).permutation(len(ids))
    return [ids[int(place)] for place in order]


def narrowed(
    plan: Plan, items: Callable[[PlannedCell], Collection[str] | None], *, keep_impossible: bool = False
) -> Plan:
    """The part of a plan that asks some of each cell's items.

    Args:
        plan: The whole.
        items: Gives the ids of a cell's items; None leaves the cell out.
        keep_impossible: Whether cells that cannot be asked stay, to be reported.
    """
    cells: list[PlannedCell] = []
    for cell in plan.cells:
        if cell.error is not None:
            cells += [cell] if keep_impossible else []
        elif (wanted := items(cell)) is not None:
            cells.append(replace(cell, asked=tuple(one for one in cell.asked if one.item.id in wanted)))
    keys = {key for cell in cells for one in cell.asked for key in (one.key, one.options_key)}
    identities = {cell.identity for cell in cells}
    models = (
        replace(model, requests=tuple(request for request in model.requests if request.key in keys))
        for model in plan.models
        if model.identity in identities
    )
    return Plan(tuple(cells), tuple(models))


def reported_only(plan: Plan) -> Plan:
    """The same plan, graded by each cell's reported grader alone."""

    def first(cell: PlannedCell) -> PlannedCell:
        config = cell.cell.config
        kind = config.task.answer_type.value
        grader = replace(config.grader, **{kind: graders_of(config)[:1]})
        return replace(cell, cell=replace(cell.cell, config=replace(config, grader=grader)))

    return replace(plan, cells=tuple(first(cell) for cell in plan.cells))
