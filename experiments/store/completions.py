"""The store of completions: content-addressed, durable before anything counts on it."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from experiments.models.protocol import Completion, FinishReason

_SCHEMA = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    finish TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    latency_s REAL NOT NULL,
    revision TEXT NOT NULL,
    logprobs TEXT,
    created REAL NOT NULL
) WITHOUT ROWID
"""
_VERSION = 1
_COLUMNS = "key, text, finish, prompt_tokens, completion_tokens, latency_s, revision, logprobs"
_MOST_VARIABLES = 900  # SQLite's oldest limit on "?" in one statement is 999


class StoreError(Exception):
    """The store cannot be read or written; what was committed before is safe."""

    exit_code = 1


class NoStoreError(StoreError):
    """The file cannot be opened as a store."""

    exit_code = 2


class CompletionStore:
    """A SQLite file (write-ahead log, every commit flushed to disk) that several processes may share.

    Args:
        path: The file; made, with its folder, if absent.
        read_only: Open an existing file without the right to change it.

    Raises:
        StoreError: If the file cannot be opened, is no store, or was written by a later version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        try:
            if read_only:
                self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(path, timeout=60)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version > _VERSION:
                raise NoStoreError(
                    f"{path} was written by a later version of prompt-fathom (layout {version})"
                )
            if not read_only and version < _VERSION:
                with self._db:
                    self._db.execute(_SCHEMA)
                    self._db.execute(f"PRAGMA user_version={_VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise NoStoreError(
                f"the store {path} cannot be opened: {error} (set store=… to another file)"
            ) from None

    def put(self, model: str, completions: Iterable[Completion]) -> None:
        """Commits completions; when this returns they survive a crash of the process.

        Args:
            model: Identity of what answered.
            completions: Answers; failed ones are refused, for a failure must be asked again.

        Raises:
            StoreError: If they cannot be written (disk full, no right to).
            ValueError: If a completion failed.
        """
        now = time.time()
        rows: list[tuple[object, ...]] = []
        for done in completions:
            if done.finish == "error":
                raise ValueError(f"completion {done.key} failed and must not be stored")
            logprobs = None if done.logprobs is None else json.dumps(done.logprobs)
            text = done.text.encode("utf-8", "replace").decode()  # a lone surrogate is no text
            counts = (done.prompt_tokens, done.completion_tokens, done.latency_s)
            rows.append((done.key, model, text, done.finish, *counts, done.revision, logprobs, now))
        try:
            with self._db:
                self._db.executemany(
                    "INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
                )
        except sqlite3.Error as error:
            raise StoreError(f"the store {self.path} cannot be written: {error}") from None

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The stored completions among these keys."""
        found: dict[str, Completion] = {}
        try:
            for start in range(0, len(keys), _MOST_VARIABLES):
                some = keys[start : start + _MOST_VARIABLES]
                marks = ",".join("?" * len(some))
                for row in self._db.execute(
                    f"SELECT {_COLUMNS} FROM completions WHERE key IN ({marks})", some
                ):
                    found[row[0]] = _completion(row)
        except sqlite3.Error as error:
            raise StoreError(f"the store {self.path} cannot be read: {error}") from None
        return found

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def _completion(row: tuple[str, str, FinishReason, int, int, float, str, str | None]) -> Completion:
    key, text, finish, prompt_tokens, completion_tokens, latency_s, revision, logprobs = row
    return Completion(
        key=key,
        text=text,
        finish=finish,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        latency_s=latency_s,
        revision=revision,
        logprobs=None if logprobs is None else tuple(json.loads(logprobs)),
    )


@contextlib.contextmanager
def open_store(path: Path) -> Generator[CompletionStore]:
    """Opens a store for the length of a block."""
    store = CompletionStore(path)
    try:
        yield store
    finally:
        store.close()
