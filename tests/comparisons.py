"""Two simulated models whose true difference, and true sensitivity to templates, are known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Literal

import numpy as np
from scipy import optimize, special

from stats.compare import crossed_difference, p_value
from stats.crossed import crossed_correlation
from stats.estimate import FloatArray
from stats.multiplicity import adjust, copula_max, flipped_max
from stats.pairs import Pairs
from stats.sequential import binary_sequence, log_wealth
from stats.stability import ratio_draws, template_spreads

Shape = Literal["normal", "skewed", "two-point"]

NODES = 40


@dataclass(frozen=True)
class World:
    """Two models, items and templates to be drawn; answers are logistic in their effects.

    Attributes:
        items: Number of items drawn.
        templates: Number of templates drawn.
        levels: The models' logits for the average item and template.
        shared: SD of the template effect both models share, on the logit.
        own: SD of each model's own template effect.
        item: SD of items.
        noise: SD of item × template, of each model.
        shape: Distribution of template effects: normal, skewed (exponential, to bad templates), or two-point
            (one template in five is bad by 2 SD, the others good by half of one).
        unit: Whether scores are anything in [0, 1] (beta with 4 times the chance) instead of 0 or 1.
        replicates: Answers a cell, averaged.
    """

    items: int = 200
    templates: int = 5
    levels: tuple[float, float] = (1.2, 0.8)
    shared: float = 0.3
    own: tuple[float, float] = (0.3, 0.3)
    item: float = 2.0
    noise: float = 0.8
    shape: Shape = "normal"
    unit: bool = False
    replicates: int = 1

    def draw(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """The scores of both models, items × templates each."""
        base = rng.normal(0, self.item, (self.items, 1)) + self.shared * _effects(
            self.shape, rng, self.templates
        )
        above, below = (
            self._scores(level + base + own * _effects(self.shape, rng, self.templates), rng)
            for level, own in zip(self.levels, self.own, strict=True)
        )
        return above, below

    def _scores(self, logit: FloatArray, rng: np.random.Generator) -> FloatArray:
        chance = special.expit(logit + rng.normal(0, self.noise, logit.shape))
        shape = (self.replicates, *chance.shape)
        if self.unit:
            floor = 1e-9
            return rng.beta(4 * chance + floor, 4 * (1 - chance) + floor, shape).mean(axis=0)
        return np.asarray((rng.random(shape) < chance).mean(axis=0), dtype=np.float64)

    def difference(self) -> float:
        """The true mean difference over new items and templates."""
        one, other = (
            _template_mean(level, self.item, self.noise, self.shared, own, self.shape)
            for level, own in zip(self.levels, self.own, strict=True)
        )
        return one[0] - other[0]

    def variances(self) -> tuple[float, float]:
        """The true template variance of each model's mean score."""
        one, other = (
            _template_mean(level, self.item, self.noise, self.shared, own, self.shape)[1]
            for level, own in zip(self.levels, self.own, strict=True)
        )
        return one, other


def _effects(shape: Shape, rng: np.random.Generator, size: int) -> FloatArray:
    """Template effects of mean 0 and SD 1."""
    if shape == "normal":
        return rng.normal(size=size)
    if shape == "skewed":
        return 1 - rng.exponential(size=size)
    return np.where(rng.random(size) < 0.2, -2.0, 0.5)


def _nodes(shape: Shape) -> tuple[FloatArray, FloatArray]:
    """Points and weights that integrate over `_effects`."""
    if shape == "two-point":
        return np.array([-2.0, 0.5]), np.array([0.2, 0.8])
    if shape == "skewed":
        points, weights = np.polynomial.laguerre.laggauss(NODES)
        return 1 - points, weights
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return points, weights / weights.sum()


@cache
def _template_mean(
    level: float, item: float, noise: float, shared: float, own: float, shape: Shape
) -> tuple[float, float]:
    """Mean and variance, over templates, of a template's mean score."""
    points, weights = _nodes(shape)
    normal, normal_weights = _nodes("normal")
    effect = shared * points[:, np.newaxis] + own * points
    inner = special.expit(level + effect[..., np.newaxis] + np.hypot(item, noise) * normal) @ normal_weights
    both = np.outer(weights, weights)
    mean = float((both * inner).sum())
    return mean, float((both * (inner - mean) ** 2).sum())


def with_ratio(world: World, ratio: float) -> World:
    """The world with the first model's own template effects such that its true variance is `ratio` times."""

    def own(sd: float) -> World:
        return replace(world, own=(sd, world.own[1]))

    def excess(sd: float) -> float:
        one, other = own(sd).variances()
        return one / other - ratio

    return own(float(optimize.brentq(excess, 0.0, 10 * max(world.own[1], 0.1), xtol=1e-10)))


@dataclass(frozen=True)
class Coverage:
    """What the intervals of a paired difference did.

    Attributes:
        covered: Share of the crossed 95 % intervals that hold the truth.
        fixed: Share of the intervals with templates fixed that do: what ignoring templates costs.
        tost: Share called equivalent at 5 % where the truth is at the margin.
        tail: Share of 90 % intervals wholly nearer to 0 than the truth: what `tost` comes to in
            designs so large that the other end never matters.
        width: Mean width of the crossed intervals.
    """

    covered: float
    fixed: float
    tost: float
    tail: float
    width: float


