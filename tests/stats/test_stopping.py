import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import FloatArray
from stats.group_sequential import Spending
from stats.repeated import equal_looks, repeated_difference, repeated_mean
from stats.sequential import betting_sequence, difference_sequence
from stats.stopping import anytime_mean, decisions, stopped_mean


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


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_at_planned_looks_the_first_that_decides_counts(spending: Spending) -> None:
    rng = np.random.default_rng(3)
    good, bad, twin = answers(rng, 800, 0.8), answers(rng, 800, 0.5), answers(rng, 800, 0.8)
    looks = equal_looks(800, 5, spending)
    found = decisions({"good": good, "bad": bad, "twin": twin}, 0.1, looks=looks)
    assert [one.verdict for one in found] == ["more", "alike", "less"]
    for one in found:
        asked = one.difference.n["item"]
        assert asked in looks.counts[:-1]
        # A third of the error each, and the same at every look until then.
        sides = {"good": good[:asked], "bad": bad[:asked], "twin": twin[:asked]}
        first, second = sides[one.first], sides[one.second]
        assert one.difference == repeated_difference(first, second, looks, 1 - 0.05 / 3)
        before = asked - 160
        if before:
            (earlier,) = decisions({"a": first[:before], "b": second[:before]}, 0.1, 1 - 0.05 / 3, looks)
            assert earlier.verdict == "open"
    assert decisions({"a": good[:0], "b": bad}, 0.1, looks=looks)[0].verdict == "open"


def test_few_wrong_verdicts_at_planned_looks() -> None:
    rng = np.random.default_rng(4)
    runs, looks = 400, equal_looks(200, 4, "pocock")
    wrong = sum(
        one.verdict != "open"
        for _ in range(runs)
        for one in decisions({"a": answers(rng, 200, 0.7), "b": answers(rng, 200, 0.7)}, 0.001, looks=looks)
    )
    assert 4 <= wrong <= 38  # 20 are expected, with a standard error of 4.4


def test_where_a_run_stopped_is_known_by_its_own_rule() -> None:
    values = answers(np.random.default_rng(5), 60, 0.7)
    values[3] = np.nan
    known = values[~np.isnan(values)]
    assert stopped_mean(values, half_width=0.1) == anytime_mean(known, half_width=0.1)
    looks = equal_looks(120, 4)
    assert stopped_mean(values, 0.9, 0.1, looks) == repeated_mean(values, looks, 0.9, 0.1)


def test_a_margin_is_above_0() -> None:
    with pytest.raises(ValueError, match="the margin has to be above 0"):
        decisions({"a": np.ones(3), "b": np.ones(3)}, margin=0)
