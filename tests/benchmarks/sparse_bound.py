"""How well quantiles over templates could be known from a sparse sample, if all else were known.

Simulated tables of the Rasch model with abilities of known laws, and the posterior of somebody who knows the
item difficulties and the law. Over tables of that kind no estimate has a smaller mean squared error than its
mean, and its intervals are about the shortest that hold as often.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from stats.estimate import FloatArray
from stats.multiprompt import completed
from stats.rasch import Responses, softplus
from stats.rasch_posterior import Draw

POINTS = 401
SHIFTS = np.linspace(-0.6, 0.6, 49)
SCALES = 40
DRAWS = 200


@dataclass(frozen=True)
class Law:
    """A distribution of abilities, in logits.

    Attributes:
        sample: Draws so many.
        density: At points, up to a factor.
        sd: Standard deviation, roughly.
    """

    sample: Callable[[np.random.Generator, int], FloatArray]
    density: Callable[[FloatArray], FloatArray]
    sd: float


def normals(*parts: tuple[float, float], sd: float) -> Law:
    """Normals with the same SD; each part is its share and its mean."""
    shares, means = np.array(parts).T

    def sample(rng: np.random.Generator, size: int) -> FloatArray:
        return rng.choice(means, size, p=shares) + sd * rng.standard_normal(size)

    def density(at: FloatArray) -> FloatArray:
        return np.exp(-np.square((at[:, None] - means) / sd) / 2) @ shares

    return Law(sample, density, float(np.sqrt(sd**2 + shares @ np.square(means - shares @ means))))


def skewed(mean: float, sd: float) -> Law:
    """An exponential tail to the left."""

    def sample(rng: np.random.Generator, size: int) -> FloatArray:
        return mean + sd * (1 - rng.exponential(1.0, size))

    def density(at: FloatArray) -> FloatArray:
        below = 1 - (at - mean) / sd
        return np.where(below >= 0, np.exp(-np.maximum(below, 0)), 0.0)

    return Law(sample, density, sd)


def known_law(
    table: FloatArray,
    mask: NDArray[np.bool_],
    difficulty: FloatArray,
    law: Law,
    levels: tuple[float, ...],
    rng: np.random.Generator,
    *,
    scaled: bool,
) -> FloatArray:
    """Lower end, median and upper end of each quantile's posterior: (levels, 3).

    Args:
        table: All answers, (templates, items); only those asked are looked at.
        mask: Which are asked.
        difficulty: The true one of each item.
        law: The true one of abilities.
        levels: Which quantiles.
        rng: Draws.
        scaled: Whether center and spread of the law are unknown, with flat priors, and only its shape known.
    """
    rows, columns = (codes.astype(np.int64) for codes in np.nonzero(mask))
    means = table[rows, columns]
    seen = Responses(rows, columns, np.ones(rows.size), means, (table.shape[0], table.shape[1]))
    middle = 0.8
    reach = max(8 * law.sd, 2.4)
    grid = np.linspace(middle - reach, middle + reach, POINTS)
    spacing = grid[1] - grid[0]
    sums = (mask * table).sum(axis=1)
    heights = sums[:, None] * grid - mask @ softplus(grid - difficulty[:, None])
    curves = np.exp(heights - heights.max(axis=1, keepdims=True))
    if scaled:
        scales = np.linspace(0.03, 3 + 0.25 / law.sd, SCALES)
        priors = np.stack([_moved(law, grid, middle, scale) for scale in scales])  # scale, shift, point
        evidence = np.log(np.einsum("tg,kig->kit", curves, priors, optimize=True) + 1e-300).sum(axis=2)
        chances = np.exp(evidence - evidence.max()).ravel()
        picks = rng.choice(chances.size, DRAWS, p=chances / chances.sum())
        drawn = priors.reshape(-1, POINTS)[picks]
    else:
        drawn = np.broadcast_to(law.density(grid), (DRAWS, POINTS))
    scores: list[FloatArray] = []
    for prior in drawn:
        rising = np.cumsum(curves * prior, axis=1)
        chosen = (rising < (rng.random(len(table)) * rising[:, -1])[:, None]).sum(axis=1).clip(0, POINTS - 1)
        ability = grid[chosen] + spacing * (rng.random(len(table)) - 0.5)
        scores.append(completed(Draw(ability, difficulty), seen, means, rng))
    quantiles = np.quantile(np.stack(scores), levels, axis=1)
    return np.quantile(quantiles, [0.025, 0.5, 0.975], axis=1).T


def _moved(law: Law, grid: FloatArray, middle: float, scale: float) -> FloatArray:
    """The law stretched about the middle, then shifted by each of SHIFTS, with sum 1 on the grid."""
    densities = np.stack([law.density(middle + (grid - middle - shift) / scale) for shift in SHIFTS])
    return densities / (densities.sum(axis=1, keepdims=True) + 1e-300)


def rasch_table(
    law: Law, templates: int, items: int, rng: np.random.Generator, *, interaction: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """A full table and its item difficulties, of SD 1.5; each cell's logit adds an SD of `interaction`."""
    ability, difficulty = law.sample(rng, templates), rng.normal(0, 1.5, items)
    logit = ability[:, None] - difficulty + interaction * rng.standard_normal((templates, items))
    return (rng.random(logit.shape) < special.expit(logit)).astype(np.float64), difficulty
