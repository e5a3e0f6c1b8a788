from collections import Counter

import numpy as np
import pytest

from perturb import Item
from perturb.choices import option_order


def item(*choices: str, gold: int = 0) -> Item:
    return Item("x", "Which?", (choices[gold],), choices=choices, gold=gold)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("severity", "moved"), [(0.0, 0), (0.01, 2), (0.4, 2), (0.6, 3), (0.8, 4), (1.0, 5)])
def test_severity_is_the_share_of_options_that_move(severity: float, moved: int):
    options = ("ant", "bee", "cat", "dog", "elk")
    for seed in range(20):
        variant = option_order(item(*options, gold=2), severity, rng(seed))
        places = [new != old for new, old in zip(variant.item.choices, options, strict=True)]
        assert sum(places) == len(variant.edits) == moved
        assert variant.item.gold == variant.item.choices.index("cat")


def test_the_right_option_goes_to_every_other_place_equally_often():
    counts = Counter(
        option_order(item("w", "x", "y", "z", gold=1), 1.0, rng(seed)).item.gold for seed in range(3000)
    )
    assert set(counts) == {0, 2, 3}
    assert all(abs(count - 1000) < 130 for count in counts.values())


def test_equal_texts_keep_the_right_one_apart():
    twins = item("same", "same", "other", gold=1)
    places = {option_order(twins, 1.0, rng(seed)).item.gold for seed in range(30)}
    assert places == {0, 2}


def test_a_last_option_about_those_above_stays():
    for text in ("None of the above", "all of the above."):
        for seed in range(20):
            variant = option_order(item("ant", "bee", "cat", text, gold=3), 1.0, rng(seed))
            assert variant.item.choices[3] == text
            assert variant.item.gold == 3
            assert len(variant.edits) == 3


@pytest.mark.parametrize(
    "choices",
    [
        ("ant", "bee", "A and B"),
        ("ant", "bee", "both (A) and (B)"),
        ("ant", "none of the above", "bee"),
        ("ant", "bee", "option A"),
        ("all of the below", "ant", "bee"),
        ("ant",),
        ("ant", "none of the above"),
    ],
)
def test_options_that_speak_of_one_another_are_left(choices: tuple[str, ...]):
    original = item(*choices)
    variant = option_order(original, 1.0, rng())
    assert variant.item == original
    assert variant.edits == ()


@pytest.mark.parametrize(
    "text", ["altitude above sea level", "air below freezing", "the previous year", "vitamin C"]
)
def test_words_that_only_look_like_references_do_not_hold_options(text: str):
    assert len(option_order(item("ant", text, "bee"), 1.0, rng()).edits) == 3


def test_edits_say_what_moved():
    variant = option_order(item("ant", "bee"), 1.0, rng())
    assert variant.item.choices == ("bee", "ant")
    assert variant.edits == ("option 2 ('bee') → place 1", "option 1 ('ant') → place 2")


def test_without_choices():
    with pytest.raises(ValueError, match="item 'x' has no choices"):
        option_order(Item("x", "Which?", ("y",)), 0.5, rng())
