"""Sweeps of the size planned show what was promised; tests/benchmarks/planned_power.py has more of them."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.planning.questions import Bars, Question, wanted
from experiments.planning.search import Room, cheapest
from experiments.planning.stated import evidence
from tests.experiments.planning.realised import shown
from tests.experiments.planning.worlds import World

RUNS = 100
BARS = Bars(half_width=0.05, difference=0.08, margin=0.07)


@pytest.mark.parametrize(
    ("question", "world", "slack"),
    [
        (Question.score, World((0.6,)), 0.0025),
        (Question.factors, World((0.6,)), 0.003),
        (Question.better, World((0.64, 0.56), shared=0.5), 0.12),  # three standard errors of a power of .8
        (Question.same, World((0.6, 0.6), shared=0.5), 0.12),
        (Question.ranking, World((0.68, 0.6, 0.5), shared=0.5), 0.065),
    ],
)
def test_a_planned_sweep_shows_what_was_promised(question: Question, world: World, slack: float):
    bars = replace(BARS, half_width=0.03) if question is Question.factors else BARS
    mean = world.means if question is Question.ranking else (float(np.mean(world.means)),)
    target = wanted(question, evidence(replace(world.stated, means=mean), question), bars)
    sizes = cheapest(target, Room(1000, 30))
    assert sizes is not None
    rng = np.random.default_rng(20240517)
    found = np.mean(
        [shown(question, bars, world, sizes["item"], sizes["template"], rng) for _ in range(RUNS)]
    )
    assert float(found) == pytest.approx(target.reach(sizes), abs=slack)
