"""Arms that answer items, all in the same random order, each as many as it was asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stats.estimate import FloatArray

ROUNDS = 20  # of fitting arms and items in turn

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pulls:
    """What was asked so far.

    Attributes:
        scores: In [0, 1], shape (arms, items), the items in the order they are asked; NaN where an arm was
            not asked, or gave no score.
        asked: How many items each arm was asked, the first so many of the order.
    """

    scores: FloatArray
    asked: Ints

    @property
    def graded(self) -> Ints:
        """How many scores each arm has."""
        return (~np.isnan(self.scores)).sum(axis=1)

    @property
    def turned(self) -> "Pulls":
        """The same with the worst for the best."""
        return Pulls(1 - self.scores, self.asked)


def posterior(pulls: Pulls) -> tuple[FloatArray, FloatArray]:
    """Beta parameters of each arm's mean.

    Arms that were asked fewer items were asked easier or harder ones, the same for all. Means are therefore
    those of an additive model of arms and items, as if all arms had been asked the same.
    """
    known = ~np.isnan(pulls.scores)
    scores, of_arm = np.where(known, pulls.scores, 0.0), known.sum(axis=1).clip(1)
    of_item, asked = known.sum(axis=0).clip(1), known.any(axis=0)
    items = np.zeros(known.shape[1])
    arms = scores.sum(axis=1) / of_arm
    for _ in range(ROUNDS):
        items = (scores.sum(axis=0) - known.T @ arms) / of_item
        arms = (scores.sum(axis=1) - known @ items) / of_arm
    means = (arms + items[asked].mean()).clip(0, 1)
    graded = pulls.graded
    return 1 + graded * means, 1 + graded * (1 - means)
