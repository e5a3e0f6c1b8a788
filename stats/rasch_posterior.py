"""Draws from the posterior of the Rasch model, whatever the shape of the abilities' distribution."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse, special

from stats.ability_mixture import abilities, moved, one_normal, redrawn
from stats.estimate import FloatArray
from stats.rasch import Rasch, Responses, softplus, total
from stats.tables import IntArray

BURN_IN = 200
EVERY = 2  # sweeps from one draw that is kept to the next
POINTS = 256  # of the grid of abilities
NODES = 24  # at which likelihoods are evaluated
REACH = 4.0  # how far the grid goes beyond the abilities, in standard errors
WIDEST = 1.5  # standard error, in logits, of an ability that the answers hardly tell


@dataclass(frozen=True)
class Draw:
    """One draw: P(y_ti = 1) = σ(ability_t - difficulty_i).

    Attributes:
        ability: Shape (templates,).
        difficulty: Shape (items,).
    """

    ability: FloatArray
    difficulty: FloatArray


def posterior(seen: Responses, mode: Rasch, *, rng: np.random.Generator, draws: int) -> Iterator[Draw]:
    """Markov chain Monte Carlo.

    Difficulties are normal; abilities come from a mixture of normals (`stats.ability_mixture`), so that a few
    broken templates, groups, and a skewed distribution are followed. Priors are flat on the center of the
    abilities, on the SD of a component and on that of the difficulties.

    Given the difficulties each ability's likelihood is a curve, known on a grid. The mixture moves with the
    abilities integrated out, then they are drawn from the grid (a partially collapsed Gibbs sampler; Liu
    1994, JASA 89:958), so that neither a small spread nor groups hold the chain. Difficulties take a
    Metropolis-Hastings step that a Newton step proposes (Gamerman 1997, Statistics and Computing 7:57); a
    common shift of all, which no answer can tell, is drawn exactly, and so is their variance.

    Args:
        seen: The observations.
        mode: Where to start.
        rng: Makes the draws.
        draws: How many, of which each is `EVERY` sweeps from the last.

    Yields:
        One draw after another.
    """
    p, n = seen.shape
    rows, columns = seen.templates, seen.items
    counts = sparse.csr_array((seen.counts, (rows, columns)), shape=(p, n))
    by_template, by_item = total(rows, seen.sums, p), total(columns, seen.sums, n)
    difficulty, omega = mode.difficulty, mode.item_variance
    base = _span(seen, mode) - difficulty.mean()  # the grid as seen from the mean difficulty
    least = ((base[1] - base[0]) / 2) ** 2  # a component as narrow as that is still summed to 2 %
    at = np.cos(np.pi * np.arange(NODES) / (NODES - 1))
    nodes = base[0] + (base[-1] - base[0]) * (1 + at) / 2
    # Polynomial interpolation from Chebyshev's nodes: exact to six digits, for sums of smooth curves.
    basis = np.polynomial.chebyshev.chebvander(at, NODES - 1)
    onto = np.linalg.solve(
        basis.T, np.polynomial.chebyshev.chebvander(np.linspace(-1, 1, POINTS), NODES - 1).T
    )
    mixture = one_normal(mode.level, max(mode.template_variance, 4 * least))
    for sweep in range(1, BURN_IN + draws * EVERY + 1):
        middle = difficulty.mean()
        grid = base + middle
        failing = softplus(nodes + middle - difficulty[:, None])
        heights = by_template[:, None] * grid - (counts @ failing) @ onto
        curves = np.exp(heights - heights.max(axis=1, keepdims=True))
        mixture = moved(mixture, curves, grid, least, rng)
        ability, component = abilities(mixture, curves, grid, rng)
        mixture = redrawn(mixture, ability, component, least, rng)

        easiness = _move(-difficulty, by_item, columns, ability[rows], seen.counts, omega, rng)
        shift = math.sqrt(omega / n) * rng.standard_normal() + easiness.mean()
        difficulty = shift - easiness
        ability, mixture = ability + shift, mixture.shifted(shift)
        omega = max(float(difficulty @ difficulty) / rng.chisquare(max(n - 1, 1)), 1e-6)
        if sweep > BURN_IN and (sweep - BURN_IN) % EVERY == 0:
            yield Draw(ability, difficulty)


def _span(seen: Responses, mode: Rasch) -> FloatArray:
    """The grid: every ability that the answers allow for some template."""
    ability = mode.level + mode.ability
    chance = special.expit(ability[seen.templates] - mode.difficulty[seen.items])
    information = total(seen.templates, seen.counts * chance * (1 - chance), ability.size)
    slope = total(seen.templates, seen.sums - seen.counts * chance, ability.size)
    error = np.minimum(1 / np.sqrt(np.maximum(information, 1e-9)), WIDEST)
    # Where likelihood alone would lead from the mode, which the prior has drawn to the middle.
    free = ability + np.clip(slope * error**2, -2 * error, 2 * error)
    low = np.minimum(ability, free) - REACH * error
    high = np.maximum(ability, free) + REACH * error
    return np.linspace(low.min(), high.max(), POINTS)


def _move(
    effect: FloatArray,
    successes: FloatArray,
    codes: IntArray,
    others: FloatArray,
    counts: FloatArray,
    variance: float,
    rng: np.random.Generator,
) -> FloatArray:
    """One step of effects that are independent given all else.

    Args:
        effect: Where they are, shape (effects,); their prior is normal about 0.
        successes: Sum of each one's scores.
        codes: Of the effect of each cell.
        others: What else adds to the cell's logit.
        counts: Answers in each cell.
        variance: Of the prior.
        rng: Proposes and decides.
    """

    def newton(at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Where a Newton step from `at` leads, the information there, and the log posterior at `at`."""
        logits = at[codes] + others
        chance = special.expit(logits)
        information = total(codes, counts * chance * (1 - chance), at.size) + 1 / variance
        slope = successes - total(codes, counts * chance, at.size) - at / variance
        height = successes * at - total(codes, counts * softplus(logits), at.size)
        return at + slope / information, information, height - at**2 / (2 * variance)

    mean, information, height = newton(effect)
    proposed = mean + rng.standard_normal(effect.size) / np.sqrt(information)
    mean_back, information_back, height_there = newton(proposed)
    forth = np.log(information) / 2 - information * (proposed - mean) ** 2 / 2
    back = np.log(information_back) / 2 - information_back * (effect - mean_back) ** 2 / 2
    accepted = np.log(rng.random(effect.size)) < height_there - height + back - forth
    return np.where(accepted, proposed, effect)
