"""Prints how fast components, REML and the crossed bootstrap are, against the obvious way to do each.

OPENBLAS_NUM_THREADS=1 python tests/benchmarks/statistics_speed.py [--long]

CPU seconds, as they suffer less from other work on the machine than those on the wall; both sides of a ratio
come from one run, one after the other. --long adds statsmodels' MixedLM at 3,000 rows and 10 million rows
(a minute or two, 1 GB of memory).
"""

import os
import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

from stats.bootstrap import crossed_draws, grid_mean
from stats.components import decompose
from stats.estimate import FloatArray
from stats.reml import reml
from stats.tables import IntArray, fold
from stats.terms import design

PAIR = design(("item", "template"))
DRAWS = 10_000


def rows(items: int, templates: int, repeats: int) -> tuple[FloatArray, dict[str, IntArray]]:
    """Right-or-wrong answers with codes, balanced."""
    rng = np.random.default_rng(1)
    item = np.repeat(np.arange(items), templates * repeats)
    template = np.tile(np.repeat(np.arange(templates), repeats), items)
    logit = 1 + rng.normal(0, 2, items)[item] + rng.normal(0, 0.3, templates)[template]
    y = (rng.random(item.size) < 1 / (1 + np.exp(-logit))).astype(np.float64)
    return y, {"item": item, "template": template}


def seconds(call: Callable[[], object]) -> float:
    """Mean CPU seconds of a pass, of as many as take a second together; the first one is not counted."""
    call()
    passes, began = 0, time.process_time()
    while (spent := time.process_time() - began) < 1:
        call()
        passes += 1
    return spent / passes


def line(what: str, ours: float, other: str, theirs: float) -> None:
    """One comparison."""
    print(f"{what}: {ours:.4f} s, {other}: {theirs:.3f} s, ratio {theirs / ours:.0f}", flush=True)


def ems(items: int, templates: int, repeats: int) -> None:
    """Components from integer codes against pandas' margins alone, of which components could be made."""
    y, codes = rows(items, templates, repeats)
    table = pd.DataFrame(codes).assign(y=y)

    def margins() -> None:
        for names in (["item"], ["template"], ["item", "template"]):
            table.groupby(names)["y"].mean()

    ours = seconds(lambda: decompose(fold(y, codes), PAIR))
    line(f"EMS, {y.size:,} rows from codes", ours, "pandas groupby, margins only", seconds(margins))


def unbalanced(items: int, templates: int, repeats: int) -> tuple[FloatArray, dict[str, IntArray]]:
    """A fifth of the rows missing."""
    y, codes = rows(items, templates, repeats)
    kept = np.random.default_rng(2).random(y.size) > 0.2
    return y[kept], {name: code[kept] for name, code in codes.items()}


def likelihood(items: int, templates: int, repeats: int, *, rival: bool) -> None:
    """REML against statsmodels' MixedLM, items and templates as variance components of a single group."""
    y, codes = unbalanced(items, templates, repeats)
    additive = design(("item", "template"), order=1)
    ours = seconds(lambda: reml(fold(y, codes), additive))
    what = f"REML, {y.size:,} rows, items + templates"
    if not rival:
        both = seconds(lambda: reml(fold(y, codes), PAIR))
        print(f"{what}: {ours:.4f} s; with their interaction {both:.4f} s")
        return
    from statsmodels.regression.mixed_linear_model import MixedLM

    table = pd.DataFrame(codes).assign(y=y, one=1)
    formula = {"item": "0 + C(item)", "template": "0 + C(template)"}

    def fit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            MixedLM.from_formula("y ~ 1", groups="one", vc_formula=formula, data=table).fit()

    line(what, ours, "statsmodels MixedLM", seconds(fit))


def bootstrap(items: int, templates: int, repeats: int, merges: int) -> None:
    """10,000 crossed replicates against merging resampled items and templates with the table."""
    y, codes = rows(items, templates, repeats)
    table = pd.DataFrame(codes).assign(y=y)
    rng = np.random.default_rng(3)

    def weights() -> None:
        crossed_draws(fold(y, codes).mean, grid_mean, rng=rng, draws=DRAWS)

    def merge() -> None:
        drawn = pd.DataFrame({"item": rng.integers(items, size=items)})
        others = pd.DataFrame({"template": rng.integers(templates, size=templates)})
        float(drawn.merge(table, on="item").merge(others, on="template")["y"].mean())

    ours = seconds(weights)
    theirs = seconds(lambda: [merge() for _ in range(merges)]) / merges * DRAWS
    line(
        f"crossed bootstrap, {y.size:,} rows, {DRAWS:,} draws",
        ours,
        f"pandas merge (extrapolated from {merges} draws)",
        theirs,
    )


def main() -> None:
    """All comparisons."""
    long = "--long" in sys.argv[1:]
    ems(1000, 20, 5)
    ems(10_000, 20, 5)
    if long:
        ems(10_000, 100, 10)
    likelihood(100, 5, 1, rival=True)
    if long:
        likelihood(250, 5, 3, rival=True)
    likelihood(1000, 20, 6, rival=False)
    bootstrap(1000, 20, 5, merges=5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of this process {peak:.2f} GB")
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    models = [text.split(":")[1].strip() for text in lines if text.startswith("model name")]
    model = models[0] if models else platform.processor()
    load = os.getloadavg()[0]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    print(f"{model}, {os.cpu_count()} cores, load {load:.1f}; {versions}")


if __name__ == "__main__":
    main()
