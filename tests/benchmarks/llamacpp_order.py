"""What it is worth to the embedded engine that prompts which begin alike are neighbours.

`python tests/benchmarks/llamacpp_order.py [--items 10] [--shots 5] [--threads 1]`

SmolLM2 answers TriviaMini with several exemplars: in the plan's order, as a sweep asks, then shuffled. The
processor time is this process's own, the engine's threads included.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from experiments.cli import Lab
from experiments.cli import main as fathom
from experiments.models.protocol import Model, Request
from experiments.models.registry import identity_of, load
from experiments.sweep.compose import ComposedCell
from experiments.sweep.plan import make_plan


async def answer(model: Model, requests: Sequence[Request]) -> dict[str, str]:
    """Each request's answer."""
    return {done.key: done.text async for done in model.complete(requests)}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    cells: list[ComposedCell] = []

    def keep(composed: Sequence[ComposedCell], folder: Path) -> SimpleNamespace:
        cells.extend(composed)
        return SimpleNamespace(exit_code=0)

    sweep = ["model=smollm2", "task=trivia_mini", f"task.limit={options.items}", f"shots={options.shots}"]
    sweep += [
        "exemplars.seed=0,1",
        "template=qa/q_a,qa/q_a_dense",
        f"model.llamacpp.threads={options.threads}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        fathom(["run", *sweep, f"runs_dir={folder}"], Lab(keep, print))
    (plan,) = make_plan(cells, identity_of).models
    shuffled = [plan.requests[place] for place in np.random.default_rng(0).permutation(len(plan.requests))]
    model = load(plan.config)
    took: list[float] = []
    answers: list[dict[str, str]] = []
    for name, requests in (("in order", plan.requests), ("shuffled", shuffled)):
        wall, processor = time.perf_counter(), time.process_time()
        answers.append(asyncio.run(answer(model, requests)))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        took.append(processor)
        print(f"{name}: {len(requests)} prompts, {wall:.1f} s wall, {processor:.1f} s processor")
    print(
        f"shuffled to in order: {took[1] / took[0]:.2f} processor; same answers: {answers[0] == answers[1]}"
    )


if __name__ == "__main__":
    main()
