import numpy as np
import pytest
from scipy import special

from stats.estimate import FloatArray
from stats.rasch import Responses, fit_rasch
from stats.rasch_posterior import posterior


def sparse(
    seed: int, shape: tuple[int, int], share: float, sigma: float
) -> tuple[Responses, FloatArray, FloatArray]:
    """Observations with the abilities and difficulties that made them."""
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(0.8, sigma, shape[0]), rng.normal(0, 1.5, shape[1])
    rows, columns = (codes.astype(np.int64) for codes in np.nonzero(rng.random(shape) < share))
    scores = (rng.random(rows.size) < special.expit(ability[rows] - difficulty[columns])).astype(float)
    return Responses(rows, columns, np.ones(rows.size), scores, shape), ability, difficulty


def test_draws_hold_the_truth():
    inside: list[float] = []
    spreads: list[bool] = []
    for seed in range(6):
        seen, ability, difficulty = sparse(seed, (40, 150), 0.3, 0.5)
        rng = np.random.default_rng(seed)
        drawn = list(posterior(seen, fit_rasch(seen), rng=rng, draws=80))
        shifted = ability - difficulty.mean()
        sample = np.stack([one.ability - one.difficulty.mean() for one in drawn])
        low, high = np.quantile(sample, [0.025, 0.975], axis=0)
        inside.append(float(np.mean((low <= shifted) & (shifted <= high))))
        low, high = np.quantile([one.ability.std() for one in drawn], [0.025, 0.975])
        spreads.append(bool(low <= ability.std() <= high))
    assert 0.9 <= np.mean(inside) <= 0.98
    assert sum(spreads) >= 4


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_template_that_is_always_right_or_wrong_is_finite(score: float):
    seen, *_ = sparse(4, (5, 20), 0.6, 0.5)
    sums = np.where(seen.templates == 0, score, seen.sums)
    same = Responses(seen.templates, seen.items, seen.counts, sums, seen.shape)
    drawn = list(posterior(same, fit_rasch(same), rng=np.random.default_rng(0), draws=50))
    abilities = np.stack([one.ability for one in drawn])
    assert np.isfinite(abilities).all()
    means = abilities.mean(axis=0)
    assert means.argmax() == 0 if score else means.argmin() == 0
