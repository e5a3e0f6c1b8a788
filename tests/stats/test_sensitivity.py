import json
from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from stats.estimate import FloatArray
from stats.measure import Sensitivity
from stats.sensitivity import sensitivity
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]
Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def by_metric(found: tuple[Sensitivity, ...]) -> dict[str, Sensitivity]:
    return {one.metric: one for one in found}


def binary(
    rng: np.random.Generator,
    shape: tuple[int, int],
    effects: FloatArray | float = 0.0,
    interaction: float = 0.0,
    mean: float = 0.6,
) -> FloatArray:
    """0 or 1, the chance being the mean, normal effects of item (SD 0.15) and of both, and of templates."""
    chance = mean + rng.normal(0, 0.15, (shape[0], 1)) + effects + rng.normal(0, interaction, shape)
    return (rng.random(shape) < chance).astype(float)


def test_crossed_reference(reference: Read):
    found = sensitivity(
        reference("crossed_balanced"),
        value="y",
        item="item",
        template="template",
        rng=np.random.default_rng(0),
    )
    assert [one.metric for one in found] == ["sigma_template", "spread", "pdr"]
    sigma, spread, pdr = found
    # MS of templates and of the interaction, from R's aov, over 3 seeds × 60 items.
    assert sigma.raw == pytest.approx(np.sqrt(0.953333333333317 / 180))
    assert sigma.floor == pytest.approx(np.sqrt(0.190621468926553 / 180))
    assert sigma.corrected == pytest.approx(np.sqrt(0.004237288135593224))
    expected = distributions.f.sf(0.953333333333317 / 0.190621468926553, 5, 295)
    assert sigma.p_value == pytest.approx(float(expected))
    assert sigma.low < sigma.corrected < sigma.high
    means = reference("crossed_balanced").groupby("template")["y"].mean()
    assert spread.raw == pytest.approx(means.max() - means.min())
    assert spread.corrected == pytest.approx(spread.raw * sigma.corrected / sigma.raw)
    assert pdr.raw == pytest.approx(1 - means.iloc[1:].mean() / means.iloc[0])
    assert all(one.detectable for one in found)
    assert json.dumps([one.as_dict() for one in found], allow_nan=False)


def test_drop_rate_interval_is_fiellers(reference: Read):
    table = reference("crossed_balanced")
    pair = table[table["template"] <= 2]
    found = sensitivity(pair, value="score", item="item", template="template", rng=np.random.default_rng(0))
    pdr = by_metric(found)["pdr"]
    assert pdr.raw == pytest.approx(1 - 1.01176880017572)
    assert (pdr.low, pdr.high) == pytest.approx((1 - 1.09717056971742, 1 - 0.934989564929546))
    means = pair.groupby(["item", "template"])["score"].mean().unstack()
    assert pdr.p_value == pytest.approx(float(distributions.ttest_rel(means[1], means[2]).pvalue))


def test_reference_is_the_first_of_the_table_unless_named(tidy: Tidy):
    table = tidy(binary(np.random.default_rng(1), (50, 4), np.array([0.0, 0.2, -0.2, 0.3]))).sort_values(
        "template", ascending=False
    )
    first = sensitivity(table, rng=np.random.default_rng(0), **COLUMNS)
    named = sensitivity(table, reference=3, rng=np.random.default_rng(0), **COLUMNS)
    other = sensitivity(table, reference=0, rng=np.random.default_rng(0), **COLUMNS)
    assert first == named
    assert by_metric(first)["pdr"].raw != by_metric(other)["pdr"].raw
    assert first[:2] == other[:2]
    with pytest.raises(ValueError, match="'template' has no level 'x'"):
        sensitivity(table, reference="x", rng=np.random.default_rng(0), **COLUMNS)


def test_order_of_rows_does_not_matter(tidy: Tidy):
    table = tidy(binary(np.random.default_rng(1), (50, 4)))
    shuffled = table.sample(frac=1, random_state=1)
    before = sensitivity(table, reference=0, rng=np.random.default_rng(0), **COLUMNS)
    after = sensitivity(shuffled, reference=0, rng=np.random.default_rng(0), **COLUMNS)
    assert before == after


def test_drop_rate_from_a_reference_near_zero_has_no_bounds(tidy: Tidy):
    grid = binary(np.random.default_rng(1), (50, 4))
    grid[:, 0] = 0
    pdr = by_metric(sensitivity(tidy(grid), rng=np.random.default_rng(0), **COLUMNS))["pdr"]
    assert pdr.raw == pdr.corrected == pdr.low == -np.inf
    assert pdr.high == np.inf
    assert "the score with 0 cannot be told from 0" in pdr.note
    assert np.isfinite(pdr.floor)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_variation_at_all_is_no_effect(tidy: Tidy, value: float):
    found = sensitivity(tidy(np.full((10, 5), value)), rng=np.random.default_rng(0), draws=50, **COLUMNS)
    for one in found:
        assert one.raw == one.corrected == one.floor == 0
        assert not one.detectable
        assert one.p_value == 1
        assert "no noise to measure against" in one.note


def test_templates_that_only_shift_scores_are_all_signal(tidy: Tidy):
    rng = np.random.default_rng(2)
    grid = rng.random((30, 1)) * 0.5 + np.array([0.0, 0.1, 0.3, 0.4, 0.2])
    found = by_metric(sensitivity(tidy(grid), rng=rng, draws=500, **COLUMNS))
    assert found["sigma_template"].corrected == pytest.approx(found["sigma_template"].raw)
    assert found["sigma_template"].p_value == found["spread"].p_value == 1 / 501
    assert found["spread"].corrected == found["spread"].raw == pytest.approx(0.4)
    assert (found["spread"].low, found["spread"].high) == pytest.approx((0.4, 0.4))


