"""A score printed somewhere, and what sampling alone leaves uncertain in it.

Of a printed score only the number of items is known, not how each was answered: the variance of a mean of
partial scores is bounded, not estimated.
"""

from dataclasses import dataclass

import numpy as np

from stats.estimate import Estimate, check_level


@dataclass(frozen=True)
class Result:
    """One model's score on one task; it may come from any table.

    Attributes:
        model: Whose.
        task: On what.
        score: In [0, 1].
        items: How many independent items it rests on; None if that is not known.
        proportion: Whether every item is right or wrong; else `score` is a mean of values in [0, 1].
        lower_is_better: Whether a low score is a good one.
    """

    model: str
    task: str
    score: float
    items: int | None
    proportion: bool = True
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ValueError(f"{self.model} on {self.task}: a score is in [0, 1]; got {self.score!r}")
        if self.items is not None and self.items < 1:
            raise ValueError(f"{self.model} on {self.task}: items is 1 or more, or None; got {self.items}")


def sampling_interval(result: Result, level: float = 0.95) -> Estimate | None:
    """The interval that the number of items alone puts on a printed score.

    For a proportion Wilson's score interval. For a mean of values in [0, 1] the same formula, which there is
    a normal interval with the largest variance such a mean can have: for a true mean m no distribution on
    [0, 1] exceeds m (1 - m) per item. It covers at least as often as it says, in large samples.

    It leaves out what else would move the score: other templates, examples, samples or servers.

    Args:
        result: The score and its number of items.
        level: Nominal coverage.

    Returns:
        None where the number of items is not known.
    """
    from statsmodels.stats.proportion import proportion_confint

    check_level(level)
    if result.items is None:
        return None
    ends = proportion_confint(result.score * result.items, result.items, alpha=1 - level, method="wilson")
    low, high = (float(end) for end in np.asarray(ends, dtype=np.float64))
    # The closed form leaves rounding errors near 0 and 1.
    low, high = max(0.0, min(low, result.score)), min(1.0, max(high, result.score))
    method = "Wilson score interval" if result.proportion else "normal, largest variance of a mean in [0, 1]"
    return Estimate(result.score, low, high, level, method, ("item",), {"item": result.items}, None)
