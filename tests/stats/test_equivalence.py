from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.compare import paired_effect
from stats.equivalence import equivalence
from stats.estimate import FloatArray

Read = Callable[[str], pd.DataFrame]
Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str


COLUMNS = Columns(value="score", item="item", factor="model")


def two(tidy: Tidy, above: FloatArray, **other: float) -> pd.DataFrame:
    """Models a and b, the latter at 0 (or `at`) everywhere."""
    below = np.full(above.shape, other.get("at", 0.0))
    return pd.concat([tidy(above).assign(model="a"), tidy(below).assign(model="b")])


@pytest.mark.parametrize(
    ("margin", "lower", "upper"), [(0.1, 9.03231294441263e-05, 1.19514857434382e-05), (0.02, None, None)]
)
def test_two_one_sided_t_tests_of_item_means(
    reference: Read, margin: float, lower: float | None, upper: float | None
):
    # R: t.test(d, mu = -.1, alternative = "greater") and its mirror image.
    table = reference("crossed_balanced").query("template <= 2")
    found = equivalence(
        table, value="score", item="item", factor="template", level=1, against=2, margin=margin
    )
    ends = (found.difference.low, found.difference.high)
    assert ends == pytest.approx((-0.0458082739061775, 0.0320560516839552))
    assert found.difference.random == ("item",)
    assert found.difference.level == pytest.approx(0.9)
    if lower is None:
        assert not found.equivalent
        assert found.verdict == "undecided"
        return
    assert (found.p_lower, found.p_upper) == pytest.approx((lower, upper))
    assert found.p_equivalence == found.p_lower
    assert found.equivalent
    assert found.non_inferior
    assert found.verdict == "equivalent"


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 20),
    st.integers(3, 7),
    st.floats(0.01, 0.6),
    st.floats(-0.4, 0.4),
    st.sampled_from([0.01, 0.05, 0.2]),
    st.integers(0, 2**32 - 1),
)
def test_verdicts_are_those_of_the_interval_and_mirror(
    items: int, templates: int, margin: float, shift: float, alpha: float, seed: int
):
    rng = np.random.default_rng(seed)
    item, template, model = np.indices((items, templates, 2)).reshape(3, -1)
    table = pd.DataFrame({"item": item, "template": template, "model": model})
    table["score"] = rng.normal(0, 0.3, item.size) + shift * model
    found, mirrored = (
        equivalence(
            table, level=level, against=1 - level, template="template", margin=margin, alpha=alpha, **COLUMNS
        )
        for level in (1, 0)
    )
    low, high = found.difference.low, found.difference.high
    assert found.equivalent == (-margin < low and high < margin)
    assert found.non_inferior == (low > -margin)
    assert (found.verdict == "higher") == (low > margin)
    assert (found.verdict == "lower") == (high < -margin)
    assert (mirrored.difference.low, mirrored.difference.high) == pytest.approx((-high, -low))
    assert (mirrored.p_lower, mirrored.p_upper) == pytest.approx((found.p_upper, found.p_lower))
    crossed = paired_effect(
        table, level=1, against=0, template="template", confidence=1 - 2 * alpha, **COLUMNS
    ).crossed
    assert crossed is not None
    assert (low, high) == pytest.approx((crossed.low, crossed.high))


def test_templates_random_needs_more_of_them(tidy: Tidy):
    rng = np.random.default_rng(1)
    # Template effects of SD .05 that no number of items averages out.
    table = two(tidy, rng.normal(0, 0.1, (400, 5)) + np.array([0.06, -0.05, 0.03, -0.06, 0.02]))
    items_only = equivalence(table, level="a", against="b", margin=0.04, **COLUMNS)
    crossed = equivalence(table, level="a", against="b", margin=0.04, template="template", **COLUMNS)
    assert items_only.equivalent
    assert not crossed.equivalent
    assert crossed.verdict == "undecided"
    assert crossed.difference.random == ("item", "template")


