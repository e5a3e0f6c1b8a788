import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats import prospects
from stats.components import components
from stats.design import variances_of
from stats.prospects import (
    kurtosis,
    order_chance,
    sigma_interval,
    stability_power,
    template_variance,
    tost_power,
)
from stats.stability import ratio_draws, template_spreads

PLAIN = {"item": 0.03, "template": 0.002, "item × template": 0.2}


def grid(rng: np.random.Generator, items: int, templates: int, seeds: int = 1) -> pd.DataFrame:
    """Scores with large effects of everything, so that no component comes out negative."""
    shape = (items, templates, seeds)
    scores = rng.normal(0, 3, (items, 1, 1)) + rng.normal(0, 3, (1, templates, 1))
    scores = scores + rng.normal(0, 3, (1, 1, seeds)) + rng.normal(0, 2, (items, templates, 1))
    scores = scores + rng.normal(0, 2, (items, 1, seeds)) + rng.normal(0, 2, (1, templates, seeds))
    scores = scores + rng.normal(0, 1, shape)
    places = np.indices(shape).reshape(3, -1)
    return pd.DataFrame(
        {"item": places[0], "template": places[1], "seed": places[2], "score": scores.ravel()}
    )


@given(st.integers(3, 200), st.floats(0.02, 0.5), st.floats(0.01, 0.3))
def test_one_sided_equivalence_has_a_noncentral_t(items: int, sd: float, margin: float):
    ratio = margin / (sd / math.sqrt(items))
    expected = stats.nct.sf(stats.t.ppf(0.95, items - 1), items - 1, min(ratio, 30.0))
    found = tost_power({"item": sd**2}, {"item": items}, margin=margin, one_sided=True)
    if ratio <= 30:
        assert found == pytest.approx(float(expected), abs=1e-7)
    both = tost_power({"item": sd**2}, {"item": items}, margin=margin)
    assert both == pytest.approx(max(0.0, 2 * found - 1), abs=1e-12)


def test_equivalence_off_the_middle_by_simulation():
    rng = np.random.default_rng(2)
    items, sd, margin, difference = 60, 0.2, 0.1, 0.02
    draws = difference + rng.normal(0, sd, (20_000, items))
    reach = stats.t.ppf(0.95, items - 1) * draws.std(axis=1, ddof=1) / math.sqrt(items)
    shown = (np.abs(draws.mean(axis=1)) + reach < margin).mean()
    found = tost_power({"item": sd**2}, {"item": items}, margin=margin, difference=difference)
    assert found == pytest.approx(float(shown), abs=0.01)


def test_equivalence_without_any_variance_is_certain_within_the_margin():
    sizes = {"item": 20, "template": 5}
    assert tost_power({"item": 0.0}, sizes, margin=0.1) == 1.0
    assert tost_power({"item": 0.0}, sizes, margin=0.1, difference=0.2) == 0.0


