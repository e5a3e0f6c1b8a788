"""Rows as a run folder's tables, written a batch at a time."""

import hashlib
import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.importing.rows import Condition, Row
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema

_BATCH = 20_000
_PART = f"{OUTCOMES}.part"
_FINISH = {"truncated": "length", "refused": "refusal"}


class Tables:
    """Writes `outcomes.parquet` and `requests.parquet` into a folder; rows go to disk in batches."""

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
        self._asked: dict[Condition, dict[str, Any]] = {}
        self._first: dict[str, str] = {}

    def add(self, row: Row, cell: int, condition: Condition, score: float | None) -> None:
        """Adds a row.

        Args:
            row: The row; its error says why it has no score.
            cell: The number of its cell.
            condition: How it was asked, what the command line says included.
            score: In [0, 1], or None.
        """
        if condition not in self._asked:
            self._asked[condition] = asdict(condition)
        key = _key(condition, row)
        _append(
            self._columns[_PART],
            self._asked[condition]
            | {
                "cell": cell,
                "item_id": row.item,
                "shots_shown": condition.shots,
                "subject": row.subject,
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
                "extracted": row.extracted,
                "changed": False,
                "realised": 0.0,
                "reading": "",
                "key": key,
                "error": row.error,
            },
        )
        # An answer that several metrics scored is one request.
        if self._first.setdefault(condition.task, row.metric) == row.metric:
            self._ask(row, condition, key, failed=score is None)
        if len(self._columns[_PART]["cell"]) >= _BATCH:
            self._flush()

    def _status(self, told: str, score: float) -> str:
        if not self._right:
            return "scored"
        if score == 0 and told:
            return told
        return "correct" if score == 1 else "wrong"

    def _ask(self, row: Row, condition: Condition, key: str, *, failed: bool) -> None:
        if row.prompt is None and row.completion is None:
            return
        _append(
            self._columns[REQUESTS],
            {
                "key": key,
                "model": condition.model,
                "prompt": row.prompt,
                "completion": row.completion,
                "finish": "error" if failed else _FINISH.get(row.status, "stop"),
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

    def finish(self, reported: Mapping[str, str]) -> None:
        """Writes what is left, and marks the scores that are reported.

        Args:
            reported: The reported metric, by task.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._flush()
        self.close()
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


def _key(condition: Condition, row: Row) -> str:
    told = repr((condition, row.item, row.replicate))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
