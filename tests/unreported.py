"""`fathom` without the report that ends a run, in half the time: `python -m tests.unreported run …`."""

import sys

from experiments.cli import Lab, main
from experiments.sweep.run import run_cells

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Lab(run_cells=run_cells, finish=lambda _: None)))
