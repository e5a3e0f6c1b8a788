import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.word_edges import drop_stop_words, merge_words, split_word


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("zebra",))


def merged(question: str, *answers: str) -> str:
    return merge_words(item(question, *answers), 1.0, np.random.default_rng(0)).item.question


def split(question: str, *answers: str, seed: int = 0) -> str:
    return split_word(item(question, *answers), 1.0, np.random.default_rng(seed)).item.question


def dropped(question: str, *answers: str) -> str:
    return drop_stop_words(item(question, *answers), 1.0, np.random.default_rng(0)).item.question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where do whales sleep", "wheredowhalessleep"),
        ("is not able to fly", "is not able" + "tofly"),
        ("works in formal dress", "works" + "in formaldress"),
        ("two red apples", "two redapples"),
        ("he can't swim far", "he can't swimfar"),
        ("big, red cars", "big, redcars"),
        ("one\nword  apart", "one\nword  apart"),
        ("run `the code` now please", "run `the code` nowplease"),
        ("", ""),
    ],
)
def test_spaces_between_plain_words_are_dropped(text: str, expected: str):
    assert merged(text) == expected


def test_answers_keep_their_spaces():
    assert merged("has the polar bear fur here", "polar bear") == "hasthe polar bear furhere"


@given(seed=st.integers(0, 9999))
def test_a_word_is_split_in_two_of_two_letters_or_more(seed: int):
    parts = split("mountain", seed=seed).split(" ")
    assert len(parts) == 2
    assert "".join(parts) == "mountain"
    assert min(map(len, parts)) >= 2


def test_no_part_of_a_split_word_negates():
    assert {split("notable", seed=seed) for seed in range(60)} == {"no" + "ta ble", "nota ble", "notab le"}
    assert not any(split("inactive", seed=seed).startswith("in ") for seed in range(60))
    assert not any(split("harmless", seed=seed).endswith(" less") for seed in range(60))


@pytest.mark.parametrize("text", ["cats", "nothing", "thousand", "wouldn't", "`function`", "x_variable", ""])
def test_what_is_not_split(text: str):
    assert split(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the capital of the country?", "What capital of country?"),
        ("The whale is a very large animal", "The whale large animal"),
        ("is this an apple", "is this apple"),
        ("if a is even and b is odd", "if a even and b odd"),
        ("side a of it", "side a of it"),
        ("he is not here", "he not here"),
        ("x is 5 and y is", "x is 5 and y is"),
        ("who was the first without a hat", "who was first without hat"),
        ("run `is the code` now", "run `is the code` now"),
        ("", ""),
    ],
)
def test_stop_words_are_dropped_within_a_sentence(text: str, expected: str):
    assert dropped(text) == expected


def test_answers_keep_their_stop_words():
    assert (
        dropped("who also sang over the rainbow in an hour", "over the rainbow")
        == "who sang over the rainbow in hour"
    )
