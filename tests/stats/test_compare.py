import json
from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as distributions
from scipy.special import expit

from stats.compare import p_value, paired_effect, paired_effects
from stats.crossed import crossed_mean_of
from stats.intervals import fieller
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]
Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str
    template: str


COLUMNS = Columns(value="score", item="item", factor="model", template="template")


def two_models(tidy: Tidy, rng: np.random.Generator, shape: tuple[int, int] = (40, 6)) -> pd.DataFrame:
    grids = [rng.integers(0, 2, shape).astype(float) for _ in range(2)]
    return pd.concat([tidy(grid).assign(model=name) for name, grid in zip("ab", grids, strict=True)])


def test_sleep_is_the_paired_t_test(reference: Read):
    found = paired_effect(reference("sleep"), value="extra", item="ID", factor="group", level=1, against=2)
    assert (found.fixed.low, found.fixed.high) == pytest.approx((-2.459885763276982, -0.700114236723018))
    assert found.p_value == pytest.approx(0.00283289019738)
    assert (found.fixed.value, found.value_level, found.value_against) == pytest.approx((-1.58, 0.75, 2.33))
    assert found.fixed.df == 9
    assert found.crossed is None
    assert found.p_adjusted is None


def test_fixed_is_the_t_test_of_item_means_and_crossed_is_wider_where_templates_matter(reference: Read):
    table = reference("crossed_balanced")
    table["half"] = table["template"] % 2
    found = paired_effect(table, value="score", item="item", factor="half", level=0, against=1)
    means = table.groupby(["item", "half"])["score"].mean().unstack()
    expected = distributions.ttest_rel(means[0], means[1])
    assert found.p_value == pytest.approx(float(expected.pvalue))
    interval = expected.confidence_interval(0.95)
    assert (found.fixed.low, found.fixed.high) == pytest.approx((interval.low, interval.high))


def test_exchanging_the_levels_changes_the_sign(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(1))
    one = paired_effect(table, level="a", against="b", **COLUMNS)
    other = paired_effect(table, level="b", against="a", **COLUMNS)
    assert one.crossed is not None
    assert other.crossed is not None
    assert one.crossed.value == pytest.approx(-other.crossed.value)
    assert (one.crossed.low, one.crossed.high) == pytest.approx((-other.crossed.high, -other.crossed.low))
    assert one.p_value == pytest.approx(other.p_value)


def test_only_shared_items_and_templates_count(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(2))
    whole = paired_effect(
        table[(table["item"] < 30) & (table["template"] < 4)], level="a", against="b", **COLUMNS
    )
    is_b = table["model"] == "b"
    part = paired_effect(
        table[~is_b | ((table["item"] < 30) & (table["template"] < 4))], level="a", against="b", **COLUMNS
    )
    assert part.fixed.n == {"item": 30, "template": 4}
    assert part.fixed.value == whole.fixed.value
    assert part.p_value == whole.p_value
    assert part.fixed.note == "10 of 40 item levels lack a counterpart and are left out"
    assert part.crossed is not None
    assert part.crossed.note.startswith("10 of 40 item levels lack a counterpart and are left out; only 4")


def test_an_item_without_some_template_is_left_out(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(3)).reset_index(drop=True)
    holed = table.drop(index=0)
    found = paired_effect(holed, level="a", against="b", **COLUMNS)
    assert found == paired_effect(holed, level="a", against="b", **COLUMNS)
    assert found.fixed.n == {"item": 39, "template": 6}


def test_nothing_shared_is_an_error(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(4))
    apart = table[(table["model"] == "a") == (table["item"] < 20)]
    with pytest.raises(UnbalancedError, match=r"no item has both 'a' and 'b' of 'model'$"):
        paired_effect(apart, level="a", against="b", **COLUMNS)
    striped = table[(table["item"] + table["template"]) % 2 == 0]
    with pytest.raises(UnbalancedError, match="with every template they share"):
        paired_effect(striped, level="a", against="b", **COLUMNS)


def test_unknown_or_equal_levels_are_refused(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(4))
    with pytest.raises(ValueError, match="'model' has no level 'c'"):
        paired_effect(table, level="c", against="a", **COLUMNS)
    with pytest.raises(ValueError, match="two levels of 'model'"):
        paired_effect(table, level="a", against="a", **COLUMNS)
    with pytest.raises(ValueError, match="confidence"):
        paired_effect(table, level="a", against="b", confidence=95, **COLUMNS)


def test_templates_themselves_are_compared_by_item(reference: Read):
    effects = paired_effects(
        reference("crossed_balanced"),
        value="y",
        item="item",
        factor="template",
        against=1,
        template="template",
    )
    assert [effect.level for effect in effects] == [2, 3, 4, 5, 6]
    assert all(effect.crossed is None for effect in effects)
    # Holm by hand: the k-th smallest of m times (m - k), made monotone.
    ordered = sorted(effects, key=lambda effect: effect.p_value)
    highest = 0.0
    for rank, effect in enumerate(ordered):
        highest = max(highest, min(1.0, effect.p_value * (5 - rank)))
        assert effect.p_adjusted == pytest.approx(highest)


