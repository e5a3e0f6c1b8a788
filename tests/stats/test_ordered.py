from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.ordered import worst_of_k_weights, worst_share_weights


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.data())
def test_weights_give_the_mean_minimum_over_all_subsets(values: list[float], data: st.DataObject):
    k = data.draw(st.integers(1, len(values)))
    expected = np.mean([min(subset) for subset in combinations(values, k)])
    weights = worst_of_k_weights(len(values), k)
    assert float(np.sort(values) @ weights) == pytest.approx(float(expected), abs=1e-12)
    assert weights.sum() == pytest.approx(1)


def test_weights_of_many_templates_are_exact():
    weights = worst_of_k_weights(2000, 1000)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (np.diff(weights) <= 0).all()


def test_worst_share_counts_the_last_in_part():
    values = np.array([0.1, 0.2, 0.4, 0.8])
    assert float(values @ worst_share_weights(4, 0.25)) == pytest.approx(0.1)
    assert float(values @ worst_share_weights(4, 0.1)) == pytest.approx(0.1)
    assert float(values @ worst_share_weights(4, 0.5)) == pytest.approx(0.15)
    assert float(values @ worst_share_weights(4, 0.375)) == pytest.approx((0.1 + 0.5 * 0.2) / 1.5)
    assert float(values @ worst_share_weights(4, 1.0)) == pytest.approx(values.mean())
