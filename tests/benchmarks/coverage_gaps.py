"""Prints what a two-way sandwich would make of the mean where cells are missing, beside REML, in markdown.

nice python tests/benchmarks/coverage_gaps.py [tables: 1500]

Two templates are run only where the first one is right, and templates differ much: the design of
`coverage.py` in which REML's standard error comes out too small, as it takes scores to scatter alike
everywhere. The sandwich sums weighted residuals by item and by template instead (Cameron, Gelbach and Miller
2011, JBES 29:238), each times levels / (levels - 1), and takes off REML's noise, which is in both. Without
gaps, and where no component is 0, it is REML's variance.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from stats.estimate import FloatArray
from stats.incomplete import incomplete_mean
from stats.intervals import t_interval
from stats.reml import Fit
from stats.tables import Cells
from stats.terms import design
from tests.coverage import Plan, simulate, truth

LAYOUT = design(("item", "template"))
BATCH = 100


def main() -> None:
    """Coverage, widths, and the standard errors beside the estimates' standard deviation."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    began = time.process_time()
    plan = Plan(sigma=0.8, missing="after a right answer")
    _, true, _ = truth(plan)
    rng = np.random.default_rng(34)
    values: list[float] = []
    found: list[list[tuple[float, float, float]]] = []
    for start in range(0, runs, BATCH):
        for grid in simulate(plan, min(BATCH, runs - start), rng)[0][..., 0, 0]:
            kept = np.logical_or(np.arange(plan.templates) < plan.templates - 2, grid[:, :1] == 1)
            fit = fitted(grid, kept)
            values.append(fit.mean)
            found.append(
                [judged(fit, variance, true) for variance in (fit.variance, sandwich(fit, grid, kept))]
            )
    held, width, square = np.array(found).mean(axis=0).T
    print("| variance | mean held | width | standard error, root mean square | SD of the estimates |")
    print("|---|---|---|---|---|")
    for index, name in enumerate(("REML, in use", "sandwich")):
        error = (held[index] * (1 - held[index]) / runs) ** 0.5
        print(f"| {name} | {held[index]:.3f} ± {error:.3f} | {width[index]:.3f} ", end="")
        print(f"| {square[index] ** 0.5:.4f} | {np.std(values):.4f} |")
    print(f"\n{runs} tables, {time.process_time() - began:.0f} s of one core.")


def fitted(grid: FloatArray, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Fit:
    """REML of the cells that are kept."""
    levels = tuple(tuple(range(size)) for size in grid.shape)
    folded = Cells(LAYOUT.factors, levels, np.where(kept, grid, np.nan), kept.astype(np.int64), 0.0)
    return incomplete_mean(folded, LAYOUT)


def judged(fit: Fit, variance: float, true: float) -> tuple[float, float, float]:
    """Whether the logit-t interval with this variance holds the truth, its width, and the variance."""
    low, high = t_interval(fit.mean, variance, fit.df, 0.95, logit=True)
    return float(low <= true <= high), high - low, variance


def sandwich(fit: Fit, grid: FloatArray, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """The two-way variance of the generalised least squares mean, REML's where it is not positive."""
    item, template = np.nonzero(kept)
    variances = fit.by_term
    scatter = variances[0,] * (item[:, np.newaxis] == item) + variances[1,] * (
        template[:, np.newaxis] == template
    )
    scatter[np.diag_indices_from(scatter)] += variances[()]
    weights = np.linalg.solve(scatter, np.ones(item.size))
    weights /= weights.sum()
    assert abs(float(weights @ grid[kept]) - fit.mean) < 1e-6
    residual = weights * (grid[kept] - fit.mean)
    ways = [np.bincount(codes, residual) for codes in (item, template)]
    total = sum(float(way @ way) * way.size / (way.size - 1) for way in ways)
    total -= variances[()] * float(weights @ weights)
    return total if total > 0 else fit.variance


if __name__ == "__main__":
    main()
