"""Simulated tables with a known mean and σ_template, and how often the library's intervals hold them.

An answer is right with probability expit(μ + item + template + item × template); items have an SD of 2 and
the interaction one of 0.8 on the logit scale, whatever the template's. The truth is that of new items and
templates.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, special

from stats.clusters import collapse
from stats.components import decompose
from stats.estimate import FloatArray
from stats.intervals import crossed_estimate, mean_estimate, score
from stats.tables import Cells, IntArray
from stats.terms import design

SIGMA_ITEM, SIGMA_BOTH = 2.0, 0.8
SIGMA_SEED = 0.4  # of exemplar seeds, and of their interactions with templates and items
BATCH = 4_000_000  # cells simulated at once

Shape = Literal["normal", "skewed", "two-point", "heavy"]
Missing = Literal["no", "at random", "blocks", "after a right answer"]


@dataclass(frozen=True)
class Plan:
    """A design and its truth.

    Attributes:
        items: Number of items.
        templates: Number of templates.
        sigma: SD of templates on the logit scale.
        mean: The mean score.
        seeds: Number of exemplar seeds crossed with both; 0 for none.
        replicates: Answers a cell.
        shape: Of the templates' effects: normal; exponential; one in ten 3 SD below the others; t with 3 df.
        graded: Whether scores are beta-distributed around the probability instead of 0 or 1.
        passages: Sizes of the passages that items come in; empty if they do not.
        missing: Which cells are missing: 30 % at random; for each template another 30 % of the items; the
            last two templates wherever the first was wrong.
    """

    items: int = 200
    templates: int = 5
    sigma: float = 0.3
    mean: float = 0.7
    seeds: int = 0
    replicates: int = 1
    shape: Shape = "normal"
    graded: bool = False
    passages: tuple[int, ...] = ()
    missing: Missing = "no"


@dataclass(frozen=True)
class Held:
    """How often intervals held the truth.

    Attributes:
        runs: Number of simulated tables.
        crossed: Share of the intervals of the mean, items and templates random.
        items_only: Share of those with the templates as they are, for the same truth.
        sigma: Share of the intervals of σ_template.
        width: Mean width of the crossed interval.
    """

    runs: int
    crossed: float
    items_only: float
    sigma: float
    width: float


def _effects(shape: Shape, uniform: FloatArray) -> FloatArray:
    """Template effects of variance 1 from uniform numbers."""
    if shape == "skewed":
        return -1 - np.log1p(-uniform)
    if shape == "two-point":
        return np.where(uniform < 0.1, -3.0, 1 / 3)
    if shape == "heavy":
        return special.stdtrit(3, uniform) / 3**0.5
    return special.ndtri(uniform)


@cache
def truth(plan: Plan) -> tuple[float, float, float]:
    """μ on the logit scale, the mean, and σ_template, by numerical integration."""
    rest = SIGMA_ITEM**2 + SIGMA_BOTH**2 + (3 * SIGMA_SEED**2 if plan.seeds else 0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    templates = plan.sigma * _effects(plan.shape, (np.arange(4000) + 0.5) / 4000)

    def means(mu: float) -> FloatArray:
        return special.expit(mu + templates[:, None] + rest**0.5 * nodes) @ weights

    mu = float(optimize.brentq(lambda mu: float(means(mu).mean()) - plan.mean, -20, 20))
    return mu, plan.mean, float(means(mu).std())


def simulate(plan: Plan, runs: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Scores, shape (runs, items, templates, seeds, replicates), and the probabilities behind them."""
    mu, _, _ = truth(plan)
    seeds = max(plan.seeds, 1)
    shape = (runs, plan.items, plan.templates, seeds)

    def normal(*axes: int) -> FloatArray:
        return rng.standard_normal([size if axis in (0, *axes) else 1 for axis, size in enumerate(shape)])

    if plan.passages:
        owner = np.repeat(np.arange(len(plan.passages)), plan.passages)
        passages = rng.standard_normal((runs, len(plan.passages)))[:, owner, None, None]
        items = SIGMA_ITEM * (passages + normal(1)) / 2**0.5
    else:
        items = SIGMA_ITEM * normal(1)
    uniform = rng.random((runs, 1, plan.templates, 1))
    logit = mu + items + plan.sigma * _effects(plan.shape, uniform) + SIGMA_BOTH * normal(1, 2)
    if plan.seeds:
        logit = logit + SIGMA_SEED * (normal(3) + normal(2, 3) + normal(1, 3))
    chance = special.expit(logit)[..., None]
    full = (*shape, plan.replicates)
    if plan.graded:
        return rng.beta(4 * chance, 4 * (1 - chance), full), chance
    return (rng.random(full) < chance).astype(np.float64), chance


