import numpy as np
import pytest
from scipy import optimize, special

from stats.estimate import FloatArray
from stats.rasch import Responses, fit_rasch, softplus


def sparse(
    seed: int, shape: tuple[int, int], share: float, sigma: float
) -> tuple[Responses, FloatArray, FloatArray]:
    """Observations with the abilities and difficulties that made them."""
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(0.8, sigma, shape[0]), rng.normal(0, 1.5, shape[1])
    rows, columns = (codes.astype(np.int64) for codes in np.nonzero(rng.random(shape) < share))
    scores = (rng.random(rows.size) < special.expit(ability[rows] - difficulty[columns])).astype(float)
    return Responses(rows, columns, np.ones(rows.size), scores, shape), ability, difficulty


def test_the_mode_maximises_the_penalised_likelihood():
    seen, *_ = sparse(1, (8, 15), 0.7, 0.5)
    found = fit_rasch(seen, tolerance=1e-8)

    def loss(x: FloatArray) -> float:
        level, ability, difficulty = x[0], x[1:9], x[9:]
        logit = level + ability[seen.templates] - difficulty[seen.items]
        prior = ability @ ability / found.template_variance + difficulty @ difficulty / found.item_variance
        return float(np.logaddexp(0, logit).sum() - seen.sums @ logit + prior / 2)

    best = optimize.minimize(loss, np.zeros(24), method="BFGS", options={"gtol": 1e-7})
    mode = np.concatenate([[found.level], found.ability, found.difficulty])
    assert mode == pytest.approx(best.x, abs=1e-4)


def test_a_full_fit_of_many_cells_takes_few_steps_and_finds_the_abilities():
    seen, ability, difficulty = sparse(2, (60, 800), 0.2, 0.5)
    found = fit_rasch(seen)
    assert found.iterations <= 20
    assert np.corrcoef(found.ability, ability)[0, 1] > 0.9
    assert np.corrcoef(found.difficulty, difficulty)[0, 1] > 0.75
    # Both variances come out somewhat low, as the docstring says.
    assert 0.3 < np.sqrt(found.template_variance) < 0.6
    assert 1.1 < np.sqrt(found.item_variance) < 1.6


def test_softplus_is_exact_and_does_not_overflow():
    logits = np.array([-800.0, -40.0, -1e-3, 0.0, 2.5, 40.0, 800.0])
    assert softplus(logits) == pytest.approx(np.logaddexp(0, logits), rel=1e-14)


def test_replicates_are_counted():
    seen, *_ = sparse(3, (10, 30), 0.8, 0.5)
    twice = Responses(seen.templates, seen.items, 2 * seen.counts, 2 * seen.sums, seen.shape)
    once, doubled = fit_rasch(seen), fit_rasch(twice)
    assert doubled.item_variance > once.item_variance  # as much data again for the same effects


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_template_or_item_that_is_always_right_or_wrong_is_finite(score: float):
    seen, *_ = sparse(4, (5, 20), 0.6, 0.5)
    one_kind = (seen.templates == 0) | (seen.items == 3)
    sums = np.where(one_kind, score, seen.sums)
    same = Responses(seen.templates, seen.items, seen.counts, sums, seen.shape)
    found = fit_rasch(same)
    assert np.isfinite(found.ability).all()
    assert (found.ability[0] > found.ability[1:].max()) == (score == 1)
