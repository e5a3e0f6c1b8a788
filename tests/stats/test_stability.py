import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from stats.stability import Spreads, ratio_draws, ratio_needed, stability, template_spreads

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str
    factor: str


COLUMNS = Columns(value="score", item="item", template="template", factor="model")


def models(
    tidy: Tidy,
    rng: np.random.Generator,
    sigmas: tuple[float, float],
    shape: tuple[int, int],
    noise: float = 1.0,
) -> pd.DataFrame:
    """Models "new" and "old" whose templates have independent effects of the given SDs."""
    grids = (
        rng.normal(0, 1, (shape[0], 1)) + rng.normal(0, sigma, shape[1]) + rng.normal(0, noise, shape)
        for sigma in sigmas
    )
    return pd.concat(
        [tidy(grid).assign(model=name) for name, grid in zip(("new", "old"), grids, strict=True)]
    )


def run(table: pd.DataFrame, *, margin: float = 3.0, level: str = "new", seed: int = 0):
    other = {"new": "old", "old": "new"}[level]
    rng = np.random.default_rng(seed)
    return stability(table, level=level, against=other, margin=margin, rng=rng, **COLUMNS)


@pytest.mark.parametrize(
    ("sigmas", "verdict"),
    [
        ((1, 1), "equivalent"),
        ((0.2, 1), "more stable"),
        ((1, 0.2), "less stable"),
        ((0.01, 0.01), "undecided"),
    ],
)
def test_verdicts(tidy: Tidy, sigmas: tuple[float, float], verdict: str):
    found = run(models(tidy, np.random.default_rng(4), sigmas, (100, 60)))
    assert found.verdict == verdict
    assert found.ratio.random == ("item", "template")
    assert json.dumps(found.as_dict(), allow_nan=False)
    if verdict == "undecided":
        assert found.ratio.low == 0
        assert found.ratio.high > 100
        assert "could be told from noise" in found.note or found.p_equivalence > 0.5
    else:
        assert found.ratio.low < (sigmas[0] / sigmas[1]) ** 2 < found.ratio.high
        assert found.needed is None


def test_exchanging_the_models_mirrors_the_result(tidy: Tidy):
    table = models(tidy, np.random.default_rng(5), (0.5, 0.9), (40, 12))
    found, mirrored = run(table, level="new"), run(table, level="old")
    assert mirrored.ratio.value == pytest.approx(1 / found.ratio.value)
    assert (mirrored.ratio.low, mirrored.ratio.high) == pytest.approx(
        (1 / found.ratio.high, 1 / found.ratio.low)
    )
    assert mirrored.p_more == pytest.approx(found.p_less)
    assert mirrored.p_equivalence == pytest.approx(found.p_equivalence)
    assert mirrored.needed == found.needed


def test_order_of_rows_and_names_do_not_matter(tidy: Tidy):
    table = models(tidy, np.random.default_rng(6), (0.5, 0.9), (20, 6))
    renamed = table.assign(
        item=table["item"].map({code: f"q{(code * 7) % 20}" for code in range(20)}),
        template=table["template"].map(dict(enumerate("fdbeca"))),
    ).sample(frac=1, random_state=1)
    one, other = run(table), run(renamed)
    assert (one.ratio.low, one.ratio.high) == pytest.approx((other.ratio.low, other.ratio.high))


def test_without_noise_and_pairing_it_is_the_f_interval():
    found = ratio_draws(Spreads((2.0, 1.0), 0.0, (0.0, 0.0), 10**6, 11), np.random.default_rng(7), 400_000)
    f = stats.f(10, 10)
    # Pairing is estimated too, at the cost of a degree of freedom, so the interval is a little wider.
    for tail, draws in ((0.05, found[0]), (0.95, found[1])):
        exact = 2.0 / float(f.ppf(1 - tail))
        assert abs(math.log(np.quantile(draws, tail) / 2)) == pytest.approx(
            abs(math.log(exact / 2)), rel=0.08
        )


def test_pairing_makes_the_interval_that_of_pitman_and_morgan():
    r, templates = 0.9, 11
    draws = ratio_draws(
        Spreads((2.0, 1.0), r * math.sqrt(2), (0.0, 0.0), 10**6, templates), np.random.default_rng(8), 400_000
    )
    t = float(special.stdtrit(templates - 2, 0.95))
    k = 1 + 2 * (1 - r**2) * t**2 / (templates - 2)
    exact = (2 * (k - math.sqrt(k**2 - 1)), 2 * (k + math.sqrt(k**2 - 1)))
    found = (np.quantile(draws[0], 0.05), np.quantile(draws[1], 0.95))
    assert np.log(found) == pytest.approx(np.log(exact), rel=0.06)


