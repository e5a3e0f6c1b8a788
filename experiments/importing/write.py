"""Rows as a run folder's tables, a batch at a time, and a count of what was written."""

import hashlib
import math
from array import array
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from experiments.importing.rows import Condition, ImportingError, Row, place_in
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema

_BATCH = 20_000
_PART = f"{OUTCOMES}.part"


@dataclass(slots=True)
class Names:
    """Names numbered in the order met."""

    numbers: dict[Any, int] = field(default_factory=dict[Any, int])

    def number(self, name: Any) -> int:
        """A name's number."""
        return self.numbers.setdefault(name, len(self.numbers))


@dataclass(slots=True)
class CellCount:
    """What was written of one cell.

    Attributes:
        outcomes: Its answers.
        failed: Those without one.
        error: The first reason.
        items: Its items.
        samples: Most answers to one item.
    """

    outcomes: int = 0
    failed: int = 0
    error: str = ""
    items: int = 0
    samples: int = 1


class Tables:
    """Writes `outcomes.parquet` and `requests.parquet` into a folder.

    Rows go to disk in batches; of each only six numbers stay in memory, by which repeated ones are found.
    """

    def __init__(self, folder: Path, *, higher_is_better: bool = True) -> None:
        import pyarrow.parquet as pq

        self._folder = folder
        self._right = higher_is_better
        self._schemas = {_PART: outcomes_schema(), REQUESTS: requests_schema()}
        self._writers = {
            name: pq.ParquetWriter(folder / name, schema, compression="zstd")
            for name, schema in self._schemas.items()
        }
        self._columns = {
            name: {one.name: list[Any]() for one in schema} for name, schema in self._schemas.items()
        }
        self.conditions, self._items, self._metrics = Names(), Names(), Names()
        self._asked: dict[int, dict[str, Any]] = {}
        self._first: dict[str, str] = {}
        self._seen = {name: array("q") for name in ("cell", "item", "replicate", "metric", "file", "number")}
        self.failures: dict[int, CellCount] = {}

    def add(self, row: Row, condition: Condition, score: float | None, file: int) -> None:
        """Adds a row.

        Args:
            row: As read.
            condition: How it was asked, what the command line says included.
            score: In [0, 1], or None.
            file: The number of its file.
        """
        cell = self.conditions.number(condition)
        if cell not in self._asked:
            self._asked[cell] = asdict(condition)
        item = _storable(row.item) or ""
        numbers = (cell, self._items.number(item), row.replicate, self._metrics.number(row.metric))
        for values, number in zip(self._seen.values(), (*numbers, file, row.number), strict=True):
            values.append(number)
        failed = score is None
        error = _storable(row.error or "the log has no score for it") if failed else None
        key = _key(condition, item, row.replicate)
        _append(
            self._columns[_PART],
            self._asked[cell]
            | {
                "cell": cell,
                "item_id": item,
                "subject": _storable(row.subject),
                "severity": 0.0,
                "perturbation_seed": 0,
                "top_p": 1.0,
                "sampling_seed": 0,
                "replicate": row.replicate,
                "grader": row.metric,
                "primary": False,  # is known when all rows have been read
                "control": False,
                "score": math.nan if score is None else score,
                "status": "failed" if score is None else self._status(row.status, score),
                "extracted": _storable(row.extracted),
                "changed": False,
                "realised": 0.0,
                "reading": "",
                "key": key,
                "error": error,
            },
        )
        if self._first.setdefault(condition.task, row.metric) == row.metric:
            self._ask(row, condition, key, failed)
            count = self.failures.setdefault(cell, CellCount())
            count.outcomes += 1
            if failed:
                count.failed += 1
                count.error = count.error or error or ""
        if len(self._columns[_PART]["cell"]) >= _BATCH:
            self._flush()

    def _status(self, told: str, score: float) -> str:
        if not self._right:
            return "scored"
        if score == 0 and told:
            return told
        return "correct" if score == 1 else "wrong"

    def _ask(self, row: Row, condition: Condition, key: str, failed: bool) -> None:
        if row.prompt is None and row.completion is None:
            return
        finish = {"truncated": "length", "refused": "refusal"}.get(row.status, "stop")
        _append(
            self._columns[REQUESTS],
            {
                "key": key,
                "model": condition.model,
                "prompt": _storable(row.prompt),
                "completion": _storable(row.completion),
                "finish": "error" if failed else finish,
                "prompt_tokens": None,
                "completion_tokens": None,
                "latency_s": None,
                "revision": "",
                "cached": None,
            },
        )

    def _flush(self) -> None:
        import pyarrow as pa

        for name, columns in self._columns.items():
            schema = self._schemas[name]
            arrays = [pa.array(columns[one.name], type=one.type) for one in schema]
            self._writers[name].write_table(pa.Table.from_arrays(arrays, schema=schema))
            for values in columns.values():
                values.clear()

    def close(self) -> None:
        """Closes the files, whole or not."""
        for writer in self._writers.values():
            writer.close()

    def finish(self, reported: Mapping[str, str], files: list[tuple[Path, str]]) -> dict[int, CellCount]:
        """Writes what is left, marks the reported metric of each task, and counts what each cell holds.

        Args:
            reported: By task.
            files: Each file, and what a place in it is called.

        Raises:
            ImportingError: An item was answered twice in one cell; the message names both places.
        """
        self._flush()
        self.close()
        seen = {name: np.frombuffer(values, np.int64) for name, values in self._seen.items()}
        self._refuse_repeats(seen, files)
        self._mark(reported)
        for cell, count in self.failures.items():
            mine = seen["cell"] == cell
            count.items = len(np.unique(seen["item"][mine]))
            count.samples = len(np.unique(seen["replicate"][mine]))
        return self.failures

    def items_of(self, task: str) -> list[str]:
        """The ids of a task's items, sorted."""
        cells = [number for condition, number in self.conditions.numbers.items() if condition.task == task]
        mine = np.isin(np.frombuffer(self._seen["cell"], np.int64), cells)
        names = list(self._items.numbers)
        return sorted(
            names[number] for number in np.unique(np.frombuffer(self._seen["item"], np.int64)[mine])
        )

    def _refuse_repeats(self, seen: Mapping[str, Any], files: list[tuple[Path, str]]) -> None:
        names = ("cell", "item", "replicate", "metric")
        order = np.lexsort([seen[name] for name in reversed(names)])
        same = np.ones(max(len(order) - 1, 0), bool)
        for name in names:
            same &= seen[name][order[1:]] == seen[name][order[:-1]]
        if not same.any():
            return
        second = int(order[1:][same].min())
        alike = np.ones(len(order), bool)
        for name in names:
            alike &= seen[name] == seen[name][second]
        first = int(np.flatnonzero(alike)[0])
        self._repeated(seen, files, first, second)

    def _repeated(
        self, seen: Mapping[str, Any], files: list[tuple[Path, str]], first: int, second: int
    ) -> NoReturn:
        def place(row: int) -> str:
            path, unit = files[int(seen["file"][row])]
            return place_in(path, int(seen["number"][row]), unit)

        condition = list(self.conditions.numbers)[int(seen["cell"][second])]
        item = list(self._items.numbers)[int(seen["item"][second])]
        raise ImportingError(
            f"item {item} of {condition.task} was answered twice by {condition.model} under the same "
            f"condition: {place(first)}, and {place(second)}. Say in what the files differ, as terse=PATH "
            "verbose=PATH for templates (--factor for another factor), or number repeated answers with "
            "--factor replicate"
        )

    def _mark(self, reported: Mapping[str, str]) -> None:
        """Rewrites the outcomes with the column that says which score is reported."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = outcomes_schema()
        place = schema.get_field_index("primary")
        with (
            pq.ParquetFile(self._folder / _PART) as part,
            pq.ParquetWriter(self._folder / OUTCOMES, schema, compression="zstd") as writer,
        ):
            for group in range(part.num_row_groups):
                table = part.read_row_group(group).cast(schema)
                tasks, graders = table["task"].to_pylist(), table["grader"].to_pylist()
                marks = [reported[task] == grader for task, grader in zip(tasks, graders, strict=True)]
                writer.write_table(table.set_column(place, schema.field(place), pa.array(marks, pa.bool_())))
        (self._folder / _PART).unlink()


@contextmanager
def tables(folder: Path, *, higher_is_better: bool) -> Generator[Tables]:
    """The tables of a folder, closed in any case."""
    made = Tables(folder, higher_is_better=higher_is_better)
    try:
        yield made
    finally:
        made.close()


def _append(columns: dict[str, list[Any]], row: Mapping[str, Any]) -> None:
    for name, values in columns.items():
        values.append(row[name])


def _key(condition: Condition, item: str, replicate: int) -> str:
    told = repr((condition, item, replicate))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def _storable(text: str | None) -> str | None:
    """Text without lone surrogates, which no file can hold."""
    return None if text is None else text.encode("utf-8", "replace").decode()
