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


def crossed_correlation(arrays: FloatArray) -> FloatArray:
    """Correlation of the means of several arrays over the same random levels.

    The matrix analogue of `crossed_mean_of`: mean squares become matrices of mean products, and a component
    with negative eigenvalues has those set to 0.

    Args:
        arrays: Shape (arrays, levels of each of k axes ...), every axis of length >= 2.

    Returns:
        Shape (arrays, arrays); an array without variance correlates with nothing.
    """
    products: dict[Term, FloatArray] = {}
    size = arrays[0].size

    def split(part: FloatArray, axis: int, term: Term) -> None:
        if axis == arrays.ndim:
            if term:
                df = int(np.prod([arrays.shape[index] - 1 for index in term]))
                flat = part.reshape(len(part), -1)
                products[term] = flat @ flat.T * (size / flat.shape[1] / df)
            return
        mean = part.mean(axis=axis, keepdims=True)
        split(mean, axis + 1, term)
        split(part - mean, axis + 1, (*term, axis))

    split(arrays, 1, ())
    total = np.zeros((len(arrays), len(arrays)))
    for term in products:
        signed = sum(
            product * (-1) ** (len(other) - len(term))
            for other, product in products.items()
            if set(term) <= set(other)
        )
        values, vectors = np.linalg.eigh(signed)
        total += (vectors * np.maximum(values, 0.0)) @ vectors.T
    scale = np.sqrt(np.diag(total))
    scale = np.where(scale > 0, scale, 1.0)
    correlation = total / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return correlation
