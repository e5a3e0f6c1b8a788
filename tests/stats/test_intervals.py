from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as distributions
from scipy.special import expit, logit

from stats.components import components
from stats.intervals import fieller, item_mean, score, wilson
from stats.reml import reml
from stats.tables import cells
from stats.terms import design

Tidy = Callable[..., pd.DataFrame]
Read = Callable[[str], pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def test_score_of_the_crossed_reference(reference: Callable[[str], pd.DataFrame]):
    found = score(reference("crossed_balanced"), value="y", item="item", template="template")
    assert found.crossed is not None
    assert found.crossed.value == pytest.approx(0.672222222222222)
    assert found.crossed.df == pytest.approx(17.33235, abs=1e-5)  # lmerTest: 17.3323
    ends = (found.crossed.low, found.crossed.high)
    assert ends == pytest.approx((0.579287568693959, 0.753368046605082), abs=1e-12)
    assert found.crossed.random == ("item", "template")
    assert found.crossed.n == {"item": 60, "template": 6}
    assert found.fixed.random == ("item",)
    assert (found.fixed.low, found.fixed.high) == pytest.approx((0.60510777, 0.73296388), abs=1e-8)
    assert found.note == ""


def test_score_outside_the_unit_interval_is_not_transformed(reference: Callable[[str], pd.DataFrame]):
    # Shifted by 5 the reference's untransformed interval applies.
    table = reference("crossed_balanced").assign(y=lambda table: table["y"] + 5)
    found = score(table, value="y", item="item", template="template").crossed
    assert found is not None
    assert (found.low, found.high) == pytest.approx((5.584438164835297, 5.760006279609148), abs=1e-10)
    assert "logit" not in found.method


def test_item_mean_is_students_interval():
    values = np.array([3.0, 5.0, 4.0, 9.0])
    found = item_mean(pd.DataFrame({"q": list("abcd"), "y": values}), value="y", item="q", level=0.9)
    expected = distributions.t.interval(0.9, 3, values.mean(), distributions.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == {"q": 4}


def test_item_mean_counts_every_item_once():
    table = pd.DataFrame({"q": ["a"] * 9 + ["b", "c"], "y": [1.0] * 9 + [0.0, 0.5]})
    assert item_mean(table, value="y", item="q").value == 0.5


def test_order_of_rows_and_names_of_levels_do_not_matter(reference: Callable[[str], pd.DataFrame]):
    table = reference("crossed_balanced")
    shuffled = table.sample(frac=1, random_state=3)
    shuffled["item"] = shuffled["item"].map(lambda index: f"质{(index * 37) % 61}")
    shuffled["template"] = shuffled["template"].map({1: "é", 2: "a", 3: "", 4: "ß", 5: "z", 6: "🙂"})
    before = score(table, value="y", item="item", template="template")
    after = score(shuffled, value="y", item="item", template="template")
    for one, other in ((before.fixed, after.fixed), (before.crossed, after.crossed)):
        assert one is not None
        assert other is not None
        assert (one.value, one.low, one.high) == pytest.approx(
            (other.value, other.low, other.high), rel=1e-12
        )


def test_duplicated_rows_change_nothing(reference: Callable[[str], pd.DataFrame]):
    table = reference("crossed_balanced")
    once = score(table, value="y", item="item", template="template")
    twice = score(pd.concat([table, table]), value="y", item="item", template="template")
    assert once == twice


@pytest.mark.parametrize("templates", [1, 2])
def test_too_few_templates_give_no_crossed_interval(tidy: Tidy, templates: int):
    grid = np.random.default_rng(0).integers(0, 2, (20, templates)).astype(float)
    found = score(tidy(grid), **COLUMNS)
    assert found.crossed is None
    assert ("1 level of template" if templates == 1 else "2 levels of template") in found.note
    assert "run 3 or more" in found.note


def test_few_templates_warn(tidy: Tidy):
    grid = np.random.default_rng(0).integers(0, 2, (20, 4)).astype(float)
    found = score(tidy(grid), **COLUMNS)
    assert found.crossed is not None
    assert (
        found.note == found.crossed.note == "only 4 levels of template: 5 or more make this interval reliable"
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_wrong_or_all_right_is_wilsons_interval_on_items(tidy: Tidy, value: float):
    found = score(tidy(np.full((20, 5), value)), **COLUMNS)
    exact = wilson(round(20 * value), 20)
    for estimate in (found.fixed, found.crossed):
        assert estimate is not None
        assert (estimate.low, estimate.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
        assert "Wilson on items" in estimate.method
        assert "all items agree" in estimate.note


def test_equal_items_leave_room_for_others(tidy: Tidy):
    found = item_mean(tidy(np.tile([0.1, 0.2, 0.3], (10, 1))), value="score", item="item")
    assert found.value == pytest.approx(0.2)
    assert 0 < found.low < 0.2 < found.high < 1


def test_single_item(tidy: Tidy):
    found = score(tidy(np.array([[1.0, 0.0, 1.0, 1.0]])), **COLUMNS)
    assert found.crossed is None
    assert "single item" in found.note
    assert 0 < found.fixed.low < 0.75 < found.fixed.high < 1
    with pytest.raises(ValueError, match="run more"):
        score(tidy(np.array([[3.0, 0.0, 1.0, 1.0]])), **COLUMNS)


def test_items_that_agree_outside_the_unit_interval_say_so(tidy: Tidy):
    found = item_mean(tidy(np.full((4, 2), 7.0)), value="score", item="item")
    assert (found.low, found.high) == (7.0, 7.0)
    assert "not certainty" in found.note


def test_template_effects_alone_still_give_an_interval(tidy: Tidy):
    # Every item reacts alike: only templates vary.
    found = score(tidy(np.tile([0.0, 1.0, 1.0, 1.0, 0.0], (30, 1))), **COLUMNS).crossed
    assert found is not None
    assert 0 < found.low < 0.3
    assert 0.8 < found.high < 1


def test_fieller_of_the_reference(reference: Callable[[str], pd.DataFrame]):
    means = reference("crossed_balanced").groupby(["item", "template"])["score"].mean().unstack()
    ends = fieller(means[2].to_numpy(), means[1].to_numpy())
    assert ends == pytest.approx((0.934989564929546, 1.09717056971742), abs=1e-12)


def test_fieller_is_the_t_test_turned_around():
    rng = np.random.default_rng(4)
    bottom = rng.normal(2, 1, 40)
    top = 0.5 * bottom + rng.normal(0, 1, 40)
    for ratio in fieller(top, bottom, 0.9):
        assert distributions.ttest_1samp(top - ratio * bottom, 0).pvalue == pytest.approx(0.1, abs=1e-9)


def test_fieller_is_unbounded_when_the_denominator_may_be_zero():
    rng = np.random.default_rng(4)
    assert fieller(rng.normal(1, 1, 20), rng.normal(0.01, 1, 20)) == (-np.inf, np.inf)
    with pytest.raises(ValueError, match="pairs of at least 2"):
        fieller(np.ones(1), np.ones(1))


def test_passages_are_the_units_where_they_are_named(reference: Read):
    table = reference("crossed_balanced")
    found = score(table, value="y", item="item", template="template", cluster="passage")
    means = table.groupby(["passage", "template"])["y"].mean().reset_index()
    expected = score(means, value="y", item="passage", template="template")
    for one, other in ((found.fixed, expected.fixed), (found.crossed, expected.crossed)):
        assert one is not None
        assert other is not None
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
        assert one.random == other.random
        assert one.n == {"passage": 15, "item": 60, "template": 6}


def test_unequal_passages_leave_the_mean_over_items(reference: Read):
    table = reference("crossed_balanced").query("item % 4 != 1 or item > 30")
    found = score(table, value="y", item="item", template="template", cluster="passage")
    assert found.crossed is not None
    assert found.fixed.value == pytest.approx(table["y"].mean())
    assert found.crossed.value == pytest.approx(table["y"].mean())


def test_seeds_shared_by_items_are_a_further_sample(reference: Read):
    table = reference("crossed_balanced")
    found = score(table, value="y", item="item", template="template", seed="seed")
    crossed = found.crossed
    assert crossed is not None
    assert crossed.random == ("item", "template", "seed")
    assert crossed.n == {"item": 60, "template": 6, "seed": 3}
    assert "only 3 levels of seed" in found.note
    # The variance is that of the components, each over its number of levels.
    rows = components(table, value="y", factors=("item", "template", "seed")).rows
    sizes = {"item": 60, "template": 6, "seed": 3}
    variance = sum(row.value / np.prod([sizes[name] for name in row.term.split(" × ")]) for row in rows)
    assert crossed.df is not None
    half = distributions.t.ppf(0.975, crossed.df) * variance**0.5 / (crossed.value * (1 - crossed.value))
    assert (logit(crossed.low), logit(crossed.high)) == pytest.approx(
        (logit(crossed.value) - half, logit(crossed.value) + half)
    )
    assert found.fixed.random == ("item",)


def test_a_single_seed_is_taken_as_it_is(reference: Read):
    table = reference("crossed_balanced").query("seed == 1")
    found = score(table, value="y", item="item", template="template", seed="seed").crossed
    without = score(table, value="y", item="item", template="template").crossed
    assert found is not None
    assert without is not None
    assert (found.low, found.high) == (without.low, without.high)
    assert found.random == ("item", "template")
    assert "the one seed is taken as it is" in found.note


def test_missing_cells_are_fitted(reference: Read):
    table = reference("crossed_unbalanced").query("seed == 1")
    found = score(table, value="y", item="item", template="template")
    crossed = found.crossed
    assert crossed is not None
    layout = design(("item", "template"))
    fit = reml(cells(table, value="y", factors=("item", "template")), layout)
    assert (crossed.value, crossed.df) == pytest.approx((fit.mean, fit.df))
    assert crossed.method == "REML, Satterthwaite t on logit"
    assert found.fixed.random == ("item",)
    assert found.fixed.high - found.fixed.low < crossed.high - crossed.low


def test_templates_that_skipped_the_hard_items_get_no_bonus():
    # The third template was not run on the hard half of the items; the mean of rows would credit it for that.
    rng = np.random.default_rng(4)
    item, template = np.indices((200, 3)).reshape(2, -1)
    ease = np.repeat([0.2, 0.8], 100)[item] + rng.normal(0, 0.05, 200)[item]
    y = ease + np.array([0.0, 0.0, -0.1])[template] + rng.normal(0, 0.05, 600)
    table = pd.DataFrame({"item": item, "template": template, "score": y - y.min() + 2})
    kept = table[(template < 2) | (item >= 100)]
    found = score(kept, **COLUMNS)
    truth = table["score"].mean()
    assert kept["score"].mean() > truth + 0.03
    assert found.fixed.value == pytest.approx(truth, abs=0.01)
    assert found.crossed is not None
    assert found.crossed.value == pytest.approx(truth, abs=0.01)


def test_missing_cells_in_passages(reference: Read):
    table = reference("crossed_unbalanced")
    found = score(table, value="y", item="item", template="template", cluster="passage").crossed
    assert found is not None
    assert found.random == ("passage", "template")
    assert found.n == {"passage": 15, "item": 60, "template": 6}
    assert 0.5 < found.low < found.value < found.high < 0.8


def test_missing_cells_and_seeds(reference: Read):
    table = reference("crossed_unbalanced").query("item <= 20")
    found = score(table, value="y", item="item", template="template", seed="seed").crossed
    assert found is not None
    assert found.random == ("item", "template", "seed")
    assert found.n == {"item": 20, "template": 6, "seed": 3}
    assert 0.4 < found.low < found.value < found.high < 0.9


@pytest.mark.parametrize("templates", [1, 2])
def test_missing_cells_and_too_few_templates(tidy: Tidy, templates: int):
    grid = np.random.default_rng(0).integers(0, 2, (20, templates)).astype(float)
    table = tidy(grid).assign(seed=1)
    table = pd.concat([table, table.assign(seed=2)]).iloc[1:]
    found = score(table, seed="seed", **COLUMNS)
    assert found.crossed is None
    assert "run 3 or more" in found.note
    assert 0 < found.fixed.low < found.fixed.high < 1


def test_missing_cells_of_equal_scores(tidy: Tidy):
    found = score(tidy(np.ones((20, 5))).iloc[1:], **COLUMNS)
    assert found.crossed is not None
    assert found.crossed.low == wilson(20, 20).low


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(2, 4))
def test_order_labels_and_copies_of_rows_do_not_matter(seed: int, gaps: bool, copies: int):
    rng = np.random.default_rng(seed)
    item, template = np.indices((int(rng.integers(4, 12)), int(rng.integers(3, 7)))).reshape(2, -1)
    table = pd.DataFrame({"item": item, "template": template, "score": rng.random(item.size)})
    if gaps:
        kept = rng.random(item.size) > 0.2
        kept[:12] = True
        table = table[kept]
    names = rng.permutation(100)
    other = pd.concat([table] * copies).sample(frac=1, random_state=seed)
    other = other.assign(item="q" + pd.Series(names[other["item"]], index=other.index).astype(str))
    before, after = score(table, **COLUMNS), score(other, **COLUMNS)
    for one, two in ((before.fixed, after.fixed), (before.crossed, after.crossed)):
        assert one is not None
        assert two is not None
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), rel=1e-4)


@pytest.mark.parametrize(("templates", "sigma"), [(5, 0.05), (5, 0.8), (10, 0.3)])
def test_crossed_intervals_cover_new_items_and_templates(tidy: Tidy, templates: int, sigma: float):
    rng = np.random.default_rng(11)
    normal = rng.normal(1.2, np.sqrt(2**2 + sigma**2 + 0.8**2), 1_000_000)
    true, hits = float(expit(normal).mean()), {"fixed": 0, "crossed": 0}
    runs = 400
    for _ in range(runs):
        logit = 1.2 + rng.normal(0, 2, (200, 1)) + rng.normal(0, sigma, templates)
        chance = expit(logit + rng.normal(0, 0.8, (200, templates)))
        found = score(tidy((rng.random(chance.shape) < chance).astype(float)), **COLUMNS)
        assert found.crossed is not None
        hits["fixed"] += found.fixed.low <= true <= found.fixed.high
        hits["crossed"] += found.crossed.low <= true <= found.crossed.high
    assert 0.925 <= hits["crossed"] / runs <= 0.985
    if sigma == 0.8:
        assert hits["fixed"] / runs < 0.75  # items alone are no answer when templates matter
