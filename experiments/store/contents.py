"""What a store holds, model by model, and taking out what is no longer wanted."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.store.layout import NoStoreError, StoreError, open_database, transaction
from experiments.store.lock import OwnerLocks


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds of one model.

    Attributes:
        model: The model's identity.
        completions: How many.
        prompt_tokens: Tokens in, of those.
        completion_tokens: Tokens out, of those.
        first: When the oldest was stored, in seconds since 1970.
        last: When the newest was stored.
    """

    model: str
    completions: int
    prompt_tokens: int
    completion_tokens: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds.

    Attributes:
        size: Bytes on disk, the write-ahead log included.
        free: Bytes of those that nothing uses; a new completion takes them first.
        claimed: Requests that runs are sending at this moment.
        holdings: By model, the one with most completions first.
    """

    size: int
    free: int
    claimed: int
    holdings: tuple[Holding, ...]


def contents(path: Path) -> Contents:
    """Looks through a store.

    Raises:
        StoreError: It cannot be read.
    """
    db = _opened(path, read_only=True)
    try:
        rows = db.execute(
            "SELECT model, count(*), sum(prompt_tokens), sum(completion_tokens), min(created), max(created) "
            "FROM completions GROUP BY model ORDER BY count(*) DESC, model"
        ).fetchall()
        free = (
            db.execute("PRAGMA freelist_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
        )
        claimed = _claimed(db, path)
    except sqlite3.Error as error:
        raise StoreError(f"the store {path} cannot be read: {error}") from None
    finally:
        db.close()
    files = [path, path.with_name(f"{path.name}-wal")]
    size = sum(file.stat().st_size for file in files if file.exists())
    return Contents(size, free, claimed, tuple(Holding(*row) for row in rows))


def prune(path: Path, *, model: str = "*", before: float | None = None, really: bool) -> tuple[Holding, ...]:
    """Takes completions out; a run that wants them again pays for them again.

    Args:
        path: The store's file.
        model: Pattern of the identities of the models: `*` stands for anything, `?` for one character.
        before: Only those stored before this moment, in seconds since 1970; None for all.
        really: Whether to do it; False only says what it would come to.

    Returns:
        What was taken out, or would be, by model.

    Raises:
        StoreError: The store cannot be read or written, or a run is using it.
    """
    db = _opened(path)
    chosen = "model GLOB ? AND created < ?"
    values = (model, float("inf") if before is None else before)
    try:
        if really and _claimed(db, path):
            raise StoreError(f"a run is using the store {path}; prune it when that has ended")
        with transaction(db):
            rows = db.execute(
                "SELECT model, count(*), sum(prompt_tokens), sum(completion_tokens), min(created), "
                f"max(created) FROM completions WHERE {chosen} GROUP BY model ORDER BY model",
                values,
            ).fetchall()
            if really:
                db.execute(f"DELETE FROM completions WHERE {chosen}", values)
        if really and rows:
            db.execute("VACUUM")  # gives the space back
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"the store {path} cannot be written: {error}") from None
    finally:
        db.close()
    return tuple(Holding(*row) for row in rows)


def _opened(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    if not path.is_file():
        raise NoStoreError(f"there is no store {path}; --store names another")
    return open_database(path, read_only=read_only)


def _claimed(db: sqlite3.Connection, path: Path) -> int:
    """Requests that live runs have claimed."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'claims'").fetchone():
        return 0  # an earlier layout
    rows: Sequence[tuple[int, int]] = db.execute(
        "SELECT owner, count(*) FROM claims GROUP BY owner"
    ).fetchall()
    if not rows:
        return 0
    locks = OwnerLocks(path)
    try:
        return sum(count for owner, count in rows if locks.lives(owner))
    finally:
        locks.close()
