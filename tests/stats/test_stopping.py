import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import FloatArray
from stats.sequential import betting_sequence, difference_sequence
from stats.stopping import anytime_mean, decisions


def answers(rng: np.random.Generator, items: int, mean: float) -> FloatArray:
    """Item means over four templates."""
    return (rng.random((items, 4)) < mean).mean(axis=1)


def test_the_difference_is_twice_the_mean_of_half_the_shifted_differences() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(50), rng.random(50)
    low, high = difference_sequence(first, second, 0.9)
    half_low, half_high = betting_sequence((first - second + 1) / 2, 0.9)
    assert low == pytest.approx(2 * half_low - 1)
    assert high == pytest.approx(2 * half_high - 1)
    back_low, back_high = difference_sequence(second, first, 0.9)
    assert (back_low, back_high) == (pytest.approx(-high, abs=2e-3), pytest.approx(-low, abs=2e-3))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40))
def test_the_mean_lies_in_the_unit_interval_and_counts_its_items(found: list[float]) -> None:
    estimate = anytime_mean(np.array(found))
    assert estimate.value == pytest.approx(np.mean(found))
    assert 0 <= estimate.low < estimate.high <= 1
    assert list(estimate.n.values()) == [len(found)]


def test_models_apart_are_told_apart_and_equal_ones_found_alike() -> None:
    rng = np.random.default_rng(1)
    good, bad, twin = answers(rng, 800, 0.8), answers(rng, 800, 0.5), answers(rng, 800, 0.8)
    verdicts = {
        (one.first, one.second): one.verdict
        for one in decisions({"good": good, "bad": bad, "twin": twin}, margin=0.1)
    }
    assert verdicts == {("good", "bad"): "more", ("good", "twin"): "alike", ("bad", "twin"): "less"}
    (narrow,) = decisions({"good": good, "twin": twin}, margin=0.001)
    assert narrow.verdict == "open"


def test_pairs_rest_on_the_items_that_both_have() -> None:
    rng = np.random.default_rng(2)
    first, second = answers(rng, 60, 0.8), answers(rng, 40, 0.7)
    first[3] = second[5] = np.nan
    (found,) = decisions({"a": first, "b": second}, margin=0.02)
    both = [place for place in range(40) if place not in (3, 5)]
    assert found.difference.n == {"item": 38}
    assert found.difference.value == pytest.approx((first[both] - second[both]).mean())
    (empty,) = decisions({"a": first[:0], "b": second}, margin=0.02)
    assert (empty.difference.low, empty.difference.high, empty.verdict) == (-1, 1, "open")


def test_no_wrong_verdict_in_most_runs_that_are_looked_at_all_the_time() -> None:
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scores = {name: answers(rng, 100, 0.6) for name in "abc"}
        for items in range(10, 101, 10):
            found = decisions({name: each[:items] for name, each in scores.items()}, margin=0.02)
            if any(one.verdict in ("more", "less") for one in found):
                wrong += 1
                break
    assert wrong <= 5  # 2 are expected at most


def test_a_margin_is_above_0() -> None:
    with pytest.raises(ValueError, match="the margin has to be above 0"):
        decisions({"a": np.ones(3), "b": np.ones(3)}, margin=0)
