"""Killed at any instant, the same command again pays only for what is missing."""

import os
import subprocess
from pathlib import Path
from random import Random

from tests.benchmarks.kills import ROOT, command, kill_often
from tests.loopback import LoopbackServer

SWEEP = ("task.limit=100", "template=qa/q_a,qa/bare_answer")


def test_nothing_committed_is_lost_or_paid_for_again(tmp_path: Path) -> None:
    with LoopbackServer(latency_ms=20) as server:
        count = kill_often(tmp_path, server, 2, Random(0), *SWEEP)
        assert (count.lost, count.repeated) == (0, 0)
        assert count.kills > 0
        assert count.sent >= count.requests > 0
        again = subprocess.run(
            command(server.base_url, *SWEEP),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert server.stats.requests == count.sent