def paired_coverage(world: World, rng: np.random.Generator, runs: int) -> Coverage:
    """Draws a world over and over, and compares its models as `paired_effect` and `equivalence` do."""
    true = world.difference()
    found: list[tuple[bool, bool, bool, bool, float]] = []
    for _ in range(runs):
        above, below = world.draw(rng)
        pair = Pairs(above, below, ("item", "template"), (-1.0, 1.0), {}, "")
        crossed, narrow = (crossed_difference(pair, level) for level in (0.95, 0.9))
        assert crossed is not None
        assert narrow is not None
        means = pair.difference.mean(axis=1)
        half = float(special.stdtrit(means.size - 1, 0.975)) * means.std(ddof=1) / np.sqrt(means.size)
        found.append(
            (
                crossed.low <= true <= crossed.high,
                bool(abs(means.mean() - true) <= half),
                -abs(true) < narrow.low and narrow.high < abs(true),
                narrow.high < true if true > 0 else narrow.low > true,
                crossed.high - crossed.low,
            )
        )
    return Coverage(*(float(one) for one in np.mean(np.array(found, dtype=float), axis=0)))


@dataclass(frozen=True)
class Ratios:
    """What the intervals of a ratio of template variances did.

    Attributes:
        covered: Share of the 90 % intervals that hold the truth.
        above: Share that lie above it.
        below: Share that lie below it.
        equivalent: Share that lie within the margin.
    """

    covered: float
    above: float
    below: float
    equivalent: float


def ratio_coverage(
    draw: Callable[[np.random.Generator], tuple[FloatArray, FloatArray]],
    ratio: float,
    margin: float,
    rng: np.random.Generator,
    runs: int,
    draws: int = 1000,
) -> Ratios:
    """Draws two models over and over, and compares their stability as `stability` does."""
    ends = np.empty((runs, 2))
    for index in range(runs):
        low, high = ratio_draws(template_spreads(*draw(rng)), rng, draws)
        ends[index] = np.quantile(low, 0.05, method="lower"), np.quantile(high, 0.95, method="higher")
    above, below = float((ends[:, 0] > ratio).mean()), float((ends[:, 1] < ratio).mean())
    equivalent = float(((ends[:, 0] > 1 / margin) & (ends[:, 1] < margin)).mean())
    return Ratios(1 - above - below, above, below, equivalent)


def false_discoveries(
    rng: np.random.Generator, runs: int, *, tasks: int, true: int, templates: int, fdr: float = 0.05
) -> tuple[float, float]:
    """Share of wrong claims among the claims of `seesaw`, and share of true changes claimed.

    The tasks share their templates, to which both versions react differently.
    """
    wrong: list[float] = []
    power: list[float] = []
    shift = np.where(np.arange(tasks) < true, 0.12, 0.0) * (-1) ** np.arange(tasks)
    for _ in range(runs):
        reaction = rng.normal(0, 0.02, templates)
        p_values: list[float] = []
        signs: list[float] = []
        for task in range(tasks):
            own = rng.normal(0, 0.02, templates)
            cells = shift[task] + reaction + own + rng.normal(0, 0.4, (50, templates))
            difference = cells + rng.normal(0, 0.15, (50, 1))
            p_values.append(p_value(difference))
            signs.append(float(np.sign(difference.mean())))
        claimed = adjust(p_values, "bh") <= fdr
        right = np.sign(shift) == signs
        wrong.append(float((claimed & ~right).sum() / max(claimed.sum(), 1)))
        power.append(float((claimed & right).sum() / max(true, 1)))
    return float(np.mean(wrong)), float(np.mean(power))


def family_errors(
    rng: np.random.Generator,
    runs: int,
    *,
    models: int,
    items: int,
    templates: int,
    crossed: bool,
    draws: int = 1000,
) -> float:
    """Share of families of equal models in which max-t claims any difference at 5 %."""
    pairs = [(one, other) for one in range(models) for other in range(one)]
    false = 0
    for _ in range(runs):
        shared = rng.normal(0, 0.3, (1, items, 1)) + rng.normal(0, 0.05, (1, 1, templates))
        own = rng.normal(0, 0.05, (models, 1, templates)) * crossed
        grids = shared + own + rng.normal(0, 0.4, (models, items, templates))
        differences = np.stack([grids[one] - grids[other] for one, other in pairs])
        if crossed:
            p_values = [p_value(difference) for difference in differences]
            adjusted, _ = copula_max(p_values, crossed_correlation(differences), 0.95, rng, draws)
        else:
            adjusted, _ = flipped_max(differences.mean(axis=2), 0.95, rng, draws)
        false += bool((adjusted <= 0.05).any())
    return false / runs


def binary_sequences_hold(rng: np.random.Generator, runs: int, chance: float, items: int) -> float:
    """Share of sequences of answers that hold the chance at all times."""
    held = 0
    for _ in range(runs):
        low, high = binary_sequence((rng.random(items) < chance).astype(float))
        held += bool(low[-1] <= chance <= high[-1])  # the last interval holds it only if all do
    return held / runs


def betting_sequences_hold(
    rng: np.random.Generator, runs: int, mean: float, spread: float, items: int
) -> float:
    """Share of sequences of beta-distributed scores that hold the mean at all times."""
    values = rng.beta(spread * mean, spread * (1 - mean), (runs, items))
    return float((log_wealth(values, mean).max(axis=1) < np.log(20)).mean())


def gaussian(
    items: int, templates: int, sigmas: tuple[float, float], correlation: float, noise: float
) -> Callable[[np.random.Generator], tuple[FloatArray, FloatArray]]:
    """Draws two models with normal scores whose template effects correlate."""
    return partial(_gaussian, items, templates, sigmas, correlation, noise)


def _gaussian(
    items: int,
    templates: int,
    sigmas: tuple[float, float],
    correlation: float,
    noise: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    one, other = rng.normal(size=(2, templates))
    both = (one, correlation * one + np.sqrt(1 - correlation**2) * other)
    above, below = (
        sigma * effect + rng.normal(0, noise, (items, templates))
        for sigma, effect in zip(sigmas, both, strict=True)
    )
    return above, below