def test_a_model_without_template_effects_at_all(tidy: Tidy):
    rng = np.random.default_rng(9)
    flat = np.repeat(rng.integers(0, 2, (50, 1)), 8, axis=1).astype(float)
    moved = flat + np.linspace(-0.2, 0.2, 8)
    table = pd.concat([tidy(flat).assign(model="new"), tidy(moved).assign(model="old")])
    found = run(table)
    assert found.verdict == "more stable"
    assert (found.ratio.value, found.ratio.high, found.sigma_level) == (0, 0, 0)
    both = pd.concat([tidy(flat).assign(model="new"), tidy(flat).assign(model="old")])
    nothing = run(both)
    assert nothing.verdict == "undecided"
    assert (nothing.ratio.low, nothing.ratio.high) == (0, math.inf)
    assert "for 'new' and 'old'" in nothing.note


def test_what_is_needed_decides():
    spreads = Spreads((1.2, 1.0), 0.2, (0.2, 0.2), 100, 8)
    found = ratio_needed(spreads, 2.0, 0.05, np.random.default_rng(1))
    assert found is not None
    assert found.templates is not None
    assert found.templates > 8
    assert found.items is None  # with 8 templates no number of items does
    low, high = ratio_draws(
        Spreads(spreads.total, 0.2, spreads.noise, 100, found.templates), np.random.default_rng(10), 40_000
    )
    decided = float(np.log(np.quantile(high, 0.95) / np.quantile(low, 0.05))) / 2
    assert decided == pytest.approx(math.log(2.0) - math.log(1.25), rel=0.15)
    noisy = ratio_needed(Spreads((3.0, 1.5), 0.0, (2.0, 1.2), 20, 60), 3.0, 0.05, np.random.default_rng(1))
    assert noisy is not None
    assert noisy.items is not None
    assert noisy.items > 20
    assert (
        ratio_needed(Spreads((0.1, 1.0), 0.0, (0.2, 0.2), 100, 8), 2.0, 0.05, np.random.default_rng(1))
        is None
    )


def test_templates_hardly_told_from_noise_need_more_than_a_few():
    """The delta method has 15 templates decide about two models alike, and they do not."""
    spreads = Spreads((1.43, 1.43), 1.43, (1.0, 1.0), 60, 14)
    found = ratio_needed(spreads, 4.0, 0.05, np.random.default_rng(1))
    assert found is not None
    assert found.templates is not None
    assert found.templates > 25
    assert found.items is not None
    assert found.items > 60
    for count, decides in ((15, False), (2 * found.templates, True)):
        draws = ratio_draws(replace(spreads, templates=count), np.random.default_rng(2), 20_000)
        low = np.quantile(draws[0], 0.05, method="lower")
        high = np.quantile(draws[1], 0.95, method="higher")
        assert (low > 1 / 4 and high < 4) == decides


def test_few_templates_warn_and_fewer_are_refused(tidy: Tidy):
    table = models(tidy, np.random.default_rng(11), (1, 1), (20, 4))
    assert run(table).note == "only 4 levels of template: 5 or more say far more"
    with pytest.raises(ValueError, match=r"2 level\(s\) of template are shared"):
        run(table.query("template < 2"))
    with pytest.raises(ValueError, match="margin is a ratio of variances, above 1"):
        run(table, margin=0.8)


def test_heavy_tails_cost_degrees_of_freedom():
    rng = np.random.default_rng(13)
    above, below = rng.normal(size=(2, 30, 12))
    above[:, 0] += 20  # one broken template
    found = template_spreads(above, below)
    tails = [float(stats.kurtosis(grid.mean(axis=0), bias=False)) for grid in (above, below)]
    assert found.kurtosis == pytest.approx(sum(tails) / 2)
    assert found.df == pytest.approx(2 / (2 / 11 + found.kurtosis / 12))
    assert found.df < 5
    plain = Spreads(found.total, found.covariance, found.noise, 30, 12)
    assert plain.df == 11
    reach = [
        np.quantile(ratio_draws(one, np.random.default_rng(14), 4000)[0], 0.05, method="lower")
        for one in (found, plain)
    ]
    assert reach[0] < 0.7 * reach[1]
    flat = template_spreads(np.ones((5, 4)), np.ones((5, 4)))
    assert flat.kurtosis == 0


def test_spreads_are_those_of_the_template_means(tidy: Tidy):
    rng = np.random.default_rng(12)
    above, below = rng.normal(size=(2, 30, 7))
    found = template_spreads(above, below)
    covariance = np.cov(above.mean(axis=0), below.mean(axis=0))
    assert found.total == pytest.approx((covariance[0, 0], covariance[1, 1]))
    assert found.covariance == pytest.approx(covariance[0, 1])
