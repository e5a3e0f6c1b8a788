from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.best_case import best_case
from stats.intervals import score

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def binary(
    generator: np.random.Generator, effects: "np.ndarray | float", shape: tuple[int, int]
) -> "np.ndarray":
    return (generator.random(shape) < 0.6 + effects).astype(float)


def test_the_formulas_on_a_small_table(tidy: Tidy):
    grid = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 1, 0.0]])
    best, mean, saturation, cps = best_case(tidy(grid), rng=np.random.default_rng(0), **COLUMNS)
    assert [one.metric for one in (best, mean, saturation, cps)] == ["max_p", "avg_p", "saturation", "cps"]
    top, average = 0.75, grid.mean()
    assert best.raw == top
    assert mean.raw == mean.corrected == mean.floor == pytest.approx(average)
    assert saturation.raw == pytest.approx(1 - (top - average))
    assert cps.raw == pytest.approx((1 - (top - average)) * top)


def test_the_mean_has_the_scores_interval(tidy: Tidy):
    table = tidy(binary(np.random.default_rng(1), np.array([0, 0.1, -0.1, 0.2]), (60, 4)))
    mean = best_case(table, rng=np.random.default_rng(0), **COLUMNS)[1]
    crossed = score(table, **COLUMNS).crossed
    assert crossed is not None
    assert (mean.low, mean.high) == (crossed.low, crossed.high)


def test_two_templates_say_nothing_of_others(tidy: Tidy):
    table = tidy(binary(np.random.default_rng(1), 0.0, (60, 2)))
    mean = best_case(table, rng=np.random.default_rng(0), **COLUMNS)[1]
    assert (mean.low, mean.high) == (-np.inf, np.inf)
    assert "cannot speak for others" in mean.note


def test_errors_mirror_scores(tidy: Tidy):
    grid = binary(np.random.default_rng(1), np.array([0, 0.1, -0.1, 0.2]), (60, 4))
    scores = best_case(tidy(grid), rng=np.random.default_rng(0), **COLUMNS)
    errors = best_case(tidy(1 - grid), rng=np.random.default_rng(0), higher_is_better=False, **COLUMNS)
    assert errors[0].raw == pytest.approx((1 - grid).mean(axis=0).min())
    assert errors[0].corrected == pytest.approx(1 - scores[0].corrected, abs=0.01)
    for one, other in zip(scores[2:], errors[2:], strict=True):
        assert one.raw == pytest.approx(other.raw)


def test_scores_beyond_one_are_refused(tidy: Tidy):
    with pytest.raises(ValueError, match=r"scores in \[0, 1\]"):
        best_case(tidy(2 * np.eye(4)), rng=np.random.default_rng(0), **COLUMNS)


# Of 300 tables each, without and with a template effect of .08, intervals held .947 to 1.
@pytest.mark.parametrize("sigma", [0.0, 0.08])
def test_corrected_is_nearer_the_truth_and_intervals_hold_it(tidy: Tidy, sigma: float):
    generator = np.random.default_rng(4)
    raw, corrected, inside = [], [], []
    for _ in range(120):
        effects = sigma * generator.standard_normal(8)
        table = tidy(binary(generator, effects, (120, 8)))
        found = best_case(table, rng=generator, draws=200, **COLUMNS)
        means = 0.6 + effects
        gap = means.max() - means.mean()
        truth = [means.max(), 1 - gap, (1 - gap) * means.max()]
        chosen = [found[0], found[2], found[3]]
        raw.append([one.raw - true for one, true in zip(chosen, truth, strict=True)])
        corrected.append([one.corrected - true for one, true in zip(chosen, truth, strict=True)])
        inside.append([one.low <= true <= one.high for one, true in zip(chosen, truth, strict=True)])
    biased, less = np.mean(raw, axis=0), np.mean(corrected, axis=0)
    assert biased[0] > 0.005
    assert biased[1] < -0.005
    assert (np.abs(less[:2]) < 0.7 * np.abs(biased[:2])).all()
    assert (np.mean(inside, axis=0) >= 0.91).all()
