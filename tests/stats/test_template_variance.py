import numpy as np
import pytest

from stats.anova import mean_squares
from stats.template_variance import crossed_weights, template_variance


def test_with_weights_of_1_it_is_that_of_expected_mean_squares():
    grid = np.random.default_rng(1).random((30, 6)) + np.linspace(0, 1, 6)
    squares = mean_squares(grid)
    expected = (squares[1,].value - squares[0, 1].value) / 30
    assert template_variance(grid, np.ones((1, 30)), np.ones((1, 6))) == pytest.approx([expected])


def test_weights_of_0_leave_levels_out_and_all_on_one_is_nan():
    grid = np.random.default_rng(2).random((8, 5))
    items, templates = np.ones((2, 8)), np.ones((2, 5))
    items[0, 5:] = 0
    templates[0, 3:] = 0
    templates[1, 1:] = 0
    found = template_variance(grid, items, templates)
    assert found[0] == pytest.approx(template_variance(grid[:5, :3], np.ones((1, 5)), np.ones((1, 3)))[0])
    assert np.isnan(found[1])


def test_the_bootstrap_has_the_estimate_for_its_mean():
    generator = np.random.default_rng(3)
    grid = generator.random((40, 8)) + generator.normal(0, 0.3, 8)
    weights = crossed_weights(40, 8, rng=generator, draws=20_000)
    assert [one.shape for one in weights] == [(20_000, 40), (20_000, 8)]
    drawn = template_variance(grid, *weights)
    observed = template_variance(grid, np.ones((1, 40)), np.ones((1, 8)))[0]
    # The ratio of sums is unbiased; the mean of ratios nearly so.
    assert np.nanmean(drawn) == pytest.approx(observed, rel=0.05)
