import numpy as np
import pytest

from stats.ability_mixture import abilities, moved, one_normal, redrawn
from stats.estimate import FloatArray

GRID = np.linspace(-8, 4, 256)
LEAST = float(GRID[1] - GRID[0]) ** 2


def curves(measured: FloatArray, error: float) -> FloatArray:
    """Likelihoods of abilities that were measured with a normal error."""
    return np.exp(-np.square((measured[:, None] - GRID) / error) / 2)


def chain(likelihoods: FloatArray, sweeps: int, *, moves: bool) -> tuple[FloatArray, FloatArray]:
    """Draws of the abilities, and of the log variance of a component."""
    rng = np.random.default_rng(0)
    mixture = one_normal(0.0, 0.1)
    drawn: list[FloatArray] = []
    variances: list[float] = []
    for _ in range(sweeps):
        if moves:
            mixture = moved(mixture, likelihoods, GRID, LEAST, rng)
        ability, component = abilities(mixture, likelihoods, GRID, rng)
        mixture = redrawn(mixture, ability, component, LEAST, rng)
        drawn.append(ability)
        variances.append(np.log(mixture.variance))
    return np.stack(drawn), np.array(variances)


def test_moving_with_abilities_integrated_out_leaves_the_posterior_as_it_is():
    measured = np.random.default_rng(5).normal(0, 0.8, 12)
    likelihoods = curves(measured, 0.4)
    slow, fast = (chain(likelihoods, 2000, moves=moves) for moves in (False, True))
    assert fast[1].mean() == pytest.approx(slow[1].mean(), abs=0.25)
    assert fast[1].std() == pytest.approx(slow[1].std(), rel=0.25)
    assert fast[0].mean(axis=0) == pytest.approx(slow[0].mean(axis=0), abs=0.06)
    assert fast[0].std(axis=0) == pytest.approx(slow[0].std(axis=0), rel=0.15)


def test_abilities_far_off_are_followed_and_the_others_drawn_together():
    truth = np.repeat([0.0, -3.0], [36, 4]) + 0.1 * np.random.default_rng(1).standard_normal(40)
    measured = truth + 0.4 * np.random.default_rng(2).standard_normal(40)
    drawn, _ = chain(curves(measured, 0.4), 600, moves=True)
    mean = drawn[200:].mean(axis=0)
    assert mean[36:] == pytest.approx(truth[36:], abs=0.5)
    # One normal of all forty would have an SD of .9 and leave the others nearly as scattered as measured.
    assert mean[:36].std() < 0.5 * measured[:36].std()


def test_a_mixture_moves_along_with_what_is_measured():
    mixture = one_normal(0.3, 0.2)
    assert mixture.shifted(1.0).parts(GRID + 1.0) == pytest.approx(mixture.parts(GRID))
    assert mixture.shifted(1.0).prior == pytest.approx(mixture.prior)
    spacing = GRID[1] - GRID[0]
    assert mixture.parts(GRID).sum() * spacing == pytest.approx(np.sqrt(2 * np.pi), rel=1e-6)
