"""`fathom` without the report that ends a run, in half the time: `python -m tests.unreported run …`."""

import sys
from pathlib import Path

from experiments.cli import Lab, main
from experiments.sweep.run import run_cells


def no_report(run: Path) -> None:
    """Leaves the run as it is."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Lab(run_cells=run_cells, finish=no_report)))
