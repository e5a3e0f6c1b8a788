"""The mean of a full array with any number of crossed axes, every axis a sample."""

import numpy as np

from stats.anova import CrossedMean, Term, mean_squares
from stats.estimate import FloatArray


def crossed_mean_of(cells: FloatArray) -> CrossedMean:
    """Mean, variance and degrees of freedom of a k-way array whose axes are all random.

    The variance is the sum over main effects and interactions of their variance components, each over the
    number of its levels; a component is the alternating sum of the mean squares of the terms that contain
    it (Brennan 2001, Generalizability Theory, section 3.4), set to 0 where that is negative. The degrees of
    freedom are those of Satterthwaite (1946, Biometrics Bulletin 2:110): the squared total over the sum of
    MS² / df. For two axes this is `stats.anova.crossed_mean`.

    Args:
        cells: One value a cell, k axes, every axis of length >= 2.
    """
    squares = mean_squares(cells)

    def share(term: Term) -> float:
        """N / (levels of the term) times its component."""
        signed = sum(
            square.value * (-1) ** (len(other) - len(term))
            for other, square in squares.items()
            if set(term) <= set(other)
        )
        return max(signed, 0.0)

    total = sum(share(term) for term in squares)
    spread = sum(square.value**2 / square.df for square in squares.values())
    df = total**2 / spread if spread else float("inf")
    return CrossedMean(float(np.mean(cells)), total / cells.size, df)
