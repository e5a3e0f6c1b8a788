"""CPU milliseconds a cell from the command line to the first request: pooled against Hydra's basic plugins.

Run it with `python tests/benchmarks/expansion.py [CELLS]`. On both sides the cells themselves do nothing.
"""

import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from experiments.cli import Lab, main

BASIC = ["hydra/launcher=basic", "hydra/sweeper=basic"]


def run_nothing(cells: Sequence[Any], run_dir: Path) -> Any:
    """Stands in for running the cells."""
    return SimpleNamespace(exit_code=0)


def no_report(run_dir: Path) -> None:
    """Stands in for the report."""


def sweep(overrides: Sequence[str], *, dry: bool = False) -> float:
    """CPU seconds of one sweep whose cells do nothing."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time()
        code = main(
            ["run", f"runs_dir={folder}", "name=x", f"dry_run={dry}", *overrides],
            Lab(run_nothing, no_report),
        )
        assert code == 0
        return time.process_time() - began


def each(measure: Callable[[int], float], few: int, many: int) -> float:
    """Milliseconds for each further cell."""
    return 1000 * (measure(many) - measure(few)) / (many - few)


def benchmark(cells: int) -> None:
    """Prints the table."""

    def values(more: Sequence[str], *, dry: bool = False) -> Callable[[int], float]:
        return lambda count: sweep([f"exemplars.seed=range({count})", *more], dry=dry)

    sweep(["shots=0"])  # imports
    start = sweep(["shots=0"])
    total = values([])(cells)
    groups = sweep(["template=glob(qa/*)", "perturbation=glob(*)", "shots=range(5)"])
    print(f"one cell, all told                      {1000 * start:8.1f} ms")
    print(f"{cells} cells of plain values, all told   {1000 * total:8.1f} ms")
    print(f"  each further cell                     {each(values([]), 1, cells):8.2f} ms")
    print(f"  the same without writing .hydra       {each(values([], dry=True), 1, cells):8.2f} ms")
    print(f"all qa templates x all perturbations x 5 {1000 * groups:7.1f} ms")
    basic, many = each(values(BASIC), 1, 20), 20
    print(f"basic sweeper and launcher, 1 to {many} cells  {basic:6.2f} ms each further cell")


if __name__ == "__main__":
    benchmark(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
