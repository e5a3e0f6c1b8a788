"""Launching shards: what is laid out for jobs, and what they leave made one run."""

import contextlib
import pickle
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from hydra.core.utils import JobReturn, JobStatus
from rich.console import Console

from experiments.store.completions import check_folder
from experiments.store.exchange import take_over
from experiments.store.manifest import MANIFEST, RunFolderError, command, read_manifest
from experiments.store.merge import merge
from experiments.store.reading import READINGS
from experiments.store.tables import OUTCOMES, REQUESTS
from experiments.sweep.compose import SHARDS, ComposedCell
from experiments.sweep.record import CellFailure
from experiments.sweep.run import distinct_cells
from experiments.sweep.shards import CELLS, LOCK, STORE, Shard, ShardError, divide, locked
from experiments.sweep.show import show_failures


def run_shards(
    cells: Sequence[ComposedCell],
    shares: int,
    run: Path,
    launch: Callable[[Sequence[Sequence[str]]], Sequence[JobReturn]],
) -> Sequence[JobReturn]:
    """Divides a run into jobs, has them launched, and makes what they leave one run.

    Args:
        cells: All cells of the run.
        shares: Jobs a model.
        run: The run's folder.
        launch: Launches Hydra jobs, each with its overrides; returns when all have ended, or raises what the
            launcher does when the process of one died.

    Raises:
        PlanError: Two cells would have the same name in the tables.
        ShardError: A job did not come to its end.
        Exception: What a job raised.
    """
    check_folder(Path(cells[0].config.store), Path(cells[0].config.runs_dir))
    # Before they are divided: jobs do not see each other's.
    shards, store = divide(distinct_cells(cells), shares, run), Path(cells[0].config.store)
    prepare(shards, run, store)
    # The overrides of a shard's first cell make a valid job; what it runs lies in its folder.
    jobs = [
        [
            *shard.cells[0].overrides,
            f"hydra.sweep.subdir={SHARDS}/{shard.number}",
            "hydra.output_subdir=null",
        ]
        for shard in shards
    ]
    returns: Sequence[JobReturn] = ()
    failure: Exception | None = None
    began = time.monotonic()
    try:
        returns = launch(jobs)
    except Exception as error:
        failure = error
    known = {"control": asdict(cells[0].config.control), "wall_s": round(time.monotonic() - began, 3)}
    lost = collect(shards, run, store, known)
    if len(lost) < len(shards):  # what jobs say of their cells may be in a log elsewhere
        show_failures(Console(stderr=True), _failed_cells(run), cells[0].config.progress)
    failed = [
        (shard, cast(Exception, done._return_value))  # pyright: ignore[reportPrivateUsage]  # the property names a wrong cell
        for shard, done in zip(shards, returns, strict=False)
        if done.status is JobStatus.FAILED
    ]
    for shard, error in failed[1:]:
        print(f"{shard.title}: {error}", file=sys.stderr)
    if failed:
        raise failed[0][1]
    if failure is not None:
        raise ShardError(_lost(lost, failure)) from failure
    return returns


def _failed_cells(run: Path) -> list[CellFailure]:
    return [
        CellFailure(cell["index"], tuple(cell["overrides"]), cell["error"])
        for cell in read_manifest(run)["cells"]
        if cell["error"] is not None
    ]


def _lost(lost: Sequence[Shard], failure: Exception) -> str:
    names = ", ".join(shard.title for shard in lost) or "a job"
    words = str(failure).strip().splitlines()
    reason = f": {words[0]}" if words else ""
    return f"{names} did not come to an end{reason} (the same command pays only for what is missing)"


def prepare(shards: Sequence[Shard], run: Path, store: Path) -> None:
    """Writes for each job what it is to run, after taking over what jobs of an earlier start left.

    Args:
        shards: The run's jobs.
        run: The run's folder.
        store: The run's store.

    Raises:
        StoreError: What was left cannot be read, or the store not written.
        RunFolderError: The folder cannot be written.
    """
    take_over_left(run, store)
    try:
        for shard in shards:
            folder = shard.folder(run)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / CELLS).write_bytes(pickle.dumps(shard))
    except OSError as error:
        raise RunFolderError(
            f"{run / SHARDS} cannot be written: {error.strerror or error} (set runs_dir=…)"
        ) from None


def take_over_left(run: Path, store: Path) -> None:
    """Puts into the run's store what jobs of an earlier start had paid for, if that one was killed.

    Raises:
        StoreError: It cannot be read, or the store not written.
    """
    for folder in [path for path in (run / SHARDS).glob("*") if path.is_dir()]:
        _take_over(folder, store)
        _clear(folder)
    with contextlib.suppress(OSError):  # not there, or not empty where jobs have logs
        (run / SHARDS).rmdir()


def collect(shards: Sequence[Shard], run: Path, store: Path, known: Mapping[str, Any]) -> list[Shard]:
    """Puts the jobs' completions into the run's store and their tables into the run's folder.

    Args:
        shards: The run's jobs, over or still running: those are waited for.
        run: The run's folder.
        store: The run's store.
        known: What the manifest is to say of the run as a whole.

    Returns:
        The jobs that left no tables.

    Raises:
        StoreError: A job's store cannot be read, or the run's not written.
        RunFolderError: A job's tables cannot be read.
    """
    for shard in shards:
        _take_over(shard.folder(run), store)
    whole = [shard for shard in shards if (shard.folder(run) / MANIFEST).is_file()]
    if whole:
        parts = {shard.folder(run): shard.cells[0].share.number for shard in whole}
        merge(run, parts, store=str(store), command=command(), **known)
    for shard in shards:
        _clear(shard.folder(run))
    with contextlib.suppress(OSError):  # not empty where jobs have logs
        (run / SHARDS).rmdir()
    return [shard for shard in shards if shard not in whole]


def _take_over(folder: Path, store: Path) -> None:
    """Puts a job's completions into the run's store once it is over; if it has not begun it never will."""
    with locked(folder):
        (folder / CELLS).unlink(missing_ok=True)
        if (folder / STORE).is_file():
            take_over(store, folder / STORE)


def _clear(folder: Path) -> None:
    """Removes what a job read and wrote; logs stay."""
    for name in (LOCK, OUTCOMES, REQUESTS, READINGS, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    for path in (*folder.glob(f"{STORE}*"), *folder.glob(f".{STORE}.*")):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
