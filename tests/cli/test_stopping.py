"""Stopping a run, and going on: by Ctrl-C, at a cap, and beside another run. The server counts."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from tests.loopback import LoopbackServer

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def command(url: str, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "tests.unreported",
        "run",
        "model=openai",
        "model.name=loopback",
        f"model.openai.base_url={url}",
        "model.openai.concurrency=4",
        "name=stopped",
        *more,
    ]


def start(folder: Path, url: str, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(url, *more),
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_sent(server: LoopbackServer, count: int, *running: "subprocess.Popen[str]") -> None:
    while server.stats.requests < count:
        assert all(process.poll() is None for process in running)
        time.sleep(0.01)


def stored(folder: Path) -> int:
    db = sqlite3.connect(folder / "runs" / "completions.sqlite")
    (count,) = db.execute("SELECT count(*) FROM completions").fetchone()
    db.close()
    return count


def test_ctrl_c_finishes_what_is_under_way_and_the_same_command_goes_on(tmp_path: Path) -> None:
    with LoopbackServer(latency_ms=100) as server:
        running = start(tmp_path, server.base_url, "task.limit=60")
        until_sent(server, 6, running)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=120)[1]
        assert running.returncode == 130
        assert "stopping: what is under way is finished and kept" in said
        assert "fathom: interrupted; the same command goes on where it stopped" in said
        assert "Traceback" not in said
        sent = server.stats.requests
        assert sent < 60
        assert server.stats.ok == sent == stored(tmp_path)  # all that was sent was awaited and committed
        again = start(tmp_path, server.base_url, "task.limit=60")
        assert again.communicate(timeout=120)[1] is not None
        assert again.returncode == 0
        assert server.stats.requests == 60


def test_a_second_ctrl_c_waits_for_nothing(tmp_path: Path) -> None:
    with LoopbackServer(latency_ms=300_000) as server:
        running = start(tmp_path, server.base_url, "task.limit=10")
        until_sent(server, 4, running)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        for line in running.stderr:
            if "Ctrl-C again stops at once" in line:
                break
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=120)[1]
        assert running.returncode == 130
        assert "stopped at once; the same command goes on" in said


def test_two_runs_at_once_pay_once(tmp_path: Path) -> None:
    with LoopbackServer(latency_ms=30) as server:
        runs = [
            start(tmp_path, server.base_url, "task.limit=40", f"template={templates}", f"name=run{number}")
            for number, templates in enumerate(("qa/q_a,qa/bare_answer", "qa/bare_answer,qa/q_a_polite"))
        ]
        for running in runs:
            said = running.communicate(timeout=240)[1]
            assert running.returncode == 0, said
        assert server.stats.requests == 120
        sent = [
            json.loads((tmp_path / "runs" / f"run{number}" / "manifest.json").read_text(encoding="utf-8"))[
                "counts"
            ]["sent"]
            for number in range(2)
        ]
        assert sum(sent) == 120
        for number in range(2):
            assert pq.read_table(tmp_path / "runs" / f"run{number}" / "requests.parquet").num_rows == 80


def test_a_cap_met_under_way_stops_the_run_with_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # The estimate is not to refuse the run: it stands for one that was too low.
    monkeypatch.setattr("experiments.sweep.run.check_budget", print)
    assert main(["run", "name=capped", "task.limit=50", "budget.requests=20"]) == 1
    said = capsys.readouterr().err
    assert "30 of 50 requests failed: stopped before it could exceed budget.requests=20" in said
    outcomes = pq.read_table("runs/capped/outcomes.parquet", columns=["status", "primary"]).to_pylist()
    failed = [row for row in outcomes if row["primary"] and row["status"] == "failed"]
    assert len(failed) == 30
    assert stored(tmp_path) == 20
    assert main(["run", "name=capped", "task.limit=50", "budget.requests=30"]) == 0
    assert stored(tmp_path) == 50


def test_failed_requests_are_no_wrong_answers_and_a_later_run_sends_just_them(tmp_path: Path) -> None:
    def fail(prompt: str, body: dict[str, object]) -> str:
        if failing and "capital" in prompt:
            raise ValueError("injected")  # answered 400: no retry helps
        return "x"

    failing = True
    with LoopbackServer(responder=fail) as server:
        first = start(tmp_path, server.base_url, "form=completion")
        said = first.communicate(timeout=120)[1]
        assert first.returncode == 1, said
        table = pq.read_table(tmp_path / "runs" / "stopped" / "outcomes.parquet").to_pandas()
        primary = table[table["primary"]]
        failed = int((primary["status"] == "failed").sum())
        assert 0 < failed < len(primary)
        assert primary.loc[primary["status"] == "failed", "score"].isna().all()
        sent = server.stats.requests
        failing = False
        again = start(tmp_path, server.base_url, "form=completion")
        assert again.communicate(timeout=120)[1] is not None
        assert again.returncode == 0
        assert server.stats.requests == sent + failed
