"""`fathom compare` and `fathom gate`: their arguments, and what they do."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.places import from_here

if TYPE_CHECKING:
    from experiments.compare.published_pages import SideBeside
    from experiments.compare.sentences import Comparison

HTML, JSON = "compare.html", "compare.json"

_COMPARE_EXAMPLES = """\
examples:
  fathom compare runs/new --baseline runs/old
  fathom compare runs/sweep --baseline runs/sweep:gpt-4o-mini      all other models of a run against one
  fathom compare runs/new --baseline runs/old --across form        a chat model against a base model
  fathom compare runs/new --baseline gpt                           against what was published
  fathom compare runs/new --baseline runs/old --markdown change.md --junit change.xml

Sides are paired on what both were asked; what only one was asked is left out and named.
exit codes: 0 whatever the verdicts, 1 a model was asked nothing that the baseline was asked too, 2 bad usage
"""
_GATE_EXAMPLES = """\
examples:
  fathom gate runs/new --baseline runs/old --max-drop 2
  fathom gate runs/new-prompt --baseline runs/old-prompt --across template --score-only
  fathom gate runs/new --baseline runs/old --junit gate.xml --markdown gate.md

exit codes: 0 shown not to be worse or less stable, 1 worse or less stable, 2 bad usage, 3 undecided
"""


def add_compare(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `compare` to the commands, with what adds one."""
    parser = add_parser(
        "compare",
        help="compare models: score and stability against a baseline, on what both were asked",
        description="Compares models with a baseline, paired on items, templates and settings: is the "
        "score better, worse or shown to be equivalent, and is the model as stable under other templates?",
        epilog=_COMPARE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("new", nargs="+", metavar="NEW", help="a run's folder, or FOLDER:MODEL")
    _shared_flags(parser, published=True)
    parser.add_argument(
        "--margin",
        type=float,
        default=2.0,
        metavar="POINTS",
        help="difference in score, in points, that does not matter (default 2)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help=f"where {HTML} and {JSON} go (default: the first NEW)"
    )
    parser.add_argument(
        "--junit",
        type=Path,
        metavar="FILE",
        help="write JUnit XML, each task judged as by `fathom gate --max-drop POINTS`",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the verdicts as Markdown tables")
    parser.set_defaults(action=_compare)


def add_gate(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `gate` to the commands, with what adds one."""
    parser = add_parser(
        "gate",
        help="for scripts: may this model or prompt replace the baseline?",
        description="Decides whether a new model or prompt may replace the baseline, in one line and an "
        "exit code.",
        epilog=_GATE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("new", metavar="RUN", help="a run's folder with one model, or FOLDER:MODEL")
    _shared_flags(parser, published=False)
    parser.add_argument(
        "--max-drop",
        dest="margin",
        type=float,
        default=2.0,
        metavar="POINTS",
        help="how much worse, in points, is still good enough (default 2)",
    )
    parser.add_argument("--score-only", action="store_true", help="leave stability out of the decision")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the verdicts as JUnit XML")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write them as a Markdown table")
    parser.set_defaults(action=_gate)


def _shared_flags(parser: argparse.ArgumentParser, *, published: bool) -> None:
    parser.add_argument(
        "--baseline",
        required=True,
        metavar="REF",
        help="a run's folder with one model, FOLDER:MODEL"
        + (", or gpt (gpt:MODEL) for published scores" if published else ""),
    )
    parser.add_argument(
        "--max-sigma-ratio",
        type=float,
        default=2.0,
        metavar="X",
        help="ratio of the standard deviations between templates that does not matter (default 2)",
    )
    parser.add_argument(
        "--confidence", type=float, default=0.95, metavar="P", help="of every verdict (default 0.95)"
    )
    parser.add_argument(
        "--across",
        action="append",
        default=[],
        metavar="FACTOR",
        help="compare although the sides differ in this factor, one level each (may be repeated)",
    )


def comparisons(args: argparse.Namespace, new: list[str]) -> "tuple[Comparison, ...]":
    """The comparisons that arguments ask for, judged as one family."""
    from experiments.compare.judge import Bars, judge
    from experiments.compare.pairing import pair
    from experiments.compare.sentences import Comparison
    from experiments.compare.sides import CompareError, baseline_of, newcomers, told_apart

    if not args.margin > 0:
        raise CompareError(f"the margin is {args.margin:g} points, expected more than 0")
    if not args.max_sigma_ratio > 1:
        raise CompareError(f"--max-sigma-ratio is {args.max_sigma_ratio:g}, expected more than 1")
    check_confidence(args.confidence)
    bars = Bars(args.margin / 100, args.max_sigma_ratio, args.confidence)
    baseline = baseline_of(args.baseline)
    baseline, *sides = told_apart((baseline, *newcomers(new, baseline)))
    paired = [pair(side, baseline, args.across) for side in sides]
    judged = iter(judge([one for tasks in paired for one in tasks], bars))
    return tuple(
        Comparison(side, baseline, tuple(next(judged) for _ in tasks), bars, tuple(args.across))
        for side, tasks in zip(sides, paired, strict=True)
    )


def _compare(args: argparse.Namespace, lab: object) -> int:
    from rich.console import Console

    from experiments.compare.as_json import to_json
    from experiments.compare.gate import gates
    from experiments.compare.page import to_html
    from experiments.compare.published import is_published
    from experiments.compare.summary import as_junit, verdicts_as_markdown
    from experiments.compare.terminal import show, show_closing
    from experiments.store.manifest import command, write_text

    if is_published(args.baseline):
        return _beside(args)
    found = comparisons(args, args.new)
    folder = output_folder(args.output or found[0].new.folder)
    console = Console()
    for one in found:
        show(one, console)
    show_closing(found, console)
    _write(folder, to_json(found), to_html(found, command()))
    if args.junit:
        write_text(args.junit, as_junit([(one, gates(one)) for one in found]))
    if args.markdown:
        write_text(args.markdown, verdicts_as_markdown(found))
    return 0 if all(one.compared for one in found) else 1


def _beside(args: argparse.Namespace) -> int:
    from rich.console import Console

    from experiments.compare.published import beside_published
    from experiments.compare.published_pages import SideBeside, show, to_html, to_json, to_markdown
    from experiments.compare.sides import CompareError, sides_of, told_apart
    from experiments.store.manifest import command, write_text

    check_confidence(args.confidence)
    if args.junit:
        raise CompareError("--junit needs a run as --baseline: published scores decide nothing")
    found = [
        SideBeside(side, beside_published(side, args.baseline, args.confidence), args.confidence)
        for side in told_apart([side for text in args.new for side in sides_of(text)])
    ]
    if not any(task.own is not None for one in found for task in one.tasks):
        raise CompareError(_nothing_beside(found, args.baseline))
    folder = output_folder(args.output or found[0].side.folder)
    for one in found:
        show(one, Console())
    _write(folder, to_json(found), to_html(found, command()))
    if args.markdown:
        write_text(args.markdown, to_markdown(found))
    return 0


def _nothing_beside(found: "Sequence[SideBeside]", reference: str) -> str:
    reasons = dict.fromkeys(
        f"{task.title} ({task.setting}): {task.refusal}" for one in found for task in one.tasks
    )
    said = "; ".join(reasons) or "it has no cells without a perturbation"
    return f"--baseline {reference}: no published score can be put beside {found[0].side.name}: {said}"


def output_folder(path: Path) -> Path:
    """The folder to write to, made if absent."""
    from experiments.store.manifest import RunFolderError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"--output: {path} cannot be written: {error.strerror or error}") from None
    return path


def _write(folder: Path, numbers: str, page: str) -> None:
    from experiments.store.manifest import write_text

    write_text(folder / JSON, numbers)
    write_text(folder / HTML, page)
    print(f"comparison: {from_here(folder / HTML)}")


def check_confidence(confidence: float) -> None:
    """Refuses a confidence that no verdict can have.

    Raises:
        CompareError: It is not between 0.5 and 1.
    """
    from experiments.compare.sides import CompareError

    if not 0.5 < confidence < 1:
        raise CompareError(f"--confidence is {confidence:g}, expected more than 0.5 and less than 1")


def _gate(args: argparse.Namespace, lab: object) -> int:
    from experiments.compare.gate import EXIT, decide, gates, one_line
    from experiments.compare.published import is_published
    from experiments.compare.sides import CompareError
    from experiments.compare.summary import as_junit, as_markdown
    from experiments.store.manifest import write_text

    if is_published(args.baseline):
        raise CompareError("a gate needs a run; beside published scores: fathom compare --baseline gpt")
    found = comparisons(args, [args.new])
    if len(found) != 1:
        names = ", ".join(f"{one.new.folder}:{one.new.model}" for one in found)
        raise CompareError(f"a gate judges one model; {args.new} has several: name one of {names}")
    (one,) = found
    judged = gates(one, score_only=args.score_only)
    if args.junit:
        write_text(args.junit, as_junit([(one, judged)]))
    if args.markdown:
        write_text(args.markdown, as_markdown(one, judged))
    print(one_line(one, judged))
    return EXIT[decide(judged)]
