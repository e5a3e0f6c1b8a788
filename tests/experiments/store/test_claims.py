"""Claims: each key has one payer, whoever dies, stands still or sets the clock."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.models.protocol import Completion
from experiments.store.claims import Claims, claims_on
from experiments.store.completions import StoreError, open_store

ROOT = Path(__file__).parents[3]
KEYS = [f"k{number}" for number in range(10)]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def still(path: Path, clock: Clock) -> Generator[Claims]:
    """Claims whose heart beats only when a test says so."""
    claims = Claims(path, clock=clock, beat_s=1e6, hung_after_s=60)
    try:
        yield claims
    finally:
        claims.close()


def heartbeats(path: Path) -> int:
    db = sqlite3.connect(path)
    (most,) = db.execute("SELECT max(beat) FROM owners WHERE owner = 1").fetchone()
    db.close()
    return most


def awake(claims: Claims) -> None:
    claims._beat()  # pyright: ignore[reportPrivateUsage]


def test_a_key_has_one_payer(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with claims_on(path) as one, claims_on(path) as two:
        assert one.take(KEYS[:6]).mine == set(KEYS[:6])
        taken = two.take(KEYS[4:])
        assert (taken.mine, taken.others, taken.answered) == (set(KEYS[6:]), set(KEYS[4:6]), set())
        assert one.take(KEYS).mine == set(KEYS[:6])


def test_what_is_answered_is_nobodys_to_send(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(path) as store, claims_on(path) as one, claims_on(path) as two:
        one.take(KEYS)
        store.put("m", [Completion(KEYS[0], "x", "stop")])
        taken = two.take(KEYS)
        assert (taken.answered, taken.others, taken.mine) == ({KEYS[0]}, set(KEYS[1:]), set())


def test_what_is_given_up_is_anyones(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with claims_on(path) as one, claims_on(path) as two:
        one.take(KEYS)
        one.release(KEYS[:3])
        two.release(KEYS[5:])  # not its own to give up
        assert two.take(KEYS).mine == set(KEYS[:3])
    with claims_on(path) as three:
        assert three.take(KEYS).mine == set(KEYS)


HOLDER = """
import sys, time
from pathlib import Path
from experiments.store.claims import Claims
claims = Claims(Path(sys.argv[1]))
claims.take([f"k{number}" for number in range(10)])
print("held", flush=True)
time.sleep(60)
"""


def holder(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_killed_owners_claims_are_void_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    process = holder(path)
    with claims_on(path) as mine:
        assert mine.take(KEYS).others == set(KEYS)
        process.kill()
        process.communicate()
        assert mine.take(KEYS).mine == set(KEYS)


def test_a_stopped_process_keeps_its_claims_until_its_heart_stood_still_long(tmp_path: Path) -> None:
    path, clock = tmp_path / "s.sqlite", Clock()
    process = holder(path)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with still(path, clock) as mine:
            for _ in range(3):
                assert mine.take(KEYS).mine == set()
                clock.now += 25
                awake(mine)
            assert mine.take(KEYS).mine == set(KEYS)
    finally:
        process.kill()
        process.communicate()


def test_who_lost_its_claims_learns_it_before_it_sends(tmp_path: Path) -> None:
    path, sleeper_clock, other_clock = tmp_path / "s.sqlite", Clock(), Clock()
    with still(path, sleeper_clock) as sleeper, still(path, other_clock) as other:
        sleeper.take(KEYS)
        assert sleeper.hold()
        other.take(KEYS)
        for _ in range(2):
            other_clock.now += 31
            awake(other)
        assert other.take(KEYS).mine == set(KEYS)
        sleeper_clock.now += 61
        assert not sleeper.hold()
        assert sleeper.take(KEYS).others == set(KEYS)


def test_who_slept_unnoticed_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    with still(tmp_path / "s.sqlite", clock) as sleeper:
        sleeper.take(KEYS)
        clock.now += 10_000
        assert sleeper.hold()


def test_a_heart_beats_by_itself(tmp_path: Path) -> None:
    path, clock = tmp_path / "s.sqlite", Clock()
    beating = Claims(path, beat_s=0.01)
    with still(path, clock) as other:
        beating.take(KEYS)
        for _ in range(5):
            assert other.take(KEYS).others == set(KEYS)
            beats = heartbeats(path)
            while heartbeats(path) == beats:
                time.sleep(0.01)
            clock.now += 50
            awake(other)
    beating.close()


def test_the_wall_clock_plays_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.sqlite"
    jumps = iter([0.0, 4e9, -4e9] * 100)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    with open_store(path) as store, claims_on(path) as one, claims_on(path) as two:
        assert one.take(KEYS).mine == set(KEYS)
        store.put("m", [Completion(key, "x", "stop") for key in KEYS[:5]])
        taken = two.take(KEYS)
        assert (taken.answered, taken.others, taken.mine) == (set(KEYS[:5]), set(KEYS[5:]), set())
        assert set(store.get(KEYS)) == set(KEYS[:5])


def test_claims_of_many_threads_never_overlap(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    keys = [f"k{number}" for number in range(500)]
    got: list[set[str]] = []
    all_done = threading.Barrier(4)

    def run(first: int) -> None:
        mine: set[str] = set()
        with claims_on(path) as claims:
            for start in [*range(first, len(keys), 50), 0]:
                mine |= claims.take(keys[start : start + 100]).mine
            got.append(mine)
            all_done.wait(60)  # nobody gives its claims up before everyone has asked

    threads = [threading.Thread(target=run, args=(number * 7,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, got)) == len(keys)
    assert set[str]().union(*got) == set(keys)


def test_claims_need_a_place(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        Claims(tmp_path / "s.sqlite")
