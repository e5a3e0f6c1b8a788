"""Random parts of a benchmark."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments.tasks.subset import subset
from perturb.item import Item

SIZES = st.lists(st.integers(1, 20), min_size=1, max_size=6)
SEEDS = st.integers(0, 2**32)


def items_of(sizes: Sequence[int], order: int = 0) -> tuple[Item, ...]:
    """Items of subjects of the given sizes, the subjects mixed."""
    subjects = np.repeat([f"s{number}" for number in range(len(sizes))], sizes)
    mixed = np.random.default_rng(order).permutation(subjects)
    return tuple(Item(f"i{n}", f"Q{n}", ("a",), subject=str(subject)) for n, subject in enumerate(mixed))


def the_rule_for_one_subject(items: tuple[Item, ...], limit: int, seed: int) -> tuple[Item, ...]:
    """What was drawn before there were subjects: the start of a permutation of the whole split."""
    kept = np.sort(np.random.default_rng(seed).permutation(len(items))[:limit])
    return tuple(items[index] for index in kept)


@given(st.integers(1, 60), st.integers(0, 59), SEEDS)
def test_with_one_subject_it_is_what_it_always_was(size: int, limit: int, seed: int) -> None:
    items, limit = items_of([size]), min(limit, size - 1)
    assert subset(items, limit, seed) == the_rule_for_one_subject(items, limit, seed)


@settings(deadline=None)
@given(SIZES, SEEDS, st.integers(0, 9))
def test_a_smaller_part_lies_within_a_larger_one(sizes: list[int], seed: int, order: int) -> None:
    items = items_of(sizes, order)
    parts = [set(subset(items, limit, seed)) for limit in range(len(items) + 1)]
    assert [len(part) for part in parts] == list(range(len(items) + 1))
    assert all(smaller < larger for smaller, larger in pairwise(parts))


@settings(deadline=None)
@given(SIZES, SEEDS, st.integers(0, 9))
@example([40, 1, 1, 1, 1], 0, 0)
def test_every_subject_has_its_share(sizes: list[int], seed: int, order: int) -> None:
    items = items_of(sizes, order)
    for limit in range(1, len(items)):
        found = Counter(item.subject for item in subset(items, limit, seed))
        for number, size in enumerate(sizes):
            share = size / len(items)
            bound = 1 + share * (len(sizes) - 2) if len(sizes) > 1 else 0
            assert abs(found[f"s{number}"] - share * limit) <= bound + 1e-9


@given(st.integers(1, 40), st.integers(1, 40), SEEDS)
def test_of_two_subjects_none_is_a_whole_item_off(first: int, second: int, seed: int) -> None:
    items = items_of([first, second])
    for limit in range(1, len(items)):
        found = Counter(item.subject for item in subset(items, limit, seed))
        assert abs(found["s0"] - limit * first / len(items)) <= 1


@given(SIZES, SEEDS, st.integers(0, 60))
def test_parts_are_the_same_every_time_and_in_the_order_of_the_split(
    sizes: list[int], seed: int, limit: int
) -> None:
    items = items_of(sizes)
    part = subset(items, limit, seed)
    assert part == subset(items, limit, seed)
    places = [items.index(item) for item in part]
    assert places == sorted(places)


def test_without_a_limit_below_the_size_everything_is_kept() -> None:
    items = items_of([3, 4])
    assert subset(items, None, 0) == subset(items, 7, 0) == subset(items, 99, 0) == items


def test_seeds_draw_different_parts() -> None:
    items = items_of([30, 30])
    assert len({subset(items, 10, seed) for seed in range(20)}) == 20


@pytest.mark.parametrize("limit", [20, 60])
def test_every_item_is_drawn_about_as_often_as_any_other(limit: int) -> None:
    """Over 3000 seeds, each of 90 items; a share's standard error is at most 0.0091."""
    items = items_of([60, 20, 7, 3])
    found = Counter(item.id for seed in range(3000) for item in subset(items, limit, seed))
    shares = np.array([found[item.id] for item in items]) / 3000
    assert np.abs(shares - limit / 90).max() < 5 * 0.0091


def test_small_subjects_are_drawn_even_where_there_are_more_subjects_than_items() -> None:
    items = items_of([50, 2, 2, 2, 2])
    found = Counter(item.subject for seed in range(500) for item in subset(items, 2, seed))
    assert all(found[f"s{number}"] > 10 for number in range(5))
