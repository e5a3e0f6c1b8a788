import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.fillers import FILLERS, filler


def filled(question: str, *answers: str, seed: int = 0) -> str:
    return filler(Item("x", question, answers or ("zebra",)), 1.0, np.random.default_rng(seed)).item.question


def without(text: str) -> str:
    for one in FILLERS:
        text = text.replace(f", {one}, ", " ")
    return text


@given(seed=st.integers(0, 999))
def test_without_the_fillers_it_is_the_original(seed: int):
    text = "which of these animals can fly over the sea"
    assert filled(text, seed=seed).count(",") == 2 * 6  # not beside "over"
    assert without(filled(text, seed=seed)) == text


def test_all_fillers_occur():
    seen = " ".join(filled("whales sing", seed=seed) for seed in range(200))
    assert all(f", {one}, " in seen for one in FILLERS)


@pytest.mark.parametrize(
    "text",
    [
        "not able",
        "two dogs",
        "a b c",
        "near New York",
        "New York City",
        "5 apples",
        "one\ntwo",
        "word",
        "",
        "`if it is`",
    ],
)
def test_where_no_filler_may_stand(text: str):
    assert filled(text) == text


def test_none_stands_within_or_beside_an_answer():
    assert "polar bear eats" in filled("when the polar bear eats", "polar bear")
