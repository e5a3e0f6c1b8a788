"""A mixture of normals as the distribution of abilities, moved with the abilities integrated out."""

import math
from dataclasses import dataclass

import numpy as np

from stats.estimate import FloatArray
from stats.tables import IntArray

COMPONENTS = 8
CONCENTRATION = 2.0  # of the weights' Dirichlet prior, all components together: few of them are needed
APART = 1.0  # scale of the distances of the components' means, in SDs of a component
STEPS = (0.3, 1.0)  # of the log of a scale that is moved
PAIRS = 6  # of components, moved at a time


@dataclass(frozen=True)
class Mixture:
    """The density Σ weight_k N(mean_k, variance).

    The means are Cauchy about `center`, with scale `APART` times the SD of a component: where one component
    is enough the others cost little, and where some abilities lie far off a component reaches them.

    Attributes:
        weight: Shape (components,).
        mean: Shape (components,).
        center: What the means scatter about.
        variance: That of each component.
    """

    weight: FloatArray
    mean: FloatArray
    center: float
    variance: float

    def shifted(self, by: float) -> "Mixture":
        """The same density elsewhere."""
        return Mixture(self.weight, self.mean + by, self.center + by, self.variance)

    def parts(self, at: FloatArray) -> FloatArray:
        """Each component's share of the density, times √2π; shape (points, components)."""
        distance = np.square(at[:, None] - self.mean) / self.variance
        return np.exp(-distance / 2) * (self.weight / math.sqrt(self.variance))

    @property
    def prior(self) -> float:
        """Log prior density of weights and means, up to a constant."""
        scale = APART * math.sqrt(self.variance)
        far = np.square((self.mean - self.center) / scale)
        likely = (CONCENTRATION / self.mean.size - 1) * np.log(self.weight).sum()
        return float(likely - np.log1p(far).sum()) - self.mean.size * math.log(scale)


def one_normal(mean: float, variance: float) -> Mixture:
    """A mixture to start with: nearly all weight on one component."""
    weight = np.full(COMPONENTS, 0.1 / (COMPONENTS - 1))
    weight[0] = 0.9
    return Mixture(weight, np.full(COMPONENTS, mean), mean, variance)


def moved(
    mixture: Mixture, curves: FloatArray, grid: FloatArray, least: float, rng: np.random.Generator
) -> Mixture:
    """Metropolis steps with the abilities integrated out, flat on the SD of a component.

    Args:
        mixture: Where it is.
        curves: Likelihood of each ability at the grid's points, up to a factor; (abilities, points).
        grid: Evenly spaced points.
        least: The least variance of a component that the grid can hold.
        rng: Proposes and decides.
    """
    k = mixture.mean.size
    proposals = [(step, whole) for step in STEPS for whole in (True, False)] + [None] * PAIRS
    height = _evidence(mixture, curves, grid) + mixture.prior
    for proposal in proposals:
        step, whole = proposal or (STEPS[0], False)
        growth = math.exp(step * rng.standard_normal())
        variance = mixture.variance * growth**2
        if variance < least:
            continue
        weight, mean, center = mixture.weight, mixture.mean, mixture.center
        gain = math.log(growth)  # of volume
        if whole:
            pivot = float(weight @ mean)
            mean, center = pivot + growth * (mean - pivot), pivot + growth * (center - pivot)
            gain += k * math.log(growth)
        elif proposal is None:
            pair = rng.choice(k, 2, replace=False)
            weight, mean, share = weight.copy(), mean.copy(), rng.random()
            weight[pair] = np.array([share, 1 - share]) * weight[pair].sum() + 1e-300
            mean[pair] += (mixture.variance * variance) ** 0.25 * rng.standard_normal(2)
        there = Mixture(weight, mean, center, variance)
        high = _evidence(there, curves, grid) + there.prior
        if math.log(rng.random()) < high - height + gain:
            mixture, height = there, high
    return mixture


def _evidence(mixture: Mixture, curves: FloatArray, grid: FloatArray) -> float:
    """Log likelihood with the abilities integrated out, up to a constant."""
    return float(np.log(curves @ mixture.parts(grid).sum(axis=1) + 1e-300).sum())


def abilities(
    mixture: Mixture, curves: FloatArray, grid: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """Draws every ability, and the component that it comes from, given the mixture; arguments as above."""
    parts = mixture.parts(grid)
    chosen = _choose(curves * (parts.sum(axis=1) + 1e-300), rng)
    spacing = grid[1] - grid[0]
    return grid[chosen] + spacing * (rng.random(chosen.size) - 0.5), _choose(parts[chosen] + 1e-300, rng)


def _choose(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """A column for each row, with chances in proportion to the weights."""
    rising = np.cumsum(weights, axis=1)
    level = rng.random(len(weights)) * rising[:, -1]
    return (rising < level[:, None]).sum(axis=1).clip(0, weights.shape[1] - 1)


def redrawn(
    mixture: Mixture, ability: FloatArray, component: IntArray, least: float, rng: np.random.Generator
) -> Mixture:
    """The mixture given abilities and the components they come from, each parameter in turn (Gibbs)."""
    k = mixture.mean.size
    members = np.bincount(component, minlength=k)
    weight = rng.gamma(CONCENTRATION / k + members) + 1e-300
    scale = APART**2 * mixture.variance
    # A Cauchy is a normal whose precision is χ² with 1 degree of freedom.
    nearness = rng.gamma(1.0, 2 / (1 + np.square(mixture.mean - mixture.center) / scale))
    precision = members / mixture.variance + nearness / scale
    sums = np.bincount(component, weights=ability, minlength=k) / mixture.variance
    mean = (sums + nearness * mixture.center / scale) / precision + rng.standard_normal(k) / np.sqrt(
        precision
    )
    center = nearness @ mean / nearness.sum() + rng.standard_normal() * math.sqrt(scale / nearness.sum())
    squares = np.square(ability - mean[component]).sum() + nearness @ np.square(mean - center) / APART**2
    variance = max(float(squares) / rng.chisquare(ability.size + k - 1), least)
    return Mixture(weight / weight.sum(), mean, float(center), variance)