def test_what_is_needed_decides():
    rng = np.random.default_rng(2)
    item, template, model = np.indices((60, 6, 2)).reshape(3, -1)
    table = pd.DataFrame({"item": item, "template": template, "model": model})
    reaction = rng.normal(0, 0.02, (6, 2))
    table["score"] = rng.normal(0, 0.4, item.size) + reaction[template, model]
    found = equivalence(table, level=1, against=0, margin=0.06, template="template", **COLUMNS)
    assert found.verdict == "undecided"
    assert found.needed is not None
    assert found.needed.templates is None or found.needed.templates > 6
    alone = equivalence(table, level=1, against=0, margin=0.06, **COLUMNS)
    assert alone.needed is not None
    assert alone.needed.templates is None
    assert alone.needed.items is not None
    # Items repeated until there are that many narrow the interval into the margin.
    copies = -(-alone.needed.items // 60)
    more = pd.concat([table.assign(item=table["item"] + 60 * copy) for copy in range(copies)])
    assert equivalence(more, level=1, against=0, margin=0.06, **COLUMNS).verdict == "equivalent"
    far = equivalence(table, level=1, against=0, margin=1.0, template="template", **COLUMNS)
    assert far.needed is None


def test_items_that_all_agree(tidy: Tidy):
    # 100 items without any difference: a mean of .05 takes a share of .05 that has one.
    same = equivalence(
        two(tidy, np.ones((100, 4)), at=1.0),
        level="a",
        against="b",
        margin=0.05,
        template="template",
        **COLUMNS,
    )
    assert same.p_equivalence == pytest.approx(0.95**100)
    assert same.verdict == "equivalent"
    few = equivalence(two(tidy, np.ones((40, 1)), at=1.0), level="a", against="b", margin=0.05, **COLUMNS)
    assert few.p_equivalence == pytest.approx(0.95**40)
    assert few.verdict == "undecided"
    apart = equivalence(two(tidy, np.ones((100, 4))), level="a", against="b", margin=0.05, **COLUMNS)
    assert apart.verdict == "higher"
    assert apart.p_upper == 1
    assert not apart.equivalent


@pytest.mark.parametrize("templates", [1, 4])
@pytest.mark.parametrize(("scores", "there"), [((1.0, 1.0), 40), ((0.3, 0.2), 3)])
def test_what_is_needed_where_all_differences_are_the_same(
    tidy: Tidy, templates: int, scores: tuple[float, float], there: int
):
    def asked(items: int, margin: float):
        above = np.full((items, templates), scores[0])
        rows = two(tidy, above, at=scores[1])
        template = "template" if templates > 1 else None
        return equivalence(rows, level="a", against="b", margin=margin, template=template, **COLUMNS)

    few = asked(there, 0.05)
    assert few.verdict == "undecided"
    assert few.needed is not None
    assert few.needed.templates is None
    assert few.needed.items is not None
    assert asked(few.needed.items, 0.05).verdict != "undecided"
    assert asked(few.needed.items - 1, 0.05).verdict == "undecided"


def test_no_number_of_items_decides_a_difference_of_just_the_margin(tidy: Tidy):
    rows = two(tidy, np.full((4, 1), 0.5))
    found = equivalence(rows, level="a", against="b", margin=0.5, **COLUMNS)
    assert found.verdict == "undecided"
    assert found.needed is not None
    assert (found.needed.items, found.needed.templates) == (None, None)


@pytest.mark.parametrize("margin", [0, -0.1, float("inf"), float("nan")])
def test_a_margin_is_above_0(tidy: Tidy, margin: float):
    table = two(tidy, np.eye(4))
    with pytest.raises(ValueError, match="margin is the greatest difference"):
        equivalence(table, level="a", against="b", margin=margin, **COLUMNS)


def test_what_is_no_sample_is_refused(tidy: Tidy):
    table = two(tidy, np.eye(4)[:, :2])
    with pytest.raises(ValueError, match=r"2 level\(s\) of template are shared and say nothing about others"):
        equivalence(table, level="a", against="b", margin=0.1, template="template", **COLUMNS)
    with pytest.raises(ValueError, match="a single item says nothing"):
        equivalence(table.query("item == 0"), level="a", against="b", margin=0.1, **COLUMNS)
    with pytest.raises(ValueError, match="alpha is the size"):
        equivalence(table, level="a", against="b", margin=0.1, alpha=0.95, **COLUMNS)
