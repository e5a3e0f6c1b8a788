"""The store of completions: content-addressed, durable before anything counts on it."""

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

from experiments.models.protocol import Completion
from experiments.store.layout import COLUMNS, NoStoreError, StoreError, open_database, selected, transaction
from experiments.store.texts import storable

__all__ = ["CompletionStore", "NoStoreError", "StoreError", "open_store"]

_COPIED = 10_000  # completions copied from the store behind in one commit
_MOST_VARIABLES = 900  # SQLite's oldest limit on "?" in one statement is 999


class CompletionStore:
    """A SQLite file (write-ahead log, every commit flushed to disk) that several processes may share.

    Any thread may use it; they take turns.

    Args:
        path: The file; made, with its folder, if absent.
        read_only: Open an existing file without the right to change it.
        behind: Another store, which is only read: what is looked up here and found there is copied here.

    Raises:
        NoStoreError: If the file cannot be opened, is no store or a damaged one, or a later version's.
    """

    def __init__(self, path: Path, *, read_only: bool = False, behind: Path | None = None) -> None:
        self.path = path
        self._behind: CompletionStore | None = None
        if behind is not None and behind.is_file():
            self._behind = CompletionStore(behind, read_only=True)
        self._db = open_database(path, read_only=read_only)
        self._columns = selected(self._db)
        self._turn = threading.Lock()

    def put(self, model: str, completions: Iterable[Completion]) -> None:
        """Commits completions; when this returns they survive a crash of the process.

        The first answer to a key stays.

        Args:
            model: Identity of what answered.
            completions: Answers; failed ones are refused, for a failure must be asked again.

        Raises:
            StoreError: If they cannot be written (disk full, no right to).
            ValueError: If a completion failed.
        """
        now = time.time()
        self._insert([_row(model, done, now) for done in completions])

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        try:
            with self._turn, transaction(self._db):
                self._db.executemany(f"INSERT OR IGNORE INTO completions VALUES ({marks})", rows)
        except sqlite3.Error as error:
            raise StoreError(f"the store {self.path} cannot be written: {error}") from None

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The stored completions among these keys.

        Raises:
            StoreError: If the file cannot be read.
        """
        found = {row[0]: _completion(row) for row in self._rows(keys)}
        if self._behind is not None and (missing := [key for key in keys if key not in found]):
            for start in range(0, len(missing), _COPIED):
                rows = list(self._behind._rows(missing[start : start + _COPIED]))
                self._insert(rows)
                found.update((row[0], _completion(row)) for row in rows)
        return found

    def _rows(self, keys: Sequence[str]) -> Generator[tuple[Any, ...]]:
        ordered = sorted(keys)  # as they lie in the file
        try:
            for start in range(0, len(ordered), _MOST_VARIABLES):
                some = ordered[start : start + _MOST_VARIABLES]
                marks = ",".join("?" * len(some))
                query = f"SELECT {self._columns} FROM completions WHERE key IN ({marks})"
                with self._turn:
                    rows = self._db.execute(query, some).fetchall()
                yield from rows
        except sqlite3.Error as error:
            raise StoreError(f"the store {self.path} cannot be read: {error}") from None

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
        if self._behind is not None:
            self._behind.close()


def _row(model: str, done: Completion, now: float) -> tuple[object, ...]:
    """A completion in the order of `COLUMNS`."""
    if done.finish == "error":
        raise ValueError(f"completion {done.key} failed and must not be stored")
    return (
        done.key,
        model,
        storable(done.text),
        done.finish,
        done.prompt_tokens,
        done.completion_tokens,
        done.latency_s,
        done.revision,
        None if done.logprobs is None else json.dumps(done.logprobs),
        now,
        done.cached_tokens,
    )


def _completion(row: tuple[Any, ...]) -> Completion:
    (
        key,
        _,
        text,
        finish,
        prompt_tokens,
        completion_tokens,
        latency_s,
        revision,
        logprobs,
        _,
        cached_tokens,
    ) = row
    return Completion(
        key=key,
        text=text,
        finish=finish,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        latency_s=latency_s,
        revision=revision,
        logprobs=None if logprobs is None else tuple(json.loads(logprobs)),
        cached_tokens=cached_tokens,
    )


def look_up(path: Path, keys: Sequence[str]) -> dict[str, Completion]:
    """What a store holds, none if there is no such file: a dry run makes none.

    Raises:
        StoreError: If there is one that cannot be read.
    """
    if not path.is_file():
        return {}
    store = CompletionStore(path, read_only=True)
    try:
        return store.get(keys)
    finally:
        store.close()


def check_folder(path: Path, runs_dir: Path) -> None:
    """Checks that a store lies in a folder that there is, or where runs are kept; any other is a slip.

    Args:
        path: The store's file.
        runs_dir: Where runs are kept; made with the first of them.

    Raises:
        NoStoreError: It does not.
    """
    folder = path.absolute().parent
    if not folder.is_dir() and not folder.is_relative_to(runs_dir.absolute()):
        raise NoStoreError(f"store={path}: there is no folder {path.parent}; make it, or name another file")


@contextlib.contextmanager
def open_store(path: Path, *, behind: Path | None = None) -> Generator[CompletionStore]:
    """Opens a store for the length of a block; another may be behind it."""
    store = CompletionStore(path, behind=behind)
    try:
        yield store
    finally:
        store.close()
