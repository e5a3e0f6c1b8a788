from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.item_worst import item_worst_case

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def answers(seed: int, replicates: int, effect: float = 0.0, items: int = 80) -> "np.ndarray":
    generator = np.random.default_rng(seed)
    chance = 0.7 + generator.normal(0, 0.1, (items, 1, 1)) + effect * generator.normal(0, 1, (items, 5, 1))
    return (generator.random((items, 5, replicates)) < chance).astype(float)


def test_one_answer_a_cell_gives_helms_number_and_says_what_is_lacking(tidy: Tidy):
    grid = answers(1, 1)[..., 0]
    found = item_worst_case(tidy(grid), rng=rng(), **COLUMNS)
    assert found.raw == pytest.approx(grid.min(axis=1).mean())
    assert np.isnan([found.floor, found.corrected, found.p_value]).all()
    assert found.detectable is None
    assert found.signed is None
    assert "needs two rows in every cell" in found.note
    assert found.low < found.raw < found.high
    assert item_worst_case(tidy(grid), k=1, rng=rng(), **COLUMNS).raw == pytest.approx(grid.mean())
    # For 0 and 1 the worst of 2 is right only if both are: C(c, 2) / C(5, 2).
    right = grid.sum(axis=1)
    expected = (right * (right - 1) / 20).mean()
    assert item_worst_case(tidy(grid), k=2, rng=rng(), **COLUMNS).raw == pytest.approx(expected)


def test_errors_have_their_worst_at_the_top(tidy: Tidy):
    grid = answers(2, 1)[..., 0]
    found = item_worst_case(tidy(1 - grid), higher_is_better=False, rng=rng(), **COLUMNS)
    assert found.raw == pytest.approx((1 - grid).max(axis=1).mean())
    assert found.low < found.raw < found.high


def test_shuffled_replicates_are_the_floor(replicated: Tidy):
    signed, p_values = [], []
    for seed in range(120):
        table = replicated(answers(seed, 2))
        found = item_worst_case(table, rng=np.random.default_rng(seed), draws=20, **COLUMNS)
        signed.append(found.signed)
        p_values.append(found.p_value)
    values = np.array(signed, dtype=float)
    assert abs(values.mean()) < 2.5 * values.std() / np.sqrt(values.size)
    assert np.mean(np.array(p_values) < 0.05) <= 0.12  # 6 ± 2.4 of 120 expected
    real = item_worst_case(replicated(answers(1, 2, effect=0.4)), rng=rng(), **COLUMNS)
    assert real.detectable
    assert real.raw < real.floor
    assert real.signed == pytest.approx(real.raw - real.floor)
    mirrored = replicated(1 - answers(1, 2, effect=0.4))
    errors = item_worst_case(mirrored, higher_is_better=False, rng=rng(), **COLUMNS)
    for name in ("raw", "floor", "corrected"):
        assert getattr(errors, name) == pytest.approx(1 - getattr(real, name))


def test_repeats_of_one_prompt_are_the_floor(tidy: Tidy):
    grid, repeats = answers(3, 1)[..., 0], answers(3, 1)[..., 0]
    arm = tidy(repeats)[["item", "score"]]
    same = item_worst_case(tidy(grid), control=arm, rng=rng(), **COLUMNS)
    assert same.raw == same.floor
    assert same.signed == 0
    assert not same.detectable
    assert same.corrected == pytest.approx(grid.mean())
    marked = pd.concat([tidy(grid).assign(repeat=False), tidy(repeats).assign(repeat=True)])
    assert item_worst_case(marked, control="repeat", rng=rng(), **COLUMNS) == same
    with pytest.raises(ValueError, match="needs 5 repeats of every item"):
        item_worst_case(tidy(grid), control=arm.groupby("item").head(3), rng=rng(), **COLUMNS)
    fewer = item_worst_case(tidy(grid), control=arm.groupby("item").head(3), k=3, rng=rng(), **COLUMNS)
    assert np.isfinite(fewer.floor)


def test_unequal_cells_have_no_floor(replicated: Tidy):
    found = item_worst_case(replicated(answers(4, 2)).iloc[1:], rng=rng(), **COLUMNS)
    assert "unequal numbers of rows" in found.note
    assert np.isnan(found.floor)
