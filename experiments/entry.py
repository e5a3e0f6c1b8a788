"""`fathom run`: Hydra's command line, with our exit codes and our errors."""

import contextlib
import io
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra.version
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import completion
from experiments.configuration import ASKING_LESS, ConfigError
from experiments.explain import COMPOSITION_ERRORS, explain
from experiments.naming import from_home, named
from experiments.sweep.compose import RunCells
from experiments.sweep.expand import Options, unchained
from experiments.sweep.plugins import POOLED_LAUNCHER, CellTask, register


def run(
    argv: Sequence[str],
    run_cells: RunCells,
    finish: Callable[[Path], Any],
    leave: Callable[[Path], Any] | None = None,
) -> int:
    """Runs the command line that follows `fathom run`.

    Hydra's own entry point (`hydra.main`) prints errors as it likes and ends the process with 1, and composes
    the configuration twice before it starts; hence this one, with the same flags and the same parts below.

    Args:
        argv: The arguments.
        run_cells: Runs the cells.
        finish: Called with the run's folder once its cells have run.
        leave: Called instead where `report.make` is false; `finish` if not given.

    Returns:
        The exit code: 0, or 1 if a cell failed.

    Raises:
        ConfigError: The command line or the configuration is wrong; the message says it all.
        SystemExit: As argparse and Hydra end --help and the like.
    """
    parser = get_args_parser()
    parser.prog = "fathom run"
    # Intermixed: flags may stand between overrides (`shots=5 --cfg job seed=1`), which parse_args refuses.
    args = parser.parse_intermixed_args(list(argv))
    args.overrides = named(from_home(args.overrides))
    hydra.version.setbase("1.3")
    register()
    try:
        return _act(args, parser, run_cells, finish, leave or finish)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(explain(error)) from error
    finally:
        GlobalHydra.instance().clear()


def _act(
    args: Namespace,
    parser: ArgumentParser,
    run_cells: RunCells,
    finish: Callable[[Path], Any],
    leave: Callable[[Path], Any],
) -> int:
    app = _app(args)
    name: str = args.config_name or "config"
    overrides: list[str] = args.overrides
    if args.help:
        app.app_help(config_name=name, args_parser=parser, args=args)
    elif args.hydra_help:
        args.overrides = []  # Hydra composes its own configuration alone for this, which has none of our keys
        app.hydra_help(config_name=name, args_parser=parser, args=args)
    elif args.cfg:
        app.show_cfg(name, overrides, cfg_type=args.cfg, package=args.package, resolve=args.resolve)
    elif args.shell_completion:
        completion.hydra_request(app.config_loader, name, overrides)
    elif args.info:
        # Hydra logs it, and logging complains where the reader has gone, as in `fathom run --info | head`.
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                app.show_info(args.info, config_name=name, overrides=overrides)
        finally:
            print(said.getvalue(), end="")
    else:
        return _sweep(app, name, overrides, CellTask(run_cells), finish, leave, single=args.run)
    return 0


def _app(args: Namespace) -> "_Hydra":
    path = create_config_search_path(args.config_path or "pkg://conf")
    if args.config_dir is not None:
        folder = Path(args.config_dir).absolute()
        if not folder.is_dir():
            raise ConfigError(f"--config-dir: there is no folder {folder}")
        path.prepend("command-line", f"file://{folder}", anchor=SearchPathQuery(provider="schema"))
    return _Hydra.create_main_hydra2(task_name="fathom", config_search_path=path)  # pyright: ignore[reportReturnType]  # annotated with the base class, makes `cls`


def _sweep(
    app: "_Hydra",
    name: str,
    overrides: list[str],
    task: CellTask,
    finish: Callable[[Path], Any],
    leave: Callable[[Path], Any],
    *,
    single: bool,
) -> int:
    """Runs all jobs, one by `--run` or `hydra.mode=RUN`, and returns the worst of their exit codes."""

    def end(run: Path) -> None:  # as the configuration says, which is composed by then
        (finish if app.reported else leave)(run)

    if single or "hydra.mode=RUN" in overrides:
        job = app.run(name, task, [*overrides, "hydra.mode=RUN"])
        assert job.cfg is not None
        assert job.hydra_cfg is not None
        if not job.cfg.get("dry_run"):
            end(Path(job.hydra_cfg.hydra.runtime.output_dir).parent)
        return job.return_value
    try:
        batches: Sequence[Sequence[JobReturn]] = app.multirun(name, task, overrides)
    except (ConfigError, HydraException):
        raise  # nothing ran
    except Exception:
        # What other jobs found is worth its report, but the error is told whether or not one comes.
        if not app.pooled:
            with contextlib.suppress(Exception):
                app.finish_with(end)
        raise
    app.finish_with(end)
    return max(job.return_value for batch in batches for job in batch)


class _Hydra(Hydra):
    """Hydra's own driver, which also explains errors and lists nested options."""

    pooled: bool = False  # all cells are one job
    reported: bool = True  # the run ends with its report
    _folder: Path | None = None  # the run's, unless nothing is to be run

    def finish_with(self, finish: Callable[[Path], Any]) -> None:
        """Calls `finish` on the run's folder, if there is one."""
        if self._folder is not None and self._folder.is_dir():
            finish(self._folder)

    def compose_config(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        with_log_configuration: bool = False,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        try:
            if any("+" in override for override in overrides):
                overrides = list(unchained(overrides, Options(self.config_loader, config_name)))
            config = super().compose_config(
                config_name, overrides, run_mode, with_log_configuration, from_shell, validate_sweep_overrides
            )
        except COMPOSITION_ERRORS as error:
            raise ConfigError(explain(error, Options(self.config_loader, config_name))) from error
        if config.hydra.job.chdir:
            raise ConfigError("hydra.job.chdir=true: a run's paths are relative to where fathom was called")
        self.reported = bool(config.get("report", {}).get("make", True))
        self.pooled = config.hydra.launcher._target_ == POOLED_LAUNCHER
        whole_grid = [key for key in ASKING_LESS if OmegaConf.select(config, key)]
        if run_mode == RunMode.MULTIRUN and not self.pooled and whole_grid:
            raise ConfigError(f"{whole_grid[0]} needs all cells together, so hydra/launcher=pooled")
        if run_mode == RunMode.MULTIRUN and not config.get("dry_run"):
            self._folder = Path(config.hydra.sweep.dir).absolute()
        return config

    def format_config_groups(self, predicate: Callable[[str], bool], compact: bool = True) -> str:
        options = Options(self.config_loader, "config")
        groups = [group for group in options.groups() if predicate(group)]
        if not groups:
            return super().format_config_groups(predicate, compact)
        lines = [f"{group}: {', '.join(options.of(group)) or '-'}" for group in groups]
        return "\n".join(
            textwrap.fill(line, 110, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
            for line in lines
        )
