import numpy as np
import pytest

from stats.anova import combinations_of, combined, crossed_mean, mean_squares
from stats.terms import design


def test_crossed_factors_combine_with_alternating_signs():
    found = combinations_of(design(("a", "b", "c")).terms)
    assert found[0,] == {(0,): 1, (0, 1): -1, (0, 2): -1, (0, 1, 2): 1}
    assert found[0, 1] == {(0, 1): 1, (0, 1, 2): -1}
    assert found[0, 1, 2] == {(0, 1, 2): 1}


def test_noise_is_in_every_mean_square():
    found = combinations_of([*design(("a", "b", "c", "d"), order=2).terms, ()])
    assert found[0,] == {(0,): 1, (0, 1): -1, (0, 2): -1, (0, 3): -1, (): 2}
    assert found[2, 3] == {(2, 3): 1, (): -1}
    nested = combinations_of([*design(("passage", "item"), nested={"item": "passage"}).terms, ()])
    assert nested[0,] == {(0,): 1, (0, 1): -1}


def test_a_three_way_mean_has_the_variance_of_its_components():
    rng = np.random.default_rng(4)
    true = (
        rng.normal(0, 1, (400, 8, 1, 1))
        + rng.normal(0, 0.5, (400, 1, 5, 1))
        + rng.normal(0, 0.5, (400, 1, 1, 4))
    )
    grids = true + rng.normal(0, 1, (400, 8, 5, 4))
    found = [crossed_mean(grid) for grid in grids]
    expected = 1 / 8 + 0.25 / 5 + 0.25 / 4 + 1 / 160
    assert np.mean([one.variance for one in found]) == pytest.approx(expected, rel=0.1)
    assert np.var([one.value for one in found]) == pytest.approx(expected, rel=0.3)
    assert all(4 < one.df < 139 for one in found)


def test_a_three_way_mean_by_hand():
    grid = np.random.default_rng(9).random((6, 5, 3)) + np.arange(6)[:, None, None]
    squares = mean_squares(grid)
    parts = [combined(weights, squares) for weights in combinations_of(tuple(squares)).values()]
    found = crossed_mean(grid)
    assert found.value == pytest.approx(grid.mean())
    assert found.variance == pytest.approx(sum(max(part, 0) for part in parts) / grid.size)
    total = sum(max(part, 0) for part in parts)
    assert found.df == pytest.approx(total**2 / sum(one.value**2 / one.df for one in squares.values()))
