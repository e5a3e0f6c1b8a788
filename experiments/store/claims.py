"""Who pays for which request: claims, so that sweeps that share a store pay once for what both want.

A claim is a key and its owner, a sweep that is sending it. An owner is alive as long as the kernel says so
(`OwnerLocks`) and its heartbeat moves. Each sweep watches the others' heartbeats by its own monotonic clock,
and no process compares its time with another's: clocks that are set, jump or stand still change nothing.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.store.layout import StoreError, open_database, transaction
from experiments.store.lock import OwnerLocks

BEAT_S = 5.0
HUNG_AFTER_S = 60.0  # a live process whose heartbeat stands still for so long has lost its claims


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the keys that a sweep wants to send.

    Attributes:
        mine: Those that nobody has answered or claimed; they are this sweep's to send now.
        answered: Those whose completion is in the store.
        others: Those that another sweep is sending.
    """

    mine: frozenset[str]
    answered: frozenset[str]
    others: frozenset[str]


class Claims:
    """One sweep's claims, and its view of the others'.

    Args:
        path: The store's file.
        clock: Seconds that only go forward.
        beat_s: Seconds between two heartbeats.
        hung_after_s: Seconds without a heartbeat after which a live owner's claims are void.

    Raises:
        StoreError: If the file cannot be opened or written.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        beat_s: float = BEAT_S,
        hung_after_s: float = HUNG_AFTER_S,
    ) -> None:
        self._path, self._clock, self._hung_after_s = path, clock, hung_after_s
        self._seen: dict[int, tuple[int, float]] = {}
        self._turn = threading.Lock()
        self._db = open_database(path, probe=False)
        # A claim need not survive a power cut, which no owner does.
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            self._locks = OwnerLocks(path)
            with self._written():
                self._owner = int(self._db.execute("INSERT INTO owners (beat) VALUES (0)").lastrowid or 0)
                self._locks.hold(self._owner)  # before anyone else can see the owner
        except OSError as error:
            self._db.close()
            raise StoreError(f"claims beside the store {path} cannot be made: {error}") from None
        self._lost, self._beaten = False, clock()
        self._closing = threading.Event()
        self._beating = threading.Thread(target=self._keep_beating, args=(beat_s,), daemon=True)
        self._beating.start()

    def hold(self) -> bool:
        """Whether the claims still hold; a sweep that stood still so long that another took them must stop.

        A sweep just woken up beats first: what it finds then is what others made of its silence.
        """
        if self._clock() - self._beaten > self._hung_after_s / 2:
            with contextlib.suppress(StoreError):
                self._beat()
        return not self._lost and self._clock() - self._beaten <= self._hung_after_s / 2

    def take(self, keys: Sequence[str]) -> Taken:
        """Claims those keys that are neither answered nor another's, all at one moment.

        Raises:
            StoreError: If the file cannot be written.
        """
        with self._written():
            self._lost = self._lost or not self._exists()
            if not self._lost:
                self._void_the_dead()
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (key TEXT PRIMARY KEY) WITHOUT ROWID")
            self._db.execute("DELETE FROM wanted")
            self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((key,) for key in sorted(keys)))
            answered = self._keys("SELECT key FROM wanted JOIN completions USING (key)")
            others = self._keys(
                "SELECT key FROM wanted JOIN claims USING (key) JOIN owners USING (owner) "
                f"WHERE owner != {self._owner}"
            )
            mine = frozenset[str]() if self._lost else frozenset(keys) - answered - others
            self._db.executemany(
                f"INSERT OR REPLACE INTO claims VALUES (?, {self._owner})", ((key,) for key in sorted(mine))
            )
        return Taken(mine, answered, others - answered)

    def release(self, keys: Iterable[str]) -> None:
        """Gives up claims to keys that were not answered: they are anyone's to send.

        Raises:
            StoreError: If the file cannot be written.
        """
        with self._written():
            self._db.executemany(
                f"DELETE FROM claims WHERE key = ? AND owner = {self._owner}", ((key,) for key in keys)
            )

    def close(self) -> None:
        """Gives up every claim and the owner; what cannot be written is void all the same with its lock."""
        self._closing.set()
        self._beating.join()
        with contextlib.suppress(StoreError), self._written():
            self._db.execute("DELETE FROM claims WHERE owner = ?", (self._owner,))
            self._db.execute("DELETE FROM owners WHERE owner = ?", (self._owner,))
        self._db.close()
        self._locks.close()

    @contextlib.contextmanager
    def _written(self) -> Generator[None]:
        try:
            with self._turn, transaction(self._db):
                yield
        except sqlite3.Error as error:
            raise StoreError(f"the store {self._path} cannot be written: {error}") from None

    def _keys(self, query: str) -> frozenset[str]:
        return frozenset(key for (key,) in self._db.execute(query))

    def _exists(self) -> bool:
        return bool(self._db.execute("SELECT 1 FROM owners WHERE owner = ?", (self._owner,)).fetchone())

    def _void_the_dead(self) -> None:
        now = self._clock()
        if now - self._beaten > self._hung_after_s / 2:
            self._seen.clear()  # this process stood still itself, and has not watched anyone
        for owner, beat in self._db.execute(
            "SELECT owner, beat FROM owners WHERE owner != ?", (self._owner,)
        ).fetchall():
            seen, since = self._seen.get(owner, (None, now))
            if seen != beat:
                self._seen[owner] = beat, since = beat, now
            if not self._locks.lives(owner) or now - since > self._hung_after_s:
                self._db.execute("DELETE FROM claims WHERE owner = ?", (owner,))
                self._db.execute("DELETE FROM owners WHERE owner = ?", (owner,))

    def _keep_beating(self, every_s: float) -> None:
        while not self._closing.wait(every_s):
            with contextlib.suppress(StoreError):  # a beat that cannot be written now may be later
                self._beat()

    def _beat(self) -> None:
        began = self._clock()
        with self._written():
            changed = self._db.execute("UPDATE owners SET beat = beat + 1 WHERE owner = ?", (self._owner,))
            self._lost = self._lost or changed.rowcount == 0
        self._beaten = began


@contextlib.contextmanager
def claims_on(path: Path) -> Generator[Claims]:
    """Claims on a store for the length of a block."""
    claims = Claims(path)
    try:
        yield claims
    finally:
        claims.close()
