from collections.abc import Callable
from typing import Any, TypedDict, cast

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stats.compare import paired_effects
from stats.crossed import crossed_correlation, crossed_mean_of
from stats.estimate import FloatArray
from stats.multiplicity import adjust, compare_all, copula_max, flipped_max
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str


COLUMNS = Columns(value="score", item="item", factor="model")


def table_of(grids: FloatArray) -> pd.DataFrame:
    """From models × items × templates to a table."""
    model, item, template = np.indices(grids.shape).reshape(3, -1)
    return pd.DataFrame({"model": model, "item": item, "template": template, "score": grids.ravel()})


def models(rng: np.random.Generator, shape: tuple[int, int, int] = (4, 40, 6)):
    count, items, templates = shape
    shared = rng.normal(0, 1, (1, items, 1)) + rng.normal(0, 0.3, (1, 1, templates))
    return shared + rng.normal(0, 0.3, (count, 1, templates)) + rng.normal(0, 0.5, shape)


def test_holm_and_benjamini_hochberg():
    p_values = [0.01, 0.02, 0.03, 0.04, 0.05]  # R's p.adjust
    assert adjust(p_values, "holm") == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert adjust(p_values, "bh") == pytest.approx([0.05] * 5)


def test_exact_sign_flips_of_the_crossed_reference(reference: Read):
    table = reference("crossed_balanced").query("item <= 16 and template <= 2")
    scores = table.groupby(["item", "template"])["score"].mean().unstack()
    means = (scores[1] - scores[2]).to_numpy()
    assert means.mean() == pytest.approx(0.04145, abs=1e-5)
    adjusted, _ = flipped_max(means[np.newaxis], 0.95, np.random.default_rng(0), 0)
    assert adjusted == pytest.approx([0.364166259765625], abs=1e-12)  # all 2^16 flips in R
    drawn, _ = flipped_max(np.repeat(means, 2)[np.newaxis], 0.95, np.random.default_rng(0), 2000)
    assert 0 < drawn[0] < adjusted[0]


def test_every_pair_or_all_against_one():
    table = table_of(models(np.random.default_rng(1)))
    rng = np.random.default_rng(2)
    every = compare_all(table, template="template", rng=rng, **COLUMNS)
    assert [(effect.level, effect.against) for effect in every.effects] == [
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    ]  # fmt: skip
    one = compare_all(table, against=2, template="template", method="holm", rng=rng, **COLUMNS)
    expected = paired_effects(table, against=2, template="template", **COLUMNS)
    assert one.effects == expected
    assert len(one.to_frame()) == 3
    assert {"simultaneous_low", "p_adjusted"} <= set(one.to_frame().columns)
    exploratory = compare_all(table, template="template", method="bh", rng=rng, **COLUMNS)
    assert exploratory.simultaneous == ()
    for effect in every.effects:
        assert effect.p_adjusted is not None
        assert effect.p_adjusted >= effect.p_value
        assert effect.crossed is not None


@pytest.mark.parametrize("template", ["template", None])
def test_max_t_is_sharper_than_holm_and_agrees_with_its_intervals(template: str | None):
    grids = np.random.default_rng(3).normal(0, 0.5, (5, 30, 6)) + np.linspace(0, 0.15, 5).reshape(5, 1, 1)
    table = table_of(grids)
    rng = np.random.default_rng(4)
    sharp = compare_all(table, template=template, rng=rng, **COLUMNS)
    blunt = compare_all(table, template=template, method="holm", rng=rng, **COLUMNS)
    least = min(range(len(sharp.effects)), key=lambda index: sharp.effects[index].p_value)
    smallest = sharp.effects[least].p_adjusted, blunt.effects[least].p_adjusted
    assert smallest[0] is not None
    assert smallest[1] is not None
    assert smallest[0] < smallest[1]
    for effect, interval in zip(sharp.effects, sharp.simultaneous, strict=True):
        assert effect.p_adjusted is not None
        shown = effect.crossed or effect.fixed
        assert interval.low <= shown.low <= shown.high <= interval.high
        assert "simultaneous for 10 comparisons" in interval.method
        assert interval.random == (("item", "template") if template else ("item",))
        if abs(effect.p_adjusted - 0.05) > 0.005:
            assert (effect.p_adjusted < 0.05) == (interval.low > 0 or interval.high < 0)


def test_one_comparison_needs_no_adjustment():
    table = table_of(models(np.random.default_rng(5), (2, 30, 6)))
    (effect,) = compare_all(table, template="template", rng=np.random.default_rng(6), **COLUMNS).effects
    assert effect.p_adjusted == pytest.approx(effect.p_value, abs=0.01)


def test_family_error_is_held_where_models_react_to_templates():
    rng = np.random.default_rng(7)
    false = holm = 0
    runs = 400
    pairs = [(one, other) for one in range(4) for other in range(one)]
    for _ in range(runs):
        grids = models(rng, (4, 30, 6))
        differences = np.stack([grids[one] - grids[other] for one, other in pairs])
        p_values: list[float] = []
        for difference in differences:
            mean = crossed_mean_of(difference)
            p_values.append(2 * float(stats.t.sf(abs(mean.value) / mean.variance**0.5, mean.df)))
        adjusted, _ = copula_max(p_values, crossed_correlation(differences), 0.95, rng, 500)
        false += bool((adjusted <= 0.05).any())
        holm += min(p_values) <= 0.05 / 6
    assert 0.015 <= false / runs <= 0.075
    assert holm <= false + 8


def test_correlation_of_differences_that_share_a_model_is_a_half():
    grids = np.random.default_rng(8).normal(size=(3, 400, 40))
    found = crossed_correlation(np.stack([grids[0] - grids[2], grids[1] - grids[2]]))
    assert found[0, 1] == pytest.approx(0.5, abs=0.1)
    assert np.diag(found) == pytest.approx([1, 1])
    nothing = crossed_correlation(np.stack([grids[0], np.zeros_like(grids[0])]))
    assert nothing == pytest.approx(np.eye(2))


def test_max_t_needs_every_cell():
    table = table_of(models(np.random.default_rng(9)))
    rng = np.random.default_rng(10)
    with pytest.raises(UnbalancedError, match="1 of 960 cells have no row"):
        compare_all(table[1:], template="template", rng=rng, **COLUMNS)
    assert len(compare_all(table[1:], template="template", method="holm", rng=rng, **COLUMNS).effects) == 6


def test_what_is_no_family_is_refused():
    table = table_of(models(np.random.default_rng(11), (1, 5, 3)))
    rng = np.random.default_rng(12)
    with pytest.raises(ValueError, match="'model' has one level, 0"):
        compare_all(table, rng=rng, **COLUMNS)
    with pytest.raises(ValueError, match="method is one of holm, bh, max-t; got 'tukey'"):
        compare_all(table, rng=rng, method=cast(Any, "tukey"), **COLUMNS)
