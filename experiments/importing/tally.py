"""What was written, as numbers: by them answers given twice are found, and cells are counted."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.importing.rows import Condition, ImportingError, Row, place_in

_KEY = ("cell", "item", "replicate", "metric")


@dataclass(frozen=True, slots=True)
class CellCount:
    """What was written of one cell, by the reported metric.

    Attributes:
        outcomes: Its answers.
        failed: Those without a score.
        error: Why the first of these has none; empty where all have one.
        items: Its items.
        samples: Most answers to one item.
    """

    outcomes: int
    failed: int
    error: str
    items: int
    samples: int


class Tally:
    """Keeps seven numbers a row: its cell, item, replicate, metric, file, place and whether it failed."""

    def __init__(self) -> None:
        self._conditions: dict[Condition, int] = {}
        self._items: dict[str, int] = {}
        self._metrics: dict[str, int] = {}
        self._errors: dict[int, str] = {}
        self._numbers = {name: array("q") for name in (*_KEY, "file", "place", "failed")}

    def add(self, row: Row, condition: Condition, file: int) -> int:
        """Notes a row, and gives the number of its cell.

        Args:
            row: The row; its error says why it has no score.
            condition: How it was asked.
            file: The number of its file.
        """
        cell = self._conditions.setdefault(condition, len(self._conditions))
        item = self._items.setdefault(row.item, len(self._items))
        metric = self._metrics.setdefault(row.metric, len(self._metrics))
        if row.error is not None:
            self._errors.setdefault(cell, row.error)
        numbers = (cell, item, row.replicate, metric, file, row.number, row.error is not None)
        for values, number in zip(self._numbers.values(), numbers, strict=True):
            values.append(number)
        return cell

    def refuse_repeats(self, files: Sequence[tuple[Path, str]]) -> None:
        """Refuses two answers to the same item under the same condition.

        Args:
            files: Each file, and what a place in it is called.

        Raises:
            ImportingError: There are such; the message names both places.
        """
        seen = self._seen()
        order = np.lexsort([seen[name] for name in reversed(_KEY)])
        same = np.ones(max(len(order) - 1, 0), bool)
        for name in _KEY:
            same &= seen[name][order[1:]] == seen[name][order[:-1]]
        if not same.any():
            return
        second = int(order[1:][same].min())
        alike = np.all([seen[name] == seen[name][second] for name in _KEY], axis=0)
        first = int(np.flatnonzero(alike)[0])
        condition = list(self._conditions)[int(seen["cell"][second])]
        item = list(self._items)[int(seen["item"][second])]
        places = [
            place_in(files[seen["file"][row]][0], int(seen["place"][row]), files[seen["file"][row]][1])
            for row in (first, second)
        ]
        raise ImportingError(
            f"item {item} of {condition.task} was answered twice by {condition.model} under the same "
            f"condition: {places[0]}, and {places[1]}. Say in what the files differ, as terse=PATH "
            "verbose=PATH for templates (--factor for another factor), or number repeated answers with "
            "--factor replicate"
        )

    def cells(self, reported: Mapping[str, str]) -> dict[Condition, CellCount]:
        """What each cell holds, in the order met.

        Args:
            reported: The reported metric, by task.

        Raises:
            ImportingError: A cell has no answer scored by it.
        """
        seen = self._seen()
        counts: dict[Condition, CellCount] = {}
        for condition, cell in self._conditions.items():
            metric = reported[condition.task]
            mine = np.flatnonzero((seen["cell"] == cell) & (seen["metric"] == self._metrics.get(metric)))
            if not len(mine):
                raise ImportingError(
                    f"{condition.task} with template {condition.template} ({condition.model}) has no "
                    f"{metric}: choose with --metric one that all logs have"
                )
            failed = int(seen["failed"][mine].sum())
            counts[condition] = CellCount(
                outcomes=len(mine),
                failed=failed,
                error=self._errors[cell] if failed else "",
                items=len(np.unique(seen["item"][mine])),
                samples=len(np.unique(seen["replicate"][mine])),
            )
        return counts

    def items_of(self, task: str) -> list[str]:
        """The ids of a task's items, sorted."""
        seen = self._seen()
        cells = [number for condition, number in self._conditions.items() if condition.task == task]
        names = list(self._items)
        return sorted(names[number] for number in np.unique(seen["item"][np.isin(seen["cell"], cells)]))

    def _seen(self) -> dict[str, Any]:
        return {name: np.frombuffer(values, np.int64) for name, values in self._numbers.items()}
