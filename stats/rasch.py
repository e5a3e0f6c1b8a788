"""The Rasch model of a sparse templates × items table, both random, fitted by Newton's method."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.estimate import FloatArray
from stats.tables import IntArray

SMALLEST = 1e-4  # the least variance that is told from none, logit²
MOST_STEPS = 60


@dataclass(frozen=True)
class Responses:
    """What was observed, one entry a template × item cell with at least one answer.

    Attributes:
        templates: Code of the cell's template.
        items: Code of its item.
        counts: How many answers.
        sums: Sum of their scores, each in [0, 1].
        shape: How many templates and items there are.
    """

    templates: IntArray
    items: IntArray
    counts: FloatArray
    sums: FloatArray
    shape: tuple[int, int]


@dataclass(frozen=True)
class Rasch:
    """The mode of P(y_ti = 1) = σ(μ + θ_t - β_i) with θ_t ~ N(0, τ²) and β_i ~ N(0, ω²).

    Attributes:
        level: μ.
        ability: θ, shape (templates,).
        difficulty: β, shape (items,).
        template_variance: τ².
        item_variance: ω².
        iterations: Newton steps.
    """

    level: float
    ability: FloatArray
    difficulty: FloatArray
    template_variance: float
    item_variance: float
    iterations: int


def total(codes: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sum of the values with each code from 0 to size - 1."""
    return np.bincount(codes, weights=values, minlength=size).astype(np.float64)


def softplus(logits: FloatArray) -> FloatArray:
    """log(1 + e^x) without overflow, several times as fast as `numpy.logaddexp`."""
    return np.maximum(logits, 0.0) + np.log1p(np.exp(-np.abs(logits)))


def fit_rasch(seen: Responses, *, tolerance: float = 1e-3) -> Rasch:
    """Fit by penalised likelihood; the variances maximise Laplace's approximation of the evidence.

    Each Newton step eliminates the item block, which is diagonal (Schur complement), and solves a dense
    system of templates + 1 equations: O(templates² items). After each, a variance becomes the sum of squared
    modes over the number of effects that the data determine, n - Σ posterior variance / variance (MacKay
    1992, Neural Computation 4:415), until the variances change by less than `tolerance` of themselves. With
    few answers an item both are too small by some 10 to 25 %, and so are the predictions' differences; the
    draws of `stats.rasch_posterior` are free of that.

    Args:
        seen: The observations.
        tolerance: Relative change of the variances at which to stop.

    Returns:
        The mode, after at most `MOST_STEPS` steps.
    """
    p, n = seen.shape
    rows, columns = seen.templates, seen.items
    by_template, by_item = total(rows, seen.sums, p), total(columns, seen.sums, n)
    level = float(special.logit(np.clip(seen.sums.sum() / seen.counts.sum(), 0.01, 0.99)))
    ability, difficulty = np.zeros(p), np.zeros(n)
    tau, omega = 0.25, 1.0
    border = np.zeros((p + 1, n))
    iteration = 0
    while True:
        iteration += 1
        chance = special.expit(level + ability[rows] - difficulty[columns])
        expected, weight = seen.counts * chance, seen.counts * chance * (1 - chance)
        row_weight = total(rows, weight, p)
        border[rows, columns] = weight
        border[p] = total(columns, weight, n)
        own = 1 / (border[p] + 1 / omega)
        gradient = np.append(
            by_template - total(rows, expected, p) - ability / tau, by_template.sum() - expected.sum()
        )
        item_gradient = total(columns, expected, n) - by_item - difficulty / omega
        # The Hessian of (θ, μ) and what is left of it once β, whose own block is diagonal, is eliminated.
        block = np.diag(np.append(row_weight + 1 / tau, row_weight.sum()))
        block[p, :p] = block[:p, p] = row_weight
        coupling = border * own
        covariance = np.linalg.inv(block - coupling @ border.T)
        step = covariance @ (gradient + coupling @ item_gradient)
        back = own * item_gradient + coupling.T @ step
        size = float(max(np.abs(step).max(), np.abs(back).max()))
        damping = min(1.0, 2.0 / size) if size else 1.0
        ability, level = ability + damping * step[:p], level + damping * float(step[p])
        difficulty = difficulty + damping * back
        last = tau, omega
        uncertain = own + (coupling * (covariance @ coupling)).sum(axis=0)
        tau = _evidence(ability, np.diag(covariance)[:p], tau)
        omega = _evidence(difficulty, uncertain, omega)
        change = max(abs(tau / last[0] - 1), abs(omega / last[1] - 1))
        if (change < tolerance and size < 0.01) or iteration == MOST_STEPS:
            return Rasch(level, ability, difficulty, tau, omega, iteration)


def _evidence(mode: FloatArray, variance: FloatArray, prior: float) -> float:
    """The prior variance that the modes and their posterior variances speak for."""
    determined = mode.size - float(variance.sum()) / prior
    return max(float(mode @ mode) / max(determined, 1e-9), SMALLEST) if determined > 0 else SMALLEST
