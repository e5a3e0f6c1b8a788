"""What another share of the pairs, or another choice of them, could save at most.

python tests/benchmarks/sparse_designs.py

Prints lines like those of `adaptive.py sample`, for somebody who knows the item difficulties and that
abilities are normal, but not their mean and SD (`sparse_bound.known_law`): 100 templates × 500 items,
ability SD .3. The true difficulties also make the choice of items: no pilot could choose better in the same
way.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from experiments.sweep.sparse import balanced_mask
from stats.estimate import FloatArray
from tests.benchmarks.adaptive import LEVELS, PARTS, against, ordinary
from tests.benchmarks.sparse_bound import known_law, normals

SHAPE = 100, 500
LAW = normals((1.0, 0.8), sd=0.3)
MIDDLE = 0.8

Choice = Callable[[FloatArray, FloatArray, np.random.Generator], NDArray[np.bool_]]  # of table, difficulty


def at_random(share: float) -> Choice:
    """As `sweep.sample` chooses."""

    def choose(table: FloatArray, difficulty: FloatArray, rng: np.random.Generator) -> NDArray[np.bool_]:
        return balanced_mask(*SHAPE, share, rng=rng)

    return choose


def medium_items(share: float) -> Choice:
    """Half at random, half from the third of the items whose difficulty is nearest to the middle ability."""

    def choose(table: FloatArray, difficulty: FloatArray, rng: np.random.Generator) -> NDArray[np.bool_]:
        mask = balanced_mask(*SHAPE, share / 2, rng=rng)
        near = np.argsort(np.abs(difficulty - MIDDLE))[: SHAPE[1] // 3]
        taken = np.zeros(SHAPE[1], dtype=np.int64)
        for row in mask:
            free = near[~row[near]]
            chosen = free[np.lexsort((rng.random(free.size), taken[free]))[: round(share / 2 * SHAPE[1])]]
            row[chosen] = True
            taken[chosen] += 1
        return mask

    return choose


def outer_templates(share: float) -> Choice:
    """Half at random, half from the half of the templates that came out farthest from the middle."""

    def choose(table: FloatArray, difficulty: FloatArray, rng: np.random.Generator) -> NDArray[np.bool_]:
        mask = balanced_mask(*SHAPE, share / 2, rng=rng)
        scores = (table * mask).sum(axis=1) / mask.sum(axis=1)
        outer = np.argsort(-np.abs(scores - np.median(scores)))[: SHAPE[0] // 2]
        free = 1 - share / 2
        mask[outer] |= balanced_mask(outer.size, SHAPE[1], share / free, rng=rng)
        return mask

    return choose


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=60, help="tables")
    options = parser.parse_args()
    choices = {f"at random, {share:.0%}": (at_random(share), share) for share in (0.02, 0.05, 0.1, 0.2)}
    choices["half from items of medium difficulty"] = medium_items(0.1), 0.1
    choices["half from the outer templates"] = outer_templates(0.1), 0.1
    found: dict[str, list[FloatArray]] = {name: [] for name in choices}
    many: list[FloatArray] = []
    truths: list[FloatArray] = []
    for seed in range(options.runs):
        rng = np.random.default_rng(seed)
        ability, difficulty = LAW.sample(rng, SHAPE[0]), rng.normal(0, 1.5, SHAPE[1])
        table = (rng.random(SHAPE) < special.expit(ability[:, None] - difficulty)).astype(np.float64)
        truths.append(np.quantile(table.mean(axis=1), LEVELS))
        many.append(np.stack([ordinary(table, part, rng) for part in PARTS]))
        for name, (choose, _) in choices.items():
            mask = choose(table, difficulty, rng)
            found[name].append(known_law(table, mask, difficulty, LAW, LEVELS, rng, scaled=True))
    for name, (_, share) in choices.items():
        against(name, np.stack(found[name]), np.stack(many), np.stack(truths), share)


if __name__ == "__main__":
    main()
