"""The store of completions: what is in it stays in it, whoever dies."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.models.protocol import Completion
from experiments.store.completions import CompletionStore, StoreError, open_store


def done(key: str, text: str = "Paris", **more: object) -> Completion:
    return Completion(key=key, text=text, finish="stop", **more)  # pyright: ignore[reportArgumentType]


def test_a_completion_comes_back_as_it_went_in(tmp_path: Path) -> None:
    kept = Completion("k", "été \u202e 日本 \x00", "length", 12, 3, 0.25, "fp_1", (-0.5, -1.25))
    with open_store(tmp_path / "deep" / "s.sqlite") as store:
        store.put("m", [kept])
    with open_store(tmp_path / "deep" / "s.sqlite") as store:
        assert store.get(["k", "absent"]) == {"k": kept}


def test_a_lone_surrogate_does_not_stop_the_run(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.sqlite") as store:
        store.put("m", [done("k", "a\ud800b")])
        assert store.get(["k"])["k"].text == "a?b"


def test_the_first_answer_to_a_key_stays(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.sqlite") as store:
        store.put("m", [done("k", "first")])
        store.put("m", [done("k", "second")])
        assert store.get(["k"])["k"].text == "first"


def test_failures_are_not_stored(tmp_path: Path) -> None:
    failed = Completion("k", "", "error", error="503")
    with open_store(tmp_path / "s.sqlite") as store, pytest.raises(ValueError, match="failed"):
        store.put("m", [failed])


def test_more_keys_than_one_statement_may_name(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(5000)]
    with open_store(tmp_path / "s.sqlite") as store:
        store.put("m", [done(key) for key in keys])
        assert set(store.get(keys)) == set(keys)


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    path.write_text("not a database, and long enough to have a header" * 10, encoding="utf-8")
    with pytest.raises(StoreError, match=r"s\.sqlite cannot be opened: file is not a database"):
        CompletionStore(path)


def test_a_later_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="later version"):
        CompletionStore(path)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(path) as store:
        store.put("m", [done("before")])
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]  # pyright: ignore[reportPrivateUsage]
        store._db.execute(f"PRAGMA max_page_count={pages}")  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(StoreError, match="full"):
            store.put("m", [done(f"k{number}", "x" * 4000) for number in range(100)])
        assert set(store.get(["before", "k0"])) == {"before"}


WRITER = """
import sys
from experiments.models.protocol import Completion
from experiments.store.completions import CompletionStore
from pathlib import Path
store = CompletionStore(Path(sys.argv[1]))
for number in range(100_000):
    store.put("m", [Completion(f"k{number}", "text " * 20, "stop")])
    print(number, flush=True)
"""


@pytest.mark.parametrize("wait", [0.05, 0.21, 0.37])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, wait: float) -> None:
    path = tmp_path / "s.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(wait)
    os.kill(process.pid, signal.SIGKILL)
    said = (first + process.stdout.read()).split()
    process.stdout.close()
    process.wait()
    acknowledged = [f"k{number}" for number in said]
    with open_store(path) as store:
        assert set(store.get(acknowledged)) == set(acknowledged)
    assert len(acknowledged) > 1


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    writer = WRITER.replace("100_000", "200").replace('f"k{number}"', 'f"{sys.argv[2]}{number}"')
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", writer, str(path), name],
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        )
        for name in ("a", "b")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    with open_store(path) as store:
        assert len(store.get([f"{name}{number}" for name in "ab" for number in range(200)])) == 400


def test_what_the_store_behind_has_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.store.completions._COPIED", 7)
    behind, path = tmp_path / "behind.sqlite", tmp_path / "s.sqlite"
    keys = [f"k{number}" for number in range(20)]
    with open_store(behind) as store:
        store.put("m", [done(key, "theirs") for key in keys])
    before = behind.read_bytes()
    with open_store(path, behind=behind) as store:
        store.put("m", [done("k3", "mine")])
        found = store.get([*keys, "absent"])
    assert {key: each.text for key, each in found.items()} == {
        key: "mine" if key == "k3" else "theirs" for key in keys
    }
    with open_store(path) as store:
        assert store.get(keys) == found
    assert behind.read_bytes() == before


def test_a_store_behind_that_is_not_there_is_none(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.sqlite", behind=tmp_path / "absent.sqlite") as store:
        assert store.get(["k"]) == {}
    assert not (tmp_path / "absent.sqlite").exists()
