import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from perturb import Item
from perturb.protect import SPARED
from perturb.slips import (
    NEIGHBOURS,
    delete_letter,
    insert_letter,
    keyboard_typo,
    substitute_letter,
    swap_letters,
)

PLAIN = "Which famous composer wrote several beautiful nocturnes"
SLIPS = (keyboard_typo, substitute_letter, swap_letters, delete_letter, insert_letter)


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_neighbours_are_mutual_and_near():
    assert set(NEIGHBOURS) == set("abcdefghijklmnopqrstuvwxyz")
    assert set(NEIGHBOURS["g"]) == set("tyfhvb")
    assert set(NEIGHBOURS["q"]) == set("wa")
    assert set(NEIGHBOURS["m"]) == set("njk")
    assert all(letter in NEIGHBOURS[near] for letter, all_near in NEIGHBOURS.items() for near in all_near)


@pytest.mark.parametrize("seed", range(30))
def test_a_typo_is_one_neighbour_a_word_and_not_the_first_letter(seed: int):
    changed = keyboard_typo(item(PLAIN), 1.0, rng(seed))
    assert len(changed.edits) == 7
    for old, new in zip(PLAIN.split(), changed.item.question.split(), strict=True):
        wrong = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        assert len(wrong) == 1
        assert wrong[0][1] in NEIGHBOURS[wrong[0][0]]
        assert new[0] == old[0]


@pytest.mark.parametrize("seed", range(30))
def test_what_each_slip_makes_of_a_word(seed: int):
    for slip, longer in ((substitute_letter, 0), (swap_letters, 0), (delete_letter, -1), (insert_letter, 1)):
        changed = slip(item(PLAIN), 1.0, rng(seed))
        assert len(changed.edits) == 7
        for old, new in zip(PLAIN.split(), changed.item.question.split(), strict=True):
            assert len(new) == len(old) + longer
            assert new[0] == old[0]
            assert new.isalpha()
            if slip is swap_letters:
                at = next(n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
                assert new == old[:at] + old[at + 1] + old[at] + old[at + 2 :]
            else:
                assert Levenshtein.distance(old, new) == 1


def test_a_letter_keeps_its_case():
    for seed in range(20):
        assert substitute_letter(item("MOUNTAIN"), 1.0, rng(seed)).item.question.isupper()
        assert insert_letter(item("MOUNTAIN"), 1.0, rng(seed)).item.question.isupper()
        assert insert_letter(item("Mountain"), 1.0, rng(seed)).item.question.istitle()


def test_letters_that_are_the_same_are_not_swapped():
    assert swap_letters(item("Iiii"), 1.0, rng()).edits == ()
    assert {swap_letters(item("aabb"), 1.0, rng(seed)).item.question for seed in range(20)} == {"abab"}


@pytest.mark.parametrize(
    "word",
    ["never", "without", "Twelve", "third", "except", "doesn't", "Couldn’t", "false", "Wrong", "three-four"],
)
def test_slips_spare_numbers_and_negations(word: str):
    for slip in SLIPS:
        for seed in range(20):
            assert word in slip(item(f"Which {word} thing"), 1.0, rng(seed)).item.question


@pytest.mark.parametrize(
    ("slip", "word"), [(delete_letter, "seeven"), (insert_letter, "neer"), (swap_letters, "nien")]
)
def test_no_slip_makes_a_number_or_a_negation(slip: type, word: str):
    made = {slip(item(word), 1.0, rng(seed)).item.question for seed in range(300)}
    assert made & {word}  # where it would have made one
    assert not made & SPARED


def test_short_words_are_left():
    for slip in SLIPS:
        assert slip(item("the cat sat on a mat"), 1.0, rng()).edits == ()


def test_edits_say_what_was_done():
    for slip in SLIPS:
        changed = slip(item("a Mountain"), 1.0, rng())
        assert changed.edits == (f"'Mountain' → '{changed.item.question[2:]}' at character 2",)


@given(st.text(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_a_stronger_slip_holds_the_weaker_one(text: str, one: float, other: float, seed: int):
    low, high = sorted((one, other))
    for slip in SLIPS:
        weak, strong = (slip(item(text), severity, rng(seed)) for severity in (low, high))
        assert set(weak.edits) <= set(strong.edits)
