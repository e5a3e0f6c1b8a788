"""Hydra's sweeper and launcher `pooled`: all jobs of a sweep are composed together and run as one plan.

The other sweepers and launchers keep working: they call the same task once a job, which runs that one cell.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

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
from experiments.sweep.compose import ComposedCell, compose_all
from experiments.sweep.dotfiles import forget_others, texts, write
from experiments.sweep.expand import Options, expand

# Hydra makes only plugins whose name begins with hydra_plugins. Ours do not live in a package of that name,
# because every Hydra application on the machine would then import them.
_NAMESPACE = "hydra_plugins.prompt_fathom"
POOLED_LAUNCHER = f"{_NAMESPACE}.PooledLauncher"


class Result(Protocol):
    """What running cells comes to."""

    @property
    def exit_code(self) -> int:
        """0, or 1 if a cell failed."""
        ...


class RunCells(Protocol):
    """Runs cells as one plan; results go into `folder`: the run's, or a cell's own when it is run alone."""

    def __call__(self, cells: Sequence[ComposedCell], folder: Path, /) -> Result:
        """Runs them."""
        ...


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
    """Expands the command line and hands all jobs to the launcher at once.

    Args:
        params: Overrides from the configuration, as in the basic sweeper; those on the command line win.
    """

    def __init__(self, params: dict[str, str] | None = None) -> None:
        self._params = params or {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Hydra's setup."""
        self.hydra_context = hydra_context
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Runs the sweep and returns a single batch of job returns."""
        assert self.config is not None
        assert self.launcher is not None
        assert self.hydra_context is not None
        loader = self.hydra_context.config_loader
        options = Options(loader, self.config.hydra.job.config_name, self.config.hydra.overrides.hydra)
        jobs = expand([*(f"{key}={value}" for key, value in self._params.items()), *arguments], options)
        if not isinstance(self.launcher, PooledLauncher):
            # Stock launchers compose in every job, perhaps elsewhere; what is wrong had better show up now.
            compose_cells(loader, self.config, jobs)
            save_sweep(self.config)
        return [self.launcher.launch(jobs, initial_job_idx=0)]


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
        with env_override(dict(self._config.hydra.job.env_set)):
            result = self._run([job.cell for job in jobs], run_dir)
        if not all(job.cell.config.dry_run for job in jobs):  # and only now, so that a failure leaves nothing
            save_sweep(self._config)
            if subdir := self._config.hydra.output_subdir:
                for job in jobs:
                    write(job.cell.directory / subdir, job.files)
                forget_others(run_dir, {job.cell.directory for job in jobs}, subdir)
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


def save_sweep(config: DictConfig) -> None:
    """Writes the sweep's own configuration to multirun.yaml, where Hydra's sweepers put it."""
    run_dir = Path(config.hydra.sweep.dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, run_dir / "multirun.yaml")


@dataclass
class PooledSweeperConf:
    """Configuration of the sweeper."""

    _target_: str = f"{_NAMESPACE}.PooledSweeper"
    params: dict[str, str] | None = None


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
