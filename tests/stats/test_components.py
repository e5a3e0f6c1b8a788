from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as distributions

from stats.anova import crossed_mean, mean_squares
from stats.components import components, decompose
from stats.mls import Part, mls_interval
from stats.tables import UnbalancedError, fold
from stats.terms import design

Read = Callable[[str], pd.DataFrame]


def table_of(array: "np.ndarray[Any, np.dtype[np.float64]]", names: str) -> pd.DataFrame:
    indices = np.indices(array.shape).reshape(array.ndim, -1)
    return pd.DataFrame(dict(zip(names, indices, strict=True))).assign(y=array.ravel())


def test_penicillin_equals_lme4(reference: Read):
    found = components(reference("penicillin"), value="diameter", factors=("plate", "sample"))
    assert found.get("plate").raw == pytest.approx(0.71690817676607, rel=1e-6)
    assert found.get("sample").raw == pytest.approx(3.730917588345593, rel=1e-6)
    assert found.get("plate × sample").raw == pytest.approx(0.302415462713223, rel=1e-6)
    assert found.residual == "plate × sample"
    assert found.n == {"plate": 24, "sample": 6}
    assert sum(row.share for row in found.rows) == pytest.approx(1)


def test_dyestuff_equals_lme4(reference: Read):
    found = components(reference("dyestuff"), value="Yield", factors=("Batch",))
    assert found.get("Batch").raw == pytest.approx(1764.05)
    assert found.get("residual").raw == pytest.approx(2451.25)
    assert found.residual == "residual"
    assert found.n == {"Batch": 6, "replicate": 5}
    sigma = found.sigma("Batch")
    assert sigma.value == pytest.approx(42.000595)
    # The F test rejects at 0.0044, so at level 0.95 the interval excludes 0.
    assert 0 < sigma.low < sigma.value < sigma.high


def test_dyestuff2_keeps_the_negative_estimate(reference: Read):
    found = components(reference("dyestuff2"), value="Yield", factors=("Batch",))
    batch, residual = found.get("Batch"), found.get("residual")
    assert batch.raw < 0 == batch.value == batch.share == batch.low
    # On the boundary REML pools both mean squares; lme4 gives 13.80631.
    pooled = (batch.ms * batch.df + residual.ms * residual.df) / (batch.df + residual.df)
    assert pooled == pytest.approx(13.80631, abs=1e-5)
    sigma = found.sigma("Batch")
    assert (sigma.value, sigma.low) == (0, 0)
    assert sigma.high > 0
    assert "negative" in sigma.note


def test_brennan_set_1(reference: Read):
    found = components(reference("brennan1_pxi"), value="y", factors=("person", "item"))
    assert [row.ms for row in found.rows] == pytest.approx([0.8157407, 0.8810606, 0.1268519], abs=1e-7)
    expected = [0.0574074074, 0.0754208754, 0.1268518519]
    assert [row.raw for row in found.rows] == pytest.approx(expected, abs=1e-10)


def test_brennan_set_3(reference: Read):
    found = components(reference("brennan3_pxixo"), value="y", factors=("person", "item", "occasion"))
    expected = {
        "person": 0.5527777778,
        "item": 0.4416666667,
        "occasion": 0.0074074074,
        "person × item": 0.575,
        "person × occasion": 0.1009259259,
        "item × occasion": 0.1564814815,
        "person × item × occasion": 0.9351851852,
    }
    assert {row.term: row.raw for row in found.rows} == pytest.approx(expected, abs=1e-10)
    squares = [row.ms * row.df for row in found.rows]
    assert squares == pytest.approx([62.2, 37.45, 3.2, 56.3, 12.05, 7.5, 25.25])
    assert found.get("occasion × item") == found.get("item × occasion")


def test_crossed_reference_with_replicates(reference: Read):
    found = components(reference("crossed_balanced"), value="y", factors=("item", "template"))
    expected = {
        "item": 0.05121155053358443,
        "template": 0.004237288135593224,
        "item × template": 0.011997279765641383,
        "residual": 0.15462962962962953,
    }
    assert {row.term: row.raw for row in found.rows} == pytest.approx(expected, rel=1e-10)
    squares = [1.112429378531057, 0.953333333333317, 0.190621468926553, 0.15462962962963]
    assert [row.ms for row in found.rows] == pytest.approx(squares)
    assert found.n == {"item": 60, "template": 6, "replicate": 3}
    assert found.get("residual").p_value is None


