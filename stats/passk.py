"""Pass@k and its stricter kin: how likely one, all or a share of k answers to an item are right."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level
from stats.intervals import mean_estimate
from stats.tables import Cells, IntArray, cells, column


def pass_at_k(correct: ArrayLike, samples: ArrayLike, k: int) -> FloatArray:
    """The unbiased estimate of pass@k, 1 - C(n-c, k) / C(n, k) (Chen et al. 2021, arXiv:2107.03374, eq. 1).

    It is the share of the subsets of k samples that hold a right one. (1 - (1 - c/n)^k would be too low.)

    Args:
        correct: c, how many of an item's samples are right; any shape.
        samples: n, how many samples the item has; a shape that goes with it, such as one number for all.
        k: At least 1 and at most every n.

    Returns:
        One value in [0, 1] an item.

    Raises:
        ValueError: k is below 1 or larger than some n, or counts are impossible.

    >>> pass_at_k([0, 1, 5], 5, 2).round(12).tolist()
    [0.0, 0.4, 1.0]
    """
    c, n = _counts(correct, samples, k, "pass@k")
    # C(n-c, k) / C(n, k) is the product of 1 - k/i over i from n-c+1 to n: no large number ever arises.
    step = np.arange(1, c.max(initial=0) + 1)
    factor = 1 - k / ((n - c)[..., None] + step)
    factor = np.where(step <= c[..., None], np.maximum(factor, 0.0), 1.0)
    return 1 - factor.prod(axis=-1)


def pass_hat_k(correct: ArrayLike, samples: ArrayLike, k: int) -> FloatArray:
    """The unbiased estimate of pass^k, C(c, k) / C(n, k): the chance that all of k answers are right.

    Of τ-bench (Yao et al. 2024, arXiv 2406.12045); also called G-Pass@k with threshold 1.

    Args:
        correct: As in `pass_at_k`.
        samples: As in `pass_at_k`.
        k: As in `pass_at_k`.

    Returns:
        One value in [0, 1] an item.

    Raises:
        ValueError: As `pass_at_k`.

    >>> pass_hat_k([0, 1, 4, 5], 5, 2).round(12).tolist()
    [0.0, 0.0, 0.6, 1.0]
    """
    c, n = _counts(correct, samples, k, "pass^k")
    return _at_least(c, n, k, k)


def g_pass_at_k(correct: ArrayLike, samples: ArrayLike, k: int, threshold: float) -> FloatArray:
    """G-Pass@k of Liu et al. (2024, arXiv 2412.13147): the chance that at least ⌈τ k⌉ of k answers are right.

    Σ_{j ≥ ⌈τ k⌉} C(c, j) C(n-c, k-j) / C(n, k), the hypergeometric tail. With ⌈τ k⌉ = 1 it is pass@k, with
    τ = 1 pass^k.

    Args:
        correct: As in `pass_at_k`.
        samples: As in `pass_at_k`.
        k: As in `pass_at_k`.
        threshold: τ, in (0, 1].

    Returns:
        One value in [0, 1] an item.

    Raises:
        ValueError: τ is out of range, or as `pass_at_k`.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is a share of the k answers, above 0 and at most 1; got {threshold!r}")
    c, n = _counts(correct, samples, k, "G-Pass@k")
    # 0.1 × 30 is 3 and a little; it must not become 4.
    return _at_least(c, n, k, math.ceil(threshold * k - 1e-9))


def mg_pass_at_k(correct: ArrayLike, samples: ArrayLike, k: int) -> FloatArray:
    """mG-Pass@k of Liu et al. (2024): twice the area under G-Pass@k over thresholds from 1/2 to 1.

    (2 / k) Σ_{i = ⌈k/2⌉+1}^{k} G-Pass@k with τ = i / k. With an odd k it stays below 1, at (k - 1) / k,
    even where every answer is right: compare at the same k only.

    Args:
        correct: As in `pass_at_k`.
        samples: As in `pass_at_k`.
        k: 2 or more, else as in `pass_at_k`.

    Returns:
        One value in [0, 1] an item.

    Raises:
        ValueError: k is 1, for which the sum is empty, or as `pass_at_k`.
    """
    if k < 2:
        raise ValueError(f"mG-Pass@k needs a k of 2 or more; got {k!r}")
    c, n = _counts(correct, samples, k, "mG-Pass@k")
    tails = [_at_least(c, n, k, fewest) for fewest in range(math.ceil(k / 2) + 1, k + 1)]
    return 2 / k * np.sum(tails, axis=0)


