"""A run through the Batch API, killed while it waits: the same command collects what is paid for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from tests.loopback import LoopbackServer
from tests.loopback_batches import Batches

ROOT = Path(__file__).parents[2]


def test_a_killed_process_finds_its_batch_again(tmp_path: Path) -> None:
    batches = Batches(polls=None)
    with LoopbackServer(batches=batches) as server:
        command = [
            *(sys.executable, "-m", "experiments.cli", "run", "model=openai", "model.name=loopback"),
            *(f"model.openai.base_url={server.base_url}", "model.openai.batch=true"),
            *("model.openai.batch_poll_s=0.05", "task.limit=20", "name=batched"),
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        running = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        while not batches.batches:
            time.sleep(0.01)
            assert running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.wait()
        batches.polls = 1
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "was submitted before: waiting for it" in done.stderr
        requests = pq.read_table(tmp_path / "runs" / "batched" / "requests.parquet")
        assert sorted(batches.paid) == sorted(requests["key"].to_pylist())
        assert len(list((tmp_path / "runs" / "completions.sqlite.batches").iterdir())) == 1
