"""`fathom`: a thin command line; what it takes is imported once it is known what is asked."""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from experiments import catalog
from experiments.baselines.command import add_published
from experiments.compare.command import add_compare, add_gate
from experiments.importing.command import add_import
from experiments.keys import did_you_mean, nearest
from experiments.places import from_here
from experiments.planning.command import add_plan
from experiments.rewriting.command import add_rewrite, rewrite
from experiments.tracking.command import add_track
from experiments.verifying.command import add_verify
from experiments.versions.command import add_versions

if TYPE_CHECKING:
    from experiments.sweep.compose import ComposedCell

DESCRIPTION = "Is a language model's score real, or an accident of the prompt?"
EXAMPLES = """\
examples:
  fathom run                                          the defaults: a simulated model, no key, no download
  fathom run model=simulated 'template=glob(qa/*)' shots=0,1,5
  fathom run experiment=NAME dry_run=true             what a preset would ask and cost
  fathom run --cfg job --resolve template=qa/q_a      the configuration of one cell
  fathom report runs/NAME                             the report again, without a run
  fathom report runs/A runs/B --output both --open    two runs side by side, in the browser
  fathom regrade runs/NAME strict                     other graders on an old run, without a model
  fathom compare runs/NEW --baseline runs/OLD         is the new model as good, and as stable?
  fathom gate runs/NEW --baseline runs/OLD            the same for scripts: one line and an exit code
  fathom versions runs/BASE runs/SFT                  what rose and what fell from version to version
  fathom import inspect logs/ --output runs/NAME      another tool's logs as a run; or any table
  fathom plan runs/PILOT --question better            how large must the sweep be, and its command
  fathom show task=gsm8k shots=3 cot=true             the prompts, as a model gets them
  fathom rewrite task=gsm8k model=gpt-4o-mini         paraphrases, for perturbation=paraphrase
  fathom validate task.data_dir=DIR                   are the files as listed, and golds graded right?
  fathom store                                        what was ever answered, by model; prune, export, ...
  fathom track runs/NAME --mlflow URI                 a finished run in MLflow, its cells as nested runs
  fathom list templates                               what there is to choose from
  fathom published task=triviaqa model='gpt-4*'       what was published, with intervals and sources
  fathom verify                                       published numbers derived again, beside what came out
  eval "$(fathom completion bash)"                    TAB completes options, keys and runs
"""
COMMANDS = (
    "run",
    "report",
    "regrade",
    "compare",
    "gate",
    "versions",
    "import",
    "plan",
    "show",
    "validate",
    "rewrite",
    "store",
    "track",
    "list",
    "published",
    "verify",
    "completion",
    "help",
)
_PLURALS = {"task": "tasks", "perturbation": "perturbations", "sampling": "sampling"}
_LISTED = {_PLURALS.get(group, f"{group}s"): group for group in catalog.GROUPS}


def _run_cells(cells: "Sequence[ComposedCell]", folder: Path) -> Any:
    from experiments.sweep.run import run_cells

    return run_cells(cells, folder)


def _finish(*runs: Path, output: Path | None = None) -> Any:
    from rich.console import Console

    from experiments.report.build import make_report
    from experiments.store.merge import merge_newer_cells

    for run in runs:
        merge_newer_cells(run)
    report = make_report(*runs, output=output, console=Console())
    print(f"report: {from_here(report.html)}")
    return report


def _leave(run: Path) -> None:
    from experiments.store.merge import merge_newer_cells

    merge_newer_cells(run)
    lacks = "its report is an earlier one" if (run / "report.html").exists() else "no report"
    print(f"run: {from_here(run)} ({lacks}; fathom report {from_here(run)} makes it)")


@dataclass(frozen=True)
class Lab:
    """What the command line sets in motion.

    Attributes:
        run_cells: Runs cells; see `experiments.sweep.run`.
        finish: Analyses a run's folder, or several side by side, and writes the report.
        leave: Ends a run of which no report is wanted.
    """

    run_cells: Callable[["Sequence[ComposedCell]", Path], Any] = _run_cells
    finish: Callable[..., Any] = _finish
    leave: Callable[[Path], Any] = _leave


