"""Upper bounds of means, of a finite number of items and of a sample, that hold at all times."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.anytime_bounds import CAUTION, bettors, greatest_bound, log_capital, upper_bounds
from stats.estimate import FloatArray

AIMS = (0.03, 0.1)
scores = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=30)


def by_hand(values: list[float], mean: float, aims: tuple[float, ...], of: int | None) -> float:
    """The logarithm of the most capital, one bet after the other."""
    capital, most = [1.0] * len(aims), 1.0
    total, squares, average = 0.0, 0.0, 0.5
    for n, value in enumerate(values):
        short = 1 - value
        rest = 1 - mean if of is None else (of * (1 - mean) - total) / (of - n)
        if rest < -1e-12:
            return math.inf
        spread = (0.25 + squares) / (n + 1)
        drift = 1 if of is None else of / (of - n)
        for place, aim in enumerate(aims):
            stake = min(aim * average / spread * drift, CAUTION)
            capital[place] *= 1 - stake + stake * short / max(min(rest, 1), 1e-9)
        most = max(most, sum(capital) / len(aims))
        total += short
        average = (0.5 + total) / (n + 2)
        squares += (short - average) ** 2
    if of is not None and of * (1 - mean) - total < -1e-12:
        return math.inf
    return math.log(most)


@settings(max_examples=60, deadline=None)
@given(values=scores, mean=st.floats(0.02, 0.98), more=st.integers(0, 5), finite=st.booleans())
def test_capital_is_what_betting_one_by_one_makes(
    values: list[float], mean: float, more: int, finite: bool
) -> None:
    of = len(values) + more if finite else None
    found = log_capital(bettors(np.array([values]), AIMS, of), np.array([mean]))
    assert found[0] == pytest.approx(by_hand(values, mean, AIMS, of), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(values=scores, more=st.integers(0, 10), finite=st.booleans())
def test_capital_grows_with_the_mean_that_is_bet_against(
    values: list[float], more: int, finite: bool
) -> None:
    of = bettors(np.array([values]), AIMS, len(values) + more if finite else None)
    made = np.array([float(log_capital(of, np.array([mean]))[0]) for mean in np.linspace(0, 1, 21)])
    finite_part = made[np.isfinite(made)]
    assert (np.diff(finite_part) >= -1e-9).all()
    assert np.isinf(made[finite_part.size :]).all()


def test_all_is_known_once_every_item_was_seen() -> None:
    rng = np.random.default_rng(0)
    values = (rng.random((5, 40)) < 0.6).astype(float)
    bounds = upper_bounds(bettors(values, AIMS, 40), 0.01)
    assert bounds == pytest.approx(values.mean(axis=1), abs=1e-4)
    assert (bounds >= values.mean(axis=1)).all()
    assert (upper_bounds(bettors(values, AIMS, None), 0.01) > values.mean(axis=1) + 0.05).all()


def test_what_is_missing_is_skipped_and_does_not_count() -> None:
    rng = np.random.default_rng(1)
    values = (rng.random(30) < 0.5).astype(float)
    holes = np.insert(values, [0, 5, 5, 20], np.nan)[np.newaxis]
    for of in (None, 30):
        whole = upper_bounds(bettors(values[np.newaxis], AIMS, of), 0.05)
        of_holes = upper_bounds(bettors(holes, AIMS, None if of is None else of + 4), 0.05)
        # Of how many there are a bet knows less while those that are missing are still to come.
        assert of_holes == pytest.approx(whole, abs=1e-9 if of is None else 1e-4)
    nothing: FloatArray = np.full((1, 4), np.nan)
    assert upper_bounds(bettors(nothing, AIMS, 4), 0.05)[0] == 1


def test_the_greatest_bound_is_that_of_all_parts() -> None:
    rng = np.random.default_rng(2)
    values = (rng.random((12, 60)) < rng.random((12, 1))).astype(float)
    parts = [bettors(values[:5], AIMS, 100), bettors(values[5:], AIMS, 100)]
    most = max(float(upper_bounds(part, 0.05).max()) for part in parts)
    assert greatest_bound(parts, 0.05) == pytest.approx(most, abs=1e-4)
    assert greatest_bound([], 0.05) == 0


@pytest.mark.parametrize("finite", [False, True])
def test_a_bound_is_ever_below_the_mean_as_seldom_as_it_says(finite: bool) -> None:
    rng = np.random.default_rng(3)
    runs, items, error, mean = 400, 300, 0.2, 0.7
    if finite:  # the same 300 items in another order each time
        values = np.repeat([[1.0] * 210 + [0.0] * 90], runs, axis=0)
        values = rng.permuted(values, axis=1)
    else:
        values = (rng.random((runs, items)) < mean).astype(float)
    capital = log_capital(bettors(values, AIMS, items if finite else None), np.full(runs, mean))
    wrong = float((capital >= -math.log(error)).mean())  # at any time
    assert 0.02 < wrong < error + 3 * math.sqrt(error * (1 - error) / runs)
