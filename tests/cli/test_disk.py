"""Disks that are full or read-only, mounted for the test where the system lets a user do so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback import LoopbackServer

ROOT = Path(__file__).parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]
FATHOM = f"{sys.executable} -m tests.unreported"


def mounts() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not mounts(), reason="no file system can be mounted here")


def shell(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*UNSHARE, "sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_a_full_disk_is_said_and_what_was_committed_is_not_paid_for_again(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with LoopbackServer(latency_ms=5, words=400) as server:
        run = (
            f"{FATHOM} run model=openai model.name=m model.openai.base_url={server.base_url} "
            "model.openai.concurrency=4 sampling.max_tokens=500 store=disk/s.sqlite"
        )
        done = shell(
            tmp_path,
            f"mount -t tmpfs -o size=400k none disk && {run}; echo first: $?; "
            f"{FATHOM} store --store disk/s.sqlite; mount -o remount,size=50m disk && {run}; echo second: $?",
        )
        assert "first: 1" in done.stdout, done.stderr
        assert "cannot be written: database or disk is full" in done.stderr
        assert "Traceback" not in done.stderr
        assert "second: 0" in done.stdout, done.stderr
        kept = int(done.stdout.split("disk/s.sqlite: ")[1].split(" completion")[0])
        assert kept > 0
        # What was answered when the disk was full is asked again, and nothing else.
        second = [body["messages"][-1]["content"] for body in server.stats.bodies][-(252 - kept) :]
        assert len(set(second)) == len(second)
        assert server.stats.requests < 2 * 252


def test_a_store_on_a_read_only_disk_can_be_read_and_is_not_paid_beside(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    run = f"{FATHOM} run task.limit=5 store=disk/s.sqlite"
    done = shell(
        tmp_path,
        f"{run} name=a; mount --bind disk disk; mount -o remount,ro,bind disk; {run} name=b; echo run: $?; "
        f"{run} name=c dry_run=true; echo dry: $?; {FATHOM} store --store disk/s.sqlite; echo store: $?",
    )
    assert "run: 2" in done.stdout, done.stderr
    assert "the store disk/s.sqlite cannot be opened" in done.stderr
    assert "dry: 0" in done.stdout
    assert "disk/s.sqlite: 5 completions" in done.stdout
    assert "store: 0" in done.stdout
