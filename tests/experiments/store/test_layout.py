"""The store's file: older layouts are brought to today's, and damage and strangers are noticed on opening."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.models.protocol import Completion
from experiments.store.completions import CompletionStore, NoStoreError, open_store
from experiments.store.layout import COLUMNS, MIGRATIONS, VERSION, open_database, transaction

ROOT = Path(__file__).parents[3]


def layout(path: Path, version: int) -> None:
    """A store as an earlier version of the lab left it, with one completion."""
    db = sqlite3.connect(path)
    for statements in MIGRATIONS[:version]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version={version}")
    names = (
        "key, model, text, finish, prompt_tokens, completion_tokens, latency_s, revision, logprobs, created"
    )
    db.execute(
        f"INSERT INTO completions ({names}) VALUES ('k', 'm', 'Paris', 'stop', 5, 1, 0.5, 'r', '[-0.5]', 1.5)"
    )
    db.commit()
    db.close()


OLD = Completion("k", "Paris", "stop", 5, 1, 0.5, "r", (-0.5,))


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_every_earlier_layout_becomes_todays_and_keeps_what_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "s.sqlite"
    layout(path, version)
    with open_store(path) as store:
        assert store.get(["k"]) == {"k": OLD}
        store.put("m", [Completion("new", "Rome", "stop", 9, cached_tokens=4)])
        assert store.get(["new"])["new"].cached_tokens == 4
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert tuple(row[1] for row in db.execute("PRAGMA table_info(completions)")) == COLUMNS
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_reading_alone_changes_no_older_file(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    layout(path, 1)
    before = path.read_bytes()
    store = CompletionStore(path, read_only=True)
    assert store.get(["k"]) == {"k": OLD}
    store.close()
    assert path.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.sqlite"
    layout(path, 1)
    broken = (*MIGRATIONS[:1], ("CREATE TABLE extra (x)", "CREATE TABLE nonsense ("))
    monkeypatch.setattr("experiments.store.layout.MIGRATIONS", broken)
    with pytest.raises(NoStoreError, match="cannot be opened"):
        CompletionStore(path)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["completions"]
    db.close()


OPENER = """
import sys
from pathlib import Path
from experiments.store.completions import CompletionStore
CompletionStore(Path(sys.argv[1])).close()
"""


@pytest.mark.parametrize("version", [0, 1])
def test_several_processes_make_or_migrate_one_file_at_once(tmp_path: Path, version: int) -> None:
    path = tmp_path / "s.sqlite"
    if version:
        layout(path, version)
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(path)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [opener.communicate()[1].decode() for opener in openers]
    assert errors == [""] * 4


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    for version in (0, 1):
        path = tmp_path / f"other{version}.sqlite"
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE bookmarks (url TEXT)")
        db.execute(f"PRAGMA user_version={version}")
        db.commit()
        db.close()
        before = path.read_bytes()
        with pytest.raises(NoStoreError, match="database of another program"):
            CompletionStore(path)
        assert path.read_bytes() == before


def filled(path: Path, count: int = 3000) -> None:
    with open_store(path) as store:
        store.put(
            "m",
            [
                Completion(f"{number * 65536 // count:04x}" + "0" * 60, "x" * 300, "stop")
                for number in range(count)
            ],
        )


def test_a_file_that_was_cut_short_is_noticed_on_opening(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(NoStoreError, match=r"malformed.*fathom store verify"):
        CompletionStore(path)


def test_a_file_with_a_hole_is_noticed_on_opening(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    filled(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : 2 * len(data) // 3] = bytes(2 * len(data) // 3 - len(data) // 3)
    path.write_bytes(data)
    with pytest.raises(NoStoreError, match="malformed"):
        CompletionStore(path)
    open_database(path, read_only=True, probe=False).close()  # to save what is left


def test_a_transaction_holds_as_a_whole(tmp_path: Path) -> None:
    db = open_database(tmp_path / "s.sqlite")
    with pytest.raises(sqlite3.IntegrityError), transaction(db):
        db.executemany("INSERT INTO owners (beat) VALUES (?)", [(1,), (None,)])
    assert db.execute("SELECT count(*) FROM owners").fetchone() == (0,)
    db.close()
