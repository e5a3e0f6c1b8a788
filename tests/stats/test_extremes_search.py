"""The search for the best and the worst arm: seldom wrong, and done sooner than asking all alike."""

import math

import numpy as np
import pytest

from stats.arms import Ints, Pulls, posterior
from stats.estimate import FloatArray
from stats.extremes_found import found
from stats.extremes_search import FIRST, End, look, next_pulls

ITEMS = 200


def answers(rng: np.random.Generator, means: list[float], items: int = ITEMS) -> FloatArray:
    """Arms × items; items are easy or hard for all arms alike."""
    ease = rng.uniform(-0.3, 0.3, items)
    return (rng.random((len(means), items)) < np.array(means)[:, np.newaxis] + ease).astype(float)


def asked_first(table: FloatArray, asked: "Ints | list[int]") -> Pulls:
    numbers = np.asarray(asked, dtype=np.int64)
    return Pulls(np.where(np.arange(table.shape[1]) < numbers[:, np.newaxis], table, np.nan), numbers)


def search(
    table: FloatArray, margin: float, seed: int, *, uniform: bool = False, level: float = 0.95
) -> tuple[Pulls, tuple[End, End]]:
    """Asks in batches of ten an arm until both ends are known, or all is asked."""
    rng = np.random.default_rng(seed)
    asked: Ints = np.full(len(table), min(FIRST, table.shape[1]))
    while True:
        pulls = asked_first(table, asked)
        ends = look(pulls, margin, level)
        if all(end.reached for end in ends) or asked.sum() == table.size:
            return pulls, ends
        even = np.minimum(10, table.shape[1] - asked)
        more = even if uniform else next_pulls(pulls, ends, 10 * len(table), rng=rng)
        assert more.any()
        asked = asked + more


def test_it_finds_both_ends_with_fewer_pulls_than_asking_all_alike() -> None:
    few = many = 0
    means = np.linspace(0.35, 0.65, 12).tolist()
    for seed in range(4):
        table = answers(np.random.default_rng(seed), means)
        truth = table.mean(axis=1)
        pulls, ends = search(table, 0.05, seed)
        said = found(pulls, 0.05)
        assert all(end.reached for end in ends)
        assert said.best.reached
        assert truth.max() - truth[said.best.arm] <= said.best.bound + 1e-9 <= 0.05 + 1e-9
        assert truth[said.worst.arm] - truth.min() <= said.worst.bound + 1e-9 <= 0.05 + 1e-9
        assert said.spread.low <= np.ptp(truth) + 1e-9
        assert np.ptp(truth) <= said.spread.high + 1e-9
        few += int(pulls.asked.sum())
        many += int(search(table, 0.05, seed, uniform=True)[0].asked.sum())
    assert few < 0.9 * many


def test_what_is_said_is_wrong_as_seldom_as_stated_when_looked_at_all_the_time() -> None:
    level, runs, wrong = 0.5, 24, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        table = answers(rng, [0.5, 0.52, 0.48], 50)
        truth = table.mean(axis=1)
        asked: Ints = np.full(3, 5)
        while asked.sum() < table.size:
            pulls = asked_first(table, asked)
            ends = look(pulls, 0.1, level)
            said = found(pulls, 0.1, level)
            best = truth.max() - truth[said.best.arm] > said.best.bound + 1e-4
            worst = truth[said.worst.arm] - truth.min() > said.worst.bound + 1e-4
            outside = not said.spread.low - 1e-4 <= np.ptp(truth) <= said.spread.high + 1e-4
            if best or worst or outside:
                wrong += 1
                break
            more = next_pulls(pulls, ends, 45, rng=rng)
            if not more.any():
                break
            asked = asked + more
    assert wrong / runs <= 1 - level + 3 * math.sqrt(level * (1 - level) / runs)


def test_for_items_like_these_the_interval_is_wider_and_equal_arms_may_not_differ() -> None:
    table = answers(np.random.default_rng(1), [0.5] * 6)
    pulls, _ = search(table, 0.05, 0)
    said = found(pulls, 0.05)
    assert said.spread_beyond.low == 0
    assert said.spread_beyond.high > said.spread.high > said.spread.low
    assert said.spread_beyond.random == ("item",)
    assert said.spread.random == ()


def test_the_same_seed_pulls_the_same_arms_and_another_one_others() -> None:
    table = answers(np.random.default_rng(2), [0.4, 0.5, 0.5, 0.6])
    pulls = asked_first(table, [20] * 4)
    ends = look(pulls, 0.02)
    first, second, other = (
        next_pulls(pulls, ends, 100, rng=np.random.default_rng(seed)).tolist() for seed in (0, 0, 1)
    )
    assert first == second != other
    assert sum(first) == 100


