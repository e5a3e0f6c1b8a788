from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from stats.clusters import Correction, clustered_mean, clustered_variance, collapse
from stats.intervals import item_mean

Read = Callable[[str], pd.DataFrame]


# R: sandwich::vcovCL of lm(y ~ 1).
@pytest.mark.parametrize(
    ("name", "cluster", "other", "correction", "expected"),
    [
        ("crossed_balanced", "item", None, "CR0", 0.031825462797963),
        ("crossed_balanced", "item", None, "CR1", 0.032094036865804),
        ("crossed_balanced", "passage", None, "CR1", 0.0296275627585985),
        ("crossed_balanced", "item", "template", "CR0", 0.0377194084297568),
        ("crossed_balanced", "item", "template", "CR1", 0.0398262850784203),
        ("crossed_unbalanced", "item", None, "CR0", 0.0332513205583023),
        ("crossed_unbalanced", "item", None, "CR1", 0.0335319273944109),
        ("crossed_unbalanced", "passage", None, "CR1", 0.0323277060200777),
        ("crossed_unbalanced", "item", "template", "CR0", 0.0374333630221151),
        ("crossed_unbalanced", "item", "template", "CR1", 0.039519888118593),
    ],
)
def test_standard_errors_equal_sandwich(
    reference: Read, name: str, cluster: str, other: str | None, correction: Correction, expected: float
):
    table = reference(name)
    found = clustered_mean(table, value="y", cluster=cluster, other=other, correction=correction)
    few = min(table[one].nunique() for one in (cluster, other) if one)
    half = expected * distributions.t.ppf(0.975, few - 1)
    mean = table["y"].mean()
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - half, mean + half), rel=1e-12)
    assert found.df == few - 1
    assert found.random == tuple(one for one in (cluster, other) if one)


def test_rows_as_their_own_clusters_give_the_ordinary_standard_error(reference: Read):
    # R: vcovHC(m, "HC1") of the intercept is s² / n.
    for name, expected in (
        ("crossed_balanced", 0.0142901064362078),
        ("crossed_unbalanced", 0.0166634871094101),
    ):
        y = reference(name)["y"].to_numpy(dtype=float)
        variance, note = clustered_variance(y, [np.arange(y.size)])
        assert variance**0.5 == pytest.approx(expected, rel=1e-12)
        assert note == ""


def test_a_negative_two_way_variance_is_said_and_replaced():
    # Rows and columns all have mean 0, so only the cells' own scatter is left, and it is subtracted.
    y = np.array([[1.0, -1.0], [-1.0, 1.0]]).ravel()
    rows, columns = np.indices((2, 2)).reshape(2, -1)
    variance, note = clustered_variance(y, [rows, columns])
    assert variance == 0
    assert "negative" in note
    y[0] += 0.1
    variance, note = clustered_variance(y, [rows, columns])
    assert variance == pytest.approx(clustered_variance(y, [rows])[0])
    assert "larger one-way" in note


def test_bad_arguments_are_refused(reference: Read):
    table = reference("crossed_balanced").assign(one=1)
    with pytest.raises(ValueError, match="at least 2 levels of 'item' and 'one'"):
        clustered_mean(table, value="y", cluster="item", other="one")
    with pytest.raises(ValueError, match="'CR0' or 'CR1'; got 'CR2'"):
        clustered_variance(np.arange(3.0), [np.arange(3)], correction="CR2")  # pyright: ignore[reportArgumentType]


def test_clusters_of_equal_sizes_become_their_means():
    grid = np.random.default_rng(1).random((6, 4))
    found = collapse(grid, np.array([0, 0, 1, 1, 2, 2]))
    np.testing.assert_allclose(found, grid.reshape(3, 2, 4).mean(axis=1))


def test_clusters_of_unequal_sizes_keep_the_mean_over_items_and_the_ratios_variance():
    rng = np.random.default_rng(1)
    parents = np.repeat(np.arange(5), [1, 4, 2, 6, 3])
    items = rng.random(16) + 0.3 * rng.random(5)[parents]
    found = collapse(items, parents)
    assert found.mean() == pytest.approx(items.mean())
    # CR1 is this variance exactly: both square the clusters' sums of residuals.
    variance, _ = clustered_variance(items, [parents])
    assert found.var(ddof=1) / 5 == pytest.approx(variance)


def test_item_mean_over_clusters_tells_items_of_the_same_name_apart():
    table = pd.DataFrame(
        {
            "passage": list("aabbcc"),
            "question": [1, 2, 1, 2, 1, 2],
            "score": [1.0, 2.0, 3.0, 5.0, 4.0, 9.0],
        }
    )
    found = item_mean(table, value="score", item="question", cluster="passage")
    means = np.array([1.5, 4.0, 6.5])
    expected = distributions.t.interval(0.95, 2, means.mean(), distributions.sem(means))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == {"passage": 3, "question": 6}
    assert found.random == ("passage",)
    assert found.method == "cluster means, t"
