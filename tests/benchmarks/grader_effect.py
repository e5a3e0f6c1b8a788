"""How often the grader effect's intervals hold the truth, and how often its share has no bounds.

python tests/benchmarks/grader_effect.py [tables a design, default 100]

200 items, scores of 0 or 1, mean .6. Templates change answers, and how many of them the strict grader can
read; of the variance between templates with the strict grader `share` is of the second kind.
"""

import math
import sys

import numpy as np
import pandas as pd

from stats.grader import GraderEffect, grader_effect

ITEMS = 200


def graded(rng: np.random.Generator, templates: int, sigma: float, share: float) -> pd.DataFrame:
    """One table of both graders."""
    answers = rng.normal(0, sigma * math.sqrt(1 - share), templates)
    reading = rng.normal(0, sigma * math.sqrt(share), templates)
    ability, chance = rng.normal(0, 0.2, (ITEMS, 1)), rng.random((ITEMS, templates))
    item, template = np.indices(chance.shape).reshape(2, -1)
    tables = [
        pd.DataFrame({"item": item, "template": template, "score": (chance < level).ravel() * 1.0}).assign(
            grader=name
        )
        for name, level in (
            ("lenient", 0.6 + ability + answers),
            ("strict", 0.6 + ability + answers + reading),
        )
    ]
    return pd.concat(tables, ignore_index=True)


def simulate(templates: int, sigma: float, share: float, tables: int) -> None:
    """Prints one line."""
    rng = np.random.default_rng(1)
    found: list[GraderEffect] = [
        grader_effect(
            graded(rng, templates, sigma, share),
            value="score",
            item="item",
            template="template",
            grader="grader",
            reported="strict",
            rng=rng,
            draws=400,
        )
        for _ in range(tables)
    ]
    true = sigma**2 * share
    difference = np.mean([one.difference.low <= true <= one.difference.high for one in found])
    vanishing = np.mean([one.vanishing.low <= share <= one.vanishing.high for one in found])
    unbounded = np.mean([math.isinf(one.vanishing.low) for one in found])
    print(
        f"{templates:2} templates, SD {sigma:.2f}, share {share:.1f}: difference held {difference:.2f}, "
        f"share held {vanishing:.2f}, without bounds {unbounded:.2f}",
        flush=True,
    )


def main() -> None:
    """All designs."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for templates in (5, 10, 20):
        for sigma in (0.05, 0.1):
            for share in (0.2, 0.5, 0.9):
                simulate(templates, sigma, share, tables)


if __name__ == "__main__":
    main()
