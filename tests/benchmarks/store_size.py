"""A store of 200,000 completions: how long opening it takes, and a sweep that finds everything in it.

python -m tests.benchmarks.store_size [--items 2000]

A simulated sweep of 5 templates × 2 numbers of shots × 10 seeds × 2,000 items fills the store. Then are
measured: opening (the median of 20), looking all keys up, a whole `dry_run=true` process with planning and
look-up, and the whole sweep again without its report: planning, looking up, grading, writing.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from experiments.store.completions import CompletionStore, open_store
from tests.benchmarks.sweep_requests import write_task

ROOT = Path(__file__).parents[2]
SWEEP = (
    "task=triviaqa",
    "task.data_dir=data",
    "shots=1,5",
    "exemplars.seed=range(10)",
    "template=qa/q_a,qa/bare_answer,qa/q_a_polite,qa/fathom,qa/question_answer",
    "name=large",
)


def process(folder: Path, *more: str) -> tuple[float, float, float]:
    """Wall and processor seconds, and the most memory in megabytes, of a run without its report."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    places = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.unreported", "run", *SWEEP, *more],
        cwd=folder,
        env={**environment, **places},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("the run failed")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6


def main() -> None:
    """Fills a store and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_task(folder / "data", options.items)
        wall, processor, memory = process(folder)
        print(f"filling: {wall:.1f} s wall, {processor:.1f} s processor, {memory:.0f} MB")
        path = folder / "runs" / "completions.sqlite"
        opening: list[float] = []
        for _ in range(20):
            began = time.perf_counter()
            CompletionStore(path).close()
            opening.append(time.perf_counter() - began)
        with open_store(path) as store:
            keys = [key for (key,) in store._db.execute("SELECT key FROM completions")]  # pyright: ignore[reportPrivateUsage]
            random.Random(0).shuffle(keys)
            began, used = time.perf_counter(), time.process_time()
            found = len(store.get(keys))
            looked_up, used = time.perf_counter() - began, time.process_time() - used
        size = path.stat().st_size / 1e6
        print(f"{len(keys):,} completions, {size:.0f} MB, opened in {median(opening):.3f} s (median)")
        print(f"{found:,} keys looked up: {looked_up:.2f} s wall, {used:.2f} s processor")
        for title, more in (("dry run", ("dry_run=true",)), ("warm sweep", ())):
            wall, processor, memory = process(folder, *more)
            rate = f"{len(keys) / processor:,.0f} requests a second of it"
            print(f"{title}: {wall:.1f} s wall, {processor:.1f} s processor ({rate}), {memory:.0f} MB")


if __name__ == "__main__":
    main()
