"""`fathom import`: its arguments, and what it does."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.importing.formats import AUTO, FORMATS

_EXAMPLES = """\
examples:
  fathom import lm-eval terse=out/a verbose=out/b --metric exact_match,strict-match --output runs/mine
  fathom import lm-eval 0=out/shots0 5=out/shots5 --factor shots --output runs/mine
  fathom import inspect logs/ --output runs/mine                          epochs are replicates
  fathom import promptfoo results.json --metric score --output runs/mine  prompts are templates
  fathom import nemo-skills robust_eval/ --model qwen3-8b --metric symbolic_correct --output runs/mine
  fathom import openai-evals polite=a.jsonl curt=b.jsonl --output runs/mine
  fathom import helm benchmark_output/runs/v1 --metric exact_match --output runs/mine
  fathom import table answers.csv --columns item=qid,score=right,template=prompt,model=llm --output runs/mine
  fathom import auto out/ --output runs/mine                              formats told by sight
then:
  fathom report runs/mine
  fathom compare runs/new --baseline runs/mine

A PATH is a file, a folder (all logs in it) or a pattern. LEVEL=PATH says which template it was run with (or
which level of --factor); LEVEL,FACTOR=LEVEL=PATH says more, as terse,shots=5=out/c.
What each log can tell and what it cannot: docs/import.md.
"""


def add_import(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `import` to the commands, with what adds one."""
    parser = add_parser(
        "import",
        help="make a run of another tool's logs (lm-eval, Inspect, promptfoo, …) or of any table",
        description="Reads what another tool logged, item by item, and writes it as a run's folder, which "
        "report, compare and gate take as any other. No model is called and nothing is graded again.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", metavar="FORMAT", help=f"{', '.join(FORMATS)}, or {AUTO}")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a log, a folder of logs, or LEVEL=PATH")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the run's folder, as runs/NAME"
    )
    parser.add_argument(
        "--factor",
        default="template",
        metavar="FACTOR",
        help="what LEVEL is a level of (default template): shots, cot, perturbation, model, replicate, …",
    )
    parser.add_argument("--model", metavar="NAME", help="the model's name, instead of the log's")
    parser.add_argument("--task", metavar="NAME", help="the task's name, instead of the log's")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="FACTOR=LEVEL",
        help="a level of all logs, as shots=5, cot=on or temperature=0.7 (may be repeated)",
    )
    parser.add_argument(
        "--metric",
        dest="metrics",
        action="append",
        default=[],
        metavar="NAME",
        help="which of the log's metrics is the score; repeated: further ones, as graders beside it",
    )
    parser.add_argument(
        "--columns", metavar="OURS=THEIRS,…", help="for tables: the columns, as item=qid,score=correct"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="MAX", help="the highest score (default 1)"
    )
    parser.add_argument("--lower-is-better", action="store_true", help="for scores such as toxicity")
    parser.add_argument("--overwrite", action="store_true", help="take the place of an earlier import")
    parser.set_defaults(action=_import)


def _import(args: argparse.Namespace, lab: Any) -> int:
    from experiments.importing.formats import format_named
    from experiments.importing.rows import ImportingError
    from experiments.importing.run import Wanted, import_logs
    from experiments.importing.sources import column_map, given_levels, sources_of
    from experiments.report.numerals import many

    if not args.scale > 0:
        raise ImportingError(f"--scale is {args.scale:g}, expected more than 0")
    levels = given_levels(args.settings, args.model, args.task)
    columns = column_map(args.columns)
    found = sources_of(args.paths, format_named(args.format), args.factor, levels, columns)
    wanted = Wanted(tuple(args.metrics), args.scale, higher_is_better=not args.lower_is_better)
    done = import_logs(found, args.output, wanted, overwrite=args.overwrite)
    failed = f" ({done.failed:,} without a score)" if done.failed else ""
    print(
        f"imported {many(done.outcomes, 'answer')}{failed} from {many(len(found), 'file')} as {args.output}"
    )
    for task, items in done.items.items():
        cells = [cell for cell in done.cells if cell.task == task]
        models, templates = ({getattr(cell, name) for cell in cells} for name in ("model", "template"))
        counts = (many(items, "item"), many(len(models), "model"), many(len(templates), "template"))
        print(f"{task}: {', '.join(counts)}, {many(len(cells), 'condition')}; scored by {done.metrics[task]}")
    lab.finish(args.output)
    return 0
