"""Killed at any instant, the same command pays only for what is missing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.loopback import LoopbackServer

ROOT = Path(__file__).parents[2]
CONCURRENCY = 4


def command(url: str, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "experiments.cli",
        "run",
        "model=openai",
        "model.name=loopback",
        f"model.openai.base_url={url}",
        f"model.openai.concurrency={CONCURRENCY}",
        "template=glob(qa/*)",
        "task.limit=80",
        "name=resumed",
        *more,
    ]


@pytest.mark.parametrize("kills", [(0.25,), (0.05, 0.5)])
def test_nothing_paid_for_is_lost_or_repeated(tmp_path: Path, kills: tuple[float, ...]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with LoopbackServer(latency_ms=20) as server:
        for wait in kills:
            running = subprocess.Popen(
                command(server.base_url), cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
            )
            before = server.stats.requests
            while server.stats.requests < before + 5:
                time.sleep(0.01)
                assert running.poll() is None
            time.sleep(wait)
            running.send_signal(signal.SIGKILL)
            running.wait()
            time.sleep(0.2)  # what was under way comes to its end at the server
        assert not (tmp_path / "runs" / "resumed" / "outcomes.parquet").exists()
        done = subprocess.run(
            command(server.base_url),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        requests = pq.read_table(tmp_path / "runs" / "resumed" / "requests.parquet")
        assert requests.num_rows > 0
        # Only what was on its way at the instant of a kill is asked once more: the requests sent at once,
        # and the answers that the client may hold until they are committed, twice that number.
        assert requests.num_rows <= server.stats.requests <= requests.num_rows + 3 * CONCURRENCY * len(kills)
        paid = server.stats.requests
        again = subprocess.run(
            command(server.base_url),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert server.stats.requests == paid
