"""What every launcher must do: come to the same run as the pooled one, also if one of its processes dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from tests.benchmarks.kills import ROOT, committed
from tests.loopback import LoopbackServer

SWEEP = ("template=qa/q_a,qa/bare_answer", "task.limit=100", "name=shared")
ASKED = 200  # requests of each of the two models


def outcomes(folder: Path) -> pd.DataFrame:
    """A run's outcomes in an order that no launcher changes."""
    table = pd.read_parquet(folder / "outcomes.parquet")
    for column in table.select_dtypes("category"):
        table[column] = table[column].astype(str)
    return table.sort_values(["cell", "grader", "item_id"], ignore_index=True)


def same_run(one: Path, other: Path) -> None:
    """Asserts that two runs have the same outcomes and say the same of cells, models and tasks."""
    pd.testing.assert_frame_equal(outcomes(one), outcomes(other))
    manifests = [json.loads((folder / "manifest.json").read_text("utf-8")) for folder in (one, other)]
    for key in ("cells", "tasks"):
        assert without_name(manifests[0][key]) == without_name(manifests[1][key])
    for key in ("cells", "asked", "unique", "failed_cells", "sent"):
        assert manifests[0]["counts"][key] == manifests[1]["counts"][key]
    models = [
        [(model["identity"], model["unique"], model["sent"]) for model in each["models"]]
        for each in manifests
    ]
    assert models[0] == models[1]


def without_name(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A manifest's records, without the words of the command that named the run and its launcher."""
    return [
        {
            name: [word for word in value if not word.startswith(("name=", "store="))]
            if name == "overrides"
            else value
            for name, value in record.items()
        }
        for record in records
    ]


def command(python: str, url: str, *more: str) -> list[str]:
    """A sweep of two models behind a server."""
    address = (f"model.openai.base_url={url}", "model.openai.concurrency=4", "form=completion")
    words = ("model=openai", "model.name=a,b", *address, *SWEEP, *more)
    return [python, "-m", "tests.unreported", "run", *words]


def start(folder: Path, url: str, *more: str, python: str = sys.executable) -> "subprocess.Popen[str]":
    """The sweep in a process of its own."""
    return subprocess.Popen(
        command(python, url, *more),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def holders(path: Path) -> Iterator[int]:
    """The processes that have a file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == str(path):
                yield int(link.parts[2])
        except OSError:
            continue


def first_job(folder: Path, server: LoopbackServer, running: "subprocess.Popen[str]") -> int:
    """The process that asks the first model, once it has had some answers."""
    while sum(body["model"] == "a" for body in server.stats.bodies.copy()) < 20:
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.01)
    (process,) = set(holders(folder / "runs/shared/shards/0/completions.sqlite"))
    return process


def prompts(folder: Path) -> dict[str, tuple[str, str]]:
    """Model and prompt of each request of the run, by its key."""
    table: Any = pq.read_table(folder / "runs/shared/requests.parquet", columns=["key", "model", "prompt"])
    keys, models, texts = (column.to_pylist() for column in table.columns)
    return {key: (model, text) for key, model, text in zip(keys, models, texts, strict=True)}


def die_and_go_on(folder: Path, *more: str, python: str = sys.executable) -> None:
    """Kills a job's process in the middle, runs the same command again, and counts what the server was asked.

    Args:
        folder: Where the runs are made.
        more: Overrides that choose the launcher.
        python: What runs the command.
    """
    with LoopbackServer(latency_ms=50) as server:
        running = start(folder, server.base_url, *more, python=python)
        os.kill(first_job(folder, server, running), signal.SIGKILL)
        said = running.communicate(timeout=200)[0]
        assert running.returncode == 1, said
        assert "shard 0 (a) did not come to an end" in said
        assert "the same command pays only for what is missing" in said
        before, sent = committed(folder), len(server.stats.bodies)
        assert ASKED <= len(before) < 2 * ASKED  # all of the other model's, and some of this one's

        running = start(folder, server.base_url, *more, python=python)
        said = running.communicate(timeout=200)[0]
        assert running.returncode == 0, said
        after, asked = committed(folder), prompts(folder)
        assert len(after) == len(asked) == 2 * ASKED
        assert before <= after
        paid = {asked[key] for key in before}
        repeated = [body for body in server.stats.bodies[sent:] if (body["model"], body["prompt"]) in paid]
        assert repeated == []
        assert len(server.stats.bodies) - sent == 2 * ASKED - len(before)
        assert not (folder / "runs/shared/shards").exists()

        whole = folder / "whole"
        whole.mkdir()
        running = start(whole, server.base_url)
        said = running.communicate(timeout=200)[0]
        assert running.returncode == 0, said
    pd.testing.assert_frame_equal(outcomes(folder / "runs/shared"), outcomes(whole / "runs/shared"))
