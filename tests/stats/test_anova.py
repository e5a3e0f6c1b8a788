import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special

from stats.anova import combinations_of, combined, crossed_mean, mean_squares
from stats.reml import reml
from stats.tables import fold
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
    kept = [weights for weights in combinations_of(tuple(squares)).values() if combined(weights, squares) > 0]
    left = {term: sum(weights.get(term, 0) for weights in kept) * one.value for term, one in squares.items()}
    assert found.df == pytest.approx(
        sum(left.values()) ** 2 / sum(left[term] ** 2 / one.df for term, one in squares.items())
    )


@settings(deadline=None)
@given(st.integers(20, 60), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_the_interval_over_both_axes_is_never_shorter_than_that_over_one(rows: int, columns: int, seed: int):
    rng = np.random.default_rng(seed)
    grid = rng.normal(0, 1, (rows, 1)) + rng.integers(0, 3, (rows, columns)) / 2
    squares = mean_squares(grid)
    assume(squares[0,].value > squares[0, 1].value)
    found, means = crossed_mean(grid), grid.mean(axis=1)
    alone = special.stdtrit(rows - 1, 0.975) ** 2 * means.var(ddof=1) / rows
    assert special.stdtrit(found.df, 0.975) ** 2 * found.variance >= alone * (1 - 1e-9)


def test_where_columns_show_no_variance_rows_are_all_there_is_as_in_reml():
    rng = np.random.default_rng(11)
    grid = rng.normal(0, 1, (9, 1)) + rng.normal(0, 1, (9, 6))
    grid -= 0.8 * (grid.mean(axis=0) - grid.mean())  # columns more alike than noise makes them
    found, means = crossed_mean(grid), grid.mean(axis=1)
    assert found.variance == pytest.approx(means.var(ddof=1) / 9)
    assert found.df == pytest.approx(8)
    fit = reml(
        fold(
            grid.ravel(),
            {"row": np.indices(grid.shape)[0].ravel(), "column": np.indices(grid.shape)[1].ravel()},
        ),
        design(("row", "column")),
        mean_only=True,
    )
    assert fit.variances[1] == 0
    assert (found.value, found.variance, found.df) == pytest.approx(
        (fit.mean, fit.variance, fit.df), rel=1e-3
    )
