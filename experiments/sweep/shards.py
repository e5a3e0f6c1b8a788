"""Shards: what one job of a launcher runs as one plan, a model's cells or a share of their items."""

import contextlib
import math
import pickle
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from experiments.schema import BudgetConfig, ControlConfig
from experiments.store.lock import FileLock
from experiments.sweep.compose import SHARDS, ComposedCell, RunCells, Share
from experiments.sweep.estimate import BudgetError

POLL_S = 0.5
CELLS = "cells.pickle"  # what the job is to run
LOCK = "running.lock"
STORE = "completions.sqlite"


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
            store = str(shard.folder(run) / STORE)
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
        with locked(folder):
            if not (folder / CELLS).is_file():
                raise ShardError(gone)
            shard: Shard = pickle.loads((folder / CELLS).read_bytes())
            with contextlib.chdir(shard.started_in):
                try:
                    return self.run_cells(shard.cells, folder).exit_code
                except BudgetError as error:
                    raise BudgetError(f"{shard.title}: {error}, an equal part for each of the jobs") from None


@contextlib.contextmanager
def locked(folder: Path) -> Generator[None]:
    """A block in which no job runs a shard, or just this one: waits for the one that does."""
    with FileLock(folder / LOCK) as lock:
        while not lock.take():
            time.sleep(POLL_S)
        yield
