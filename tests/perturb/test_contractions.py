import numpy as np
import pytest

from perturb import Item
from perturb.contractions import contraction, expansion


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("zebra",))


def contracted(question: str, *answers: str) -> str:
    return contraction(item(question, *answers), 1.0, np.random.default_rng(0)).item.question


def expanded(question: str, *answers: str) -> str:
    return expansion(item(question, *answers), 1.0, np.random.default_rng(0)).item.question


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("It is clear that they are here now.", "It's clear that they're here now."),
        ("What is the capital?", "What's the capital?"),
        ("I am sure you will see", "I'm sure you'll see"),
        ("he would go and we have seen it", "he'd go and we've seen it"),
        ("it has been long", "it's been long"),
        ("which does not fly", "which doesn't fly"),
        ("they cannot swim and will not sink", "they can't swim and won't sink"),
        ("Cannot cats swim", "Can't cats swim"),
        ("it is not so", "it's not so"),
        ("“it is so” and it’s not", "“it’s so” and it’s not"),
    ],
)
def test_pairs_are_contracted(long: str, short: str):
    assert contracted(long) == short


@pytest.mark.parametrize(
    "text",
    [
        "Tell me what it is.",  # ends a clause
        "I have a dog and it has red paws",  # a main verb
        "It is, however, late",
        "this is not only big",
        "they cannot but laugh",
        "it  is two spaces",
        "run `it is so` now",
        "IT IS SO",
        "it",
        "",
        "日本の首都は",
    ],
)
def test_what_is_not_contracted(text: str):
    assert contracted(text) == text


def test_answers_are_not_contracted():
    assert (
        contracted("he said it is over and they are late", "it is over")
        == "he said it is over and they're late"
    )


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("It's clear that they're here", "It is clear that they are here"),
        ("What’s the capital?", "What is the capital?"),
        ("I'm sure you'll see what we've got", "I am sure you will see what we have got"),
        ("she'd like it, he'd better go", "she would like it, he had better go"),
        ("it's been long", "it has been long"),
        ("Let's go", "Let us go"),
        ("which doesn't fly, can't swim, won't sink", "which does not fly, cannot swim, will not sink"),
    ],
)
def test_contractions_are_written_out(short: str, long: str):
    assert expanded(short) == long


@pytest.mark.parametrize(
    "text",
    [
        "John's dog",  # a possession
        "in it's box",  # a slip for "its"
        "it's finished now",  # is or has
        "what's he want",  # does
        "he'd put it down",  # had or would
        "Isn't it nice?",  # before its subject
        "Why don't cats bark?",
        "it is late, isn't it",
        "say `it's so` now",
        "It's",
    ],
)
def test_what_could_be_read_in_two_ways_stays(text: str):
    assert expanded(text) == text


@pytest.mark.parametrize("text", ["It is late", "which do not fly", "they will go", "he cannot swim"])
def test_expansion_undoes_contraction(text: str):
    assert contracted(text) != text
    assert expanded(contracted(text)) == text
