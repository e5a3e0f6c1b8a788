"""Whether sweeps of the size that `fathom plan` finds show what it promises.

    python -m tests.benchmarks.planned_power [RUNS]

Prints two Markdown tables. The first plans from true components and simulates RUNS (1,000) sweeps a row. The
second plans from 300 simulated pilots, and asks what their plans are worth at the true components.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np

from experiments.planning.estimates import part_of
from experiments.planning.evidence import Evidence
from experiments.planning.questions import Bars, Question, unlucky, wanted
from experiments.planning.search import Room, cheapest
from experiments.planning.sentences import sizes_in_words
from experiments.planning.stated import evidence
from tests.experiments.planning.realised import shown
from tests.experiments.planning.worlds import World

PILOTS = 300
ROOM = Room(3000, 60)


@dataclass(frozen=True)
class Row:
    """A question with its truth, and what is wanted."""

    name: str
    question: Question
    world: World
    bars: Bars


BARS = Bars(half_width=0.03, difference=0.05, margin=0.05)
ONE, TWO = World((0.6,)), World((0.62, 0.58), shared=0.5)
ALIKE = World((0.6, 0.6), shared=0.5)
ROWS = (
    Row("score, ± 3 points", Question.score, ONE, BARS),
    Row("score, ± 3 points, mean .9", Question.score, World((0.9,), 0.03, 0.03), BARS),
    Row("score, ± 5 points", Question.score, ONE, replace(BARS, half_width=0.05)),
    Row("better by 4 points", Question.better, TWO, replace(BARS, difference=0.04)),
    Row(
        "better by 4 points, σ .08",
        Question.better,
        replace(TWO, template=0.08),
        replace(BARS, difference=0.04),
    ),
    Row("same within 5 points", Question.same, ALIKE, BARS),
    Row("not worse by 5 points", Question.same, ALIKE, replace(BARS, one_sided=True)),
    Row("as stable, factor 2", Question.stable, replace(ALIKE, template=0.06), BARS),
    Row(
        "not less stable, factor 2",
        Question.stable,
        replace(ALIKE, template=0.06, shared=0.0),
        replace(BARS, one_sided=True),
    ),
    Row("σ of templates, ± 1.5 points", Question.factors, ONE, replace(BARS, half_width=0.015)),
    Row("ranking of two", Question.ranking, TWO, BARS),
    Row("ranking of four", Question.ranking, World((0.68, 0.64, 0.6, 0.5), shared=0.5), BARS),
)


def truth(row: Row) -> Evidence:
    """The true components of a row."""
    means = row.world.means
    mean = means if row.question is Question.ranking else (float(np.mean(means)),)
    return evidence(replace(row.world.stated, means=mean), row.question)


def kept(runs: int) -> None:
    """Plans from the truth, simulates, and prints the first table."""
    print("| wanted | design | promised | realised |")
    print("|---|---|---|---|")
    for place, row in enumerate(ROWS):
        target = wanted(row.question, truth(row), row.bars)
        sizes = cheapest(target, ROOM)
        assert sizes is not None, row.name
        rng = np.random.default_rng([20240517, place])
        found = np.array(
            [
                shown(row.question, row.bars, row.world, sizes["item"], sizes["template"], rng)
                for _ in range(runs)
            ]
        )
        error = found.std(ddof=1) / np.sqrt(runs)
        unit = "points" if target.less else "%"
        digits = 2 if target.less else 1
        print(
            f"| {row.name} | {sizes_in_words(sizes)} | {100 * target.sure(sizes):.{digits}f} {unit} | "
            f"{100 * found.mean():.{digits}f} ± {196 * error:.{digits}f} {unit} |",
            flush=True,
        )


def pilots() -> None:
    """Plans from simulated pilots, and prints the second table."""
    print("\n| wanted | pilot | plan keeps it | plan if the pilot was lucky keeps it | requests, median |")
    print("|---|---|---|---|---|")
    for row in (ROWS[0], ROWS[3]):
        for items, templates in ((60, 5), (60, 14), (200, 14), (200, 40)):
            print(f"| {row.name} | {items} × {templates} | {_pilots(row, items, templates)} |", flush=True)


def _pilots(row: Row, items: int, templates: int) -> str:
    true = wanted(row.question, truth(row), row.bars)
    near = true.target * (1.1 if true.less else 1 - 0.1)
    rng = np.random.default_rng([items, templates])
    held: list[tuple[bool, bool]] = []
    requests: list[tuple[float, float]] = []
    for _ in range(PILOTS):
        table = row.world.draw(rng, items, templates)
        if len(row.world.means) == 2:
            wide = table.pivot(index=["item", "template"], columns="model", values="score").reset_index()
            table = wide.assign(score=wide[0] - wide[1])
        part = part_of("pilot", table, ("item", "template"), row.bars.level)
        seen = Evidence((part,), level=row.bars.level)
        worse = unlucky(row.question, seen)
        assert worse is not None
        designs = [cheapest(wanted(row.question, one, row.bars), ROOM) for one in (seen, worse)]
        reaches = [true.reach(ROOM.whole if one is None else one) for one in designs]
        first, second = ((reach <= near if true.less else reach >= near) for reach in reaches)
        held.append((first, second))
        counts = [np.inf if one is None else float(one["item"] * one["template"]) for one in designs]
        requests.append((counts[0], counts[1]))
    shares = np.mean(held, axis=0)
    medians = [f"{one:,.0f}" if np.isfinite(one) else "none does" for one in np.median(requests, axis=0)]
    return f"{100 * shares[0]:.0f} % | {100 * shares[1]:.0f} % | {medians[0]}; {medians[1]}"


if __name__ == "__main__":
    kept(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    pilots()
