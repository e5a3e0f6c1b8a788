"""What every sensitivity metric says of templates that are all equal, and of ones that are not.

python tests/benchmarks/sensitivity_bias.py [tables a design, default 300]

Scores of 0 or 1, mean .6, items with SD .2. For each metric the mean over tables of raw, floor and corrected,
the mean of `signed` with its Monte Carlo standard error (0 is right for equal templates), how often it was
called detectable, and, where the truth is known, how often the interval held it. Last, how long the metrics
of a large table take.
"""

import sys
import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import FloatArray
from stats.measure import Sensitivity
from stats.metrics import all_metrics
from stats.ordered import worst_of_k_weights, worst_share_weights


@dataclass(frozen=True)
class Design:
    """How tables are made.

    Attributes:
        items: How many.
        templates: How many.
        replicates: Answers a cell.
        sigma: SD between templates.
        interaction: SD of item × template.
    """

    items: int
    templates: int
    replicates: int
    sigma: float
    interaction: float


def outcomes(design: Design, rng: np.random.Generator) -> tuple[pd.DataFrame, FloatArray]:
    """One table and the templates' true means."""
    effects = design.sigma * rng.standard_normal(design.templates)
    shape = design.items, design.templates, design.replicates
    chance = 0.6 + rng.normal(0, 0.2, (design.items, 1)) + effects
    chance = np.clip(chance + rng.normal(0, design.interaction, shape[:2]), 0, 1)
    scores = (rng.random(shape) < chance[..., None]).astype(np.float64)
    item, template, _ = np.indices(shape).reshape(3, -1)
    return pd.DataFrame({"item": item, "template": template, "score": scores.ravel()}), 0.6 + effects


def truths(means: FloatArray) -> dict[str, float]:
    """The true value of metrics that are functions of the templates' true means."""
    ordered, best, mean = np.sort(means), float(means.max()), float(means.mean())
    return {
        "spread": float(np.ptp(means)),
        "worst_of_k": float(ordered @ worst_of_k_weights(means.size, 3)),
        "cvar": float(ordered @ worst_share_weights(means.size, 0.25)),
        "max_p": best,
        "saturation": 1 - (best - mean),
        "cps": (1 - (best - mean)) * best,
    }


def simulate(design: Design, tables: int) -> None:
    """Prints one line a metric."""
    rng = np.random.default_rng(1)
    measures: dict[str, list[Sensitivity]] = defaultdict(list)
    held: dict[str, list[bool]] = defaultdict(list)
    for _ in range(tables):
        table, means = outcomes(design, rng)
        found = all_metrics(table, value="score", item="item", template="template", rng=rng, draws=200)
        true = truths(means)
        for row in found.rows:
            if row.measure is None:
                continue
            measures[row.metric].append(row.measure)
            if row.metric in true:
                held[row.metric].append(row.measure.low <= true[row.metric] <= row.measure.high)
    print(f"\n{design}, {tables} tables")
    print(
        f"{'metric':18} {'raw':>8} {'floor':>8} {'corrected':>9} {'signed':>9} {'± error':>8}  detected  held"
    )
    for name, all_of_it in measures.items():
        signed = np.array([np.nan if one.signed is None else one.signed for one in all_of_it])
        raw, floor, corrected = (
            np.mean([getattr(one, field) for one in all_of_it]) for field in ("raw", "floor", "corrected")
        )
        detected = [one.detectable for one in all_of_it]
        share = "" if None in detected else f"{np.mean([bool(one) for one in detected]):.3f}"
        inside = f"{np.mean(held[name]):.3f}" if held[name] else ""
        print(
            f"{name:18} {raw:8.4f} {floor:8.4f} {corrected:9.4f} {signed.mean():+9.5f} "
            f"{signed.std() / np.sqrt(signed.size):8.5f}  {share:8}  {inside}"
        )


def timed(items: int, templates: int) -> None:
    """Prints the processor time of all metrics of one table."""
    rng = np.random.default_rng(2)
    table, _ = outcomes(Design(items, templates, 1, 0.03, 0.0), rng)
    began = time.process_time()
    all_metrics(table, value="score", item="item", template="template", rng=rng)
    print(f"\nall metrics of {items:,} items × {templates} templates: {time.process_time() - began:.1f} s")


def main() -> None:
    """Equal templates with two answers a cell, with item × template interaction, and unequal ones."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    simulate(Design(100, 10, 2, 0.0, 0.0), tables)
    simulate(Design(100, 10, 1, 0.0, 0.1), tables)
    simulate(Design(100, 10, 2, 0.08, 0.0), tables)
    timed(10_000, 20)


if __name__ == "__main__":
    main()
