import numpy as np
import pytest

from perturb import Item, check_apart, draw
from perturb.exemplars import clashes

POOL = [Item(f"pool-{n}", f"Question {n}?", (str(n),)) for n in range(20)]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(20))
def test_smaller_draws_are_the_beginning_of_larger_ones(seed: int):
    largest = draw(POOL, 20, rng(seed))
    assert sorted(largest, key=POOL.index) == POOL
    for k in range(20):
        assert draw(POOL, k, rng(seed)) == largest[:k]


def test_nested_with_exclusions_too():
    largest = draw(POOL, 10, rng(3), exclude=POOL[:10])
    assert set(largest) == set(POOL[10:])
    assert draw(POOL, 4, rng(3), exclude=POOL[:10]) == largest[:4]


def test_seeds_differ_and_cover_the_pool():
    first = {draw(POOL, 1, rng(seed))[0].id for seed in range(400)}
    assert first == {item.id for item in POOL}


def test_the_generator_advances_the_same_whatever_k():
    one, many = rng(), rng()
    draw(POOL, 0, one)
    draw(POOL, 20, many)
    assert one.random() == many.random()


def test_too_many():
    with pytest.raises(ValueError, match=r"21 shots asked for, but the pool holds 20 exemplars$"):
        draw(POOL, 21, rng())
    with pytest.raises(
        ValueError, match=r"20 shots asked for, .* 18 exemplars \(2 more are asked themselves\)"
    ):
        draw(POOL, 20, rng(), exclude=POOL[:2])
    with pytest.raises(ValueError, match="shots is -1, expected 0 or more"):
        draw(POOL, -1, rng())


def test_none_from_nothing():
    assert draw([], 0, rng()) == ()


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        (Item("pool-3", "Another?", ("x",)), True),
        (Item("other", "Question 3?", ("x",)), True),
        (Item("other", " question  3?\n", ("x",)), True),
        (Item("other", "Question 33?", ("x",)), False),
    ],
)
def test_the_item_itself_is_no_exemplar(asked: Item, same: bool):
    shown = draw(POOL, 19, rng(), exclude=[asked])
    assert (POOL[3] not in shown) or not same
    assert clashes(POOL, [asked]) == ((POOL[3],) if same else ())


def test_the_same_words_with_other_options_are_another_question():
    one = Item("1", "Which is true?", ("x",), choices=("x", "y"), gold=0)
    turned = Item("2", "Which is true?", ("x",), choices=("y", "x"), gold=1)
    other = Item("3", "Which is true?", ("v",), choices=("v", "w"), gold=0)
    assert clashes([turned, other], [one]) == (turned,)


def test_an_exemplar_that_is_asked_is_named():
    check_apart(POOL[:5], POOL[5:])
    with pytest.raises(
        ValueError, match=r"exemplar 'pool-4' \('Question 4\?'\) is also an item .*1 of 5 exemplars"
    ):
        check_apart(POOL[:5], POOL[4:])
