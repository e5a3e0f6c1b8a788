import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats.crossed import crossed_mean_of
from stats.power import detectable, mcnemar_items, paired_items, power, t_power, unpaired_items

DIFFERENCES = {"item": 0.02, "template": 0.001, "item × template": 0.06}


def test_connor():
    assert mcnemar_items(0.10, 0.05) == pytest.approx(468.567979460319)
    assert mcnemar_items(0.05, 0.10) == mcnemar_items(0.10, 0.05)


def test_miller():
    expected = {1: 3875.98999227115, 10: 1259.69674748812}
    for samples, items in expected.items():
        found = paired_items(0.03, between=1 / 9, within=(1 / 6, 1 / 6), replicates=(samples, samples))
        assert found == pytest.approx(items)
    assert paired_items(0.03, between=1 / 9, within=(0, 0)) == pytest.approx(968.9974980677886)


def test_power_prop_test():
    assert unpaired_items(0.75, 0.50, power=0.9) == pytest.approx(76.7069301141077, rel=1e-6)


def test_power_t_test():
    # R's power.t.test(n = 20, delta = 1, sd = 1): two groups, so a standard error of sqrt(2/20) and 38 df.
    assert t_power(1 / np.sqrt(2 / 20), 38, 0.05) == pytest.approx(0.868952801692498, abs=1e-6)
    n = 22.0210977038512
    assert t_power(1 / np.sqrt(2 / n), 2 * n - 2, 0.05) == pytest.approx(0.9, abs=1e-6)


def test_one_factor_is_the_paired_t_test():
    found = power({"item": 1.0}, {"item": 25}, difference=0.5)
    critical = stats.t.ppf(0.975, 24)
    expected = stats.nct.sf(critical, 24, 2.5) + stats.nct.cdf(-critical, 24, 2.5)
    assert found == pytest.approx(float(expected))


@settings(deadline=None)
@given(st.integers(3, 300), st.integers(3, 30), st.floats(0.001, 1), st.floats(0, 0.5), st.floats(0.1, 0.99))
def test_the_detectable_difference_has_the_power(
    items: int, templates: int, item: float, template: float, wanted: float
):
    variances = {"item": item, "template": template}
    sizes = {"item": items, "template": templates}
    least = detectable(variances, sizes, power=wanted)
    assert power(variances, sizes, difference=least) == pytest.approx(wanted)
    assert power(variances, sizes, difference=-least) == pytest.approx(wanted)
    assert detectable(variances, sizes | {"item": 2 * items}, power=wanted) > 0


@pytest.mark.parametrize(
    ("items", "templates", "difference"), [(60, 8, 0.09), (150, 5, 0.05), (40, 20, 0.06)]
)
def test_simulated_power_is_the_planned_one(items: int, templates: int, difference: float):
    rng = np.random.default_rng(items)
    found: list[bool] = []
    for _ in range(1500):
        cells = rng.normal(0, DIFFERENCES["item"] ** 0.5, (items, 1))
        cells = cells + rng.normal(0, DIFFERENCES["template"] ** 0.5, templates)
        cells += rng.normal(difference, DIFFERENCES["item × template"] ** 0.5, (items, templates))
        mean = crossed_mean_of(cells)
        found.append(abs(mean.value) > -float(stats.t.ppf(0.025, mean.df)) * mean.variance**0.5)
    planned = power(DIFFERENCES, {"item": items, "template": templates}, difference=difference)
    assert np.mean(found) == pytest.approx(planned, abs=0.04)
    assert 0.4 < planned < 0.95


def test_more_items_do_not_help_beyond_the_floor():
    few, many = (detectable(DIFFERENCES, {"item": items, "template": 5}) for items in (10_000, 1_000_000))
    assert few == pytest.approx(many, rel=0.01)
    assert detectable(DIFFERENCES, {"item": 10_000, "template": 50}) < few / 3.5


@pytest.mark.parametrize("df", [1.0, 2.5, 4.0, 20.0, 1e4, float("inf")])
def test_power_rises_from_the_size_to_1(df: float):
    found = [t_power(ratio, df, 0.05) for ratio in np.linspace(0, 60, 121)]
    assert found[0] == pytest.approx(0.05)
    assert np.diff(found).min() > -1e-6
    assert found[-1] == pytest.approx(1, abs=0.2 if df < 2 else 0.01)


def test_no_variance_finds_everything():
    sizes = {"item": 10, "template": 5}
    assert power({"item": 0.0}, sizes, difference=0.001) == 1
    assert power({"item": 0.0}, sizes, difference=0) == 0.05
    assert detectable({"item": 0.0}, sizes) == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="two different shares that sum to 1 at most"):
        mcnemar_items(0.1, 0.1)
    with pytest.raises(ValueError, match="two different shares that sum to 1 at most"):
        mcnemar_items(0.7, 0.4)
    with pytest.raises(ValueError, match=r"power is a chance between alpha \(0.05\) and 1; got 80"):
        mcnemar_items(0.1, 0.05, power=80)
    with pytest.raises(ValueError, match="difference other than 0"):
        paired_items(0, between=1, within=(1, 1))
    with pytest.raises(ValueError, match=r"two different shares in \[0, 1\]"):
        unpaired_items(1.2, 0.5)
    with pytest.raises(ValueError, match="alpha is a chance"):
        power({"item": 1.0}, {"item": 5}, difference=1, alpha=5)
