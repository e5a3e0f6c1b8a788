"""Composite scores: means of the means of different benchmarks."""

from collections.abc import Mapping, Sequence

import numpy as np

from .estimate import Estimate, FloatArray, check_level
from .intervals import constant, t_interval


def composite(
    values: Mapping[str, FloatArray], weights: Mapping[str, float], *, level: float = 0.95
) -> Estimate:
    """A weighted mean of benchmark means, the items of each benchmark random.

    Benchmarks have items of their own, so their means are independent: the variance of the whole is the sum
    of w² s²/n, and its degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2:110). A t interval
    on the logit scale. A benchmark whose items all have the same score says nothing of its variance; it gets
    that of Agresti and Coull's (1998, The American Statistician 52:119) adjusted proportion, two items added
    on either side.

    Args:
        values: By benchmark, one score an item, in [0, 1]; at least two items.
        weights: By benchmark; they sum to 1.
        level: Nominal coverage.

    Returns:
        The estimate, in [0, 1]. The benchmarks are fixed: it is for these and no others.

    Raises:
        ValueError: A benchmark has no weight or fewer than two items, the weights do not sum to 1, or a score
            lies outside [0, 1].
    """
    check_level(level)
    if values.keys() != weights.keys() or not np.isclose(sum(weights.values()), 1):
        raise ValueError(f"weights of {', '.join(values)} must sum to 1, got {dict(weights)}")
    for name, scores in values.items():
        if scores.size < 2 or scores.min() < 0 or scores.max() > 1:
            raise ValueError(f"{name}: expected at least two scores, all in [0, 1]")
    names = list(values)
    means = [float(values[name].mean()) for name in names]
    variances = [_variance(values[name]) for name in names]
    parts = [weights[name] ** 2 * variance for name, variance in zip(names, variances, strict=True)]
    total, mean = sum(parts), sum(weights[name] * one for name, one in zip(names, means, strict=True))
    df = total**2 / sum(part**2 / (values[name].size - 1) for name, part in zip(names, parts, strict=True))
    low, high = t_interval(mean, total, df, level, logit=0 < mean < 1)
    return Estimate(
        value=mean,
        low=max(0.0, low),
        high=min(1.0, high),
        level=level,
        method="weighted mean of benchmark means, t on logit, Satterthwaite df",
        random=("item",),
        n={name: int(values[name].size) for name in names},
        df=df,
    )


def _variance(scores: FloatArray) -> float:
    """The variance of the mean of one benchmark's items."""
    if not constant(scores):
        return float(scores.var(ddof=1)) / scores.size
    adjusted = (float(scores.mean()) * scores.size + 2) / (scores.size + 4)
    return adjusted * (1 - adjusted) / (scores.size + 4)


def nested_weights(groups: Sequence[Sequence[str]]) -> dict[str, float]:
    """Weights of a mean of means: every group counts the same, and within it every member.

    >>> nested_weights([["a", "b"], ["c"]])
    {'a': 0.25, 'b': 0.25, 'c': 0.5}
    """
    return {name: 1 / (len(groups) * len(group)) for group in groups for name in group}
