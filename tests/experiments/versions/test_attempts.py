import itertools

import numpy as np
import pytest

from experiments.versions.attempts import attempts
from experiments.versions.steps import Step, Version, steps_of
from tests.experiments.versions.made import made


def step(*versions: Version) -> tuple[Step, ...]:
    return steps_of(versions, ())


def various_and_sure(items: int = 200, samples: int = 5) -> tuple[Version, Version]:
    """A model that is right now and then on every item, and one that always or never is."""
    various = made("various", {"a": 0.4}, items=items, samples=samples)
    sure = made("sure", {"a": 0.4}, items=items, samples=samples, seed=2)
    various.side.outcomes["score"] = np.tile([1.0, 1.0] + [0.0] * (samples - 2), items)
    rng = np.random.default_rng(3)
    sure.side.outcomes["score"] = np.repeat((rng.random(items) < 0.65).astype(float), samples)
    return various, sure


def test_pass_at_k_is_the_share_of_subsets_that_hold_a_right_answer():
    old, new = (
        made("old", {"a": 0.3}, items=6, samples=4),
        made("new", {"a": 0.5}, items=6, samples=4, seed=2),
    )
    ((_, found),) = attempts(step(old, new))
    assert found.k == 4
    for version, score in ((old, found.most.before.score), (new, found.most.after.score)):
        answers = version.side.outcomes.groupby("item_id")["score"].apply(list)
        shares = [np.mean([any(some) for some in itertools.combinations(own, 4)]) for own in answers]
        assert score == pytest.approx(np.mean(shares))
    assert found.first.before.score == pytest.approx(old.side.outcomes["score"].mean())


def test_the_tax_of_a_model_that_became_sure_is_found():
    ((_, found),) = attempts(step(*various_and_sure()))
    assert found.k == 5
    assert found.taxed
    assert found.first.told_apart()
    assert found.most.told_apart()
    assert found.most.before.score == 1


def test_the_largest_usual_k_is_taken():
    pair = [made(name, {"a": 0.4}, items=10, samples=12, seed=seed) for name, seed in (("x", 1), ("y", 2))]
    ((_, found),) = attempts(step(*pair))
    assert found.k == 10


def test_single_answers_repeated_ones_and_partial_scores_have_no_attempts():
    once = [made(name, {"a": 0.4}, seed=seed) for name, seed in (("x", 1), ("y", 2))]
    assert attempts(step(*once)) == ()
    several = [made(name, {"a": 0.4}, items=10, samples=5, seed=seed) for name, seed in (("x", 1), ("y", 2))]
    assert len(attempts(step(*several))) == 1
    several[0].side.outcomes["key"] = several[0].side.outcomes["item_id"]  # one answer, counted five times
    assert attempts(step(*several)) == ()
    partial = [made(name, {"a": 0.4}, items=10, samples=5, seed=seed) for name, seed in (("x", 1), ("y", 2))]
    partial[0].side.outcomes["score"] *= 0.7
    assert attempts(step(*partial)) == ()


def test_p_values_are_adjusted_over_all_comparisons():
    various, sure = various_and_sure()
    other = made("other", {"a": 0.4}, items=200, samples=5, seed=9)
    alone = attempts(step(various, sure))
    together = attempts(steps_of([various, sure, other], (("various", "sure"), ("various", "other"))))
    assert len(together) == 2
    for one in (alone[0][1].first, together[0][1].first):
        assert one.p_value is not None
        assert one.p_adjusted is not None
        assert one.p_adjusted >= one.p_value
    assert alone[0][1].first.p_value == together[0][1].first.p_value
