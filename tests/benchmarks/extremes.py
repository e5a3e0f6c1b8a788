"""What a search for the best and the worst template costs and saves, against full grids.

python tests/benchmarks/extremes.py                     simulated templates
python tests/benchmarks/extremes.py --matrices DIR      also real answers, from DIR's parquet files

Prints the table of docs/adaptive.md. Every search goes on until both ends are known to the margin, at the
latest when all is asked; what a cap of half the pairs would have left is read off on the way. "Uniform" is
the same rule with the same number of items for every template.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from experiments.sweep.extremes import BATCHES, SMALLEST_BATCH
from stats.arms import Ints, Pulls
from stats.estimate import FloatArray
from stats.extremes_found import Ends, found
from stats.extremes_search import FIRST, look, next_pulls

HALF = 0.5
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)

Draw = Callable[[np.random.Generator], tuple[FloatArray, FloatArray | None]]
"""A table of templates × items in random order; each template's mean over all items like these, if known."""


@dataclass(frozen=True)
class Ran:
    """Where a search stopped: what was asked, and what it had asked when half of all pairs were."""

    pulls: Pulls
    half: Pulls


def simulated(templates: int, items: int, sigma: float, *, broken: float = 0.0) -> Draw:
    """A Rasch model's answers: abilities of SD sigma, difficulties of SD 1.5, one template `broken` lower."""

    def draw(rng: np.random.Generator) -> tuple[FloatArray, FloatArray | None]:
        ability = rng.normal(0.8, sigma, templates)
        ability[0] -= broken
        logit = ability[:, np.newaxis] - rng.normal(0, 1.5, items)
        means = special.expit(ability[:, np.newaxis] - 1.5 * NODES) @ WEIGHTS / WEIGHTS.sum()
        return (rng.random(logit.shape) < special.expit(logit)).astype(np.float64), means

    return draw


def real(table: FloatArray) -> Draw:
    """The same answers, their items in random order."""
    return lambda rng: (table[:, rng.permutation(table.shape[1])], None)


