"""Shards: what one job of a launcher runs as one plan, a model's cells or a share of their items."""

import contextlib
import math
import pickle
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig
from rich.console import Console

from experiments.schema import BudgetConfig, ControlConfig
from experiments.store.exchange import take_over
from experiments.store.lock import FileLock
from experiments.store.manifest import MANIFEST, RunFolderError, command, read_manifest
from experiments.store.merge import merge
from experiments.store.reading import READINGS
from experiments.store.tables import OUTCOMES, REQUESTS
from experiments.sweep.compose import SHARDS, ComposedCell, RunCells, Share
from experiments.sweep.estimate import BudgetError
from experiments.sweep.record import CellFailure
from experiments.sweep.run import distinct_cells
from experiments.sweep.show import show_failures

POLL_S = 0.5
_CELLS = "cells.pickle"
_LOCK = "running.lock"
_STORE = "completions.sqlite"


class ShardError(Exception):
    """A job did not come to its end; the message names it. What it had committed is in the run's store."""


@dataclass(frozen=True, slots=True)
class Shard:
    """What one job runs.

    Attributes:
        number: The job's number, from 0.
        of: How many jobs the run has.
        cells: The cells of one model, with the share of their items that is this job's.
        started_in: The folder that relative paths are meant from.
    """

    number: int
    of: int
    cells: tuple[ComposedCell, ...]
    started_in: Path

    def folder(self, run: Path) -> Path:
        """Where its tables and its store are, in a run's folder."""
        return run / SHARDS / str(self.number)

    @property
    def title(self) -> str:
        """It in words."""
        share = self.cells[0].share
        part = f", part {share.number + 1} of {share.of}" if share.of > 1 else ""
        return f"shard {self.number} ({self.cells[0].config.model.name}{part})"


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


def divide(cells: Sequence[ComposedCell], shares: int, run: Path) -> tuple[Shard, ...]:
    """Divides a run into jobs: one a model, or several a model that each ask a share of the items.

    Caps hold for the run as a whole: each job has an equal part. So does each share of the control arm.

    Args:
        cells: All cells of the run.
        shares: Jobs a model.
        run: The run's folder.
    """
    of_model: dict[str, list[ComposedCell]] = {}
    for cell in cells:
        of_model.setdefault(repr(cell.config.model), []).append(cell)
    here, jobs = Path.cwd(), len(of_model) * shares
    shards: list[Shard] = []
    for mine in of_model.values():
        for number in range(shares):
            shard = Shard(len(shards), jobs, (), here)
            share = Share(number, shares, here / mine[0].config.store)
            store = str(shard.folder(run) / _STORE)
            budget = _part(mine[0].config.budget, jobs)
            control = _sample(mine[0].config.control, shares)
            its = (
                replace(
                    cell,
                    config=replace(cell.config, store=store, budget=budget, control=control),
                    share=share,
                )
                for cell in mine
            )
            shards.append(replace(shard, cells=tuple(its)))
    return tuple(shards)


def _sample(control: ControlConfig, shares: int) -> ControlConfig:
    """The control arm of a job: all of them together ask about as many prompts as one job would."""
    return replace(control, items=math.ceil(control.items / shares))


def _part(budget: BudgetConfig, jobs: int) -> BudgetConfig:
    return BudgetConfig(
        usd=None if budget.usd is None else budget.usd / jobs,
        tokens=None if budget.tokens is None else budget.tokens // jobs,
        requests=None if budget.requests is None else budget.requests // jobs,
    )


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
            (folder / _CELLS).write_bytes(pickle.dumps(shard))
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


@dataclass(frozen=True)
class ShardTask:
    """The task function of a job: runs the shard that has the job's number.

    Attributes:
        run_cells: Runs cells as one plan; results go into the folder that it is given.
        run: The run's folder, which the job must see under the same path.
    """

    run_cells: RunCells
    run: Path

    def __call__(self, cfg: DictConfig) -> int:
        """Runs the shard of the job that Hydra is in, and returns its exit code."""
        folder = self.run / SHARDS / str(HydraConfig.get().job.num)
        gone = f"{folder} is no more: its run has ended, or this machine does not see the run's folder"
        if not folder.is_dir():
            raise ShardError(gone)
        with _locked(folder):
            if not (folder / _CELLS).is_file():
                raise ShardError(gone)
            shard: Shard = pickle.loads((folder / _CELLS).read_bytes())
            with contextlib.chdir(shard.started_in):
                try:
                    return self.run_cells(shard.cells, folder).exit_code
                except BudgetError as error:
                    raise BudgetError(f"{shard.title}: {error}, an equal part for each of the jobs") from None


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
    with _locked(folder):
        (folder / _CELLS).unlink(missing_ok=True)
        if (folder / _STORE).is_file():
            take_over(store, folder / _STORE)


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    with FileLock(folder / _LOCK) as lock:
        while not lock.take():
            time.sleep(POLL_S)
        yield


def _clear(folder: Path) -> None:
    """Removes what a job read and wrote; logs stay."""
    for name in (_LOCK, OUTCOMES, REQUESTS, READINGS, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    for path in (*folder.glob(f"{_STORE}*"), *folder.glob(f".{_STORE}.*")):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
