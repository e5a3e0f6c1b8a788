from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.planning.evidence import Evidence, Part
from experiments.planning.questions import Bars, Question, unlucky, wanted

BARS = Bars(half_width=0.03, difference=0.05, margin=0.05)
QUICK = [question for question in Question if question is not Question.stable]


def evidence(template: float, item: float = 0.03, rest: float = 0.2) -> Evidence:
    variances = {"item": item, "template": template, "item × template": rest}
    part = Part("a", 0.04, variances, template**0.5, template**0.5 / 2, 2 * template**0.5)
    return Evidence((part,))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(QUICK), st.floats(0, 0.02), st.integers(3, 40), st.integers(20, 3000), st.booleans())
def test_no_number_of_items_betters_the_bound(
    question: Question, template: float, templates: int, items: int, one_sided: bool
):
    target = wanted(question, evidence(template), replace(BARS, one_sided=one_sided))
    sizes = {"item": items, "template": templates, "replicate": 1}
    reach, bound = target.reach(sizes), target.bound(sizes)
    assert reach >= bound - 1e-9 if target.less else reach <= bound + 1e-9


@pytest.mark.parametrize("question", list(Question))
def test_more_of_everything_is_better(question: Question):
    target = wanted(question, evidence(0.002), BARS)
    few, many = (
        target.reach({"item": items, "template": templates, "replicate": 1})
        for items, templates in ((60, 8), (600, 40))
    )
    assert many < few if target.less else many > few
    assert target.met(target.target)
    assert not target.met(target.target * (1.01 if target.less else 0.99))


def test_without_a_template_component_items_get_as_far_as_one_likes():
    for question in (Question.score, Question.better, Question.same):
        target = wanted(question, evidence(0.0), BARS)
        assert target.bound({"item": 100, "template": 5, "replicate": 1}) == (0 if target.less else 1)


def test_exemplar_seeds_count_for_the_width_of_sigma():
    part = evidence(0.002).first
    seeded = replace(part, variances={**part.variances, "exemplar_seed": 0.01})
    sizes = {"item": 100, "template": 20, "exemplar_seed": 3, "replicate": 1}
    target = wanted(Question.factors, Evidence((seeded,)), BARS)
    assert target.reach(sizes) > target.reach({**sizes, "exemplar_seed": 10})


def test_the_unlucky_end_is_the_one_that_makes_it_harder():
    seen = evidence(0.0016)
    worse = unlucky(Question.score, seen)
    assert worse is not None
    assert worse.first.sigma == pytest.approx(0.08)
    assert worse.first.variances["template"] == pytest.approx(0.0064)
    steadier = unlucky(Question.stable, seen)
    assert steadier is not None
    assert steadier.first.sigma == pytest.approx(0.02)
    stated = Evidence((replace(seen.first, low=None, high=None),))
    assert unlucky(Question.score, stated) is None
    assert unlucky(Question.stable, stated) is None