def main(argv: Sequence[str] | None = None, lab: Lab | None = None) -> int:
    """The command `fathom`.

    Args:
        argv: The arguments; those of the process if not given.
        lab: What is set in motion.

    Returns:
        The exit code: 0 fine, 1 a cell failed, 2 bad usage, 130 interrupted.
    """
    from experiments.configuration import ConfigError

    code = 0
    try:
        try:
            code = _dispatch(list(sys.argv[1:] if argv is None else argv), lab or Lab())
            return code
        finally:
            sys.stdout.flush()  # not only when Python ends, where a reader that has gone cannot be caught
    except ConfigError as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"fathom: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # as in `fathom list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code
    except Exception as error:
        # Our own exceptions are written for the user; any other is a mistake of ours and shows its traceback.
        if os.environ.get("HYDRA_FULL_ERROR") == "1" or not type(error).__module__.startswith("experiments."):
            raise
        print(f"fathom: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 1)
    except KeyboardInterrupt:
        print("fathom: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130


def _dispatch(argv: list[str], lab: Lab) -> int:
    # Hydra parses what follows these itself: its flags and overrides mean nothing to argparse.
    if argv[:1] == ["run"]:
        return _run(argv[1:], lab)
    if argv[:1] == ["show"] and not {"-h", "--help"} & set(argv):
        return _show(argv[1:])
    if argv[:1] == ["validate"] and not {"-h", "--help"} & set(argv):
        return _validate(argv[1:])
    if argv[:1] == ["rewrite"] and not {"-h", "--help"} & set(argv):
        return rewrite(argv[1:])
    if argv[:1] == ["help"]:
        argv = [*argv[1:2], "--help"]
        return _dispatch(argv, lab)
    args = _parser().parse_args(argv)
    action: Callable[[argparse.Namespace, Lab], int] | None = getattr(args, "action", None)
    if action is None:
        _parser().print_help()
        return 0
    return action(args, lab)


def _run(argv: Sequence[str], lab: Lab) -> int:
    with _few_collections():
        from experiments.entry import run

        return run(argv, lab.run_cells, lab.finish, lab.leave)


@contextlib.contextmanager
def _few_collections() -> Generator[None]:
    """Looks for garbage less often: modules and a plan are a great many objects, and none of them is any."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _show(argv: list[str]) -> int:
    from functools import partial

    from experiments.entry import run
    from experiments.sweep.preview import show_cells

    flags = argparse.ArgumentParser(prog="fathom show", add_help=False, allow_abbrev=False)
    _item_flags(flags)
    args, rest = flags.parse_known_args(argv)
    if args.items < 1 or args.start < 0:
        flags.error("-n is 1 or more, and --start 0 or more")
    show = partial(show_cells, items=args.items, start=args.start)
    return run([*rest, "dry_run=true"], show, lambda folder: None)


def _validate(argv: list[str]) -> int:
    from experiments.entry import run
    from experiments.sweep.validate import validate_cells

    every = [] if any(word.lstrip("+").startswith("task=") for word in argv) else ["task=glob(*)"]
    return run(["template=aligned", *every, *argv, "dry_run=true"], validate_cells, lambda folder: None)


def _item_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--items", type=int, default=1, metavar="N", help="how many items of each cell")
    parser.add_argument("--start", type=int, default=0, metavar="N", help="place of the first one, from 0")


def _regrade(args: argparse.Namespace, lab: Lab) -> int:
    from experiments.sweep.regrade import graders_named, regrade

    folders = _config_folders(args)
    done = regrade(_existing(args.run), graders_named(args.graders, folders))
    for task, (changed, of) in done.changed.items():
        print(f"{task}: the reported score of {changed:,} of {of:,} outcomes is another now")
    lab.finish(args.run)
    return 0


def _report(args: argparse.Namespace, lab: Lab) -> int:
    runs = [_existing(run) for run in args.runs]
    report = lab.finish(*runs) if args.output is None else lab.finish(*runs, output=args.output)
    if args.open:
        import webbrowser

        if not webbrowser.open(report.html.resolve().as_uri()):
            print(f"fathom: no browser could be started; the report is in {report.html}", file=sys.stderr)
    return 0


def _existing(run: Path) -> Path:
    from experiments.configuration import ConfigError

    if not run.is_dir():
        others = [str(path) for path in sorted(run.parent.glob("*")) if path.is_dir()]
        raise ConfigError(f"there is no run in {run}{did_you_mean(str(run), others)}")
    return run


def _config_folders(args: argparse.Namespace) -> list[Path]:
    from experiments.configuration import ConfigError

    folder: Path | None = args.config_dir
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--config-dir: there is no folder {folder.absolute()}")
    return [] if folder is None else [folder]


def _list(args: argparse.Namespace, lab: Lab) -> int:
    folders = _config_folders(args)
    if args.what is None:
        for what, group in _LISTED.items():
            print(f"{what + ':':15} {', '.join(entry.name for entry in catalog.entries(group, folders))}")
        return 0
    entries = catalog.entries(_LISTED[args.what], folders)
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        print(f"{entry.name:{width}}  {entry.about}".rstrip())
    return 0


def _completion(args: argparse.Namespace, lab: Lab) -> int:
    if args.shell == "query":
        from experiments.suggestions import suggest

        found = suggest(args.line, parser=_parser(), commands=COMMANDS, overrides=_suggest_overrides)
        print("\n".join(found))
    else:
        from experiments.completion import script

        print(script(args.shell), end="")
    return 0


def _suggest_overrides(line: str) -> list[str]:
    """Completions of the last word of a line that begins with `fathom run`."""
    import io

    from experiments.entry import run

    answer = io.StringIO()
    os.environ["COMP_LINE"] = line
    with contextlib.redirect_stdout(answer):
        run(["-sc", "query=bash"], _run_cells, _finish)
    return answer.getvalue().splitlines()


class _Parser(argparse.ArgumentParser):
    """Says which sub-command or choice was probably meant."""

    def error(self, message: str) -> NoReturn:
        if "invalid choice: '" in message:
            wrong = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            choices = message.rsplit("choose from ", 1)[-1].rstrip(")").replace("'", "").split(", ")
            if "=" in wrong:
                message = f"'{wrong}' is an override, and overrides follow a command: fathom run {wrong}"
            elif near := nearest(wrong, choices):
                message += f"; did you mean '{near[0]}'?"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    from experiments.storekeeping import add_store_command

    parser = _Parser(
        prog="fathom",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)

    commands.add_parser("run", help="run a sweep: model × task × prompt conditions (see `fathom run --help`)")

    report = commands.add_parser("report", help="analyse a run again, or several side by side")
    report.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run's folder, as runs/NAME")
    report.add_argument(
        "--output", type=Path, metavar="DIR", help="where to write; by default the first run's folder"
    )
    report.add_argument("--open", action="store_true", help="show the page in the browser")
    report.set_defaults(action=_report)

    regrade = commands.add_parser("regrade", help="score a run with other graders; no model is called")
    regrade.add_argument("run", type=Path, metavar="RUN", help="a run's folder, as runs/NAME")
    regrade.add_argument(
        "graders",
        nargs="+",
        metavar="GRADER",
        help="a grader (short_exact) or an option of grader= (strict)",
    )
    regrade.add_argument(
        "--config-dir", type=Path, metavar="DIR", help="a folder with configuration of your own"
    )
    regrade.set_defaults(action=_regrade)

    add_compare(commands.add_parser)
    add_gate(commands.add_parser)
    add_versions(commands.add_parser)
    add_import(commands.add_parser)
    add_plan(commands.add_parser)

    show = commands.add_parser(
        "show",
        help="print prompts as a model would get them: task=… template=… shots=…",
        description="Prints prompts as a model would get them, with what counts as right. Asks nothing.",
    )
    show.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as for `fathom run`")
    _item_flags(show)

    validate = commands.add_parser(
        "validate",
        help="check benchmarks: files as their manifest has them, golds graded right, wrong golds not",
        description="Checks every task, or those of task=…: that nothing is empty, no exemplar is asked "
        "itself, and gold answers and no others are graded right. With task.data_dir=DIR from local files, "
        "each compared with DIR/manifest.json (rows, bytes, sha256) if there is one; without one nothing "
        "tells whether a file is complete. Exit code 1 if a task is not fit.",
    )
    validate.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as for `fathom run`")

    add_rewrite(commands.add_parser)
    add_store_command(commands.add_parser)
    add_track(commands.add_parser)

    listing = commands.add_parser("list", help="list models, tasks, templates, ...")
    listing.add_argument("what", nargs="?", choices=list(_LISTED), help="one kind, with a line on each")
    listing.add_argument(
        "--config-dir", type=Path, metavar="DIR", help="a folder with configuration of your own"
    )
    listing.set_defaults(action=_list)

    add_published(commands.add_parser)
    add_verify(commands.add_parser)

    complete = commands.add_parser("completion", help="print a shell's TAB completion script")
    complete.add_argument("shell", choices=["bash", "zsh", "query"], metavar="{bash,zsh}")
    complete.add_argument("line", nargs="?", default="", help=argparse.SUPPRESS)
    complete.set_defaults(action=_completion)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when asked: reading package metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *args: Any, **kwargs: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"prompt-fathom {version('prompt-fathom')}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
