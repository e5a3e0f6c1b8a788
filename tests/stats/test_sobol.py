import numpy as np
import pandas as pd
import pytest

from stats.estimate import FloatArray
from stats.sobol import sobol
from stats.tables import UnbalancedError


def table_of(array: FloatArray, names: str) -> pd.DataFrame:
    indices = np.indices(array.shape).reshape(array.ndim, -1)
    return pd.DataFrame(dict(zip(names, indices, strict=True))).assign(y=array.ravel())


def test_ishigami():
    # a = 7, b = 0.1; midpoints of a grid integrate the sines exactly, and x3⁴ to about 1 in 1,000.
    points = -np.pi + (np.arange(40) + 0.5) * 2 * np.pi / 40
    x1, x2, x3 = np.meshgrid(points, points, points, indexing="ij")
    y = np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
    found = sobol(table_of(y, "abc"), value="y", factors=("a", "b", "c"))
    first = [0.31390519114781146, 0.4424111447900409, 0]
    total = [0.5575888552, 0.4424111448, 0.24368366406214767]
    assert [row.first for row in found.rows] == pytest.approx(first, abs=2e-3)
    assert [row.total for row in found.rows] == pytest.approx(total, abs=2e-3)
    assert found.variance == found.variance_plug_in == pytest.approx(y.var())
    assert "noise cannot be told" in found.note


def test_additive_factors_have_no_interactions():
    y = np.add.outer(np.arange(3.0), 2 * np.arange(4.0))
    found = sobol(table_of(y, "ab"), value="y", factors=("a", "b"))
    assert [row.first for row in found.rows] == pytest.approx([2 / 3 / y.var(), 5 / y.var()])
    assert [row.total for row in found.rows] == pytest.approx([row.first for row in found.rows])


@pytest.mark.parametrize("items", [False, True])
def test_noise_is_taken_out_of_the_variances(items: bool):
    rng = np.random.default_rng(3)
    a, b = np.array([-0.1, 0.1]), np.array([-0.05, 0.0, 0.05])
    grid = a[:, None] + b + np.array([[0.02, 0, -0.02], [-0.02, 0, 0.02]])
    true = grid.var()
    found = []
    for _ in range(300):
        noise = rng.normal(0, 0.4, (2, 3, 25))
        noise += rng.normal(0, 1, 25) if items else 0
        table = table_of(grid[..., None] + noise, "abc")
        found.append(sobol(table, value="y", factors=("a", "b"), item="c" if items else None))
    variances = np.array([one.variance for one in found])
    assert variances.mean() == pytest.approx(true, abs=4 * variances.std() / 300**0.5)
    plugged = np.array([one.variance_plug_in for one in found])
    assert plugged.mean() == pytest.approx(true + 5 / 6 * 0.16 / 25, rel=0.1)


def test_items_shared_by_all_cells_are_no_noise():
    # Items differ greatly, but alike in every cell: nothing is left to take out.
    rng = np.random.default_rng(3)
    y = rng.normal(0, 5, (30, 1, 1)) + np.array([[0.1, 0.2], [0.3, 0.5]])
    found = sobol(table_of(y, "iab"), value="y", factors=("a", "b"), item="i")
    for row in found.rows:
        assert (row.first, row.total) == pytest.approx((row.first_plug_in, row.total_plug_in))


def test_pure_noise_says_so():
    y = np.random.default_rng(0).normal(0, 1, (2, 2, 50))
    found = sobol(table_of(y, "abc"), value="y", factors=("a", "b"))
    assert found.variance < found.variance_plug_in
    empty = sobol(table_of(np.zeros((2, 2, 3)), "abc"), value="y", factors=("a", "b"))
    assert [row.total for row in empty.rows] == [0, 0]
    assert "no variance is left" in empty.note
    assert list(empty.to_frame()["factor"]) == ["a", "b"]


def test_bad_tables_are_refused():
    table = table_of(np.arange(12.0).reshape(2, 2, 3), "abc")
    with pytest.raises(ValueError, match="2 to 6 factors; got 1"):
        sobol(table, value="y", factors=("a",))
    with pytest.raises(UnbalancedError, match="2 to 3 rows"):
        sobol(table.iloc[1:], value="y", factors=("a", "b"))
    with pytest.raises(UnbalancedError, match="1 of 12 cells"):
        sobol(table.iloc[1:], value="y", factors=("a", "b"), item="c")
