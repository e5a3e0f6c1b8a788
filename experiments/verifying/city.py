"""Bootstrap intervals of a ratio: how much ten cities grew."""

import numpy as np

from experiments.verifying.check import Check, Section
from stats.bootstrap import bca_interval, percentile_interval

SOURCE = "Davison and Hinkley (1997), Bootstrap Methods and their Application, table 2.1; intervals: R's boot"
# Inhabitants in thousands, 1920 and 1930.
CITIES = (
    (138, 143),
    (93, 104),
    (61, 69),
    (179, 260),
    (48, 75),
    (37, 63),
    (29, 50),
    (23, 48),
    (30, 111),
    (2, 50),
)
ACCELERATION = 0.00222908368651785  # R's; with ten cities the interval depends on how it is computed
DRAWS = 60_000
TOLERANCE = 0.03  # both are simulations


def section() -> Section:
    """The intervals by `stats.bootstrap`, from draws of its own."""
    cities = np.array(CITIES, np.float64)
    drawn = np.random.default_rng(3).integers(len(cities), size=(DRAWS, len(cities)))
    ratios = cities[drawn, 1].sum(axis=1) / cities[drawn, 0].sum(axis=1)
    observed = float(cities[:, 1].sum() / cities[:, 0].sum())
    percentile = percentile_interval(ratios, 0.95)
    bca = bca_interval(ratios, observed, ACCELERATION, 0.95)
    checks = (
        Check("ratio of the sums", SOURCE, 1.5203125, observed, 1e-9),
        Check("percentile interval, lower limit", SOURCE, 1.251, percentile[0], TOLERANCE),
        Check("percentile interval, upper limit", SOURCE, 2.114, percentile[1], TOLERANCE),
        Check("BCa interval, lower limit", SOURCE, 1.256, bca[0], TOLERANCE),
        Check("BCa interval, upper limit", SOURCE, 2.137, bca[1], TOLERANCE),
    )
    return Section("Bootstrap intervals of the growth of ten cities", checks)
