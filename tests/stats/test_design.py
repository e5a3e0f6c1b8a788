from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats.components import components
from stats.crossed import crossed_mean_of
from stats.design import d_study, degrees_of_freedom, floor, half_width, mean_variance, variances_of

Read = Callable[[str], pd.DataFrame]

PLAIN = {"item": 0.05, "template": 0.004, "item × template": 0.012, "residual": 0.15}


def test_brennan_set_1(reference: Read):
    variances = variances_of(components(reference("brennan1_pxi"), value="y", factors=("person", "item")))
    expected = {
        12: (0.8444948922, 0.7730235194),
        5: (0.6935123, 0.5866162),
        10: (0.8190225, 0.7394557),
        15: (0.8716026, 0.8097839),
        20: (0.9005084, 0.850215),
    }
    for items, (relative, absolute) in expected.items():
        found = d_study(variances, measured="person", sizes={"item": items})
        assert found.generalizability == pytest.approx(relative, abs=1e-7)
        assert found.dependability == pytest.approx(absolute, abs=1e-7)


def test_brennan_set_3(reference: Read):
    found = components(reference("brennan3_pxixo"), value="y", factors=("person", "item", "occasion"))
    study = d_study(variances_of(found), measured="person", sizes={"item": 4, "occasion": 2})
    assert study.generalizability == pytest.approx(0.6398713826, abs=1e-9)
    assert study.dependability == pytest.approx(0.5541246084, abs=1e-9)


def test_standard_error_and_degrees_of_freedom_of_the_crossed_reference(reference: Read):
    table = reference("crossed_balanced")
    variances = variances_of(components(table, value="y", factors=("item", "template")))
    sizes = {"item": 60, "template": 6, "replicate": 3}
    # lmer's standard error, and lmerTest's degrees of freedom.
    assert mean_variance(variances, sizes) == pytest.approx(0.0416682360030891**2)
    assert degrees_of_freedom(variances, sizes) == pytest.approx(17.33235, abs=1e-5)
    interval = (0.760006279609148 - 0.584438164835297) / 2
    assert half_width(variances, sizes) == pytest.approx(interval)


def test_fixed_templates_leave_the_variance_of_item_means(reference: Read):
    table = reference("crossed_balanced")
    variances = variances_of(components(table, value="y", factors=("item", "template")))
    means = table.groupby("item")["y"].mean()
    found = mean_variance(variances, {"item": 60, "template": 6, "replicate": 3}, fixed=("template",))
    assert found == pytest.approx(means.var() / 60)


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_a_table_planned_with_its_own_components_has_its_own_precision(a: int, b: int, c: int, seed: int):
    cells = np.random.default_rng(seed).normal(size=(a, b, c)) ** 3
    index = np.indices(cells.shape).reshape(3, -1)
    table = pd.DataFrame(dict(zip("abc", index, strict=True))).assign(y=cells.ravel())
    found = components(table, value="y", factors=("a", "b", "c"))
    raw = {row.term: row.raw for row in found.rows}
    if min(raw.values()) < 0:
        return
    mean = crossed_mean_of(cells)
    sizes = {"a": a, "b": b, "c": c}
    assert mean_variance(raw, sizes) == pytest.approx(mean.variance)
    assert degrees_of_freedom(raw, sizes) == pytest.approx(mean.df)


def test_more_items_cannot_beat_the_floor():
    sizes = {"item": 10**9, "template": 5}
    assert floor(PLAIN, {"item": 10, "template": 5}, more="item") == pytest.approx((0.004 / 5) ** 0.5)
    assert mean_variance(PLAIN, sizes) == pytest.approx(0.004 / 5, rel=1e-5)
    both = PLAIN | {"seed": 0.002, "template × seed": 0.001}
    found = floor(both, {"item": 10, "template": 5, "seed": 2}, more="item")
    assert found == pytest.approx((0.004 / 5 + 0.002 / 2 + 0.001 / 10) ** 0.5)
    assert floor({"item": 0.05}, {"item": 10}, more="item") == 0


def test_the_interval_of_simulated_sweeps_is_as_wide_as_planned():
    rng = np.random.default_rng(2)
    shape = (40, 6)
    sds = {name: PLAIN[name] ** 0.5 for name in ("item", "template", "item × template")}
    widths: list[float] = []
    for _ in range(500):
        cells = rng.normal(0, sds["item"], (40, 1)) + rng.normal(0, sds["template"], 6)
        mean = crossed_mean_of(cells + rng.normal(0, sds["item × template"], shape))
        widths.append(float(stats.t.ppf(0.975, mean.df)) * mean.variance**0.5)
    planned = half_width({name: PLAIN[name] for name in sds}, {"item": 40, "template": 6})
    assert np.sqrt(np.mean(np.square(widths))) == pytest.approx(planned, rel=0.12)


def test_what_cannot_be_planned_is_refused():
    with pytest.raises(ValueError, match="no size is given for 'template'; there are sizes of item"):
        mean_variance(PLAIN, {"item": 10})
    with pytest.raises(ValueError, match=r"sizes\['item'\] is a number of levels"):
        mean_variance(PLAIN, {"item": 0, "template": 5})
    with pytest.raises(ValueError, match="variance of 'item' has to be 0 or more; got -1"):
        mean_variance({"item": -1.0}, {"item": 10})
    with pytest.raises(ValueError, match="one level of 'template' leaves no degrees of freedom"):
        degrees_of_freedom(PLAIN, {"item": 10, "template": 1})
    with pytest.raises(ValueError, match="no component 'model' to measure; there are item, template"):
        d_study(PLAIN, measured="model", sizes={"item": 10, "template": 3})
