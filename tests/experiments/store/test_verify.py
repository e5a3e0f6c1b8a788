"""Verifying: a sound store passes, each kind of damage is named."""

import sqlite3
from pathlib import Path

import pytest

from experiments.store.verify import verify


def test_a_sound_store_passes(store: Path) -> None:
    found = verify(store)
    assert (found.completions, found.problems) == (400, ())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("key = 'short'", "its key is no hash"),
        ("finish = 'error'", "ended with 'error'"),
        ("logprobs = '[1,'", "no JSON"),
        ("logprobs = '1'", "no list"),
        ("text = x'00ff'", "text is missing"),
        ("prompt_tokens = -1", "a count is negative"),
        ("model = ''", "model or text is missing"),
    ],
)
def test_a_row_that_cannot_be_is_named(store: Path, change: str, says: str) -> None:
    db = sqlite3.connect(store)
    (first,) = db.execute("SELECT min(key) FROM completions").fetchone()
    db.execute(f"UPDATE completions SET {change} WHERE key = ?", (first,))
    db.commit()
    db.close()
    (problem,) = verify(store).problems
    assert says in problem


def test_damaged_pages_are_named(store: Path) -> None:
    data = bytearray(store.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    store.write_bytes(data)
    found = verify(store)
    assert found.problems
    assert found.completions < 400


def test_verifying_changes_nothing(store: Path) -> None:
    before = store.read_bytes()
    verify(store)
    assert store.read_bytes() == before
