"""Three or more treatments of the same subjects: Friedman's test and Cochran's Q."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from experiments.verifying.check import Check, Section
from stats.omnibus import Omnibus, omnibus

HOLLANDER = "Hollander and Wolfe (1973), Nonparametric Statistical Methods, p. 140; further digits: R"
COCHRAN = "Cochran (1950), Biometrika 37:256"
# Seconds to round first base: a row a player; round out, narrow angle, wide angle.
ROUNDING_TIMES = (
    (5.4, 5.5, 5.55),
    (5.85, 5.7, 5.75),
    (5.2, 5.6, 5.5),
    (5.55, 5.5, 5.4),
    (5.9, 5.85, 5.7),
    (5.45, 5.55, 5.6),
    (5.4, 5.4, 5.35),
    (5.45, 5.5, 5.35),
    (5.25, 5.15, 5.0),
    (5.85, 5.8, 5.7),
    (5.25, 5.2, 5.1),
    (5.65, 5.55, 5.45),
    (5.6, 5.35, 5.45),
    (5.05, 5.0, 4.95),
    (5.5, 5.5, 5.4),
    (5.45, 5.55, 5.5),
    (5.55, 5.55, 5.35),
    (5.45, 5.5, 5.55),
    (5.5, 5.45, 5.25),
    (5.65, 5.6, 5.4),
    (5.7, 5.65, 5.55),
    (6.3, 6.3, 6.25),
)
# Growth on four media, and how many specimens showed it so.
MEDIA = (((1, 1, 1, 1), 4), ((1, 1, 0, 1), 2), ((0, 1, 1, 1), 3), ((0, 1, 0, 1), 1), ((0, 0, 0, 0), 59))


def section() -> Section:
    """Both tests by `stats.omnibus`."""
    friedman = _omnibus(ROUNDING_TIMES)
    cochran = _omnibus(row for row, count in MEDIA for _ in range(count))
    q = float("nan") if cochran.cochran is None else cochran.cochran
    checks = (
        Check("rounding times, Friedman's chi-square", HOLLANDER, 11.14285714, friedman.friedman, 1e-6),
        Check("rounding times, p", HOLLANDER, 0.00380504, friedman.friedman_p, 1e-8),
        Check("rounding times, Kendall's W", HOLLANDER, 0.253246753, friedman.kendall_w, 1e-6),
        Check("growth on four media, Cochran's Q", COCHRAN, 8.05, q, 0.005),
    )
    return Section("Friedman's test and Cochran's Q", checks)


def _omnibus(rows: Iterable[Sequence[float]]) -> Omnibus:
    table = pd.DataFrame(
        [
            {"subject": subject, "treatment": treatment, "y": float(y)}
            for subject, row in enumerate(rows)
            for treatment, y in enumerate(row)
        ]
    )
    # The permutations serve another test, which is not checked here.
    rng = np.random.default_rng(0)
    return omnibus(table, value="y", item="subject", factor="treatment", rng=rng, draws=1)
