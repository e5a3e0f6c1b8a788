from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.ordered import worst_of_k_weights
from stats.worst_case import worst_of_k, worst_share

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 15))
def test_worst_of_1_is_the_mean_and_of_all_the_least_whatever_the_order(
    seed: int, templates: int, items: int
):
    grid = np.random.default_rng(seed).integers(0, 2, (items, templates)).astype(float)
    item, template = np.indices(grid.shape).reshape(2, -1)
    table = pd.DataFrame({"item": item, "template": template, "score": grid.ravel()})

    def raw(table: pd.DataFrame, k: int) -> float:
        return worst_of_k(table, k=k, rng=rng(), draws=20, **COLUMNS).raw

    assert raw(table, 1) == pytest.approx(grid.mean())
    assert raw(table, templates) == pytest.approx(grid.mean(axis=0).min())
    renamed = table.sample(frac=1, random_state=1).assign(
        template=lambda t: "t" + (9 - t["template"]).astype(str)
    )
    each = [raw(table, k) for k in range(1, templates + 1)]
    assert each == sorted(each, reverse=True) or np.allclose(np.diff(each).clip(0), 0, atol=1e-12)
    assert [raw(renamed, k) for k in range(1, templates + 1)] == pytest.approx(each)
    twice = pd.concat([table, table])
    assert raw(twice, templates) == pytest.approx(each[-1])


def test_errors_have_their_worst_at_the_top(tidy: Tidy):
    grid = np.random.default_rng(1).random((30, 5))
    scores = worst_of_k(tidy(grid), k=3, rng=rng(), **COLUMNS)
    errors = worst_of_k(tidy(1 - grid), k=3, rng=rng(), higher_is_better=False, **COLUMNS)
    for name in ("raw", "floor", "corrected"):
        assert getattr(errors, name) == pytest.approx(1 - getattr(scores, name))
    assert (errors.low, errors.high) == pytest.approx((1 - scores.high, 1 - scores.low))
    assert errors.signed == pytest.approx(-(scores.signed or 0))


def test_bad_k_and_share_are_refused(tidy: Tidy):
    table = tidy(np.eye(4, 3))
    for k in (0, 4):
        with pytest.raises(ValueError, match="k has to be a whole number from 1 to 3"):
            worst_of_k(table, k=k, rng=rng(), **COLUMNS)
    for share in (0.0, 1.1):
        with pytest.raises(ValueError, match="share has to be above 0"):
            worst_share(table, share=share, rng=rng(), **COLUMNS)


def test_the_least_of_equal_templates_is_too_low_and_the_correction_raises_it(tidy: Tidy):
    """With 200 items and 10 equal templates the least mean is too low by .04 or so."""
    generator, found = np.random.default_rng(2), []
    for _ in range(150):
        chance = 0.6 + generator.normal(0, 0.15, (200, 1))
        table = tidy((generator.random((200, 10)) < chance).astype(float))
        found.append(worst_of_k(table, k=10, rng=generator, draws=200, **COLUMNS))
    naive, corrected, floor = (
        np.mean([getattr(one, name) for one in found]) for name in ("raw", "corrected", "floor")
    )
    assert naive < 0.56
    assert floor == pytest.approx(naive, abs=0.003)
    assert 0.57 < corrected < 0.6
    signed = np.array([one.signed for one in found], dtype=float)
    assert abs(signed.mean()) < 2.5 * signed.std() / np.sqrt(signed.size)
    assert np.mean([one.low <= 0.6 for one in found]) >= 0.95


def test_the_worst_share_is_the_mean_of_the_worst_templates(tidy: Tidy):
    grid = np.random.default_rng(6).random((40, 10))
    found = worst_share(tidy(grid), share=0.2, rng=rng(), **COLUMNS)
    assert found.raw == pytest.approx(np.sort(grid.mean(axis=0))[:2].mean())
    assert found.low < found.corrected < found.high


def test_bounds_hold_the_truth_where_templates_differ(tidy: Tidy):
    generator, inside = np.random.default_rng(3), []
    for _ in range(150):
        effects = generator.normal(0, 0.08, 8)
        table = tidy((generator.random((150, 8)) < 0.5 + effects).astype(float))
        found = worst_of_k(table, k=3, rng=generator, draws=200, **COLUMNS)
        true = float(np.sort(0.5 + effects) @ worst_of_k_weights(8, 3))
        inside.append(found.low <= true <= found.high)
    assert np.mean(inside) >= 0.95
