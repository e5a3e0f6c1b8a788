from collections.abc import Callable
from itertools import combinations
from typing import TypedDict, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.answers import NoAnswer
from stats.consistency import consistency_rate, flip_rate, jss

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    answer: str
    item: str
    template: str


COLUMNS = Columns(answer="score", item="item", template="template")


def table_of(answers: list[list[object]]) -> pd.DataFrame:
    rows = [(i, t, answer) for i, item in enumerate(answers) for t, answer in enumerate(item)]
    return pd.DataFrame(rows, columns=["item", "template", "score"])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from("abc"), min_size=width, max_size=width), min_size=2, max_size=8
        )
    )
)
def test_rates_by_enumeration_and_they_complement_each_other(answers: list[list[object]]):
    table = table_of(answers)
    pairs = [one == other for item in answers for one, other in combinations(item, 2)]
    rate = consistency_rate(table, **COLUMNS)
    flips = flip_rate(table, **COLUMNS)
    assert rate.raw == pytest.approx(np.mean(pairs))
    assert flips.raw == pytest.approx(1 - rate.raw)
    renamed = table.sample(frac=1, random_state=1).assign(
        item=lambda t: "q" + t["item"].astype(str), template=lambda t: -t["template"]
    )
    assert consistency_rate(renamed, **COLUMNS).raw == pytest.approx(rate.raw)
    with_reference = [item[0] == other for item in answers for other in item[1:]]
    assert jss(table, reference=0, **COLUMNS).raw == pytest.approx(np.mean(with_reference))


def test_pooling_differs_from_the_mean_over_items_where_items_have_unequal_numbers_of_answers():
    table = table_of([["a", "a", "a", "b"], ["a", "b"]])
    assert consistency_rate(table, **COLUMNS).raw == pytest.approx(3 / 7)
    assert flip_rate(table, **COLUMNS).raw == pytest.approx((0.5 + 1) / 2)


def test_empty_answers_agree_with_each_other_unless_told_otherwise():
    table = table_of([[None, None, "a"], ["b", "b", "b"]])
    assert consistency_rate(table, **COLUMNS).raw == pytest.approx(4 / 6)
    assert consistency_rate(table, no_answer="disagree", **COLUMNS).raw == pytest.approx(3 / 6)
    dropped = consistency_rate(table, no_answer="drop", **COLUMNS)
    assert dropped.raw == 1
    with pytest.raises(ValueError, match="no_answer has to be"):
        consistency_rate(table, no_answer=cast(NoAnswer, "other"), **COLUMNS)


def test_without_replicates_there_is_no_floor():
    found = flip_rate(table_of([["a", "b", "b"], ["a", "a", "a"], ["a", "a", "b"]]), **COLUMNS)
    assert np.isnan([found.floor, found.corrected, found.p_value]).all()
    assert found.detectable is None
    assert "control arm" in found.note
    assert 0 < found.low < found.raw < found.high < 1


def test_pairs_of_the_same_prompt_are_the_floor(replicated: Tidy):
    rows = np.array([[[1, 1], [0, 0]], [[1, 0], [1, 0]], [[1, 1], [1, 0]]], dtype=float)
    found = flip_rate(replicated(rows), **COLUMNS)
    assert found.raw == pytest.approx(np.mean([1, 0.5, 0.5]))
    assert found.floor == pytest.approx(np.mean([0, 1, 0.5]))
    assert found.signed == pytest.approx(found.raw - found.floor)
    agree = consistency_rate(replicated(rows), **COLUMNS)
    assert (agree.raw, agree.floor) == pytest.approx((1 - found.raw, 1 - found.floor))
    assert agree.corrected == pytest.approx(1 - found.corrected)
    single = replicated(rows[..., :1])
    arm = pd.DataFrame({"item": [0, 0, 1, 1, 2, 2], "score": [1.0, 1, 1, 0, 1, 1]})
    controlled = flip_rate(single, control=arm, **COLUMNS)
    assert controlled.floor == pytest.approx(1 / 3)


def test_equal_templates_flip_no_more_than_repeats_do(replicated: Tidy):
    generator = np.random.default_rng(5)
    signed, detected = [], []
    for _ in range(300):
        chance = np.clip(0.6 + generator.normal(0, 0.2, (60, 1, 1)), 0, 1)
        found = flip_rate(replicated((generator.random((60, 5, 2)) < chance).astype(float)), **COLUMNS)
        signed.append(found.signed)
        detected.append(found.detectable)
    values = np.array(signed, dtype=float)
    assert abs(values.mean()) < 2 * values.std() / np.sqrt(values.size)
    assert np.mean(detected) <= 0.09


def test_a_single_template_or_an_unknown_reference_is_refused():
    table = table_of([["a", "b"], ["a", "a"]])
    with pytest.raises(ValueError, match="no item has answers with two levels of 'template'"):
        flip_rate(table[table["template"] == 0], **COLUMNS)
    with pytest.raises(ValueError, match="'template' has no level 7"):
        jss(table, reference=7, **COLUMNS)
    with pytest.raises(ValueError, match="did you mean 'score'"):
        flip_rate(table, answer="scores", item="item", template="template")
