"""A sparse sweep: a random share of the template × item pairs, balanced over both."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.schema import LabConfig, SweepConfig
from experiments.sweep.compose import ComposedCell
from experiments.tasks.load import Task

FEWEST_TEMPLATES = 3  # from which on there is a distribution to estimate


class SampleError(Exception):
    """The sweep has nothing to draw a sparse sample from; the message says why. Nothing was sent."""

    exit_code = 2


def balanced_mask(templates: int, items: int, share: float, *, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which template × item pairs are asked.

    Every template has round(share × items) items, one at least; how often two items are asked differs by
    one at most. One template after the other takes the items that were taken least so far, at random among
    equals, so that a template's items depend on those of earlier templates and not on later ones.

    Args:
        templates: How many there are.
        items: How many there are.
        share: Of the items, for each template; above 0, up to 1.
        rng: Draws.

    Returns:
        Shape (templates, items).
    """
    each = max(1, round(share * items))
    mask = np.zeros((templates, items), dtype=np.bool_)
    taken = np.zeros(items, dtype=np.int64)
    for row in mask:
        row[np.lexsort((rng.random(items), taken))[:each]] = True
        taken += row
    return mask


def thinner(cells: Sequence[ComposedCell]) -> Callable[[LabConfig, Task], Task]:
    """What reduces a cell's task to the items that the cell asks.

    All cells of a task with the same template ask the same items, whatever their model, shots or other
    factors, so that these are compared on the same pairs.

    Args:
        cells: The whole sweep; how much of it is asked is read off the first.

    Returns:
        Gives the task as it is if there is no sample to draw.

    Raises:
        SampleError: A task has too few templates for a distribution over them.
    """
    sweep = cells[0].config.sweep if cells else SweepConfig()
    share = sweep.sample
    if share is None:
        return lambda config, task: task
    templates: dict[str, dict[str, int]] = {}
    for cell in cells:
        places = templates.setdefault(cell.config.task.name, {})
        places.setdefault(cell.config.template.name, len(places))
    for task, places in templates.items():
        if len(places) < FEWEST_TEMPLATES:
            raise SampleError(
                f"sweep.sample={share:g} estimates a distribution over templates, and task {task} has "
                f"{len(places)} of the {FEWEST_TEMPLATES} it takes at least: sweep more templates in one "
                "command with the launcher `pooled`, or set task.limit to ask fewer items"
            )
    masks: dict[tuple[str, int], NDArray[np.bool_]] = {}

    def thinned(config: LabConfig, task: Task) -> Task:
        places = templates[config.task.name]
        key = config.task.name, len(task.items)
        if key not in masks:
            rng = np.random.default_rng([sweep.seed, len(task.items)])
            masks[key] = balanced_mask(len(places), len(task.items), share, rng=rng)
        chosen = masks[key][places[config.template.name]]
        return replace(
            task, items=tuple(item for item, asked in zip(task.items, chosen, strict=True) if asked)
        )

    return thinned
