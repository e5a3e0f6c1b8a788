"""`fathom versions`: its arguments, and what it does."""

import argparse
from collections.abc import Callable
from pathlib import Path

from experiments.places import from_here

HTML, JSON = "versions.html", "versions.json"

_EXAMPLES = """\
examples:
  fathom versions runs/base runs/sft runs/rlhf                along the lineage that the models' YAMLs give
  fathom versions runs/all --pair gpt-4o gpt-4.1              two models of a run, the old one first
  fathom versions runs/base runs/chat --across form           a chat model after a base model

Models are paired on what both were asked; what only one was asked is left out and named.
"""


def add_versions(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `versions` to the commands, with what adds one."""
    parser = add_parser(
        "versions",
        help="models as versions of one another: what rose, what fell, what a technique did",
        description="Puts models side by side as versions of one another: which was made from which, the "
        "tasks that rose and fell at each step, what SFT or RLHF did on average, one attempt against many, "
        "capabilities, and what was published of the same models.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's folder, or FOLDER:MODEL")
    parser.add_argument(
        "--pair",
        nargs=2,
        action="append",
        default=[],
        metavar=("OLD", "NEW"),
        help="compare these two models as well (may be repeated); of two models alone it is not needed",
    )
    parser.add_argument(
        "--across",
        action="append",
        default=[],
        metavar="FACTOR",
        help="compare although models differ in this factor, one level each (may be repeated)",
    )
    parser.add_argument(
        "--confidence",
        type=float,
        default=0.95,
        metavar="P",
        help="of every interval; 1 - P is the share of false findings allowed (default 0.95)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help=f"where {HTML} and {JSON} go (default: the first RUN)"
    )
    parser.set_defaults(action=_versions)


def _versions(args: argparse.Namespace, lab: object) -> int:
    from rich.console import Console

    from experiments.compare.command import check_confidence, output_folder
    from experiments.store.manifest import command, write_text
    from experiments.versions.as_json import to_json
    from experiments.versions.contents import gather
    from experiments.versions.page import to_html
    from experiments.versions.terminal import show

    check_confidence(args.confidence)
    contents = gather(args.runs, [(old, new) for old, new in args.pair], args.across, args.confidence)
    folder = output_folder(args.output or contents.versions[0].side.folder)
    write_text(folder / JSON, to_json(contents))
    write_text(folder / HTML, to_html(contents, command()))
    show(contents, Console())
    print(f"versions: {from_here(folder / HTML)}")
    return 0
