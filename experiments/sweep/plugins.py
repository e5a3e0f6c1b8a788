"""Hydra's sweeper and launcher `pooled`: all jobs of a sweep are composed together and run as one plan.

With any other launcher this sweeper makes one job a model, or several, each one plan (`launching`, `shards`).
With any other sweeper and launcher each job runs one cell.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus, configure_log, env_override, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, OmegaConf, flag_override

from experiments.configuration import ConfigError, resolve
from experiments.explain import COMPOSITION_ERRORS, explain
from experiments.schema import LabConfig
from experiments.sweep.compose import SHARDS, ComposedCell, RunCells, compose_all
from experiments.sweep.dotfiles import forget_others, texts, write
from experiments.sweep.expand import Options, expand

# Hydra makes only plugins whose name begins with hydra_plugins. Ours do not live in a package of that name,
# because every Hydra application on the machine would then import them.
_NAMESPACE = "hydra_plugins.prompt_fathom"
POOLED_LAUNCHER = f"{_NAMESPACE}.PooledLauncher"


@dataclass(frozen=True)
class CellTask:
    """The task function that Hydra gets: called with a job's configuration it runs that one cell.

    Attributes:
        run: Runs cells. The pooled launcher calls it once with all of them, everything else once a job.
    """

    run: RunCells

    def __call__(self, cfg: DictConfig) -> int:
        """Runs the job that Hydra is in, and returns its exit code."""
        hydra = HydraConfig.get()
        directory = Path(hydra.runtime.output_dir)
        multirun = hydra.mode == RunMode.MULTIRUN
        cell = ComposedCell(
            index=int(hydra.job.num) if multirun else 0,
            config=resolve(cfg),
            overrides=tuple(hydra.overrides.task),
            directory=directory,
        )
        return self.run([cell], directory).exit_code


@dataclass(frozen=True)
class _Job:
    cell: ComposedCell
    files: dict[str, str]


class PooledSweeper(Sweeper):
    """Expands the command line; hands all cells to the pooled launcher, or shards of them to another.

    Args:
        params: Overrides from the configuration, as in the basic sweeper; those on the command line win.
        shards: Jobs a model, each with a share of the items; of another launcher than the pooled one.
    """

    def __init__(self, params: dict[str, str] | None = None, shards: int = 1) -> None:
        self._params = params or {}
        self._shards = shards

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Hydra's setup."""
        assert isinstance(task_function, CellTask)
        if self._shards < 1:
            raise ConfigError(f"hydra.sweeper.shards is {self._shards}, expected 1 or more")
        self.hydra_context = hydra_context
        self.config = config
        self._run = Path(os.path.abspath(config.hydra.sweep.dir))
        pooled = config.hydra.launcher._target_ == POOLED_LAUNCHER
        if pooled and self._shards > 1:
            raise ConfigError(
                "hydra.sweeper.shards needs a launcher that runs jobs side by side: "
                "hydra/launcher=submitit_slurm, ray or joblib"
            )
        if pooled or config.get("dry_run"):  # what the whole would take is told here
            self.launcher = PooledLauncher()
            self.launcher.setup(hydra_context=hydra_context, task_function=task_function, config=config)
        else:
            from experiments.sweep.shards import ShardTask

            task = ShardTask(task_function.run, self._run)
            if OmegaConf.select(config, "hydra.launcher.ray.init") is not None:
                # Otherwise the plugin sets it, and Ray refuses that for a cluster that is there already.
                OmegaConf.update(config, "hydra.launcher.ray.init.object_store_memory", None, force_add=True)
            self.launcher = Plugins.instance().instantiate_launcher(
                hydra_context=hydra_context, task_function=task, config=config
            )

    def sweep(self, arguments: list[str]) -> Any:
        """Runs the sweep and returns a single batch of job returns."""
        assert self.config is not None
        assert self.launcher is not None
        assert self.hydra_context is not None
        loader = self.hydra_context.config_loader
        options = Options(loader, self.config.hydra.job.config_name, self.config.hydra.overrides.hydra)
        jobs = expand([*(f"{key}={value}" for key, value in self._params.items()), *arguments], options)
        if isinstance(self.launcher, PooledLauncher):
            return [self.launcher.launch(jobs, initial_job_idx=0)]
        from experiments.sweep.launching import run_shards

        composed = compose_cells(loader, self.config, jobs)
        launch = partial(self._launch, composed)
        return [run_shards([job.cell for job in composed], self._shards, self._run, launch)]

    def _launch(self, cells: Sequence["_Job"], jobs: Sequence[Sequence[str]]) -> Sequence[JobReturn]:
        assert self.config is not None
        assert self.launcher is not None
        save_run(self.config, cells)
        return self.launcher.launch(jobs, initial_job_idx=0)