def test_four_factors_recover_what_was_put_in():
    rng = np.random.default_rng(8)
    shape = (40, 12, 10, 4)
    y = rng.normal(0, 1, shape) + rng.normal(0, 2, (40, 1, 1, 1)) + rng.normal(0, 1.5, (40, 12, 1, 1))
    found = components(table_of(y, "abcd"), value="y", factors="abcd")
    assert len(found.rows) == 15
    assert found.get("a").value == pytest.approx(4, rel=0.5)
    assert found.get("a × b").value == pytest.approx(2.25, rel=0.2)
    assert found.get("a × b × c × d").value == pytest.approx(1, rel=0.05)
    for term in ("b", "c × d", "a × b × c"):
        assert found.get(term).value < 0.05


def test_to_frame_and_as_dict(reference: Read):
    found = components(reference("dyestuff"), value="Yield", factors=("Batch",))
    frame = found.to_frame()
    assert list(frame["term"]) == ["Batch", "residual"]
    assert list(frame["df"]) == [5, 24]
    rows = found.as_dict()["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 2


def test_unequal_replicates_and_gaps_are_refused_by_ems(reference: Read):
    table = reference("dyestuff")
    with pytest.raises(UnbalancedError, match="cells hold 4 to 5 rows"):
        components(table.iloc[1:], value="Yield", factors=("Batch",), method="ems")
    crossed = reference("penicillin")
    with pytest.raises(UnbalancedError, match="cells hold 0 to 1 rows"):
        components(crossed.iloc[1:], value="diameter", factors=("plate", "sample"), method="ems")


def test_the_method_follows_the_table(reference: Read):
    table = reference("dyestuff")
    assert components(table, value="Yield", factors=("Batch",)).method == "EMS"
    found = components(table.iloc[1:], value="Yield", factors=("Batch",))
    assert found.method == "REML"
    assert found.n == {"Batch": 6, "replicate": 4}
    assert "REML, modified large-sample" in found.sigma("Batch").method
    with pytest.raises(ValueError, match="auto, ems, reml and henderson; got 'ml'"):
        components(table, value="Yield", factors=("Batch",), method="ml")  # pyright: ignore[reportArgumentType]


def test_decompose_takes_integer_codes(reference: Read):
    table = reference("crossed_balanced")
    codes = {name: table[name].to_numpy() - 1 for name in ("item", "template")}
    folded = fold(table["y"].to_numpy(dtype=float), codes)
    found = decompose(folded, design(("item", "template")))
    assert found == components(table, value="y", factors=("item", "template"))
    with pytest.raises(ValueError, match="the design is of"):
        decompose(folded, design(("template", "item")))


def test_bad_factors_are_refused(reference: Read):
    table = reference("penicillin").assign(one="x")
    with pytest.raises(ValueError, match="'one' has one level"):
        components(table, value="diameter", factors=("plate", "sample", "one"))
    with pytest.raises(ValueError, match="1 to 6 factors are possible; got 0"):
        components(table, value="diameter", factors=())
    with pytest.raises(ValueError, match=r"no component 'plat'; there are plate, sample"):
        components(table, value="diameter", factors=("plate", "sample")).get("plat")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_components_ignore_shifts_and_scale_with_the_square(seed: int, shift: float, scale: float):
    y = np.random.default_rng(seed).normal(0, 1, (6, 4, 3))
    before = components(table_of(y, "abc"), value="y", factors="abc")
    after = components(table_of(y * scale + shift, "abc"), value="y", factors="abc")
    for one, other in zip(before.rows, after.rows, strict=True):
        tolerance = scale**2 * 1e-9 + 1e-9 * abs(shift) * scale
        assert other.ms == pytest.approx(one.ms * scale**2, rel=1e-6, abs=tolerance)


def test_sums_of_squares_add_up_to_the_total():
    y = np.random.default_rng(2).normal(5, 1, (5, 4, 3, 2))
    squares = mean_squares(y)
    assert sum(square.value * square.df for square in squares.values()) == pytest.approx(y.size * y.var())
    assert sum(square.df for square in squares.values()) == y.size - 1


def test_mean_squares_of_rounding_alone_are_zero():
    y = np.tile(np.random.default_rng(2).random((7, 1)), (1, 5))
    squares = mean_squares(y)
    assert squares[1,].value == squares[0, 1].value == 0 < squares[0,].value


def test_f_tests_are_exact_for_two_factors(reference: Read):
    # R: anova(lm(diameter ~ plate + sample)) gives F = 15.22 on 23 and 115, F = 297.09 on 5 and 115.
    found = components(reference("penicillin"), value="diameter", factors=("plate", "sample"))
    residual = found.get("plate × sample").ms
    assert found.get("plate").ms / residual == pytest.approx(15.2237, abs=1e-4)
    assert found.get("sample").ms / residual == pytest.approx(297.0894, abs=1e-4)
    assert found.get("plate").p_value == pytest.approx(4.628e-25, rel=1e-3)


def test_synthetic_f_test_has_its_size():
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(400):
        y = rng.normal(0, 1, (12, 6, 5)) + rng.normal(0, 1, (12, 6, 1)) + rng.normal(0, 1, (12, 1, 5))
        p = components(table_of(y, "abc"), value="y", factors="abc").get("a").p_value
        assert p is not None
        rejected += p < 0.05
    assert 0.02 <= rejected / 400 <= 0.085


def test_interval_of_one_mean_square_is_the_exact_chi_square_one():
    # 10 mean squares / chi-square quantiles 20.4832 and 3.24697 at 10 df.
    assert mls_interval([Part(1.0, 10)], [], 0.95) == pytest.approx((10 / 20.483177, 10 / 3.246973), rel=1e-6)


def test_lower_end_of_a_pooled_sum_is_the_exact_chi_square_one():
    # 3 and 7 degrees of freedom of the same variance are 10 of it.
    pooled = mls_interval([Part(10.0, 10)], [], 0.95)
    assert mls_interval([Part(3.0, 3), Part(7.0, 7)], [], 0.95)[0] == pytest.approx(pooled[0])
    # The same parts subtracted mirror the interval.
    minus = mls_interval([Part(0.0, 5)], [Part(3.0, 3), Part(7.0, 7)], 0.95)
    assert minus[1] == pytest.approx(-pooled[0])


@pytest.mark.parametrize("exchanged", [False, True])
def test_variance_of_a_crossed_mean_takes_negative_components_as_zero(exchanged: bool):
    # Columns have equal means, so their mean square is 0 and their component negative.
    grid = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 1, 1], [0, 0, 0]])
    found = crossed_mean(grid.T if exchanged else grid)
    # What is left is the rows' mean square / cells: the variance of the mean of independent row means.
    assert found.variance == pytest.approx(grid.mean(axis=1).var(ddof=1) / 6)
    assert found.df == pytest.approx(5)


