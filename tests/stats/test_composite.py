import numpy as np
import pytest
from scipy import stats as scipy_stats

from stats.composite import composite, nested_weights


def test_a_mean_of_means_by_hand():
    values = {"a": np.array([0.0, 1.0, 1.0, 1.0]), "b": np.array([0.0, 0.0, 1.0]), "c": np.array([0.2, 0.4])}
    weights = nested_weights([["a", "b"], ["c"]])
    found = composite(values, weights)
    assert found.value == pytest.approx(0.25 * 0.75 + 0.25 / 3 + 0.5 * 0.3)
    parts = [0.25**2 * 0.25 / 4, 0.25**2 * (1 / 3) / 3, 0.5**2 * 0.02 / 2]
    df = sum(parts) ** 2 / sum(part**2 / n for part, n in zip(parts, (3, 2, 1), strict=True))
    assert found.df == pytest.approx(df)
    half = scipy_stats.t.ppf(0.975, df) * np.sqrt(sum(parts)) / (found.value * (1 - found.value))
    logit = np.log(found.value / (1 - found.value))
    assert found.low == pytest.approx(1 / (1 + np.exp(-(logit - half))))
    assert found.high == pytest.approx(1 / (1 + np.exp(-(logit + half))))


def test_one_benchmark_is_the_mean_over_its_items():
    values = np.random.default_rng(1).integers(0, 2, 50).astype(float)
    found = composite({"a": values}, {"a": 1.0})
    assert found.value == values.mean()
    assert found.df == pytest.approx(49)


def test_all_right_is_not_certain():
    found = composite({"a": np.ones(20), "b": np.array([0.0, 1.0] * 10)}, {"a": 0.5, "b": 0.5})
    alone = composite({"b": np.array([0.0, 1.0] * 10)}, {"b": 1.0})
    assert found.value == 0.75
    assert found.high - found.low > 0.5 * (alone.high - alone.low)
    assert composite({"a": np.ones(20)}, {"a": 1.0}).low < 1


def test_coverage():
    rng = np.random.default_rng(7)
    truth, sizes, hits = {"a": 0.3, "b": 0.9, "c": 0.6}, {"a": 40, "b": 60, "c": 25}, 0
    weights = nested_weights([["a", "b"], ["c"]])
    target = sum(weights[name] * truth[name] for name in truth)
    draws = 2000
    for _ in range(draws):
        values = {name: rng.binomial(1, truth[name], sizes[name]).astype(float) for name in truth}
        found = composite(values, weights)
        hits += found.low <= target <= found.high
    assert 0.93 <= hits / draws <= 0.97


@pytest.mark.parametrize(
    ("values", "weights"),
    [
        ({"a": np.array([0.0, 1.0])}, {"a": 0.5}),
        ({"a": np.array([0.0, 1.0])}, {"b": 1.0}),
        ({"a": np.array([1.0])}, {"a": 1.0}),
        ({"a": np.array([1.0, 2.0])}, {"a": 1.0}),
    ],
)
def test_what_is_refused(values: dict[str, "np.ndarray"], weights: dict[str, float]):
    with pytest.raises(ValueError, match=r"expected at least two|sum to 1"):
        composite(values, weights)
