from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats.omnibus import omnibus, pair_t, permuted_max_t
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]
Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str


COLUMNS = Columns(value="score", item="item", factor="template")


def test_cochrans_q_of_the_crossed_reference(reference: Read):
    table = reference("crossed_balanced").query("seed == 1").assign(score=lambda table: table["y"])
    found = omnibus(table, rng=np.random.default_rng(0), draws=4000, **COLUMNS)
    # R's friedman.test, which is Cochran's Q on zeros and ones.
    assert found.cochran == pytest.approx(18.13793103448)
    assert found.cochran_p == pytest.approx(0.00277841475203)
    assert found.friedman == pytest.approx(18.13793103448)
    assert np.array(found.means) * 60 == pytest.approx([31, 40, 45, 41, 42, 31])
    assert found.pair[0] == 3
    assert found.pair[1] in {1, 6}
    grid = table.pivot_table(index="item", columns="template", values="y").to_numpy()
    scipy = stats.permutation_test(
        tuple(grid.T),
        lambda *columns: pair_t(np.stack(columns, axis=1)[np.newaxis]).max(),
        permutation_type="samples",
        n_resamples=1500,
        alternative="greater",
        vectorized=False,
        rng=np.random.default_rng(1),
    )
    assert found.max_t == pytest.approx(float(scipy.statistic))
    assert found.max_t_p == pytest.approx(float(scipy.pvalue), abs=0.02)
    assert 0.01 < found.max_t_p < 0.06


def test_friedman_of_rounding_times(reference: Read):
    # Hollander and Wolfe (1973), p. 140.
    table = reference("rounding_times")
    long = table.melt(ignore_index=False, var_name="template", value_name="score").rename_axis("item")
    found = omnibus(long.reset_index(), rng=np.random.default_rng(1), **COLUMNS)
    assert found.friedman == pytest.approx(11.14285714286)
    assert found.friedman_p == pytest.approx(0.00380504077551)
    assert found.kendall_w == pytest.approx(0.253246753246753)
    assert found.cochran is None


def test_kendalls_w_with_ties(reference: Read):
    means = reference("crossed_balanced").groupby(["item", "template"])["score"].mean().round(1)
    found = omnibus(means.to_frame("score").reset_index(), rng=np.random.default_rng(2), **COLUMNS)
    assert found.friedman == pytest.approx(60.5913660555884)
    assert found.friedman_p == pytest.approx(9.17290839705663e-12)
    assert found.kendall_w == pytest.approx(0.201971220185295)


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 15), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_pair_t_is_the_paired_t_test(items: int, levels: int, seed: int):
    grid = np.random.default_rng(seed).normal(5, 1, (items, levels))
    found = pair_t(grid[np.newaxis])[0]
    assert found == pytest.approx(-found.T)
    for one in range(levels):
        for other in range(one):
            expected = stats.ttest_rel(grid[:, one], grid[:, other])
            assert found[one, other] == pytest.approx(float(expected.statistic))


def test_columns_that_differ_by_a_constant():
    grid = np.array([[1.0, 1.0, 3.0], [0.3, 0.3, 2.3], [0.7, 0.7, 2.7]])
    found = pair_t(grid[np.newaxis])[0]
    assert found[0, 1] == 0
    assert found[2, 0] == np.inf
    assert found[0, 2] == -np.inf


def test_permutations_hold_their_level_where_scores_are_skewed(tidy: Tidy):
    rng = np.random.default_rng(3)
    p_values: list[float] = []
    for _ in range(200):
        grid = rng.exponential(1, (15, 1)) + rng.exponential(1, (15, 4)) ** 2
        null = permuted_max_t(grid, rng=rng, draws=99)
        observed = pair_t(grid[np.newaxis]).max()
        p_values.append((1 + int((null >= observed - 1e-9).sum())) / 100)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_nothing_differs(tidy: Tidy):
    grid = np.repeat(np.random.default_rng(4).integers(0, 2, (20, 1)), 4, axis=1).astype(float)
    found = omnibus(tidy(grid), rng=np.random.default_rng(4), draws=50, **COLUMNS)
    assert (found.friedman, found.friedman_p, found.cochran, found.cochran_p) == (0, 1, 0, 1)
    assert (found.max_t, found.max_t_p) == (0, 1)


def test_what_cannot_be_tested_is_refused(tidy: Tidy):
    rng = np.random.default_rng(5)
    with pytest.raises(ValueError, match=r"got 2 and 4 \(two levels: stats.compare.paired_effect\)"):
        omnibus(tidy(np.eye(4)[:, :2]), rng=rng, **COLUMNS)
    with pytest.raises(UnbalancedError):
        omnibus(tidy(np.eye(4))[1:], rng=rng, **COLUMNS)
