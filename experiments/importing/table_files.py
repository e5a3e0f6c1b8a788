"""Any table, CSV or Parquet: one row an answer, with a map from our columns to the file's."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.importing.levels import FACTORS, level
from experiments.importing.rows import Condition, ImportingError, Row, Source, as_score, place_in
from experiments.keys import did_you_mean
from experiments.report.numerals import many

NEEDED = ("item", "score")
TEXTS = ("metric", "subject", "prompt", "completion", "extracted", "error")
COLUMNS = (*NEEDED, *FACTORS, *TEXTS)
SCORE = "score"  # the metric of a table that names none
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_BATCH = 10_000
_LONGEST = 1 << 30  # characters of a field; Python's own limit is less than a long prompt


def read_table_file(source: Source) -> Iterator[Row]:
    """The rows of a table: columns of our names, or those that the map says.

    A row without a score counts as failed.

    Raises:
        ImportingError: The file lacks a column, or a value cannot be read; the message names the row.
    """
    path = source.path
    if path.suffix == ".parquet":
        columns = _columns(path, _parquet_columns(path), source.columns)
        rows = _parquet_rows(path, list(dict.fromkeys(columns.values())))
    else:
        columns = _columns(path, _csv_columns(path), source.columns)
        rows = _csv_rows(path)
    conditions: dict[tuple[str, ...], Condition] = {}
    for number, row in rows:
        yield _row(place_in(path, number), number, row, columns, conditions)


def _columns(path: Path, there: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """The file's column for each of ours."""
    for ours, theirs in given.items():
        if ours not in COLUMNS:
            raise ImportingError(
                f"--columns {ours}={theirs}: there is no column {ours!r} to fill"
                f"{did_you_mean(ours, COLUMNS) or '; there are ' + ', '.join(COLUMNS)}"
            )
        if theirs not in there:
            raise ImportingError(
                f"--columns {ours}={theirs}: {path} has no column {theirs!r}"
                f"{did_you_mean(theirs, there) or '; it has ' + ', '.join(there)}"
            )
    if not there:
        raise ImportingError(f"{path} is empty, expected a line with the columns' names")
    columns = {name: name for name in COLUMNS if name in there} | dict(given)
    for name in NEEDED:
        if name not in columns:
            raise ImportingError(
                f"{path} has no column {name!r}: say which one it is, as --columns {name}=COLUMN; it has "
                f"{', '.join(there)}"
            )
    return columns


def _row(
    where: str,
    number: int,
    row: Mapping[str, Any],
    columns: Mapping[str, str],
    conditions: dict[tuple[str, ...], Condition],
) -> Row:
    def text(name: str) -> str | None:
        value = row[columns[name]] if name in columns else None
        return None if value is None or value == "" else str(value)

    item = text("item")
    if item is None:
        raise ImportingError(f"{where}: there is no item in column {columns['item']!r}")
    words = tuple(text(name) or "" for name in FACTORS)
    if words not in conditions:
        levels = {
            name: level(name, word, where)
            for name, word in zip(FACTORS, words, strict=True)
            if word and name != "replicate"
        }
        conditions[words] = Condition(**levels)
    replicate = text("replicate")
    score = as_score(row[columns["score"]], f"{where}, {columns['score']}")
    error = text("error")
    return Row(
        number,
        conditions[words],
        item,
        text("metric") or SCORE,
        score,
        replicate=level("replicate", replicate, where) if replicate else 0,
        subject=text("subject") or "",
        prompt=text("prompt"),
        completion=text("completion"),
        extracted=text("extracted"),
        error=error if score is None else None,
    )


def _csv_columns(path: Path) -> list[str]:
    return next((fields for _, fields in _csv_lines(path)), [])


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of fields, each with the line it ends on: a field may span lines."""
    csv.field_size_limit(_LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_SEPARATORS.get(path.suffix, ","))
            for fields in reader:
                if fields:
                    yield reader.line_num, fields
    except UnicodeDecodeError as error:
        raise ImportingError(f"{path} is no UTF-8 text: {error}") from None
    except csv.Error as error:
        raise ImportingError(f"{path} is no CSV: {error}") from None
    except OSError as error:
        raise ImportingError(f"{path} cannot be read: {error.strerror or error}") from None


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    lines = _csv_lines(path)
    _, names = next(lines, (0, []))
    for number, fields in lines:
        if len(fields) != len(names):
            raise ImportingError(
                f"{path}, line {number} has {many(len(fields), 'field')}, expected {len(names)}; the file "
                "may be cut off"
            )
        yield number, dict(zip(names, fields, strict=True))


def _parquet_columns(path: Path) -> list[str]:
    return list(_parquet(path).schema_arrow.names)


def _parquet_rows(path: Path, names: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for batch in _parquet(path).iter_batches(_BATCH, columns=names):
        for row in batch.to_pylist():
            number += 1
            yield number, row


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise ImportingError(f"{path} is no Parquet file, or is cut off: {error}") from None
