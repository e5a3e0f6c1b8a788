"""`fathom track`: a finished run in a tracker."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_track(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `track` to the commands, with what adds one."""
    parser = add_parser(
        "track",
        help="log a finished run in MLflow: a run with its cells as nested runs",
        description="Logs a finished run in MLflow: factors as parameters, scores with intervals, failures, "
        "tokens and cost as metrics, report and tables as artifacts. Cells are nested runs. Logged again, a "
        "run is brought up to date.",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder, as runs/NAME")
    parser.add_argument(
        "--mlflow", metavar="URI", help="the tracking server's address (default: MLFLOW_TRACKING_URI)"
    )
    parser.add_argument("--experiment", default="fathom", metavar="NAME", help="by default fathom")
    parser.set_defaults(action=_track)


def _track(args: argparse.Namespace, _: object) -> int:
    from experiments.tracking.records import records_of
    from experiments.tracking.to_mlflow import log

    records = records_of(args.run)
    run = log(records, args.mlflow, args.experiment)
    print(f"logged {args.run} with {len(records.cells):,} cells as run {run} of experiment {args.experiment}")
    return 0
