"""The launcher `ray` on a cluster of two nodes. `tests/beside.sh ray` runs these."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.kills import ROOT, committed
from tests.launchers import ASKED, die_and_go_on, first_job, holders, outcomes, same_run, start
from tests.loopback import LoopbackServer

PYTHON = os.environ.get("FATHOM_BESIDE_PYTHON", "")

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(not PYTHON, reason="tests/beside.sh ray makes the environment and runs these"),
]


@pytest.fixture(scope="module")
def launcher() -> Iterator[tuple[str, ...]]:
    """The words that choose the cluster, while it is up."""
    with subprocess.Popen(
        [PYTHON, str(Path(__file__).with_name("cluster.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        text=True,
    ) as cluster:
        assert cluster.stdout is not None
        yield "hydra/launcher=ray", f"hydra.launcher.ray.init.address={cluster.stdout.readline().strip()}"
        cluster.communicate(timeout=60)


def whole(folder: Path, server: LoopbackServer) -> Path:
    """The same run as one plan."""
    folder.mkdir()
    running = start(folder, server.base_url)
    said = running.communicate(timeout=200)[0]
    assert running.returncode == 0, said
    return folder / "runs/shared"


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def test_both_nodes_work_and_the_run_is_the_pooled_one(tmp_path: Path, launcher: tuple[str, ...]) -> None:
    with LoopbackServer(latency_ms=50) as server:
        running = start(tmp_path, server.base_url, *launcher, "hydra.sweeper.shards=2", python=PYTHON)
        nodes = set[int]()
        while running.poll() is None:
            for shard in range(4):
                store = tmp_path / f"runs/shared/shards/{shard}/completions.sqlite"
                nodes |= {parent(process) for process in set(holders(store)) if process != running.pid}
            if len(nodes) == 2:
                break
        said = running.communicate(timeout=200)[0]
        assert running.returncode == 0, said
        assert len(nodes) == 2  # each node's own process starts its workers
        assert len(server.stats.bodies) == 2 * ASKED
        same_run(whole(tmp_path / "whole", server), tmp_path / "runs/shared")


def test_a_worker_that_dies_is_named_and_loses_nothing(tmp_path: Path, launcher: tuple[str, ...]) -> None:
    die_and_go_on(tmp_path, *launcher, "+hydra.launcher.ray.remote.max_retries=0", python=PYTHON)


def test_ray_starts_a_dead_job_again_by_itself(tmp_path: Path, launcher: tuple[str, ...]) -> None:
    with LoopbackServer(latency_ms=50) as server:
        running = start(tmp_path, server.base_url, *launcher, python=PYTHON)
        os.kill(first_job(tmp_path, server, running), signal.SIGKILL)
        said = running.communicate(timeout=200)[0]
        assert running.returncode == 0, said
        assert len(committed(tmp_path)) == 2 * ASKED
        # What was under way is sent again: four at once, and what had arrived without being committed.
        assert 2 * ASKED <= len(server.stats.bodies) < 3 * ASKED
        pd.testing.assert_frame_equal(
            outcomes(whole(tmp_path / "whole", server)), outcomes(tmp_path / "runs/shared")
        )
