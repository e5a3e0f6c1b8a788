"""Repeated confidence intervals of a mean and of a paired difference, at planned looks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from stats.estimate import FloatArray
from stats.repeated import Looks, equal_looks, repeated_difference, repeated_mean

OBF = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]  # Lan and DeMets, five equal looks


def answers(rng: np.random.Generator, items: int, mean: float) -> FloatArray:
    """Item means over four templates."""
    return (rng.random((items, 4)) < mean).mean(axis=1)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 20))
def test_equal_looks_cut_all_items_into_parts_alike(items: int, number: int) -> None:
    if number > items:
        with pytest.raises(ValueError, match=f"{items} items can be looked at"):
            equal_looks(items, number)
        return
    counts = equal_looks(items, number).counts
    parts = np.diff(counts, prepend=0)
    assert (len(counts), counts[-1]) == (number, items)
    assert set(parts) <= {items // number, -(-items // number)}


@pytest.mark.parametrize("look", range(1, 6))
def test_a_difference_is_the_t_interval_at_the_boundary_s_nominal_level(look: int) -> None:
    rng = np.random.default_rng(0)
    first, second = answers(rng, 40 * look, 0.7), answers(rng, 40 * look, 0.5)
    found = repeated_difference(first, second, equal_looks(200, 5))
    nominal = 1 - 2 * special.ndtr(-OBF[look - 1])
    by_hand = stats.ttest_1samp(first - second, 0).confidence_interval(nominal)
    assert (found.low, found.high) == pytest.approx((by_hand.low, by_hand.high), rel=1e-3)
    assert found.value == pytest.approx((first - second).mean())
    assert f"at look {look} of 5, O'Brien–Fleming-like spending, t" in found.method
    back = repeated_difference(second, first, equal_looks(200, 5))
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_a_mean_is_on_the_logit_scale_and_mirrors() -> None:
    values = answers(np.random.default_rng(1), 120, 0.9)
    found = repeated_mean(values, equal_looks(200, 5))
    quantile = stats.t.isf(special.ndtr(-OBF[2]), 119)
    mean = values.mean()
    half = quantile * values.std(ddof=1) / np.sqrt(120) / (mean * (1 - mean))
    ends = special.expit(special.logit(mean) + np.array([-half, half]))
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-3)
    mirrored = repeated_mean(1 - values, equal_looks(200, 5))
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_a_half_width_ends_it_at_the_first_look_that_is_narrow_enough() -> None:
    values = answers(np.random.default_rng(2), 2000, 0.6)
    looks = equal_looks(2000, 20)
    found = repeated_mean(values, looks, half_width=0.03)
    asked = found.n["item"]
    assert found.high - found.low <= 0.06
    assert "Haybittle–Peto boundary" in found.method
    assert repeated_mean(values[:asked], looks, half_width=0.03) == found  # what comes after changes nothing
    before = repeated_mean(values[: asked - 100], looks, half_width=0.03)
    assert before.high - before.low > 0.06
    # Nine tenths of the error are left for the end at least, so a single look is hardly cheaper.
    usual = 2 * 1.96 * values[:asked].std() / np.sqrt(asked)
    assert 1 < (found.high - found.low) / usual < 1.04


def test_items_without_a_score_leave_the_looks_where_they_are() -> None:
    values = answers(np.random.default_rng(3), 200, 0.6)
    gaps = values.copy()
    gaps[[3, 50, 51, 190]] = np.nan
    looks = equal_looks(200, 5)
    found = repeated_mean(gaps, looks)
    assert found.n == {"item": 196}
    assert "at look 5 of 5" in found.method
    whole = repeated_mean(values, looks)
    # All of the error is spent at the end, so that four items less make little difference.
    assert found.high - found.low == pytest.approx(whole.high - whole.low, rel=0.05)
    lost = np.concatenate([values[:80], np.full(40, np.nan)])  # a look that finds nothing new is none
    assert repeated_mean(lost, looks).low == repeated_mean(values[:80], looks).low


def test_what_is_cut_short_between_two_looks_counts_as_one_more() -> None:
    values = answers(np.random.default_rng(4), 100, 0.6)
    found = repeated_mean(values, equal_looks(200, 5))
    assert "after look 2 of 5" in found.method
    by_hand = repeated_mean(values, Looks((40, 80, 100, 120, 160, 200)))
    assert (found.low, found.high) == (by_hand.low, by_hand.high)


@pytest.mark.parametrize("known", [0, 1])
def test_too_few_items_say_nothing(known: int) -> None:
    values = np.full(known, 0.25)
    assert (
        repeated_mean(values, equal_looks(40, 2)).low,
        repeated_mean(values, equal_looks(40, 2)).high,
    ) == (
        0,
        1,
    )
    found = repeated_difference(values, values, equal_looks(40, 2))
    assert (found.low, found.high, found.n["item"]) == (-1, 1, known)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=1, max_size=60), st.sampled_from([None, 0.2]))
def test_ends_are_possible_and_hold_the_mean(found: list[float], half_width: float | None) -> None:
    estimate = repeated_mean(np.array(found), equal_looks(60, 3), half_width=half_width)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


def test_items_that_all_agree_are_no_certainty() -> None:
    found = repeated_mean(np.ones(40), equal_looks(80, 2))
    assert found.high == 1
    assert 0.7 < found.low < 0.9  # Wilson's lower bound at the boundary's level
    alike = repeated_difference(np.ones(40), np.ones(40), equal_looks(80, 2))
    assert alike.low == -alike.high < -0.1


@pytest.mark.parametrize(("mean", "half_width"), [(0.6, None), (0.9, 0.05)])
def test_the_intervals_of_all_looks_hold_together(mean: float, half_width: float | None) -> None:
    runs, looks, missed = 400, equal_looks(200, 5), 0
    rng = np.random.default_rng(5)
    for _ in range(runs):
        chance = rng.beta(2 * mean, 2 * (1 - mean), (200, 1))
        values = (rng.random((200, 3)) < chance).mean(axis=1)
        for count in looks.counts:
            found = repeated_mean(values[:count], looks, half_width=half_width)
            if not found.low <= mean <= found.high:
                missed += 1
                break
            if half_width is not None and found.high - found.low <= 2 * half_width:
                break
    assert missed / runs < 0.095  # 0.05 to 0.06 is expected, and four standard errors of 0.011


def test_a_level_is_a_coverage() -> None:
    with pytest.raises(ValueError, match="level is a coverage"):
        repeated_mean(np.ones(3), equal_looks(3, 1), 95)
