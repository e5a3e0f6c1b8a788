"""On models whose truth is known: comparisons are right as often as they say.

A fast part of what `tests/benchmarks/calibration_comparisons.py` does with more designs and more runs; the
bounds allow for three Monte Carlo standard errors.
"""

import numpy as np
import pytest

from tests.comparisons import (
    World,
    betting_sequences_hold,
    binary_sequences_hold,
    false_discoveries,
    family_errors,
    gaussian,
    paired_coverage,
    ratio_coverage,
    with_ratio,
)


@pytest.mark.parametrize(
    ("world", "templates_matter"),
    [
        (World(items=100, templates=5, own=(0.05, 0.05)), False),
        (World(items=100, templates=5, own=(0.6, 0.6)), True),
        (World(items=100, templates=10, own=(0.6, 0.6), shape="skewed"), True),
        (World(items=100, templates=8, own=(0.3, 0.3), unit=True), True),
    ],
)
def test_paired_differences_are_covered(world: World, templates_matter: bool):
    found = paired_coverage(world, np.random.default_rng(1), 500)
    assert 0.92 <= found.covered <= 0.985
    assert found.tost <= 0.055 + 0.03
    assert found.tail <= 0.055 + 0.03
    assert (found.fixed < 0.8) == templates_matter  # templates as they are: not an interval for others


def test_equivalence_at_the_margin_is_claimed_in_one_of_twenty():
    # So large a sweep that the interval is narrower than the margin and the size is reached.
    world = World(items=600, templates=10, own=(0.2, 0.2), levels=(1.6, 0.8), noise=0.4)
    found = paired_coverage(world, np.random.default_rng(2), 400)
    assert found.width < 1.2 * world.difference()
    assert 0.02 <= found.tost <= 0.055 + 0.03


@pytest.mark.parametrize(
    ("templates", "sigmas", "noise"), [(8, (0.1, 0.05), 0.2), (40, (0.1, 0.1), 0.2), (40, (0.05, 0.1), 0.5)]
)
def test_ratios_of_template_variances_are_covered(templates: int, sigmas: tuple[float, float], noise: float):
    ratio = (sigmas[0] / sigmas[1]) ** 2
    draw = gaussian(60, templates, sigmas, 0.5, noise)
    found = ratio_coverage(draw, ratio, 4.0, np.random.default_rng(3), 500)
    assert found.covered >= 0.86
    assert max(found.above, found.below) <= 0.055 + 0.03
    if ratio == 1:
        assert found.equivalent > 0.8
    else:
        assert found.equivalent <= 0.055 + 0.03  # the truth is at the margin


def test_stability_of_answers_right_or_wrong_at_the_margin():
    world = with_ratio(World(items=100, templates=40, shared=0.2, own=(0.6, 0.6), levels=(0.8, 0.8)), 2.0)
    one, other = world.variances()
    assert one == pytest.approx(2 * other)
    found = ratio_coverage(world.draw, 2.0, 2.0, np.random.default_rng(4), 300)
    assert found.equivalent <= 0.055 + 0.035
    assert found.below <= 0.055 + 0.035


def test_false_discoveries_are_few():
    wrong, power = false_discoveries(np.random.default_rng(5), 200, tasks=10, true=3, templates=6)
    assert wrong <= 0.05 + 0.03
    assert power > 0.2


@pytest.mark.parametrize("crossed", [True, False])
def test_families_hold_their_error(crossed: bool):
    wrong = family_errors(
        np.random.default_rng(6), 300, models=4, items=40, templates=6, crossed=crossed, draws=400
    )
    assert wrong <= 0.05 + 0.04


def test_sequences_hold_at_all_times():
    rng = np.random.default_rng(7)
    assert binary_sequences_hold(rng, 150, 0.4, 1000) >= 0.95 - 0.05
    assert betting_sequences_hold(rng, 500, 0.4, 0.5, 1000) >= 0.95 - 0.03


def test_the_truth_of_a_world_is_that_of_a_very_large_one():
    world = World(items=2000, templates=1000, own=(0.6, 0.2), shape="skewed", item=1.0, shared=0.2)
    above, below = world.draw(np.random.default_rng(8))
    assert float(above.mean() - below.mean()) == pytest.approx(world.difference(), abs=0.012)
    for grid, variance in zip((above, below), world.variances(), strict=True):
        assert float(grid.mean(axis=0).var()) == pytest.approx(variance, rel=0.16)