def test_a_single_level_has_no_effects(tidy: Tidy):
    table = tidy(np.eye(3)).assign(model="a")
    assert paired_effects(table, against="a", **COLUMNS) == ()


def test_identical_models_differ_by_nothing(tidy: Tidy):
    grid = np.random.default_rng(5).integers(0, 2, (50, 5)).astype(float)
    table = pd.concat([tidy(grid).assign(model=name) for name in "ab"])
    found = paired_effect(table, level="a", against="b", **COLUMNS)
    assert found.p_value == 1
    for estimate in (found.fixed, found.crossed):
        assert estimate is not None
        assert estimate.low < estimate.value == 0 < estimate.high
        assert estimate.high < 0.1


def test_always_right_against_always_wrong(tidy: Tidy):
    table = pd.concat(
        [tidy(np.full((10, 1), value)).assign(model=name) for name, value in (("a", 1.0), ("b", 0.0))]
    )
    found = paired_effect(table, value="score", item="item", factor="model", level="a", against="b")
    assert found.fixed.value == found.fixed.high == 1
    assert 0 < found.fixed.low < 1
    assert found.p_value == 2**-9  # as many signs could have fallen the other way


def test_levels_of_any_type_and_unused_categories(tidy: Tidy):
    table = two_models(tidy, np.random.default_rng(6))
    plain = paired_effect(table, level="a", against="b", **COLUMNS)
    for kind in (
        pd.Categorical(table["model"], categories=["z", "b", "a"]),
        table["model"] == "a",
        table["model"].map({"a": "日本語", "b": "ñ"}),
    ):
        changed = table.assign(model=kind)
        levels = {"a": changed["model"].iloc[0], "b": changed["model"].iloc[-1]}
        found = paired_effect(changed, level=levels["a"], against=levels["b"], **COLUMNS)
        assert found.fixed.value == plain.fixed.value
        assert found.p_value == pytest.approx(plain.p_value)
        assert json.dumps(found.as_dict(), allow_nan=False)


def test_crossed_difference_covers_the_true_one(tidy: Tidy):
    rng = np.random.default_rng(12)
    runs, hits, fixed_hits = 400, 0, 0
    spread = np.sqrt(2**2 + 0.3**2 + 0.8**2 + 0.3**2)
    normal = rng.normal(0, spread, 1_000_000)
    true = float(expit(1.2 + normal).mean() - expit(0.8 + normal).mean())
    for _ in range(runs):
        base = rng.normal(0, 2, (200, 1)) + rng.normal(0, 0.3, 5)
        tables: list[pd.DataFrame] = []
        for name, level in (("a", 1.2), ("b", 0.8)):
            chance = expit(level + base + rng.normal(0, 0.3, 5) + rng.normal(0, 0.8, (200, 5)))
            tables.append(tidy((rng.random((200, 5)) < chance).astype(float)).assign(model=name))
        found = paired_effect(pd.concat(tables), level="a", against="b", **COLUMNS)
        assert found.crossed is not None
        hits += found.crossed.low <= true <= found.crossed.high
        fixed_hits += found.fixed.low <= true <= found.fixed.high
    assert 0.925 <= hits / runs <= 0.985
    assert fixed_hits / runs < 0.87


def three_way(rng: np.random.Generator, shape: tuple[int, int, int] = (30, 6, 5)) -> pd.DataFrame:
    """Two models with the columns item, template, seed, model, score."""
    item, template, seed = np.indices(shape).reshape(3, -1)
    base = pd.DataFrame({"item": item, "template": template, "seed": seed})
    tables = (
        base.assign(
            model=name,
            score=rng.normal(size=item.size)
            + rng.normal(size=shape[1])[template]
            + rng.normal(size=shape[2])[seed],
        )
        for name in "ab"
    )
    return pd.concat(tables, ignore_index=True)


def test_exemplar_seeds_that_are_shared_by_items_are_a_crossed_factor():
    table = three_way(np.random.default_rng(7))
    found = paired_effect(table, level="a", against="b", exemplar_seed="seed", **COLUMNS)
    ignoring = paired_effect(table, level="a", against="b", **COLUMNS)
    assert found.crossed is not None
    assert ignoring.crossed is not None
    assert found.crossed.random == ("item", "template", "seed")
    assert found.crossed.n == {"item": 30, "template": 6, "seed": 5}
    assert found.crossed.value == pytest.approx(ignoring.crossed.value)
    assert found.crossed.high - found.crossed.low > 1.1 * (ignoring.crossed.high - ignoring.crossed.low)
    grid = table[table["model"] == "a"]["score"].to_numpy() - table[table["model"] == "b"]["score"].to_numpy()
    mean = crossed_mean_of(grid.reshape(30, 6, 5))
    half = float(distributions.t.ppf(0.975, mean.df)) * np.sqrt(mean.variance)
    assert (found.crossed.low, found.crossed.high) == pytest.approx((mean.value - half, mean.value + half))
    assert found.p_value == pytest.approx(
        2 * distributions.t.sf(abs(mean.value) / np.sqrt(mean.variance), mean.df)
    )


