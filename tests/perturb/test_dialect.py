import numpy as np
import pytest

from perturb import Item
from perturb.dialect import dialect


def spoken(question: str, *answers: str) -> str:
    return dialect(Item("x", question, answers or ("zebra",)), 1.0, np.random.default_rng(0)).item.question


@pytest.mark.parametrize(
    ("standard", "expected"),
    [
        ("She is running home.", "She runnin' home."),
        ("They are going to eat", "They gon eat"),
        ("I am going to eat", "I am goin' to eat"),
        ("he is going to the lake", "he goin' to the lake"),
        ("he is about to leave", "he is finna leave"),
        ("Trying to win", "Tryna win"),
        ("which isn't red and doesn't fly", "which ain't red and don't fly"),
        ("It’s red and doesn’t fly", "It’s red and don’t fly"),
        ("they were late, you all", "they was late, y'all"),
        ("There are five dogs", "It's five dogs"),
        ("Mother asked something during the morning", "Mama aksed somethin' durin' the mornin'"),
    ],
)
def test_features(standard: str, expected: str):
    assert spoken(standard) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the king has a thing on a string",  # stressed
        "nothing",  # negates
        "there is no whale",
        "near Wyoming and Big Spring",
        "`she is running`",
        'the word "running"',
        "are they late",
        "",
        "日本の首都は",
    ],
)
def test_what_stays(text: str):
    assert spoken(text) == text


def test_answers_stay():
    assert spoken("is it swimming or running", "running") == "is it swimmin' or running"
