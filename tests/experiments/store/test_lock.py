"""Locks: one holder, and none that outlives its process."""

import subprocess
import sys
from pathlib import Path

from experiments.store.lock import EngineLock, OwnerLocks

ROOT = Path(__file__).parents[3]


def test_an_owner_lives_as_long_as_it_is_held(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    mine, others = OwnerLocks(store), OwnerLocks(store)
    mine.hold(7)
    assert others.lives(7)
    assert not others.lives(6)
    assert not others.lives(8)
    mine.close()
    assert not others.lives(7)
    others.close()


def test_another_opening_that_is_closed_drops_no_lock(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    mine, others = OwnerLocks(store), OwnerLocks(store)
    mine.hold(1)
    OwnerLocks(store).close()  # locks of POSIX would all be gone now
    assert others.lives(1)
    mine.close()
    others.close()


def test_an_engine_is_loaded_once_at_a_time(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    with EngineLock(store, "m") as one, EngineLock(store, "m") as two, EngineLock(store, "other") as other:
        assert one.take()
        assert one.take()
        assert not two.take()
        assert other.take()
    with EngineLock(store, "m") as three:
        assert three.take()


HOLDER = """
import sys, time
from pathlib import Path
from experiments.store.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]), "m")
print(lock.take(), flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    with EngineLock(store, "m") as lock:
        assert not lock.take()
        process.kill()
        process.communicate()
        assert lock.take()
