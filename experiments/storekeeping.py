"""`fathom store`: what the store of completions holds, and keeping it."""

import argparse
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line starts without it
    from experiments.store.contents import Holding

DEFAULT = Path("runs/completions.sqlite")
WHAT = ("prune", "export", "import", "verify")
_AGES = {"d": 86400.0, "w": 7 * 86400.0, "y": 365.25 * 86400.0}
_EPILOG = """\
examples:
  fathom store                                        how large it is, and what it holds of which model
  fathom store prune --model 'simulated:*'            what taking the simulated answers out would come to
  fathom store prune --older-than 180d --yes          take out what is older than 180 days
  fathom store export answers.parquet                 everything as one file, to keep or to pass on
  fathom store import answers.parquet                 add it to a store; nothing comes in twice
  fathom store verify                                 read everything and say whether it is sound
  fathom store --store elsewhere.sqlite               another store than runs/completions.sqlite
"""


class PruneError(ValueError):
    """What is to be pruned is not said, or not so that it can be read."""

    exit_code = 2


def add_store_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the command to a parser.

    Args:
        add: Makes the command's parser, as `add_parser` of a parser's sub-commands.
    """
    parser = add(
        "store",
        help="what the store of completions holds; prune, export, import or verify it",
        description="Says how large the store is and what it holds, or does what the word after it says.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", type=Path, default=DEFAULT, metavar="FILE", help=f"by default {DEFAULT}")
    parser.set_defaults(action=_show)
    what = parser.add_subparsers(metavar="WHAT")
    anywhere = argparse.ArgumentParser(add_help=False)  # --store may also follow the word
    anywhere.add_argument("--store", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    pruning = what.add_parser(
        "prune", parents=[anywhere], help="take completions out; without --yes only say what it would take"
    )
    pruning.add_argument(
        "--model", default="*", metavar="PATTERN", help="identities of models: 'openai:gpt-4o*'"
    )
    pruning.add_argument("--older-than", metavar="AGE", help="as 30d, 8w or 1y")
    pruning.add_argument("--yes", action="store_true", help="do it")
    pruning.set_defaults(action=_prune)

    exporting = what.add_parser("export", parents=[anywhere], help="write the completions to a Parquet file")
    exporting.add_argument("file", type=Path, metavar="FILE")
    exporting.add_argument("--model", default="*", metavar="PATTERN", help="identities of models")
    exporting.set_defaults(action=_export)

    importing = what.add_parser("import", parents=[anywhere], help="add an exported file's completions")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.set_defaults(action=_import)

    verifying = what.add_parser(
        "verify", parents=[anywhere], help="read everything; exit code 1 if the store is damaged"
    )
    verifying.set_defaults(action=_verify)


def age_s(text: str) -> float:
    """Seconds of an age such as 30d, 8w or 1y.

    Raises:
        PruneError: It is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([dwy])", text.strip())
    if match is None:
        raise PruneError(f"--older-than is {text!r}, expected an age such as 30d, 8w or 1y")
    return float(match[1]) * _AGES[match[2]]


def _show(args: argparse.Namespace, _: object) -> int:
    from experiments.store.contents import contents

    found = contents(args.store)
    free = f", {_size(found.free)} of it free" if found.free else ""
    running = f"; {found.claimed:,} requests are being sent by runs" if found.claimed else ""
    total = sum(holding.completions for holding in found.holdings)
    print(f"{args.store}: {_many(total)}, {_size(found.size)}{free}{running}")
    _table(found.holdings)
    return 0


def _prune(args: argparse.Namespace, _: object) -> int:
    from experiments.store.contents import prune

    before = None if args.older_than is None else time.time() - age_s(args.older_than)
    if args.model == "*" and before is None:
        raise PruneError("prune everything? name --model or --older-than (or delete the file)")
    gone = prune(args.store, model=args.model, before=before, really=args.yes)
    total = sum(holding.completions for holding in gone)
    print(f"{_many(total)} taken out" if args.yes else f"{_many(total)} would be taken out; --yes does it")
    _table(gone)
    return 0


def _export(args: argparse.Namespace, _: object) -> int:
    from experiments.store.exchange import export_to

    count = export_to(args.store, args.file, model=args.model)
    print(f"{_many(count)} written to {args.file}")
    return 0


def _import(args: argparse.Namespace, _: object) -> int:
    from experiments.store.exchange import import_from

    done = import_from(args.store, args.file)
    print(f"{_many(done.added)} added, {done.known:,} were there already")
    return 0


def _verify(args: argparse.Namespace, _: object) -> int:
    from experiments.store.verify import verify

    found = verify(args.store)
    for problem in found.problems:
        print(problem)
    if not found.problems:
        print(f"{args.store} is sound: {_many(found.completions)}")
        return 0
    print(
        f"{args.store} is damaged; {_many(found.completions)} can be read. Save them with `fathom store "
        "export`, and import them into a new store"
    )
    return 1


def _table(holdings: "Sequence[Holding]") -> None:
    if not holdings:
        return
    rows = [("completions", "tokens in", "tokens out", "first", "last", "model")]
    rows += [
        (
            f"{one.completions:,}",
            f"{one.prompt_tokens:,}",
            f"{one.completion_tokens:,}",
            _day(one.first),
            _day(one.last),
            one.model,
        )
        for one in holdings
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    for row in rows:
        print("  ".join([*(cell.rjust(width) for cell, width in zip(row[:5], widths, strict=True)), row[5]]))


def _many(count: int) -> str:
    return "1 completion" if count == 1 else f"{count:,} completions"


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"