class PooledLauncher(Launcher):
    """Composes and validates all jobs, and runs them with one call."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Hydra's setup."""
        assert isinstance(task_function, CellTask)
        self._run = task_function.run
        self._config = config
        self._loader = hydra_context.config_loader

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs; the exit code of the whole is every job's return value."""
        setup_globals()
        jobs = compose_cells(self._loader, self._config, job_overrides, initial_job_idx)
        run_dir = Path(os.path.abspath(self._config.hydra.sweep.dir))
        # hydra/job_logging=default makes one log for the run instead of one a cell.
        self._config.hydra.runtime.output_dir = str(run_dir)
        if OmegaConf.select(self._config, "hydra.job_logging.handlers.file"):
            run_dir.mkdir(parents=True, exist_ok=True)
        HydraConfig.instance().set_config(self._config)
        configure_log(self._config.hydra.job_logging, self._config.hydra.verbose)
        if (run_dir / SHARDS).is_dir() and not jobs[0].cell.config.dry_run:
            from experiments.sweep.launching import take_over_left

            take_over_left(run_dir, Path(jobs[0].cell.config.store))
        with env_override(dict(self._config.hydra.job.env_set)):
            result = self._run([job.cell for job in jobs], run_dir)
        if not all(job.cell.config.dry_run for job in jobs):  # and only now, so that a failure leaves nothing
            save_run(self._config, jobs)
        return [
            JobReturn(
                overrides=job.cell.overrides,
                working_dir=os.getcwd(),
                task_name=self._config.hydra.job.name,
                status=JobStatus.COMPLETED,
                _return_value=result.exit_code,
            )
            for job in jobs
        ]


def compose_cells(
    loader: Any, master: DictConfig, jobs: Sequence[Sequence[str]], first: int = 0
) -> list[_Job]:
    """Composes and validates all jobs of a sweep.

    Args:
        loader: Hydra's configuration loader.
        master: The sweep's own configuration.
        jobs: Each job's overrides.
        first: The number of the first job.

    Returns:
        The jobs in their order.

    Raises:
        ConfigError: With the first job that is wrong.
    """
    assert isinstance(loader, ConfigLoaderImpl)
    composed: list[_Job] = []
    configs = compose_all(loader, master, jobs, first)
    known: tuple[dict[str, Any], dict[str, str]] = ({}, {})
    for overrides in jobs:
        try:
            composed.append(_validated(next(configs), known))
        except COMPOSITION_ERRORS as error:
            options = Options(loader, master.hydra.job.config_name, master.hydra.overrides.hydra)
            message = explain(error, options)
            if len(jobs) > 1:
                message += f"\nin cell {first + len(composed)} of {len(jobs)}: {' '.join(overrides)}"
            raise ConfigError(message) from error
    return composed


def _validated(config: DictConfig, known: tuple[dict[str, Any], dict[str, str]]) -> _Job:
    container = cast(dict[str, Any], OmegaConf.to_container(config, resolve=False, enum_to_str=True))
    sections, written = known
    files = texts(container, written)
    if "${hydra:" in files["config.yaml"]:  # the resolver of that name reads the job that Hydra is in
        HydraConfig.instance().set_config(config)
    hydra: DictConfig = config.hydra
    with flag_override(config, "struct", False):
        del config["hydra"], container["hydra"]
    cell = ComposedCell(
        index=hydra.job.num,
        config=resolve(config, container, sections),
        overrides=tuple(hydra.overrides.task),
        directory=Path(hydra.runtime.output_dir),
    )
    return _Job(cell, files)


def save_run(config: DictConfig, jobs: Sequence[_Job]) -> None:
    """Writes multirun.yaml, where Hydra's sweepers put it, and each cell's `.hydra` folder."""
    run_dir = Path(os.path.abspath(config.hydra.sweep.dir))
    run_dir.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, run_dir / "multirun.yaml")
    if subdir := config.hydra.output_subdir:
        for job in jobs:
            write(job.cell.directory / subdir, job.files)
        forget_others(run_dir, {job.cell.directory for job in jobs}, subdir)


@dataclass
class PooledSweeperConf:
    """Configuration of the sweeper."""

    _target_: str = f"{_NAMESPACE}.PooledSweeper"
    params: dict[str, str] | None = None
    shards: int = 1


@dataclass
class PooledLauncherConf:
    """Configuration of the launcher."""

    _target_: str = POOLED_LAUNCHER


def register() -> None:
    """Makes the schema and the plugins known to Hydra; any number of times."""
    store = ConfigStore.instance()
    store.store(name="lab_schema", node=LabConfig, provider="prompt-fathom")
    store.store(group="hydra/sweeper", name="pooled", node=PooledSweeperConf, provider="prompt-fathom")
    store.store(group="hydra/launcher", name="pooled", node=PooledLauncherConf, provider="prompt-fathom")
    plugins = Plugins.instance()
    for plugin in (PooledSweeper, PooledLauncher):
        plugins.register(plugin)
        plugins.class_name_to_class[f"{_NAMESPACE}.{plugin.__name__}"] = plugin