def test_two_items_that_agree_prove_nothing(tidy: Tidy):
    # Half of all shuffles look the same, though the F ratio is infinite.
    found = sensitivity(tidy(np.array([[1.0, 0.0], [1.0, 0.0]])), rng=np.random.default_rng(0), **COLUMNS)
    assert not any(one.detectable for one in found)
    for one in found[:2]:
        assert one.p_value == pytest.approx(0.5, abs=0.05)
    assert found[2].p_value == 0.5


def test_too_small_tables_are_refused(tidy: Tidy):
    for shape in ((10, 1), (1, 10)):
        with pytest.raises(ValueError, match="at least 2 levels"):
            sensitivity(tidy(np.zeros(shape)), rng=np.random.default_rng(0), **COLUMNS)
    with pytest.raises(UnbalancedError, match="1 of 12 cells"):
        sensitivity(tidy(np.eye(4, 3)).iloc[1:], rng=np.random.default_rng(0), **COLUMNS)
    with pytest.raises(ValueError, match="draws has to be at least 1"):
        sensitivity(tidy(np.eye(4, 3)), rng=np.random.default_rng(0), draws=0, **COLUMNS)


def test_few_templates_warn(tidy: Tidy):
    found = sensitivity(
        tidy(binary(np.random.default_rng(1), (50, 3))), rng=np.random.default_rng(0), **COLUMNS
    )
    assert all("only 3 levels of template" in one.note for one in found)


# The size over 20,000 tables of each kind is 0.049; 1,000 have a standard error of 0.007.
@pytest.mark.parametrize("interaction", [0.0, 0.15])
def test_equal_templates_are_rarely_called_different(tidy: Tidy, interaction: float):
    rng, runs = np.random.default_rng(21), 1000
    found: list[dict[str, Sensitivity]] = []
    for _ in range(runs):
        table = tidy(binary(rng, (100, 10), interaction=interaction))
        found.append(by_metric(sensitivity(table, rng=rng, draws=100, **COLUMNS)))
    assert 0.03 <= sum(bool(one["sigma_template"].detectable) for one in found) / runs <= 0.07
    assert sum(one["spread"].p_value < 0.05 for one in found) / runs <= 0.07
    assert sum(one["pdr"].p_value < 0.05 for one in found) / runs <= 0.07
    # The raw reading is all noise, as the floor says, and the correction takes most of it away.
    raw, floor, corrected = (
        np.mean([getattr(one["spread"], name) for one in found]) for name in ("raw", "floor", "corrected")
    )
    assert floor == pytest.approx(raw, rel=0.05)
    assert corrected < 0.35 * raw


def test_a_real_template_effect_is_found_and_measured(tidy: Tidy):
    rng, runs, detected, covered = np.random.default_rng(22), 400, 0, 0
    spreads: list[tuple[float, float, float, bool]] = []
    for _ in range(runs):
        effects = rng.normal(0, 0.08, 10)
        table = tidy(binary(rng, (150, 10), effects, mean=0.5))
        found = by_metric(sensitivity(table, rng=rng, draws=200, **COLUMNS))
        sigma, spread = found["sigma_template"], found["spread"]
        detected += bool(sigma.detectable)
        covered += sigma.low <= 0.08 <= sigma.high
        true = float(np.ptp(effects))
        spreads.append((true, spread.raw, spread.corrected, spread.low <= true <= spread.high))
    assert detected / runs >= 0.9
    assert covered / runs >= 0.92
    true, raw, corrected, inside = np.mean(spreads, axis=0)
    assert raw - true > 0.02  # the naive spread is inflated
    assert abs(corrected - true) < 0.4 * (raw - true)
    assert 0.91 <= inside <= 0.985


def test_raw_is_biased_with_equal_templates_and_what_exceeds_the_noise_is_not(tidy: Tidy):
    """The mean of `signed` lies within two Monte Carlo errors of 0; raw and shrunken means do not."""
    generator, runs = np.random.default_rng(23), 400
    found = [
        by_metric(
            sensitivity(
                tidy(binary(generator, (100, 10), interaction=0.1)), rng=generator, draws=200, **COLUMNS
            )
        )
        for _ in range(runs)
    ]
    for metric, biased in (("sigma_template", 0.03), ("spread", 0.1)):
        signed = np.array([one[metric].signed for one in found], dtype=float)
        assert abs(signed.mean()) < 2 * signed.std() / np.sqrt(runs)
        assert np.mean([one[metric].raw for one in found]) > biased
        corrected = [one[metric].corrected for one in found]
        assert 0 < np.mean(corrected) < biased
        assert min(corrected) == 0


def test_sigma_of_scores_between_0_and_1_ends_where_such_scores_can(tidy: Callable[..., pd.DataFrame]):
    scores = (np.random.default_rng(1).random((30, 2)) < (0.4, 0.7)).astype(float)

    def sigma(values: FloatArray) -> Sensitivity:
        table, rng = tidy(values), np.random.default_rng(0)
        found, *_ = sensitivity(table, value="score", item="item", template="template", rng=rng, draws=10)
        return found

    assert sigma(scores).high == 0.5
    assert sigma(100 * scores).high > 100  # on another scale nothing is known of the most
