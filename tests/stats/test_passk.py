from functools import partial
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.intervals import item_mean
from stats.passk import (
    g_pass_at_k,
    g_pass_at_k_score,
    mg_pass_at_k,
    mg_pass_at_k_score,
    pass_at_k,
    pass_at_k_score,
    pass_hat_k,
    pass_hat_k_score,
)


def test_every_small_case_by_enumeration():
    for n in range(1, 9):
        for c in range(n + 1):
            samples = [1] * c + [0] * (n - c)
            for k in range(1, n + 1):
                hits = [max(subset) for subset in combinations(samples, k)]
                assert float(pass_at_k(c, n, k)) == pytest.approx(sum(hits) / len(hits), abs=1e-14)


@settings(deadline=None)
@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_large_cases_by_whole_numbers(case: tuple[int, int, int]):
    n, c, k = case
    exact = 1 - comb(n - c, k) / comb(n, k)
    assert float(pass_at_k(c, n, k)) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_the_ends_are_exact():
    assert pass_at_k([0, 0], [1, 200], 1).tolist() == [0, 0]
    assert pass_at_k([1, 200], [1, 200], 1).tolist() == [1, 1]
    assert pass_at_k([0, 1, 7, 10], 10, 10).tolist() == [0, 1, 1, 1]
    assert pass_at_k([3, 5], [10, 10], 6).tolist()[1] == pytest.approx(1 - comb(5, 6) / comb(10, 6))
    assert pass_at_k([5], [10], 6).tolist() == [1]


def test_many_items_at_once_keep_their_shape():
    c = np.arange(12).reshape(3, 4)
    n = np.full((3, 4), 20)
    found = pass_at_k(c, n, 7)
    assert found.shape == (3, 4)
    single = [float(pass_at_k(right, 20, 7)) for right in c.ravel()]
    assert found.ravel().tolist() == pytest.approx(single, abs=1e-15)
    assert pass_at_k([], [], 3).tolist() == []
    assert float(pass_at_k(100_000, 1_000_000, 1)) == pytest.approx(0.1)


def test_the_estimate_is_unbiased():
    """Over all outcomes of n samples, weighted by their chance, it is 1 - (1-p)^k."""
    n, p = 8, 0.3
    chance = np.array([comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)])
    for k in range(1, n + 1):
        assert float(chance @ pass_at_k(np.arange(n + 1), n, k)) == pytest.approx(1 - (1 - p) ** k)


@pytest.mark.parametrize(
    ("c", "n", "k", "message"),
    [
        ([1, 2], [10, 5], 6, "pass@6 needs 6 samples of every item, but one has 5"),
        ([1], [10], 0, "k is a number of samples, 1 or more; got 0"),
        ([1], [10], 1.5, "got 1.5"),
        ([11], [10], 1, "0 <= c <= n"),
        ([-1], [10], 1, "0 <= c <= n"),
        ([0.5], [10], 1, "whole numbers"),
        ([np.nan], [10], 1, "whole numbers"),
    ],
)
def test_impossible_counts(c: list[float], n: list[int], k: int, message: str):
    with pytest.raises(ValueError, match=message):
        pass_at_k(c, n, k)