def test_half_of_the_pulls_serve_either_end_and_only_arms_in_question_have_any() -> None:
    table = answers(np.random.default_rng(3), [0.2, 0.2, 0.5, 0.8, 0.8], 400)
    pulls = asked_first(table, [150] * 5)
    best, worst = look(pulls, 0.01)
    assert best.candidates.tolist() == [False, False, False, True, True]
    assert worst.candidates.tolist() == [True, True, False, False, False]
    more = next_pulls(pulls, (best, worst), 60, rng=np.random.default_rng(0))
    assert more[2] == 0
    assert more.sum() == 60
    assert 25 <= more[:2].sum() <= 35
    known = End(3, best.candidates, np.zeros(5, dtype=np.bool_), (3,))
    more = next_pulls(pulls, (known, worst), 60, rng=np.random.default_rng(0))
    # Only items that both were asked tell two arms apart, so those named keep up with the one in question.
    assert more.tolist() == [20, 20, 0, 20, 0]


def test_no_arm_is_pulled_beyond_its_items() -> None:
    table = answers(np.random.default_rng(4), [0.5] * 3, 30)
    pulls = asked_first(table, [30, 15, 15])
    more = next_pulls(pulls, look(pulls, 0.01), 100, rng=np.random.default_rng(0))
    assert more[0] == 0
    assert more.max() == 15


def test_an_arm_that_was_asked_hard_items_is_not_taken_for_a_bad_one() -> None:
    rng = np.random.default_rng(5)
    hard_first = np.concatenate([np.full(40, 0.2), np.full(160, 0.8)])
    table = (rng.random((3, 200)) < hard_first).astype(float)
    pulls = asked_first(table, [200, 200, 40])
    ones, zeros = posterior(pulls)
    means = ones / (ones + zeros)
    assert np.nanmean(pulls.scores[2]) < 0.4
    assert means[2] == pytest.approx(means[0], abs=0.1)


def test_two_equal_arms_are_both_ends() -> None:
    table = np.tile(answers(np.random.default_rng(6), [0.5], 50), (2, 1))
    said = found(asked_first(table, [50, 50]), 0.03)
    assert {said.best.arm, said.worst.arm} == {0, 1}
    assert said.best.bound == pytest.approx(0, abs=1e-3)
    assert said.best.candidates == said.worst.candidates == (0, 1)
    assert (said.spread.value, said.spread.low) == (0, 0)
    assert said.spread.high == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("score", [0.0, 1.0, 0.5])
def test_arms_that_all_give_the_same_score_are_soon_known_to_be_alike(score: float) -> None:
    pulls, ends = search(np.full((5, 100), score), 0.1, 0)
    assert all(end.reached for end in ends)
    assert pulls.asked.sum() < 500
    said = found(pulls, 0.1)
    assert said.spread.value == 0
    assert all(one is not None and one.low <= score <= one.high for one in said.scores)


def test_failed_requests_are_left_out_and_a_dead_arm_takes_no_part() -> None:
    rng = np.random.default_rng(7)
    table = answers(rng, [0.3, 0.5, 0.7, 0.9])
    table[rng.random(table.shape) < 0.1] = np.nan
    table[3] = np.nan
    pulls, ends = search(table, 0.05, 0)
    assert all(end.reached for end in ends)
    assert not any(end.candidates[3] for end in ends)
    said = found(pulls, 0.05)
    assert (said.best.arm, said.worst.arm) == (2, 0)
    assert said.scores[3] is None
    assert pulls.asked[3] == FIRST


def test_an_arm_that_was_not_asked_may_be_anything() -> None:
    table = answers(np.random.default_rng(8), [0.2, 0.8, 0.5])
    pulls = asked_first(table, [200, 200, 0])
    best, worst = look(pulls, 0.05)
    assert best.candidates[2]
    assert worst.candidates[2]
    assert not best.reached
    said = found(pulls, 0.05)
    assert (said.best.arm, said.best.bound) == (1, 1)
    assert next_pulls(pulls, (best, worst), 10, rng=np.random.default_rng(0)).tolist() == [0, 0, 10]


def test_there_is_nothing_to_say_without_two_arms_a_margin_and_a_level() -> None:
    table = answers(np.random.default_rng(9), [0.5, 0.5])
    table[1] = np.nan
    with pytest.raises(ValueError, match="fewer than two arms have a score"):
        look(asked_first(table, [10, 10]), 0.05)
    fine = asked_first(answers(np.random.default_rng(9), [0.5, 0.5]), [10, 10])
    with pytest.raises(ValueError, match="the margin has to be above 0"):
        found(fine, 0)
    with pytest.raises(ValueError, match="level is a coverage"):
        look(fine, 0.05, 1)
