import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.baselines.results import Result, sampling_interval
from stats.intervals import wilson


def interval(
    score: float, items: int, *, proportion: bool = True, level: float = 0.95
) -> tuple[float, float]:
    found = sampling_interval(Result("m", "t", score, items, proportion), level)
    assert found is not None
    assert found.value == score
    return found.low, found.high


@given(st.integers(1, 400), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_it_is_wilsons_interval_of_a_count(items: int, data: st.DataObject, level: float):
    right = data.draw(st.integers(0, items))
    own = interval(right / items, items, level=level)
    other = wilson(right, items, level)
    assert own == pytest.approx((other.low, other.high), abs=1e-12)


@given(st.floats(0, 1), st.integers(1, 20_000), st.booleans())
def test_it_holds_the_score_and_stays_within_bounds(score: float, items: int, proportion: bool):
    low, high = interval(score, items, proportion=proportion)
    assert 0 <= low <= score <= high <= 1
    wider = interval(score, items, proportion=proportion, level=0.99)
    assert wider[0] - 1e-12 <= low <= high <= wider[1] + 1e-12


def test_without_a_number_of_items_there_is_none():
    assert sampling_interval(Result("m", "t", 0.5, None)) is None


def test_it_says_what_it_is():
    shares, means = (sampling_interval(Result("m", "t", 0.5, 10, whole)) for whole in (True, False))
    assert shares is not None
    assert means is not None
    assert shares.method == "Wilson score interval"
    assert means.method.startswith("normal, largest variance")
    assert shares.random == ("item",)
    assert dict(shares.n) == {"item": 10}


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (2, 1), (8, 2)])
def test_means_of_partial_scores_are_covered_at_least_as_often_as_said(alpha: float, beta: float):
    rng = np.random.default_rng(7)
    means = rng.beta(alpha, beta, size=(600, 150)).mean(axis=1)
    ends = [interval(float(mean), 150, proportion=False) for mean in means]
    covered = np.mean([low <= alpha / (alpha + beta) <= high for low, high in ends])
    assert covered >= 0.95


@pytest.mark.parametrize(("score", "items"), [(1.2, 10), (-0.1, 10), (0.5, 0)])
def test_impossible_results_are_refused(score: float, items: int):
    with pytest.raises(ValueError, match="m on t"):
        Result("m", "t", score, items)
