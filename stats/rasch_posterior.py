"""Draws from the posterior of the Rasch model, started at its mode."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.estimate import FloatArray
from stats.rasch import Rasch, Responses, total
from stats.tables import IntArray

BURN_IN = 100
EVERY = 2  # sweeps from one draw that is kept to the next
STEP = 0.4  # of log τ


@dataclass(frozen=True)
class Draw:
    """One draw: P(y_ti = 1) = σ(ability_t - difficulty_i).

    Attributes:
        ability: Shape (templates,).
        difficulty: Shape (items,).
        template_sd: τ, that of ability.
    """

    ability: FloatArray
    difficulty: FloatArray
    template_sd: float


def posterior(seen: Responses, mode: Rasch, *, rng: np.random.Generator, draws: int) -> Iterator[Draw]:
    """Markov chain Monte Carlo, flat priors on μ, τ and ω.

    All templates at once, then all items, take a Metropolis-Hastings step that a Newton step proposes
    (Gamerman 1997, Statistics and Computing 7:57); then a common shift of both, which no answer can tell, and
    the variances are drawn exactly (Gelman 2006, Bayesian Analysis 1:515). τ is moved once more together with
    the abilities (interweaving, Yu and Meng 2011, JCGS 20:531), so that it does not stick near 0. A sweep is
    O(cells).

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
    ability, difficulty = mode.level + mode.ability, mode.difficulty
    center, tau, omega = mode.level, max(mode.template_variance, 1e-3), mode.item_variance
    by_template, by_item = total(rows, seen.sums, p), total(columns, seen.sums, n)
    for sweep in range(1, BURN_IN + draws * EVERY + 1):
        ability = _move(ability, by_template, rows, -difficulty[columns], seen.counts, center, tau, rng)
        difficulty = -_move(-difficulty, by_item, columns, ability[rows], seen.counts, 0.0, omega, rng)
        shift = math.sqrt(omega / n) * rng.standard_normal() - difficulty.mean()
        ability, difficulty = ability + shift, difficulty + shift
        center = ability.mean() + math.sqrt(tau / p) * rng.standard_normal()
        tau = max(float(np.square(ability - center).sum()) / rng.chisquare(max(p - 1, 1)), 1e-6)
        omega = max(float(difficulty @ difficulty) / rng.chisquare(max(n - 1, 1)), 1e-6)

        growth = math.exp(STEP * rng.standard_normal())
        stretched = center + growth * (ability - center)
        gain = by_template @ (stretched - ability)
        for sign, one in ((-1.0, stretched), (1.0, ability)):
            gain += sign * float(seen.counts @ np.logaddexp(0.0, one[rows] - difficulty[columns]))
        if math.log(rng.random()) < gain + math.log(growth):
            ability, tau = stretched, tau * growth**2
        if sweep > BURN_IN and (sweep - BURN_IN) % EVERY == 0:
            yield Draw(ability, difficulty, math.sqrt(tau))


def _move(
    effect: FloatArray,
    successes: FloatArray,
    codes: IntArray,
    others: FloatArray,
    counts: FloatArray,
    center: float,
    variance: float,
    rng: np.random.Generator,
) -> FloatArray:
    """One step of all effects of a kind, which given the other kind are independent.

    Args:
        effect: Where they are, shape (effects,).
        successes: Sum of each one's scores.
        codes: Of the effect of each cell.
        others: What else adds to the cell's logit.
        counts: Answers in each cell.
        center: Mean of the effects' prior.
        variance: Its variance.
        rng: Proposes and decides.
    """

    def newton(at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Where a Newton step from `at` leads, the information there, and the log posterior at `at`."""
        logits = at[codes] + others
        chance = special.expit(logits)
        information = total(codes, counts * chance * (1 - chance), at.size) + 1 / variance
        slope = successes - total(codes, counts * chance, at.size) - (at - center) / variance
        height = successes * at - total(codes, counts * np.logaddexp(0.0, logits), at.size)
        return at + slope / information, information, height - (at - center) ** 2 / (2 * variance)

    mean, information, height = newton(effect)
    proposed = mean + rng.standard_normal(effect.size) / np.sqrt(information)
    mean_back, information_back, height_there = newton(proposed)
    forth = np.log(information) / 2 - information * (proposed - mean) ** 2 / 2
    back = np.log(information_back) / 2 - information_back * (effect - mean_back) ** 2 / 2
    accepted = np.log(rng.random(effect.size)) < height_there - height + back - forth
    return np.where(accepted, proposed, effect)
