"""Prints, as Markdown, how often the comparisons of two or more models are right on simulated models.

python tests/benchmarks/calibration_comparisons.py {paired|stability|families|sequences} [runs] [name]

All four with 3,000 runs take about four minutes of one core. A part of a name in the column "scores"
leaves out the other rows of "paired".
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.comparisons import (
    World,
    betting_sequences_hold,
    binary_sequences_hold,
    false_discoveries,
    family_errors,
    gaussian,
    paired_coverage,
    ratio_coverage,
    with_ratio,
)


def main() -> None:
    """Prints one table and how long it took."""
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    parts: dict[str, Callable[[int], None]] = {
        "paired": partial(paired, wanted=wanted),
        "stability": stability,
        "families": families,
        "sequences": sequences,
    }
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in parts:
        raise SystemExit(f"name one of {', '.join(parts)}")
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    start = time.process_time()
    parts[name](runs)
    print(f"\n{runs} runs a row, {time.process_time() - start:.0f} s of one core.")


def error(share: float, runs: int) -> str:
    """A share and its Monte Carlo standard error, in thousandths."""
    return f"{share:.3f} ± {np.sqrt(max(share * (1 - share), 1e-9) / runs):.3f}"


def worlds() -> Iterator[tuple[str, World]]:
    """The designs of the paired difference, with what is special about them."""
    for items in (50, 200, 1000):
        for templates in (5, 10, 20):
            for own in (0.05, 0.3, 0.6):
                yield "right or wrong", World(items=items, templates=templates, own=(own, own))
    plain = World()
    for templates in (5, 10):
        for own in (0.05, 0.3, 0.6):
            one = replace(plain, templates=templates, own=(own, own))
            yield "near the ceiling", replace(one, levels=(4.2, 3.8))
            yield "scores in [0, 1]", replace(one, unit=True)
            yield "3 replicates", replace(one, replicates=3)
    for templates in (5, 10, 20):
        for own in (0.3, 0.6):
            one = replace(plain, templates=templates, own=(own, own))
            yield "skewed template effects", replace(one, shape="skewed")
            yield "two-point template effects", replace(one, shape="two-point")
    for own in (0.05, 0.3, 0.6):
        yield "too few templates", replace(plain, templates=3, own=(own, own))
    for items, templates, own in ((200, 20, 0.3), (200, 20, 0.6), (500, 40, 0.6)):
        ceiling = replace(plain, levels=(4.2, 3.8), own=(own, own))
        yield "near the ceiling, larger", replace(ceiling, items=items, templates=templates)


def paired(runs: int, wanted: str = "") -> None:
    """Coverage of paired differences, and the size of the equivalence test, where `wanted` is in the name."""
    print(
        "| scores | items | templates | own template SD (logit) | crossed 95 % | templates fixed 95 % |",
        end="",
    )
    print(" TOST at the margin | its tail | width |")
    print("|---|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(20261125)
    for name, world in worlds():
        if wanted not in name:
            continue
        found = paired_coverage(world, rng, runs)
        print(
            f"| {name} | {world.items} | {world.templates} | {world.own[0]} | {error(found.covered, runs)} "
            f"| {found.fixed:.3f} | {found.tost:.3f} | {error(found.tail, runs)} | {found.width:.3f} |",
            flush=True,
        )


def stability(runs: int) -> None:
    """Coverage of the ratio of template variances, at a ratio of 2 and a margin of 2."""
    print("| scores | items | templates | noise of a template mean / its variance | true ratio |", end="")
    print(" 90 % interval | above | below | equivalent at margin 2 |")
    print("|---|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(20261126)

    def row(name: str, items: int, templates: int, noise: float, ratio: float, world: World | None) -> None:
        sigma = 0.05
        draw = (
            world.draw
            if world
            else gaussian(items, templates, (sigma * ratio**0.5, sigma), 0.5, sigma * (noise * items) ** 0.5)
        )
        found = ratio_coverage(draw, ratio, 2.0, rng, runs)
        print(
            f"| {name} | {items} | {templates} | {noise:.2f} | {ratio:g} | {error(found.covered, runs)} "
            f"| {found.above:.3f} | {found.below:.3f} | {error(found.equivalent, runs)} |",
            flush=True,
        )

    for templates in (5, 10, 20, 50):
        for noise in (0.0, 0.3, 2.0):
            for ratio in (1.0, 2.0):
                row("normal, correlation .5", 100, templates, noise, ratio, None)
    for shape in ("normal", "skewed", "two-point"):
        for templates in (10, 30, 100):
            world = World(templates=templates, shared=0.3, own=(0.5, 0.5), levels=(0.8, 0.8), shape=shape)
            for ratio in (1.0, 2.0):
                noise = 0.2 / world.items / world.variances()[1]
                row(
                    f"right or wrong, {shape} templates",
                    200,
                    templates,
                    noise,
                    ratio,
                    with_ratio(world, ratio),
                )


def families(runs: int) -> None:
    """False claims over many tasks and over many pairs of models."""
    rng = np.random.default_rng(20261127)
    print("| what | design | false claims | true changes claimed |")
    print("|---|---|---|---|")
    for tasks, true, templates in ((10, 0, 5), (10, 3, 5), (10, 3, 10), (40, 10, 5), (40, 30, 5)):
        few = runs // (2 if tasks <= 10 else 6)
        wrong, power = false_discoveries(rng, few, tasks=tasks, true=true, templates=templates)
        print(
            f"| FDR of seesaw at .05 | {tasks} tasks, {true} changed, {templates} templates "
            f"| {error(wrong, few)} | {power:.2f} |",
            flush=True,
        )
    for crossed in (True, False):
        for models, items, templates in ((3, 50, 5), (6, 50, 5), (6, 50, 10), (6, 200, 10)):
            wrong = family_errors(
                rng, runs, models=models, items=items, templates=templates, crossed=crossed, draws=500
            )
            name = "max-t, templates random" if crossed else "max-t, sign flips of items"
            print(
                f"| {name} at .05 | all pairs of {models} models, {items} items, {templates} templates "
                f"| {error(wrong, runs)} | |",
                flush=True,
            )


def sequences(runs: int) -> None:
    """Coverage at all times of 2,000 items."""
    rng = np.random.default_rng(20261128)
    print("| sequence | scores | holds the mean at all of 2,000 times |")
    print("|---|---|---|")
    for chance in (0.02, 0.3, 0.5, 0.9):
        few = runs // 3
        held = binary_sequences_hold(rng, few, chance, 2000)
        print(f"| beta-binomial mixture | right with chance {chance} | {error(held, few)} |", flush=True)
    for mean in (0.1, 0.5, 0.9):
        for spread in (0.2, 2.0, 20.0):
            held = betting_sequences_hold(rng, runs, mean, spread, 2000)
            print(
                f"| hedged betting | beta, mean {mean}, a + b = {spread} | {error(held, runs)} |", flush=True
            )


if __name__ == "__main__":
    main()
