"""Prints what no interval can do: how far it would have to reach for templates that were not drawn.

nice python tests/benchmarks/coverage_bounds.py [tables a line: 1500]

First, one template in ten is broken, as in `tests/coverage.py`, and none of the broken ones is in the sample.
Second, the least coverage that any rule for a crossed mean can have where templates are all equal, if it
covers a given share wherever they are not and is never shorter than the interval from noise alone.
"""

import sys
import time
from pathlib import Path

import numpy as np
from scipy import optimize, special

sys.path.insert(0, str(Path(__file__).parents[2]))

from stats.components import decompose
from stats.estimate import FloatArray
from stats.intervals import crossed_estimate
from stats.tables import Cells
from stats.terms import design
from tests.coverage import SIGMA_BOTH, SIGMA_ITEM, Plan, simulate, truth

NOMINAL, LEAST = 0.95, 0.935
BROKEN = 0.1  # share of templates


def main() -> None:
    """Both tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    began = time.process_time()
    unseen(runs)
    print("\n| templates | covered where they differ | least possible where they do not |")
    print("|---|---|---|")
    for templates in (5, 10, 20):
        for covered in (LEAST, 0.945, NOMINAL):
            print(f"| {templates} | {covered} | {least_coverage(templates - 1, covered):.3f} |", flush=True)
    print(f"\n{time.process_time() - began:.0f} s of one core.")


def unseen(runs: int) -> None:
    """Sweeps without a broken template: how far they reach, and would have to for a coverage of .935."""
    plan = Plan(sigma=0.8, shape="two-point")
    mu, mean, sigma = truth(plan)
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    chances = special.expit(mu + plan.sigma / 3 + np.hypot(SIGMA_ITEM, SIGMA_BOTH) * nodes)
    good = float(chances @ weights / weights.sum())
    print(f"Mean {mean:.3f}, of templates that are not broken {good:.3f}; σ {sigma:.3f}.\n")
    print("| items | templates | P(none broken) | share needed | mean: share that reach it |", end="")
    print(" low arm | low arm needed | σ: share that reach it |")
    print("|---|---|---|---|---|---|---|---|")
    for items, templates in ((200, 5), (1000, 5), (200, 10), (200, 20)):
        none = (1 - BROKEN) ** templates
        needed = 1 - (1 - LEAST) / none
        alike = Plan(items=items, templates=templates, sigma=0.0, mean=good)
        rng = np.random.default_rng([9, items, templates])
        found: list[tuple[float, float, float]] = []
        while len(found) < runs:
            scores, _ = simulate(alike, min(200, runs - len(found)), rng)
            found += [_ends(grid) for grid in scores[..., 0, 0]]
        value, low, sigma_high = np.array(found).T
        cells = [
            f"{items} | {templates} | {none:.2f} | {needed:.2f} | {(low <= mean).mean():.3f}",
            f"{(value - low).mean():.3f} | {np.quantile(value - mean, needed):.3f}",
            f"{(sigma_high >= sigma).mean():.3f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def _ends(grid: FloatArray) -> tuple[float, float, float]:
    """The mean, the lower end of its interval and the upper end of σ_template's."""
    crossed = crossed_estimate(
        grid, bounds=(0.0, 1.0), level=NOMINAL, item="item", template="template", logit=True
    )
    assert crossed is not None
    names = ("item", "template")
    levels = tuple(tuple(range(size)) for size in grid.shape)
    folded = Cells(names, levels, grid, np.ones(grid.shape, dtype=np.int64), 0.0)
    return crossed.value, crossed.low, decompose(folded, design(names)).sigma("template").high


def least_coverage(df: int, covered: float) -> float:
    """The least coverage with equal templates, over all rules for the length of the interval.

    Items are many and do not react to the model, so that the mean squares of items and of the interaction
    are both 1 and only that of templates, B, is uncertain: r χ²_df / df, where the variance of the mean is r
    times that of noise alone. A rule gives each B a half-length of at least 1.96, or a distribution over such
    lengths, which makes this a linear programme. B and the lengths are on grids.
    """
    edges = np.concatenate([[0.0], np.geomspace(0.02, 400, 160)])
    halves = np.concatenate(
        [np.linspace(-special.ndtri((1 - NOMINAL) / 2), 8, 90), np.geomspace(8.2, 80, 25)]
    )
    ratios = (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 20)
    held = np.stack(
        [
            np.outer(
                np.diff(special.chdtr(df, edges * df / ratio)), 2 * special.ndtr(halves / ratio**0.5) - 1
            ).ravel()
            for ratio in ratios
        ]
    )
    cells = edges.size - 1
    found = optimize.linprog(
        held[0],
        A_ub=-held[1:],
        b_ub=np.full(len(ratios) - 1, -covered),
        A_eq=np.kron(np.eye(cells), np.ones((1, halves.size))),
        b_eq=np.ones(cells),
        bounds=(0, 1),
    )
    assert found.fun is not None
    return float(found.fun)


if __name__ == "__main__":
    main()