def search(table: FloatArray, margin: float, rng: np.random.Generator, *, uniform: bool = False) -> Ran:
    """Asks until both ends are known."""
    arms, items = table.shape
    batch = max(SMALLEST_BATCH, math.ceil(arms * items / BATCHES))
    asked: Ints = np.full(arms, min(FIRST, items))
    half: Pulls | None = None
    while True:
        pulls = Pulls(np.where(np.arange(items) < asked[:, np.newaxis], table, np.nan), asked)
        ends = look(pulls, margin)
        if half is None and asked.sum() >= HALF * table.size:
            half = pulls
        if all(one.reached for one in ends) or asked.sum() == table.size:
            return Ran(pulls, half or pulls)
        even = np.minimum(batch // arms or 1, items - asked)
        asked = asked + (even if uniform else next_pulls(pulls, ends, batch, rng=rng))


def true_spread(means: FloatArray) -> float:
    """Best minus worst."""
    return float(np.ptp(means))


def within(ends: Ends, truth: FloatArray, margin: float) -> tuple[bool, bool]:
    """Whether the best and the worst named are within a margin of those of the full table."""
    return (
        bool(truth.max() - truth[ends.best.arm] <= margin + 1e-9),
        bool(truth[ends.worst.arm] - truth.min() <= margin + 1e-9),
    )


def holds(ends: Ends, truth: FloatArray) -> bool:
    """Whether all that was said of the full table is true."""
    best = truth.max() - truth[ends.best.arm] <= ends.best.bound + 1e-9
    worst = truth[ends.worst.arm] - truth.min() <= ends.worst.bound + 1e-9
    spread = ends.spread.low - 1e-9 <= true_spread(truth) <= ends.spread.high + 1e-9
    return bool(best and worst and spread)


def line(name: str, draw: Draw, margin: float, runs: int) -> None:
    """Prints one line of the table."""
    rows: list[tuple[float, ...]] = []
    beyond: list[bool] = []
    stops: list[float] = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        table, means = draw(rng)
        truth = table.mean(axis=1)
        ran = search(table, margin, rng)
        uniform = search(table, margin, rng, uniform=True)
        ends, half = found(ran.pulls, margin), found(ran.half, margin)
        share = float(ran.pulls.asked.sum()) / table.size
        stops.append(share)
        if means is not None:
            low, high = ends.spread_beyond.low, ends.spread_beyond.high
            beyond.append(low <= true_spread(means) <= high)
        plain = np.nanmean(ran.half.scores, axis=1)
        rows.append(
            (
                *within(ends, truth, margin),
                holds(ends, truth),
                *within(half, truth, margin),
                holds(half, truth),
                float(uniform.pulls.asked.sum()) / table.size,
                (half.best.bound + half.worst.bound) / 2,
                true_spread(truth),
                half.spread.low,
                half.spread.high,
                half.spread_beyond.low,
                half.spread_beyond.high,
                float(np.ptp(plain)),
            )
        )
    mean = np.mean(rows, axis=0)
    cells = [
        name,
        f"{100 * margin:.0f}",
        f"{runs}",
        f"{mean[0]:.2f} {mean[1]:.2f}",
        with_error(mean[2], runs),
        f"{np.mean(stops):.0%} ± {np.std(stops) / math.sqrt(runs):.1%}",
        f"{mean[6]:.0%}",
        f"{np.mean(np.array(stops) <= HALF):.2f}",
        f"{mean[3]:.2f} {mean[4]:.2f}",
        with_error(mean[5], runs),
        f"{100 * mean[7]:.1f}",
        f"{100 * mean[8]:.1f}",
        f"{100 * mean[9]:.1f} to {100 * mean[10]:.1f}",
        f"{100 * mean[11]:.1f} to {100 * mean[12]:.1f}",
        f"{np.mean(beyond):.2f}" if beyond else "–",
        f"{100 * mean[13]:.1f}",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def with_error(share: float, runs: int) -> str:
    """A share with its Monte Carlo standard error."""
    return f"{share:.3f} ± {math.sqrt(max(share * (1 - share), 1 / runs) / runs):.3f}"


def matrices_of(folder: Path) -> list[tuple[str, FloatArray]]:
    """Real answers: arms × items that have all."""
    truthful = pd.read_parquet(folder / "truthfulqa_multilingual" / "responses.parquet")
    truthful["prompt"] = truthful["model"].astype(str) + "/" + truthful["template_id"].astype(str)
    whole = truthful.pivot_table(index="prompt", columns="item_id", values="correct").dropna(axis=1)
    one = truthful[truthful["model"] == truthful["model"].iloc[0]]
    five = one.pivot_table(index="template_id", columns="item_id", values="correct").dropna(axis=1)
    asked = pd.read_parquet(folder / "promptset_triviaqa_selfassessment" / "responses.parquet")
    asked = asked[asked["model"] == asked["model"].iloc[0]]
    wordings = asked.pivot_table(index="template_id", columns="item_id", values="says_it_can_answer").dropna(
        axis=1
    )
    return [
        (f"{name}, {len(table)} × {table.shape[1]:,}", table.to_numpy(dtype=np.float64))
        for name, table in (
            ("TruthfulQA, models in languages", whole),
            ("TruthfulQA, a model's languages", five),
            ("PromptSET, wordings", wordings),
        )
    ]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matrices", type=Path, metavar="DIR")
    parser.add_argument(
        "--runs", type=int, default=8, help="searches of the largest tables; others have more"
    )
    options = parser.parse_args()
    runs = options.runs
    titles = (
        "templates × items", "margin", "searches", "named within it", "all said held", "asked", "uniform",
        "done by half", "half: named within", "half: all said held", "half: bound", "spread",
        "half: interval, these items", "half: interval, items like these", "beyond held",
        "half: spread of plain means",
    )  # fmt: skip
    print(f"| {' | '.join(titles)} |")
    print("|" + "---|" * len(titles))
    if options.matrices is not None:
        for name, table in matrices_of(options.matrices):
            line(name, real(table), 0.03, 20 * runs if len(table) <= 10 else 5 * runs // 2)
    line("10 × 500, SD .3", simulated(10, 500, 0.3), 0.03, 10 * runs)
    line("10 × 500, SD .1", simulated(10, 500, 0.1), 0.03, 10 * runs)
    line("40 × 500, SD .3", simulated(40, 500, 0.3), 0.03, 3 * runs)
    line("40 × 500, SD .3", simulated(40, 500, 0.3), 0.05, 3 * runs)
    line("40 × 500, SD .1", simulated(40, 500, 0.1), 0.03, 2 * runs)
    line("40 × 500, one broken", simulated(40, 500, 0.1, broken=1.5), 0.03, 2 * runs)
    line("40 × 500, all equal", simulated(40, 500, 0.0), 0.03, 2 * runs)
    line("40 × 2000, SD .3", simulated(40, 2000, 0.3), 0.03, runs)
    line("100 × 500, SD .3", simulated(100, 500, 0.3), 0.03, runs)


if __name__ == "__main__":
    main()
