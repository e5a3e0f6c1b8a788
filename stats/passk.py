"""Pass@k: how likely at least one of k answers to an item is right."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stats.estimate import Estimate, FloatArray, check_level
from stats.intervals import mean_estimate
from stats.tables import cells, column


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
    c, n = np.broadcast_arrays(np.asarray(correct, dtype=np.float64), np.asarray(samples, dtype=np.float64))
    whole = bool(np.all((c == np.floor(c)) & (n == np.floor(n))))
    if not whole or bool(np.any((c < 0) | (c > n))):
        raise ValueError("c of n samples are right: expected whole numbers with 0 <= c <= n")
    if k < 1 or k != int(k):
        raise ValueError(f"k is a number of samples, 1 or more; got {k!r}")
    if n.size and k > n.min():
        raise ValueError(
            f"pass@{k} needs {k} samples of every item, but one has {int(n.min())}: draw more or lower k"
        )
    # C(n-c, k) / C(n, k) is the product of 1 - k/i over i from n-c+1 to n: no large number ever arises.
    step = np.arange(1, c.max(initial=0) + 1)
    factor = 1 - k / ((n - c)[..., None] + step)
    factor = np.where(step <= c[..., None], np.maximum(factor, 0.0), 1.0)
    return 1 - factor.prod(axis=-1)


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
    folded = cells(table, value=value, factors=(item,))
    if not column(table, value).isin([0, 1]).all():
        raise ValueError(f"column {value!r} has to hold 0 (wrong) or 1 (right) for pass@k")
    passed = pass_at_k(np.rint(folded.mean * folded.count), folded.count, k)
    n = {**folded.n, "sample": int(folded.count.min())}
    return mean_estimate(passed, bounds=(0.0, 1.0), level=level, method=f"pass@{k} of items", item=item, n=n)
