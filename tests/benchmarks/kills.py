"""Kills a sweep with SIGKILL at random instants, again and again, and counts what that lost or sent twice.

python -m tests.benchmarks.kills [--kills 100] [--seed 0]

The server counts. `lost` are completions that were in the store at a kill and are not at the end. `repeated`
are requests sent again although their completion was in the store when the process was killed. `under way`
are those that had been sent, or answered but not committed yet: they are sent again, which cannot be helped.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.loopback import LoopbackServer

ROOT = Path(__file__).parents[2]
SWEEP = "template=glob(qa/*)"
LONGEST_S = 0.6  # from the first request of a process to its death, at most


@dataclass
class Count:
    """What killing came to."""

    kills: int = 0
    requests: int = 0
    sent: int = 0
    lost: int = 0
    repeated: int = 0

    @property
    def under_way(self) -> int:
        """Requests sent again because they were under way at a kill."""
        return self.sent - self.requests - self.repeated


def command(url: str, *more: str) -> list[str]:
    """A sweep's command line."""
    address = f"model.openai.base_url={url}"
    words = ("model=openai", "model.name=loopback", address, "model.openai.concurrency=4", "form=completion")
    return [sys.executable, "-m", "tests.unreported", "run", *words, "name=killed", *more]


def start(folder: Path, url: str, *more: str) -> "subprocess.Popen[bytes]":
    """A sweep in a process of its own."""
    return subprocess.Popen(
        command(url, *more),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def committed(folder: Path) -> set[str]:
    """Keys in the store; none if there is no store yet."""
    store = folder / "runs" / "completions.sqlite"
    if not store.is_file():
        return set()
    db = sqlite3.connect(store, timeout=60)
    try:
        return {key for (key,) in db.execute("SELECT key FROM completions")}
    except sqlite3.OperationalError:  # no table yet
        return set()
    finally:
        db.close()


def kill_often(folder: Path, server: LoopbackServer, kills: int, rng: Random, *more: str) -> Count:
    """Kills a sweep at random instants after its first new request, resumes it each time, and counts.

    Args:
        folder: Where it runs.
        server: A fresh server, which answers it.
        kills: How often, or until the sweep is through.
        rng: Draws the instants.
        more: What the sweep is of, as overrides.
    """
    import pyarrow.parquet as pq

    count, instants = Count(), list[tuple[int, set[str]]]()
    while count.kills < kills:
        running, before = start(folder, server.base_url, *more), server.stats.requests
        while server.stats.requests == before and running.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, LONGEST_S))
        if running.poll() is not None:
            break
        running.send_signal(signal.SIGKILL)
        running.wait()
        while server.stats.inflight:
            time.sleep(0.005)
        instants.append((len(server.stats.bodies), committed(folder)))
        count.kills += 1
    if start(folder, server.base_url, *more).wait() != 0:
        raise RuntimeError("the sweep did not come out whole")
    table: Any = pq.read_table(folder / "runs" / "killed" / "requests.parquet", columns=["key", "prompt"])
    prompts = dict(zip(*(table.column(name).to_pylist() for name in ("key", "prompt")), strict=True))
    now = committed(folder)
    bodies = [body["prompt"] for body in server.stats.bodies]
    known = set[str]()
    for place, (sent, keys) in enumerate(instants):
        count.lost += len(keys - now)
        known |= {prompts[key] for key in keys}
        until = instants[place + 1][0] if place + 1 < len(instants) else len(bodies)
        count.repeated += sum(body in known for body in bodies[sent:until])
    count.requests, count.sent = len(prompts), len(bodies)
    return count


def main() -> None:
    """Kills sweep after sweep until there were enough kills."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, total = Random(options.seed), Count()
    while total.kills < options.kills:
        with tempfile.TemporaryDirectory() as name, LoopbackServer(latency_ms=20) as server:
            found = kill_often(Path(name), server, options.kills - total.kills, rng, SWEEP)
        for field in vars(total):
            setattr(total, field, getattr(total, field) + getattr(found, field))
        print(
            f"{total.kills} kills in sweeps of {total.requests:,} requests: lost {total.lost}, repeated "
            f"{total.repeated}, sent again because under way {total.under_way} "
            f"({total.under_way / max(1, total.kills):.1f} a kill)",
            flush=True,
        )


if __name__ == "__main__":
    main()