def coverage(plan: Plan, runs: int, rng: np.random.Generator) -> Held:
    """Simulates and counts; tables without gaps go through the library's functions of arrays."""
    _, mean, sigma = truth(plan)
    parents = np.repeat(np.arange(len(plan.passages)), plan.passages) if plan.passages else None
    counts = np.zeros(4)
    cells = plan.items * plan.templates * max(plan.seeds, 1) * plan.replicates
    size = max(BATCH // cells, 1)
    for start in range(0, runs, size):
        scores, _ = simulate(plan, min(size, runs - start), rng)
        for one in scores:
            if plan.missing == "no":
                counts += _full(plan, one, parents, mean, sigma)
            else:
                counts += _gappy(plan, one[:, :, 0, 0], mean, sigma, rng)
    return Held(runs, *(counts / runs).tolist())


def _full(plan: Plan, scores: FloatArray, parents: IntArray | None, mean: float, sigma: float) -> FloatArray:
    grid = scores.mean(axis=-1)
    grid = grid if plan.seeds else grid[..., 0]
    within = float(((scores - scores.mean(axis=-1, keepdims=True)) ** 2).sum())
    names = ("item", "template", "seed")[: grid.ndim]
    count = np.full(grid.shape, plan.replicates)
    levels = tuple(tuple(range(size)) for size in grid.shape)
    folded = Cells(names, levels, grid, count, within)
    spread = decompose(folded, design(names)).sigma("template")
    units = grid if parents is None else collapse(grid, parents)
    crossed = crossed_estimate(
        units,
        bounds=(0.0, 1.0),
        level=0.95,
        item="item",
        template="template",
        seed="seed" if plan.seeds else None,
        logit=True,
    )
    each = units.reshape(len(units), -1).mean(axis=1)
    n = {"item": each.size}
    single = mean_estimate(each, bounds=(0.0, 1.0), level=0.95, method="", item="item", n=n)
    assert crossed is not None
    return np.array(
        [
            crossed.low <= mean <= crossed.high,
            single.low <= mean <= single.high,
            spread.low <= sigma <= spread.high,
            crossed.high - crossed.low,
        ]
    )


def _gappy(plan: Plan, grid: FloatArray, mean: float, sigma: float, rng: np.random.Generator) -> FloatArray:
    item, template = np.indices((plan.items, plan.templates))
    if plan.missing == "at random":
        kept = rng.random(grid.shape) > 0.3
    elif plan.missing == "blocks":
        kept = (item / plan.items - template / plan.templates) % 1 > 0.3
    else:
        kept = np.logical_or(template < plan.templates - 2, grid[:, :1] == 1)
    table = pd.DataFrame({"item": item[kept], "template": template[kept], "score": grid[kept]})
    found = score(table, value="score", item="item", template="template")
    folded = Cells(
        ("item", "template"),
        tuple(tuple(range(size)) for size in grid.shape),
        np.where(kept, grid, np.nan),
        np.asarray(kept, dtype=np.int64),
        0.0,
    )
    spread = decompose(folded, design(("item", "template"))).sigma("template")
    crossed, single = found.crossed, found.fixed
    assert crossed is not None
    return np.array(
        [
            crossed.low <= mean <= crossed.high,
            single.low <= mean <= single.high,
            spread.low <= sigma <= spread.high,
            crossed.high - crossed.low,
        ]
    )


def grid_of_plans() -> dict[str, tuple[Plan, ...]]:
    """The designs that are reported, by what they look at."""

    def three(plan: Plan) -> tuple[Plan, ...]:
        return tuple(replace(plan, sigma=sigma) for sigma in (0.05, 0.3, 0.8))

    return {
        "balanced": tuple(plan for templates in (5, 10, 20) for plan in three(Plan(templates=templates))),
        "50 items": three(Plan(items=50)),
        "1,000 items": three(Plan(items=1000)),
        "easy items, mean .93": (
            *three(Plan(mean=0.93)),
            *(Plan(templates=templates, mean=0.93, sigma=0.8) for templates in (10, 20)),
        ),
        "3 answers a cell": three(Plan(replicates=3)),
        "scores between 0 and 1": three(Plan(graded=True)),
        "skewed template effects": tuple(
            Plan(templates=templates, sigma=sigma, shape="skewed")
            for templates in (5, 10, 20)
            for sigma in (0.3, 0.8)
        ),
        "one template in ten is broken": tuple(
            Plan(templates=templates, sigma=sigma, shape="two-point")
            for templates in (5, 10, 20)
            for sigma in (0.3, 0.8)
        ),
        "heavy-tailed template effects": tuple(
            Plan(templates=templates, sigma=0.8, shape="heavy") for templates in (5, 10, 20)
        ),
        "exemplar seeds, crossed": tuple(
            plan for seeds in (2, 3, 5) for plan in three(Plan(items=100, seeds=seeds))
        ),
        "passages": (
            *three(Plan(passages=(4,) * 50)),
            Plan(items=480, passages=(40,) * 12),
            Plan(items=250, passages=(25,) * 10),
            Plan(items=220, passages=(2, 4, 5, 9) * 11),
        ),
        "cells missing: 30 % at random": three(Plan(missing="at random")),
        "cells missing: each template skips another 30 % of items": three(Plan(missing="blocks")),
        "cells missing: two templates only where the first was right": three(
            Plan(missing="after a right answer")
        ),
        "too few templates (warned of)": tuple(
            Plan(templates=templates, sigma=sigma) for templates in (3, 4) for sigma in (0.05, 0.3, 0.8)
        ),
    }
