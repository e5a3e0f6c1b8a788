import numpy as np
import pytest
from scipy import stats as distributions

from stats import shuffles
from stats.shuffles import resampled_means, shuffled_means, spread_p


def binary(
    rng: np.random.Generator, shape: tuple[int, int]
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    chance = 0.6 + rng.normal(0, 0.15, (shape[0], 1))
    return (rng.random(shape) < chance).astype(float)


def test_shuffles_keep_every_items_mean_and_the_normal_limit_agrees(monkeypatch: pytest.MonkeyPatch):
    grid = binary(np.random.default_rng(3), (300, 6))
    exact = shuffled_means(grid, rng=np.random.default_rng(0), draws=4000)
    np.testing.assert_allclose(exact.mean(axis=1), grid.mean(), atol=1e-12)
    monkeypatch.setattr(shuffles, "MOST_SHUFFLED", 0)
    limit = shuffled_means(grid, rng=np.random.default_rng(0), draws=4000)
    np.testing.assert_allclose(limit.mean(axis=1), grid.mean(), atol=1e-12)
    np.testing.assert_allclose(np.cov(limit.T), np.cov(exact.T), atol=0.06 * np.cov(exact.T).max())
    spreads = np.ptp(exact, axis=1), np.ptp(limit, axis=1)
    assert distributions.ks_2samp(*spreads).statistic < 0.06
    assert spreads[0].mean() == pytest.approx(spreads[1].mean(), rel=0.02)


def test_shuffles_of_two_items_are_enumerated():
    # Two items, one right answer each among two templates: spreads 1 and 0 are equally likely.
    grid = np.array([[1.0, 0.0], [1.0, 0.0]])
    means = shuffled_means(grid, rng=np.random.default_rng(0), draws=20_000)
    assert set(np.ptp(means, axis=1).round(12)) == {0.0, 1.0}
    assert np.ptp(means, axis=1).mean() == pytest.approx(0.5, abs=0.02)
    assert spread_p(grid, means) == pytest.approx(0.5, abs=0.02)


def test_resampled_means_have_the_covariance_of_a_mean_in_both_ways(monkeypatch: pytest.MonkeyPatch):
    grid = binary(np.random.default_rng(4), (40, 4))
    expected = np.cov(grid.T) / 40
    drawn = resampled_means(grid, rng=np.random.default_rng(0), draws=20_000)
    monkeypatch.setattr(shuffles, "MOST_SHUFFLED", 0)
    limit = resampled_means(grid, rng=np.random.default_rng(0), draws=20_000)
    for means in (drawn, limit):
        np.testing.assert_allclose(means.mean(axis=0), grid.mean(axis=0), atol=0.003)
        np.testing.assert_allclose(np.cov(means.T), expected, atol=0.05 * expected.max())
