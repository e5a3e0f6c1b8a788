from collections.abc import Callable

import numpy as np
import pytest

from perturb import Item, Variant
from perturb.spelling_variants import AMERICAN, BRITISH, american, british


def spelled(
    change: Callable[[Item, float, np.random.Generator], Variant], question: str, *answers: str
) -> str:
    return change(Item("x", question, answers or ("zebra",)), 1.0, np.random.default_rng(0)).item.question


@pytest.mark.parametrize(
    ("uk", "us"),
    [
        ("Colour of the centre", "Color of the center"),
        ("organised travellers analyse grey aluminium", "organized travelers analyze gray aluminum"),
        ("the neighbour's favourite", "the neighbor's favorite"),
    ],
)
def test_each_side_becomes_the_other(uk: str, us: str):
    assert spelled(british, us) == uk
    assert spelled(american, uk) == us
    assert spelled(british, uk) == uk
    assert spelled(american, us) == us


def test_words_of_two_senses_change_only_where_it_is_sure():
    assert spelled(american, "a metre of tyre") == "a meter of tire"
    assert spelled(british, "a meter of tire") == "a meter of tire"


@pytest.mark.parametrize(
    "text", ["at Pearl Harbor", "near Lincoln Center", 'the word "color" is', "`color`", "color: 5px;}"]
)
def test_names_mentions_and_code_stay(text: str):
    assert spelled(british, text) in (text, "colour: 5px;}")


def test_answers_stay():
    assert spelled(british, "is gray a color", "gray") == "is gray a colour"


def test_the_lists_are_as_large_as_said():
    assert len(BRITISH) == 323
    assert len(AMERICAN) == 347
    assert BRITISH.keys().isdisjoint(AMERICAN)
    assert all(AMERICAN[uk] == (us,) for us, (uk,) in BRITISH.items())
