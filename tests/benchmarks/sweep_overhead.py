"""Prints milliseconds a cell, end to end, of a 1,000-cell sweep of 5 items on the simulated model.

python tests/benchmarks/sweep_overhead.py [cells of the stock launcher, default 20]
"""

import subprocess
import sys
import tempfile
import time

SWEEP = ["task.limit=5", "exemplars.seed=range({seeds})", "shots=1,2,3,4,5", "store=memory.sqlite"]


def timed(seeds: int, *more: str) -> float:
    """Wall seconds of one sweep of 5 × `seeds` cells, the process's start and the report included."""
    with tempfile.TemporaryDirectory() as folder:
        overrides = [part.format(seeds=seeds) for part in SWEEP]
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "experiments.cli", "run", *overrides, *more],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - began


def main() -> None:
    """Pooled against stock."""
    stock_cells = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    pooled = timed(200)
    print(f"pooled: 1,000 cells in {pooled:.1f} s, {pooled:.1f} ms a cell")
    stock = timed(stock_cells // 5, "hydra/launcher=basic", "hydra/sweeper=basic")
    print(f"basic:  {stock_cells} cells in {stock:.1f} s, {stock / stock_cells * 1000:.0f} ms a cell")


if __name__ == "__main__":
    main()
