"""Reading a whole store, to say whether it is sound."""

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from experiments.models.protocol import FinishReason
from experiments.store.layout import NoStoreError, open_database, selected

_KEY = re.compile(r"[0-9a-f]{64}")
_MOST_PROBLEMS = 20
_FINISHES = frozenset(get_args(FinishReason)) - {"error"}


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading a whole store found.

    Attributes:
        completions: How many could be read.
        problems: What is wrong, in words; empty if the store is sound.
    """

    completions: int
    problems: tuple[str, ...]


def verify(path: Path) -> Verified:
    """Reads every page and every row of a store; it takes as long as that takes.

    SQLite checks its pages' structure, not each byte: a text in which the disk turned a letter into another
    passes.

    Args:
        path: The store's file.

    Raises:
        StoreError: There is no such file, or it is no store.
    """
    if not path.is_file():
        raise NoStoreError(f"there is no store {path}; --store names another")
    db = open_database(path, read_only=True, probe=False)
    problems: list[str] = []
    count = 0
    try:
        lines = [line for (line,) in db.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})")]
        problems += [line for line in lines if line != "ok"]
        for row in db.execute(f"SELECT {selected(db)} FROM completions"):
            count += 1
            if len(problems) < _MOST_PROBLEMS and (wrong := _wrong(row)):
                problems.append(f"completion {row[0]}: {wrong}")
    except sqlite3.DatabaseError as error:
        problems.append(f"after {count:,} completions: {error}")
    finally:
        db.close()
    return Verified(count, tuple(problems))


def _wrong(row: tuple[Any, ...]) -> str | None:
    """What is wrong with a row, in the order of the layout's columns."""
    key, model, text, finish, *numbers = row
    tokens_in, tokens_out, latency_s, _, logprobs, created, cached = numbers
    if not _KEY.fullmatch(str(key)):
        return "its key is no hash"
    if not model or not isinstance(text, str):
        return "its model or text is missing"
    if finish not in _FINISHES:
        return f"it ended with {finish!r}, expected one of {', '.join(sorted(_FINISHES))}"
    if not all(
        isinstance(number, int | float) and number >= 0 for number in (tokens_in, tokens_out, latency_s)
    ):
        return "a count is negative or no number"
    if not 0 <= cached <= max(tokens_in, cached) or not isinstance(created, float):
        return "a count or the date is no number"
    try:
        values = [] if logprobs is None else json.loads(logprobs)
    except ValueError:
        return "its log-probabilities are no JSON"
    return None if isinstance(values, list) else "its log-probabilities are no list"