def test_interval_of_a_difference_touches_zero_where_the_f_test_does():
    edge = float(distributions.f.isf(0.025, 9, 38))
    ends = [
        mls_interval([Part(edge * factor, 9)], [Part(1.0, 38)], 0.95)[0] for factor in (0.9999, 1, 1.0001)
    ]
    assert ends[0] < 0 < ends[2]
    assert ends[1] == pytest.approx(0, abs=1e-9)
    # and the upper end where the opposite test does
    edge = float(distributions.f.ppf(0.025, 9, 38))
    assert mls_interval([Part(edge, 9)], [Part(1.0, 38)], 0.95)[1] == pytest.approx(0, abs=1e-9)


def test_intervals_cover_the_variances_of_three_crossed_factors():
    rng = np.random.default_rng(6)
    true = {"a": 1.0, "b": 0.5, "c": 0.5, "a × b": 0.2, "a × c": 0.2, "b × c": 0.2, "a × b × c": 0.5}
    shapes = [(10, 1, 1), (1, 8, 1), (1, 1, 3), (10, 8, 1), (10, 1, 3), (1, 8, 3), (10, 8, 3)]
    hits = dict.fromkeys(true, 0)
    runs = 300
    for _ in range(runs):
        y = sum(
            (
                rng.normal(0, variance**0.5, shape)
                for variance, shape in zip(true.values(), shapes, strict=True)
            ),
            start=np.zeros((10, 8, 3)),
        )
        found = components(table_of(y, "abc"), value="y", factors="abc")
        for term, variance in true.items():
            row = found.get(term)
            hits[term] += row.low <= variance <= row.high
    assert min(hits.values()) / runs >= 0.91
    assert max(hits.values()) / runs <= 0.985
