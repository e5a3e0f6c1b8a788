"""Intervals of a proportion of independent trials."""

from typing import Literal

import numpy as np

from stats.estimate import Estimate, check_level

Method = Literal["wilson", "jeffreys", "clopper_pearson", "agresti_coull"]

# What statsmodels calls each, and what people do.
_METHODS: dict[Method, tuple[str, str]] = {
    "wilson": ("wilson", "Wilson score interval"),
    "jeffreys": ("jeffreys", "Jeffreys interval"),
    "clopper_pearson": ("beta", "Clopper–Pearson exact interval"),
    "agresti_coull": ("agresti_coull", "Agresti–Coull interval"),
}


def proportion(successes: int, n: int, *, method: Method = "wilson", level: float = 0.95) -> Estimate:
    """Interval of a proportion, for independent trials only: an item asked with ten templates is one trial.

    * "wilson" inverts the score test (Wilson 1927, JASA 22:209); covers close to `level` on average over p.
    * "jeffreys" is the posterior interval under a Beta(1/2, 1/2) prior (Brown, Cai and DasGupta 2001,
      Statistical Science 16:101), without their adjustment at 0 and n; much like Wilson's.
    * "clopper_pearson" inverts the binomial test (Clopper and Pearson 1934, Biometrika 26:404); covers at
      least `level` for every p and is wider for it.
    * "agresti_coull" adds z²/2 trials to either side (Agresti and Coull 1998, The American Statistician
      52:119); never shorter than Wilson's.

    Args:
        successes: 0 to n.
        n: Number of trials, at least 1.
        method: One of the four.
        level: Nominal coverage.

    Raises:
        ValueError: The counts are impossible, or the method is unknown.
    """
    from statsmodels.stats.proportion import proportion_confint

    check_level(level)
    if method not in _METHODS:
        raise ValueError(f"method is one of {', '.join(_METHODS)}; got {method!r}")
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{method} needs 0 <= successes <= n and n >= 1; got {successes} of {n}")
    name, words = _METHODS[method]
    ends = proportion_confint(successes, n, alpha=1 - level, method=name)
    low, high = (float(end) for end in np.asarray(ends, dtype=np.float64))
    if method != "jeffreys":
        # At the ends the closed forms leave a rounding error where the exact bound is 0 or 1.
        low, high = (0.0 if successes == 0 else low), (1.0 if successes == n else high)
    return Estimate(successes / n, low, high, level, words, ("trial",), {"trial": n}, None)


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """`proportion` by Wilson's method, the default."""
    return proportion(successes, n, method="wilson", level=level)
