import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.baselines.changes import adjusted, change, relative
from experiments.baselines.results import Result, sampling_interval

scores = st.floats(0, 1).map(lambda score: round(score, 3))
sizes = st.integers(20, 15_000)


def result(score: float, items: int | None = 100, *, task: str = "t", lower: bool = False) -> Result:
    return Result("m", task, score, items, lower_is_better=lower)


def test_newcombes_own_example():
    # Newcombe 1998, Statistics in Medicine 17:873, table II (a), method 10: 56/70 against 48/80.
    found = change(result(48 / 80, 80), result(56 / 70, 70)).difference
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@given(scores, scores, sizes, sizes)
def test_there_and_back_is_the_same_with_the_other_sign(a: float, b: float, n: int, m: int):
    there, back = change(result(a, n), result(b, m)), change(result(b, m), result(a, n))
    assert there.difference is not None
    assert back.difference is not None
    assert there.difference.low == pytest.approx(-back.difference.high, abs=1e-9)
    assert there.difference.low <= there.points <= there.difference.high
    assert there.p_value == pytest.approx(back.p_value)
    assert there.p_value is not None
    assert 0 <= there.p_value <= 1


def test_no_difference_has_p_one_even_where_nothing_varies():
    for score in (0.0, 0.5, 1.0):
        assert change(result(score), result(score)).p_value == 1


def test_unpaired_intervals_of_answers_to_the_same_items_are_on_the_safe_side():
    rng = np.random.default_rng(11)
    hardness = rng.beta(1, 1, size=(500, 200))
    one, other = (rng.random(hardness.shape) < hardness for _ in range(2))
    found = [
        change(result(float(a), 200), result(float(b), 200)).difference
        for a, b in zip(one.mean(axis=1), other.mean(axis=1), strict=True)
    ]
    assert np.mean([each is not None and each.low <= 0 <= each.high for each in found]) > 0.97


def test_where_lower_is_better_a_fall_is_a_gain():
    assert change(result(0.3, lower=True), result(0.1, lower=True)).gain == pytest.approx(0.2)
    assert change(result(0.3), result(0.1)).gain == pytest.approx(-0.2)


def test_without_items_there_is_a_difference_but_no_interval():
    found = change(result(0.3, None), result(0.1))
    assert found.points == pytest.approx(-0.2)
    assert found.difference is None
    assert not found.told_apart()
    assert relative(result(0.3, None), result(0.1)) is None


def test_two_tasks_make_no_change():
    with pytest.raises(ValueError, match="within one task; got 't' and 'u'"):
        change(result(0.3), result(0.1, task="u"))


@given(st.floats(0.05, 1).map(lambda score: round(score, 3)), scores, sizes, sizes)
def test_the_ends_of_a_ratio_are_where_the_difference_touches_zero(a: float, b: float, n: int, m: int):
    before, after = result(a, n), result(b, m)
    found = relative(before, after)
    top, bottom = sampling_interval(after), sampling_interval(before)
    assert found is not None
    assert top is not None
    assert bottom is not None
    assert found.low <= found.value <= found.high
    for ratio, top_end, bottom_end in (
        (found.low + 1, top.low, bottom.high),
        (found.high + 1, top.high, bottom.low),
    ):
        far = math.hypot(top.value - top_end, ratio * (bottom.value - bottom_end))
        assert abs(top.value - ratio * bottom.value) == pytest.approx(far, abs=1e-6)


def test_ratios_are_covered_as_often_as_said():
    rng = np.random.default_rng(3)
    drawn = rng.binomial(300, [0.8, 0.6], size=(600, 2)) / 300
    found = [relative(result(float(a), 300), result(float(b), 300)) for a, b in drawn]
    covered = np.mean([each is not None and each.low <= -0.25 <= each.high for each in found])
    assert 0.93 <= covered <= 0.98  # 0.95 ± 2.2 standard errors of 600 draws


def test_nothing_is_a_share_of_nothing():
    with pytest.raises(ValueError, match="scores 0"):
        relative(result(0.0), result(0.1))


def test_adjusting_by_hand():
    # Benjamini and Hochberg: p (4 / rank), made monotone from the largest down.
    pairs = ((0.5, 0.51), (0.5, 0.62), (0.5, 0.68), (0.5, 0.65))
    changes = [change(result(a), result(b)) for a, b in pairs]
    found = adjusted([*changes[:2], change(result(0.5, None), result(0.9)), *changes[2:]])
    ps = sorted(one.p_value for one in changes if one.p_value is not None)
    by_hand = [min(ps[j] * 4 / (j + 1) for j in range(i, 4)) for i in range(4)]
    assert sorted(one.p_adjusted for one in found if one.p_adjusted is not None) == pytest.approx(by_hand)
    assert found[2].p_adjusted is None
    assert adjusted([]) == ()
