"""The unbiased estimate of pass@k against exact fractions."""

from fractions import Fraction
from math import comb

from experiments.verifying.check import Check, Section
from stats.passk import pass_at_k

SOURCE = "Chen et al. (2021), arXiv 2107.03374, 1 - C(n-c, k) / C(n, k) in whole numbers"
# Samples, right ones, k.
CASES = (
    (5, 2, 1),
    (5, 2, 2),
    (10, 3, 5),
    (200, 20, 1),
    (200, 20, 10),
    (200, 20, 100),
    (10, 0, 5),
    (10, 10, 5),
    (10, 8, 5),
)


def section() -> Section:
    """The estimates by `stats.passk`."""
    return Section(
        "pass@k",
        tuple(
            Check(
                f"pass@{k}, {c} of {n} samples right",
                SOURCE,
                float(1 - Fraction(comb(n - c, k), comb(n, k))),
                float(pass_at_k(c, n, k)),
                1e-12,
            )
            for n, c, k in CASES
        ),
    )