def _counts(correct: ArrayLike, samples: ArrayLike, k: int, name: str) -> tuple[FloatArray, FloatArray]:
    """Both as floats of one shape; refused where they are impossible or k is."""
    c, n = np.broadcast_arrays(np.asarray(correct, dtype=np.float64), np.asarray(samples, dtype=np.float64))
    whole = bool(np.all((c == np.floor(c)) & (n == np.floor(n))))
    if not whole or bool(np.any((c < 0) | (c > n))):
        raise ValueError("c of n samples are right: expected whole numbers with 0 <= c <= n")
    if k < 1 or k != int(k):
        raise ValueError(f"k is a number of samples, 1 or more; got {k!r}")
    if n.size and k > n.min():
        name = name.replace("k", str(k))
        raise ValueError(
            f"{name} needs {k} samples of every item, but one has {int(n.min())}: draw more or lower k"
        )
    return c, n


def _at_least(c: FloatArray, n: FloatArray, k: int, fewest: int) -> FloatArray:
    """The chance that k of n samples, c of them right, hold `fewest` right ones or more."""
    j = np.arange(fewest, k + 1)
    c, n = c[..., None], n[..., None]
    possible = (j <= c) & (k - j <= n - c)
    right = np.where(possible, j, 0)
    wrong = np.where(possible, k - j, 0)
    logs = _log_choose(c, right) + _log_choose(n - c, wrong) - _log_choose(n, np.full_like(j, k))
    total = np.where(possible, np.exp(logs), 0.0).sum(axis=-1)
    return np.minimum(total, 1.0)


def _log_choose(n: FloatArray, k: IntArray) -> FloatArray:
    """Log C(n, k) = -log(n + 1) - log B(n - k + 1, k + 1)."""
    return -np.asarray(np.log1p(n) + special.betaln(n - k + 1, k + 1), dtype=np.float64)


def pass_at_k_score(table: pd.DataFrame, *, value: str, item: str, k: int, level: float = 0.95) -> Estimate:
    """Mean pass@k over items, items random and everything else as it is.

    An item's rows are its samples, drawn alike. A t interval on the items' estimates, as `item_mean` makes
    it; it also holds the chance that lies in the samples.

    Args:
        table: One row a sample; items need not have equally many.
        value: The column of scores, each 0 or 1.
        item: The column that names the item.
        k: At least 1 and at most every item's number of samples.
        level: Nominal coverage.

    Returns:
        The estimate; its `n` gives the items and the fewest samples of any.

    Raises:
        ValueError: A column is missing or has gaps, a score is neither 0 nor 1, or k is out of range.
    """
    check_level(level)
    folded = _samples(table, value, item)
    return _score(folded, lambda c, n: pass_at_k(c, n, k), f"pass@{k}", item, level)


def pass_hat_k_score(table: pd.DataFrame, *, value: str, item: str, k: int, level: float = 0.95) -> Estimate:
    """Mean pass^k over items, as `pass_at_k_score` in all else."""
    check_level(level)
    folded = _samples(table, value, item)
    return _score(folded, lambda c, n: pass_hat_k(c, n, k), f"pass^{k}", item, level)


def g_pass_at_k_score(
    table: pd.DataFrame, *, value: str, item: str, k: int, threshold: float, level: float = 0.95
) -> Estimate:
    """Mean G-Pass@k over items for a `threshold` in (0, 1], as `pass_at_k_score` in all else."""
    check_level(level)
    folded = _samples(table, value, item)
    name = f"G-Pass@{k}, threshold {threshold:g},"
    return _score(folded, lambda c, n: g_pass_at_k(c, n, k, threshold), name, item, level)


def mg_pass_at_k_score(
    table: pd.DataFrame, *, value: str, item: str, k: int, level: float = 0.95
) -> Estimate:
    """Mean mG-Pass@k over items for k >= 2, as `pass_at_k_score` in all else."""
    check_level(level)
    folded = _samples(table, value, item)
    return _score(folded, lambda c, n: mg_pass_at_k(c, n, k), f"mG-Pass@{k}", item, level)


def _samples(table: pd.DataFrame, value: str, item: str) -> Cells:
    folded = cells(table, value=value, factors=(item,))
    if not column(table, value).isin([0, 1]).all():
        raise ValueError(f"column {value!r} has to hold 0 (wrong) or 1 (right) for pass@k")
    return folded


def _score(
    folded: Cells, rule: Callable[[FloatArray, IntArray], FloatArray], name: str, item: str, level: float
) -> Estimate:
    passed = rule(np.rint(folded.mean * folded.count), folded.count)
    n = {**folded.n, "sample": int(folded.count.min())}
    return mean_estimate(passed, bounds=(0.0, 1.0), level=level, method=f"{name} of items", item=item, n=n)