def samples(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    rows = [(item, float(s < c)) for item, (c, n) in counts.items() for s in range(n)]
    return pd.DataFrame(rows, columns=["item", "score"]).sample(frac=1, random_state=1)


TABLE = samples({"a": (0, 4), "b": (1, 4), "c": (3, 5), "d": (4, 4)})


def test_a_score_is_the_mean_over_items():
    found = pass_at_k_score(TABLE, value="score", item="item", k=2)
    each = [0, 1 - comb(3, 2) / comb(4, 2), 1 - comb(2, 2) / comb(5, 2), 1]
    assert found.value == pytest.approx(np.mean(each))
    assert 0 < found.low < found.value < found.high < 1
    assert (found.method, found.random, found.df) == ("pass@2 of items, t on logit", ("item",), 3)
    assert found.n == {"item": 4, "sample": 4}


def test_with_k_1_it_is_the_item_mean():
    found = pass_at_k_score(TABLE, value="score", item="item", k=1, level=0.9)
    mean = item_mean(TABLE, value="score", item="item", level=0.9)
    assert (found.value, found.low, found.high) == pytest.approx((mean.value, mean.low, mean.high))


def test_items_that_agree_have_an_interval():
    found = pass_at_k_score(samples({"a": (5, 5), "b": (3, 5)}), value="score", item="item", k=3)
    assert (found.value, found.high) == (1, 1)
    assert found.low < 1


def test_a_score_needs_enough_samples_and_right_or_wrong():
    with pytest.raises(ValueError, match="pass@5 needs 5 samples of every item, but one has 4"):
        pass_at_k_score(TABLE, value="score", item="item", k=5)
    with pytest.raises(ValueError, match=r"'score' has to hold 0 \(wrong\) or 1"):
        pass_at_k_score(TABLE.assign(score=0.5), value="score", item="item", k=1)
    with pytest.raises(ValueError, match="did you mean 'item'"):
        pass_at_k_score(TABLE, value="score", item="items", k=1)


def test_pass_k_oracle_values():
    """Values of the stable product formula of Chen et al. (2021)."""
    cases = [
        (5, 2, 1, 0.4),
        (5, 2, 2, 0.7),
        (10, 3, 5, 0.9166666666666666),
        (200, 20, 1, 0.1),
        (200, 20, 10, 0.660225623763214),
        (200, 20, 100, 0.9999996678312922),
        (10, 0, 5, 0.0),
        (10, 10, 5, 1.0),
        (10, 8, 5, 1.0),
    ]
    for n, c, k, expected in cases:
        assert float(pass_at_k(c, n, k)) == pytest.approx(expected, rel=1e-12)


def test_stricter_rules_by_enumeration():
    for n in range(1, 8):
        for c in range(n + 1):
            samples = [1] * c + [0] * (n - c)
            for k in range(1, n + 1):
                rights = [sum(subset) for subset in combinations(samples, k)]
                tails = [sum(right >= i for right in rights) / len(rights) for i in range(1, k + 1)]
                assert float(pass_hat_k(c, n, k)) == pytest.approx(tails[-1], abs=1e-12)
                for i, tail in enumerate(tails, 1):
                    assert float(g_pass_at_k(c, n, k, i / k)) == pytest.approx(tail, abs=1e-12)
                if k >= 2:
                    expected = 2 / k * sum(tails[(k + 1) // 2 :])
                    assert float(mg_pass_at_k(c, n, k)) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(st.integers(2, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n - 1))))
def test_more_tries_help_the_lucky_and_hurt_the_strict(case: tuple[int, int, int]):
    n, c, k = case
    assert float(pass_at_k(c, n, k + 1)) >= float(pass_at_k(c, n, k)) - 1e-12
    assert float(pass_hat_k(c, n, k + 1)) <= float(pass_hat_k(c, n, k)) + 1e-12
    assert float(pass_at_k(c, n, 1)) == pytest.approx(c / n)
    assert float(pass_hat_k(c, n, 1)) == pytest.approx(c / n)
    assert float(pass_hat_k(c, n, k)) == pytest.approx(1 - float(pass_at_k(n - c, n, k)), abs=1e-9)
    assert float(g_pass_at_k(c, n, k, 1 / k)) == pytest.approx(float(pass_at_k(c, n, k)), abs=1e-9)


def test_thresholds_are_not_pushed_up_by_rounding():
    # 0.1 × 30 is 3.0000000000000004 in floating point.
    assert float(g_pass_at_k(3, 30, 30, 0.1)) == pytest.approx(1)
    with pytest.raises(ValueError, match="threshold is a share"):
        g_pass_at_k(3, 30, 30, 0)
    with pytest.raises(ValueError, match="k of 2 or more"):
        mg_pass_at_k(3, 30, 1)
    for rule in (pass_hat_k, mg_pass_at_k, partial(g_pass_at_k, threshold=0.5)):
        with pytest.raises(ValueError, match="needs 6 samples of every item, but one has 5"):
            rule([1], [5], 6)


def test_all_right_is_one_but_for_an_odd_k():
    assert float(mg_pass_at_k(10, 10, 4)) == pytest.approx(1)
    assert float(mg_pass_at_k(10, 10, 5)) == pytest.approx(0.8)


def test_scores_of_the_stricter_rules_are_means_over_items():
    c, n = np.array([0, 1, 3, 4]), np.array([4, 4, 5, 4])
    found = [
        pass_hat_k_score(TABLE, value="score", item="item", k=2),
        g_pass_at_k_score(TABLE, value="score", item="item", k=4, threshold=0.5),
        mg_pass_at_k_score(TABLE, value="score", item="item", k=4),
    ]
    expected = [pass_hat_k(c, n, 2), g_pass_at_k(c, n, 4, 0.5), mg_pass_at_k(c, n, 4)]
    assert [one.value for one in found] == pytest.approx([one.mean() for one in expected])
    assert all(one.low < one.value < one.high for one in found)
    assert [one.method.split(" of items")[0] for one in found] == [
        "pass^2",
        "G-Pass@4, threshold 0.5,",
        "mG-Pass@4",
    ]
