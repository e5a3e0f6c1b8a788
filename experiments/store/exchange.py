"""A store's completions as one Parquet file, and back."""

import itertools
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.store.layout import (
    COLUMNS,
    ExchangeFileError,
    NoStoreError,
    StoreError,
    open_database,
    selected,
    transaction,
)

_BATCH = 10_000
_PLACES = tuple(f"{place:02x}" for place in range(1, 256))  # keys are hashes in hexadecimal


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing came to: completions added, and those whose key the store had already."""

    added: int
    known: int


def export_to(path: Path, target: Path, *, model: str = "*") -> int:
    """Writes a store's completions to a Parquet file, whole or not at all.

    What a damaged store still gives is exported too: reading goes on behind what cannot be read.

    Args:
        path: The store's file.
        target: The Parquet file.
        model: Pattern of the identities of the models: `*` stands for anything, `?` for one character.

    Returns:
        How many completions were written.

    Raises:
        StoreError: The store cannot be opened, or the file not written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise NoStoreError(f"there is no store {path}; --store names another")
    db = open_database(path, read_only=True, probe=False)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    count = 0
    try:
        with pq.ParquetWriter(partial, _schema(), compression="zstd") as writer:
            for rows in _batches(db, model):
                writer.write_table(_table(pa, rows))
                count += len(rows)
        os.replace(partial, target)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)  # Arrow's names the partial file
        raise ExchangeFileError(f"{target} cannot be written: {reason}") from None
    finally:
        db.close()
        partial.unlink(missing_ok=True)
    return count


def import_from(path: Path, source: Path) -> Imported:
    """Adds the completions of a Parquet file to a store; those that it has already stay as they are.

    Args:
        path: The store's file; made if absent.
        source: A file that `export_to` wrote.

    Raises:
        StoreError: The file is no export, or the store cannot be written. Nothing was added then.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file: Any = pq.ParquetFile(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise ExchangeFileError(f"{source} cannot be read as Parquet: {error}") from None
    if missing := [name for name in COLUMNS if name not in file.schema_arrow.names]:
        raise ExchangeFileError(f"{source} is no export of a store: it has no column {missing[0]!r}")
    db = open_database(path)
    marks = ", ".join("?" * len(COLUMNS))
    before = db.total_changes
    read = 0
    try:
        with transaction(db):
            for batch in file.iter_batches(_BATCH, columns=list(COLUMNS)):
                columns = [batch.column(name).to_pylist() for name in COLUMNS]
                rows = list(zip(*columns, strict=True))
                db.executemany(f"INSERT OR IGNORE INTO completions VALUES ({marks})", rows)
                read += len(rows)
            added = db.total_changes - before
    except sqlite3.Error as error:
        raise StoreError(f"the store {path} cannot be written: {error}") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise ExchangeFileError(f"{source} cannot be read: {error}") from None
    finally:
        db.close()
    return Imported(added, read - added)


def take_over(path: Path, source: Path) -> int:
    """Adds another store's completions to a store; those that it has already stay as they are.

    Stopped at any point, it may be done again: what was added already is known then.

    Args:
        path: The store's file; made if absent.
        source: The other store's file.

    Returns:
        How many completions were added.

    Raises:
        StoreError: One of the two cannot be opened, the other not read, or the store not written.
    """
    open_database(source).close()  # brought to today's layout, and what a killed writer left in its log
    db = open_database(path)
    columns = ", ".join(COLUMNS)
    before = db.total_changes
    try:
        db.execute("ATTACH ? AS other", (str(source),))
        for after, until in itertools.pairwise(("", *_PLACES, "~")):
            with transaction(db):  # some at once: one commit of all would lie on the disk twice
                db.execute(
                    f"INSERT OR IGNORE INTO completions ({columns}) SELECT {columns} FROM other.completions "
                    "WHERE key >= ? AND key < ?",
                    (after, until),
                )
        return db.total_changes - before
    except sqlite3.Error as error:
        raise StoreError(f"the completions of {source} cannot be put into {path}: {error}") from None
    finally:
        db.close()


def _schema() -> Any:
    import pyarrow as pa

    kinds: dict[str, Any] = {name: pa.string() for name in COLUMNS}
    kinds |= dict.fromkeys(("prompt_tokens", "completion_tokens", "cached_tokens"), pa.int64())
    kinds |= dict.fromkeys(("latency_s", "created"), pa.float64())
    return pa.schema(list(kinds.items()))


def _table(pa: Any, rows: list[tuple[Any, ...]]) -> Any:
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, _schema(), strict=True)]
    return pa.Table.from_arrays(arrays, schema=_schema())


def _batches(db: sqlite3.Connection, model: str) -> Any:
    """Rows by key, some thousand at once; behind a damaged place reading goes on with the next keys."""
    query = (
        f"SELECT {selected(db)} FROM completions WHERE key {{}} ? AND model GLOB ? "
        f"ORDER BY key LIMIT {_BATCH}"
    )
    after, compare = "", ">="
    while True:
        rows: list[tuple[Any, ...]] = []
        try:
            for row in db.execute(query.format(compare), (after, model)):
                rows.append(row)
        except sqlite3.DatabaseError:
            behind = _behind(rows[-1][0] if rows else after)
            if rows:
                yield rows
            if behind is None:
                return
            after, compare = behind, ">="
            continue
        if not rows:
            return
        yield rows
        after, compare = rows[-1][0], ">"


def _behind(key: str) -> str | None:
    """A key a little behind this one: keys are hashes in hexadecimal, so the 4,096th part is skipped."""
    place = int((key or "0").ljust(3, "0")[:3], 16) + 1
    return f"{place:03x}" if place < 0x1000 else None
