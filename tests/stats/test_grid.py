from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.grid import control_noise, read_grid, split_control
from stats.sensitivity import sensitivity

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def drawn(chance: "np.ndarray", generator: np.random.Generator, times: int) -> "np.ndarray":
    return (generator.random((*chance.shape, times)) < chance[..., None]).astype(float)


def test_noise_of_repeats_is_the_pooled_variance_within_items():
    repeats = pd.DataFrame({"item": [1, 1, 1, 2, 2, 3], "score": [0.0, 1, 1, 0, 1, 0]})
    noise = control_noise(repeats, value="score", item="item")
    assert noise.value == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert noise.df == 3
    with pytest.raises(ValueError, match="asks no item twice"):
        control_noise(repeats.drop_duplicates("item"), value="score", item="item")


def test_a_column_or_a_table_marks_the_control_arm(tidy: Tidy):
    rows = np.random.default_rng(1).integers(0, 2, (30, 4)).astype(float)
    table, arm = tidy(rows), tidy(rows[:, :2])
    marked = pd.concat([arm.assign(repeat=True, template=99), table.assign(repeat=False)])
    by_table = sensitivity(table, control=arm, rng=np.random.default_rng(0), **COLUMNS)
    by_column = sensitivity(marked, control="repeat", rng=np.random.default_rng(0), **COLUMNS)
    assert by_table == by_column
    for column, message in (("score", "marks"), ("template", "true .* or false")):
        with pytest.raises(ValueError, match=message):
            split_control(table.assign(score=1), column)
    with pytest.raises(ValueError, match="no column 'repeats': did you mean 'repeat'"):
        split_control(marked, "repeats")


def test_what_an_item_makes_of_a_template_is_noise_only_without_a_control_arm(tidy: Tidy):
    """Templates equal on average, but not on these items: real for them, not for others."""
    generator = np.random.default_rng(2)
    with_arm: list[bool] = []
    without: list[bool] = []
    for _ in range(100):
        chance = 0.5 + generator.choice([-0.45, 0.45], (40, 6))
        table = tidy(drawn(chance, generator, 1)[..., 0])
        arm = pd.DataFrame(
            {"item": np.repeat(np.arange(40), 6), "score": drawn(chance[:, 0], generator, 6).ravel()}
        )
        for control, found in ((arm, with_arm), (None, without)):
            grid = read_grid(table, control=control, rng=generator, level=0.95, draws=50, **COLUMNS)
            found.append(grid.detectable)
    assert np.mean(without) < 0.15
    assert np.mean(with_arm) > 0.6


def test_with_a_control_arm_equal_templates_are_rarely_called_different(tidy: Tidy):
    generator, detected, signed = np.random.default_rng(3), [], []
    for _ in range(300):
        chance = np.clip(0.6 + generator.normal(0, 0.2, (60, 1)), 0, 1)
        table = tidy(drawn(np.broadcast_to(chance, (60, 6)), generator, 1)[..., 0])
        arm = pd.DataFrame(
            {"item": np.repeat(np.arange(60), 4), "score": drawn(chance[:, 0], generator, 4).ravel()}
        )
        sigma, spread, _ = sensitivity(table, control=arm, rng=generator, draws=100, **COLUMNS)
        detected.append(sigma.detectable)
        signed.append((sigma.signed, spread.signed))
    assert np.mean(detected) <= 0.09
    values = np.array(signed, dtype=float)
    assert (np.abs(values.mean(axis=0)) < 2 * values.std(axis=0) / np.sqrt(len(values))).all()


def test_an_engine_that_repeats_itself_makes_every_difference_real(tidy: Tidy):
    grid = np.random.default_rng(4).integers(0, 2, (30, 5)).astype(float)
    arm = pd.DataFrame({"item": np.repeat(np.arange(30), 2), "score": np.repeat(grid[:, 0], 2)})
    sigma, spread, _ = sensitivity(tidy(grid), control=arm, rng=np.random.default_rng(0), **COLUMNS)
    assert sigma.floor == spread.floor == 0
    assert sigma.corrected == sigma.raw
    assert sigma.detectable
    assert "repeats of one prompt never differ" in sigma.note
    assert "control arm" in sigma.method
    assert "items fixed" in spread.method
    part = sensitivity(tidy(grid), control=arm[arm["item"] < 9], rng=np.random.default_rng(0), **COLUMNS)
    assert "the control arm has 9 of 30 levels of item, whose noise stands for all" in part[0].note