def test_two_exemplar_seeds_count_as_fixed():
    table = three_way(np.random.default_rng(8)).query("seed < 2")
    found = paired_effect(table, level="a", against="b", exemplar_seed="seed", **COLUMNS)
    ignoring = paired_effect(table, level="a", against="b", **COLUMNS)
    assert found.crossed is not None
    assert ignoring.crossed is not None
    assert found.crossed.random == ("item", "template")
    assert found.crossed.note == "2 levels of seed taken as fixed: run 3 or more"
    assert (found.crossed.low, found.crossed.high) == pytest.approx(
        (ignoring.crossed.low, ignoring.crossed.high)
    )
    assert found.p_value == pytest.approx(ignoring.p_value)


def test_replicates_are_averaged_and_counted():
    table = three_way(np.random.default_rng(9))
    found = paired_effect(table, level="a", against="b", replicate="seed", **COLUMNS)
    plain = paired_effect(table, level="a", against="b", **COLUMNS)
    assert found.crossed is not None
    assert plain.crossed is not None
    assert found.crossed.n == {"item": 30, "template": 6, "replicate": 5}
    assert (found.crossed.low, found.crossed.high) == (plain.crossed.low, plain.crossed.high)
    with pytest.raises(ValueError, match="1 rows repeat a 'seed' within item × template × model"):
        paired_effect(pd.concat([table, table[:1]]), level="a", against="b", replicate="seed", **COLUMNS)
    with pytest.raises(ValueError, match="no column 'sed': did you mean 'seed'"):
        paired_effect(table, level="a", against="b", replicate="sed", **COLUMNS)


def test_too_few_templates_are_refused_and_few_warned_of(tidy: Tidy):
    rng = np.random.default_rng(10)
    found = paired_effect(two_models(tidy, rng, (40, 2)), level="a", against="b", **COLUMNS)
    assert found.crossed is None
    assert found.note == "2 levels of template cannot speak for others: run 3 or more, better 5"
    few = paired_effect(two_models(tidy, rng, (40, 3)), level="a", against="b", **COLUMNS)
    assert few.crossed is not None
    assert few.note == ""
    assert few.crossed.note.startswith("only 3 levels of template")
    alone = paired_effect(two_models(tidy, rng, (1, 3)), level="a", against="b", **COLUMNS)
    assert alone.note == "a single item says nothing about others: run more"


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_paired_is_the_difference_of_means_whatever_rows_are_called(items: int, templates: int, seed: int):
    rng = np.random.default_rng(seed)
    item, template, model = np.indices((items, templates, 2)).reshape(3, -1)
    table = pd.DataFrame({"item": item, "template": template, "model": model, "score": rng.random(item.size)})
    found = paired_effect(table, level=1, against=0, **COLUMNS)
    means = table.groupby("model")["score"].mean()
    assert found.fixed.value == pytest.approx(means[1] - means[0])
    names = {
        name: pd.Series(rng.permutation([f"{name}{code}" for code in range(table[name].nunique())]))
        for name in ("item", "template")
    }
    renamed = table.assign(**{name: table[name].map(labels) for name, labels in names.items()})
    shuffled = renamed.sample(frac=1, random_state=int(rng.integers(2**31)))
    other = paired_effect(shuffled, level=1, against=0, **COLUMNS)
    mirrored = paired_effect(table, level=0, against=1, **COLUMNS)
    assert other.p_value == pytest.approx(found.p_value)
    assert mirrored.p_value == pytest.approx(found.p_value)
    for one, same, mirror in (
        (found.fixed, other.fixed, mirrored.fixed),
        (found.crossed, other.crossed, mirrored.crossed),
    ):
        if one is None:
            assert templates < 3
            continue
        assert same is not None
        assert mirror is not None
        assert (same.low, same.high) == pytest.approx((one.low, one.high))
        assert (-mirror.high, -mirror.low) == pytest.approx((one.low, one.high))


@settings(deadline=None, max_examples=50)
@given(st.integers(12, 40), st.sampled_from([0.8, 0.9, 0.95]), st.integers(0, 2**32 - 1))
def test_fieller_is_where_the_paired_test_begins_to_reject(items: int, level: float, seed: int):
    rng = np.random.default_rng(seed)
    below = rng.uniform(0.5, 1.5, items)
    above = below * rng.uniform(0.5, 1.2) + rng.normal(0, 0.2, items)
    low, high = fieller(above, below, level)
    for end in (low, high):
        assert np.isfinite(end)
        assert p_value((above - end * below)[:, np.newaxis]) == pytest.approx(1 - level, rel=1e-6)
    middle = above.mean() / below.mean()
    assert low < middle < high
    assert p_value((above - middle * below)[:, np.newaxis]) == pytest.approx(1)