@pytest.mark.parametrize(("factors", "seeds"), [(["item", "template"], 1), (["item", "template", "seed"], 4)])
def test_the_interval_of_sigma_is_that_of_components_at_the_same_mean_squares(
    factors: list[str], seeds: int, monkeypatch: pytest.MonkeyPatch
):
    def light_tails(levels: int) -> float:
        return levels - 1

    monkeypatch.setattr(prospects, "planned_df", light_tails)  # as this table's are
    table = grid(np.random.default_rng(5), 8, 6, seeds)
    found = components(table, value="score", factors=factors)
    assert all(row.raw >= 0 for row in found.rows)
    sizes = {name: int(table[name].nunique()) for name in factors}
    expected = found.sigma("template")
    low, high = sigma_interval(variances_of(found), sizes, "template")
    assert (low, high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_replicates_narrow_the_interval_of_sigma():
    variances = {"item": 0.03, "template": 0.002, "item × template": 0.01, "residual": 0.2}
    widths: list[float] = []
    for replicates in (1, 5):
        sizes = {"item": 50, "template": 10, "replicate": replicates}
        low, high = sigma_interval(variances, sizes, "template")
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_the_noise_of_template_means():
    variances = {
        "item": 9.0,
        "template": 1.0,
        "template × seed": 4.0,
        "item × template": 2.0,
        "residual": 8.0,
    }
    sizes = {"item": 10, "template": 6, "seed": 2, "replicate": 4}
    between, noise = template_variance(variances, sizes)
    assert between == pytest.approx(1 + 4 / 2)
    assert noise == pytest.approx(2 / 10 + 8 / (10 * 2 * 4))


def test_the_tails_are_those_that_stability_corrects_for():
    rng = np.random.default_rng(0)
    grids = rng.exponential(size=(6, 2, 30, 12))
    expected = [template_spreads(above, below).kurtosis for above, below in grids]
    assert kurtosis(grids.mean(axis=2)) == pytest.approx(expected)
    assert kurtosis(grids[:, :, :, :3].mean(axis=2)) == pytest.approx(0)


def test_the_power_to_show_stability_is_that_of_whole_simulated_grids():
    items, templates, margin, runs = 120, 40, 4.0, 150
    rng = np.random.default_rng(1)
    shown = 0
    for _ in range(runs):
        effects = rng.normal(0, math.sqrt(PLAIN["template"]), (2, 1, templates))
        above, below = effects + rng.normal(0, math.sqrt(PLAIN["item × template"]), (2, items, templates))
        low, high = ratio_draws(template_spreads(above, below), rng, 400)
        shown += (low <= 1 / margin).mean() <= 0.05 and (high >= margin).mean() <= 0.05
    sizes = {"item": items, "template": templates}
    found = stability_power(PLAIN, sizes, margin=margin, rng=rng)
    assert 0.05 < found < 0.95
    assert found == pytest.approx(shown / runs, abs=0.12)  # three standard errors


def test_stability_is_the_easier_to_show_the_more_is_shared_or_the_less_is_asked():
    sizes = {"item": 200, "template": 20}

    def power(shared: float, *, one_sided: bool) -> float:
        rng = np.random.default_rng(3)
        return stability_power(
            PLAIN, sizes, margin=4, rng=rng, shared=shared, one_sided=one_sided, runs=150, draws=200
        )

    assert power(0.9, one_sided=False) > power(0.0, one_sided=False)
    assert power(0.0, one_sided=True) > power(0.0, one_sided=False)
    assert stability_power({"item": 0.1}, sizes, margin=4, rng=np.random.default_rng(0)) == 0


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 0.3), st.integers(5, 300), st.integers(3, 30))
def test_the_order_of_two_is_a_normal_chance(gap: float, items: int, templates: int):
    sizes = {"item": items, "template": templates}
    error = math.sqrt(0.03 / items + 0.002 / templates + 0.2 / (items * templates))
    assert order_chance([(gap, PLAIN)], sizes) == pytest.approx(float(stats.norm.cdf(gap / error)))


def test_the_order_of_several_is_at_least_as_sure():
    rng = np.random.default_rng(4)
    means, sd = np.array([0.6, 0.55, 0.52]), 0.03
    drawn = means + rng.normal(0, sd, (100_000, 3))
    kept = (np.diff(drawn, axis=1) < 0).all(axis=1).mean()
    gaps = [(0.05, {"item": 2 * sd**2}), (0.03, {"item": 2 * sd**2})]
    bound = order_chance(gaps, {"item": 1})
    assert kept - 0.05 < bound <= kept
    assert order_chance([(0.1, {"item": 0.0})], {"item": 1}) == 1


def test_what_is_out_of_range_is_named():
    sizes = {"item": 20, "template": 5}
    with pytest.raises(ValueError, match="margin is the greatest difference"):
        tost_power(PLAIN, sizes, margin=0)
    with pytest.raises(ValueError, match="alpha is the size"):
        tost_power(PLAIN, sizes, margin=0.1, alpha=0.6)
    with pytest.raises(ValueError, match="sizes gives no number of 'seed'"):
        sigma_interval(PLAIN, sizes, "seed")
    with pytest.raises(ValueError, match="ratio of variances above 1"):
        stability_power(PLAIN, sizes, margin=1, rng=np.random.default_rng(0))
