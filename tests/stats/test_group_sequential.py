"""Boundaries of planned looks, against published constants and simulated paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from stats.estimate import FloatArray
from stats.group_sequential import Spending, boundaries, exit_chances, spent

SPENDINGS: tuple[Spending, ...] = ("obrien_fleming", "pocock")
FRACTIONS = st.lists(st.integers(1, 200), min_size=1, max_size=8, unique=True).map(
    lambda found: np.sort(found) / 200
)


def equal(looks: int) -> FloatArray:
    return np.arange(1, looks + 1) / looks


@pytest.mark.parametrize(
    ("spending", "published"),
    [  # five equal looks at .05, two-sided, as the Lan–DeMets programs print them
        ("obrien_fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_lan_and_demets_s_boundaries(spending: Spending, published: list[float]) -> None:
    found = boundaries(equal(5).tolist(), spent(equal(5).tolist(), spending=spending).tolist())
    assert found == pytest.approx(published, abs=1.5e-4)


@pytest.mark.parametrize(
    ("looks", "pocock", "last"),  # Jennison and Turnbull 2000, tables 2.1 and 2.3, α = .05
    [(1, 1.960, 1.960), (2, 2.178, 1.977), (3, 2.289, 2.004), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_pocock_s_and_o_brien_and_fleming_s_constants_spend_five_percent(
    looks: int, pocock: float, last: float
) -> None:
    flat = exit_chances(equal(looks).tolist(), [pocock] * looks)
    steep = exit_chances(equal(looks).tolist(), (last / np.sqrt(equal(looks))).tolist())
    assert flat.sum() == pytest.approx(0.05, abs=1e-4)
    assert steep.sum() == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize(("bounds", "inflation"), [([2.413] * 5, 1.229), (None, 1.028)])
def test_the_price_of_five_looks_at_a_power_of_eighty_percent(
    bounds: list[float] | None, inflation: float
) -> None:
    # Jennison and Turnbull 2000, tables 2.2 and 2.4: how many times a fixed design's information it takes.
    wanted = bounds or (2.040 / np.sqrt(equal(5))).tolist()
    drift = np.sqrt(inflation) * (special.ndtri(0.975) + special.ndtri(0.8))
    assert exit_chances(equal(5).tolist(), wanted, float(drift)).sum() == pytest.approx(0.8, abs=5e-4)


@settings(deadline=None, max_examples=25)
@given(FRACTIONS, st.sampled_from(SPENDINGS), st.sampled_from([0.001, 0.05, 0.3]))
def test_each_look_spends_what_it_may_and_all_together_alpha(
    fractions: FloatArray, spending: Spending, alpha: float
) -> None:
    ends = [*fractions.tolist(), 1.0] if fractions[-1] < 1 else fractions.tolist()
    errors = spent(ends, alpha, spending)
    assert np.all(np.diff(errors) >= 0)
    assert errors[-1] == pytest.approx(alpha)
    bounds = boundaries(ends, errors.tolist())
    assert np.cumsum(exit_chances(ends, bounds.tolist())) == pytest.approx(errors, abs=1e-9)
    shorter = boundaries(ends[:1], errors[:1].tolist())
    assert shorter == pytest.approx(bounds[:1])  # what is to come changes nothing that has been


def test_a_single_look_is_the_normal_quantile_and_one_that_spends_nothing_has_no_bound() -> None:
    assert boundaries([1.0], [0.05]) == pytest.approx(special.ndtri(0.975))
    assert boundaries([0.4], [0.05]) == pytest.approx(special.ndtri(0.975))
    found = boundaries([0.001, 0.5, 1.0], [0.0, 0.0, 0.05])
    assert found.tolist()[:2] == [np.inf, np.inf]
    assert found[2] == pytest.approx(special.ndtri(0.975))
    assert boundaries([], []).size == 0


def test_simulated_paths_leave_as_often_as_they_may() -> None:
    fractions = np.array([0.1, 0.15, 0.5, 0.55, 1.0])
    errors = np.array([0.01, 0.015, 0.03, 0.04, 0.05])
    bounds = boundaries(fractions.tolist(), errors.tolist())
    steps = np.random.default_rng(0).standard_normal((100_000, 5)) * np.sqrt(np.diff(fractions, prepend=0))
    z = np.cumsum(steps, axis=1) / np.sqrt(fractions)
    left = np.maximum.accumulate(np.abs(z) > bounds, axis=1).mean(axis=0)
    assert left == pytest.approx(errors, abs=0.0025)  # three and a half standard errors at .05


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spent([0.5, 1.2]), "fractions of information lie above 0 and up to 1"),
        (lambda: spent([0.0]), "fractions of information lie above 0 and up to 1"),
        (lambda: spent([1.0], 1.0), "alpha is a chance between 0 and 1"),
        (lambda: spent([1.0], spending="pocok"), "spending is one of obrien_fleming, pocock; got 'pocok'"),  # pyright: ignore[reportArgumentType]
        (lambda: boundaries([0.5], [0.01, 0.05]), "one error a look is wanted"),
        (lambda: boundaries([0.5, 0.5], [0.01, 0.05]), "fractions of information rise"),
        (lambda: boundaries([0.5, 1.0], [0.05, 0.01]), "errors spent do not fall"),
        (lambda: boundaries([1.0], [1.0]), "errors spent do not fall"),
    ],
)
def test_what_makes_no_plan_is_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()
