"""Three designs of `tests/benchmarks/coverage.py`, fast enough to run every time."""

import numpy as np
import pytest

from tests.coverage import Plan, coverage, simulate, truth

RUNS = 1500
# Monte Carlo error: .95 ± 4 standard errors of .0056, so that only a wrong interval falls outside.
LOW, HIGH = 0.9275, 0.9725


@pytest.mark.parametrize(
    "plan",
    [Plan(sigma=0.05), Plan(sigma=0.8), Plan(items=100, templates=10, seeds=3)],
    ids=["small template effects", "large template effects", "exemplar seeds"],
)
def test_intervals_hold_the_mean_and_the_templates_sigma(plan: Plan) -> None:
    found = coverage(plan, RUNS, np.random.default_rng(20))
    assert LOW <= found.crossed <= HIGH
    assert LOW <= found.sigma <= HIGH
    if plan.sigma == 0.8:
        assert found.items_only < 0.7  # what intervals over items alone make of the same question


def test_heavy_tails_of_many_templates_widen_the_interval_of_their_sigma() -> None:
    # With the degrees of freedom of normal effects .80 of these tables.
    found = coverage(Plan(items=100, templates=20, sigma=0.8, shape="heavy"), 900, np.random.default_rng(21))
    assert found.sigma >= 0.87
    assert LOW <= found.crossed <= HIGH


@pytest.mark.parametrize(
    "plan",
    [
        Plan(items=80, templates=20, sigma=0.8, shape="skewed"),
        Plan(items=80, templates=20, sigma=0.8, shape="two-point"),
        Plan(items=80, templates=20, sigma=0.8, seeds=2, mean=0.93),
        Plan(items=80, templates=20, sigma=0.8, passages=(8,) * 10),
    ],
    ids=["skewed", "two-point", "seeds", "passages"],
)
def test_the_truth_is_what_simulated_probabilities_come_to(plan: Plan) -> None:
    _, mean, sigma = truth(plan)
    _, chance = simulate(plan, 400, np.random.default_rng(5))
    assert chance.mean() == pytest.approx(mean, abs=0.01)
    # Templates' means over two sets of items (and seeds) have nothing but the template in common.
    sides = [chance[:, :40, :, 0, 0].mean(axis=1), chance[:, 40:, :, -1, 0].mean(axis=1)]
    first, second = (side - side.mean(axis=1, keepdims=True) for side in sides)
    assert (first * second).sum() / 400 / 19 == pytest.approx(sigma**2, rel=0.15)
