import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats.anova import crossed_mean, mean_squares
from stats.crossed import FAR_TAIL, Crossed, crossed_mean_of


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_two_axes_are_crossed_mean_but_for_negative_components(rows: int, columns: int, seed: int):
    cells = np.random.default_rng(seed).integers(0, 3, (rows, columns)) / 2
    found, expected = crossed_mean_of(cells), crossed_mean(cells)
    a, b, e = (mean_squares(cells)[term].value for term in ((0,), (1,), (0, 1)))
    assert found.value == pytest.approx(expected.value)
    assert found.variance * cells.size == pytest.approx(max(a + b - e, e))
    assert found.variance <= expected.variance * (1 + 1e-12)
    if min(a, b) > e:
        assert found.variance == pytest.approx(expected.variance)
        assert found.df == pytest.approx(expected.df)


@settings(deadline=None)
@given(st.floats(0.5, 60), st.one_of(st.none(), st.floats(60, 500)), st.floats(0.5, 0.999), st.floats(-5, 5))
def test_p_values_are_inverted_intervals(df: float, noise_df: float | None, level: float, distance: float):
    mean = Crossed(0.0, 2.0, df, noise_df)
    half, tail = mean.half_width(level), (1 - level) / 2
    if abs(distance - half) > 1e-9:
        assert (mean.tail(distance) < tail) == (distance > half) or mean.tail(distance) == FAR_TAIL == tail
    assert mean.tail(distance) >= mean.tail(distance + 0.1)
    assert mean.half_width(level) <= mean.half_width(level + 0.0005)


def test_where_the_sum_is_less_than_the_noise_alone():
    rng = np.random.default_rng(5)
    cells = next(
        cells
        for cells in (rng.normal(size=(8, 5)) for _ in range(100))
        if sum(mean_squares(cells)[term].value for term in ((0,), (1,))) < 2 * mean_squares(cells)[0, 1].value
    )
    found = crossed_mean_of(cells)
    assert found.variance == pytest.approx(mean_squares(cells)[0, 1].value / 40)
    assert found.noise_df == 28
    assert found.df < 28
    t = {level: found.half_width(level) / found.variance**0.5 for level in (0.9, 0.95, 0.99)}
    assert t[0.9] == pytest.approx(float(stats.t.ppf(0.95, 28)))
    assert t[0.95] == pytest.approx(float(stats.t.ppf(0.975, 28)))
    assert t[0.99] == pytest.approx(float(stats.t.ppf(0.995, found.df)))


def test_three_axes_without_truncation_are_the_alternating_sum_of_mean_squares():
    rng = np.random.default_rng(3)
    cells = rng.normal(0, 1, (12, 5, 4))
    for scale, shape in ((3, (12, 1, 1)), (2, (1, 5, 1)), (2, (1, 1, 4)), (1, (12, 5, 1)), (1, (1, 5, 4))):
        cells += rng.normal(0, scale, shape)
    cells += rng.normal(0, 1, (12, 1, 4))
    squares = {term: square.value for term, square in mean_squares(cells).items()}
    alternating = sum(value * (-1) ** (len(term) - 1) for term, value in squares.items())
    found = crossed_mean_of(cells)
    assert found.variance * cells.size == pytest.approx(alternating)
    spread = sum(square.value**2 / square.df for square in mean_squares(cells).values())
    assert found.df == pytest.approx(alternating**2 / spread)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_order_of_axes_does_not_matter(axes: int):
    cells = np.random.default_rng(axes).normal(size=(7, 4, 3)[:axes])
    turned = crossed_mean_of(cells.transpose())
    assert crossed_mean_of(cells).variance == pytest.approx(turned.variance)


def test_variance_of_a_three_way_mean_is_right_on_average():
    rng = np.random.default_rng(6)
    shape, sds = (
        (8, 6, 5),
        {(0,): 1.0, (1,): 0.7, (2,): 0.5, (0, 1): 0.8, (0, 2): 0.4, (1, 2): 0.6, (0, 1, 2): 1},
    )
    means: list[float] = []
    variances: list[float] = []
    for _ in range(600):
        cells = np.zeros(shape)
        for term, sd in sds.items():
            cells += rng.normal(0, sd, [size if axis in term else 1 for axis, size in enumerate(shape)])
        found = crossed_mean_of(cells)
        means.append(found.value)
        variances.append(found.variance)
    true = sum(sd**2 / np.prod([shape[axis] for axis in term]) for term, sd in sds.items())
    assert np.mean(variances) == pytest.approx(true, rel=0.08)
    assert np.var(means) == pytest.approx(true, rel=0.2)


def test_no_variation_has_no_variance():
    assert crossed_mean_of(np.ones((3, 3, 3))).variance == 0
