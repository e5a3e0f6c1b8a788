import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.planning.errors import PlanError
from experiments.planning.questions import Question
from experiments.planning.stated import Stated, evidence, title
from stats.components import components
from tests.experiments.planning.worlds import World

PLAIN = Stated((0.7,), 0.05)


def test_the_rest_comes_from_the_mean():
    part = PLAIN.part(0.7)
    assert math.fsum(part.variances.values()) == pytest.approx(0.21)
    assert part.variances["item"] == pytest.approx((0.21 - 0.0025) / 2)
    known = replace(PLAIN, item=0.2, noise=0.1).part(0.7)
    assert known.variances["item × template"] == pytest.approx(0.21 - 0.0025 - 0.04 - 0.01)
    everything = replace(PLAIN, interaction=0.3).part(0.7)
    assert everything.variances["item"] == pytest.approx(0.21 - 0.0025 - 0.09)
    whole = replace(PLAIN, item=0.2, interaction=0.3, exemplars=0.1).part(0.7)
    assert whole.variances["exemplar_seed"] == pytest.approx(0.01)


def test_more_than_a_score_can_vary_is_refused():
    with pytest.raises(PlanError, match=r"stated come to 0.25.*have 0.09 at most"):
        Stated((0.9,), 0.5).part(0.9)


def test_the_rest_is_what_right_or_wrong_answers_leave():
    world = World((0.7,), item=0.12, template=0.05)
    table = world.draw(np.random.default_rng(1), 600, 80)
    found = components(table, value="score", factors=["item", "template"])
    expected = world.stated.part(0.7).variances
    for term in expected:
        assert found.get(term).value == pytest.approx(expected[term], rel=0.3), term


def test_a_comparison_is_of_two_models_alike():
    one = evidence(PLAIN, Question.score).first
    two = evidence(replace(PLAIN, shared=0.5), Question.better).first
    assert two.variances["item"] == pytest.approx(one.variances["item"])
    assert two.variances["item × template"] == pytest.approx(2 * one.variances["item × template"])
    assert evidence(replace(PLAIN, shared=0.5), Question.stable).shared == 0.5


def test_whom_a_plan_is_of():
    assert title(PLAIN, Question.score) == "a model with a mean of 70 %"
    assert title(PLAIN, Question.stable) == "two models with a mean of 70 %"
    assert title(Stated((0.6, 0.5), 0.05), Question.ranking) == "2 models with means of 60 and 50 %"


def test_a_ranking_has_a_gap_between_neighbours():
    found = evidence(Stated((0.6, 0.7, 0.5), 0.05), Question.ranking)
    assert [part.mean for part in found.parts] == pytest.approx([0.1, 0.1])
    with pytest.raises(PlanError, match="all different"):
        evidence(Stated((0.6, 0.6), 0.05), Question.ranking)
    with pytest.raises(PlanError, match="several values with --question ranking only"):
        evidence(Stated((0.6, 0.7), 0.05), Question.score)
