import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.replacing import Place, cased, common_words, listed, replaced


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("zebra",))


def spoken(question: str, *answers: str) -> list[str]:
    return [question[start:end] for start, end in common_words(item(question, *answers))]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which colour is it", ["Which", "colour", "is", "it"]),
        ("near Pearl Harbor today", ["near", "today"]),
        ("Big Ben strikes. Big bells ring.", ["strikes", "Big", "bells", "ring"]),
        ("a well-known mother-in-law", []),
        ("don't say o'clock", ["say"]),
        ("the dog's bone, the dogs' bones", ["the", "dog", "bone", "the", "dogs", "bones"]),
        ('the word "colour" means', ["the", "word", "means"]),
        ("the word ‘colour’ means", ["the", "word", "means"]),
        ("he said: “All is well.”", ["he", "said", "All", "is", "well"]),
        ("run `the code` on the file", ["run", "on", "the", "file"]),
        ("How many letters has the longest name", []),
        ("Sort these words alphabetically", []),
        ("日本の首都は", []),
        ("", []),
    ],
)
def test_common_words_are_used_as_words(question: str, words: list[str]):
    assert spoken(question) == words


def test_answers_are_no_common_words():
    assert spoken("is the zebra a horse", "Zebra") == ["is", "the", "horse"]


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [("wich", "Which", "Wich"), ("wich", "WHICH", "WICH"), ("wich", "which", "wich"), ("it's", "I", "It's")],
)
def test_capital_letters_are_kept(new: str, old: str, expected: str):
    assert cased(new, old) == expected


def test_listed_finds_words_in_any_case_and_keeps_it():
    table = {"big": ("large", "huge")}
    assert listed(item("Big dogs and big cats"), table) == [
        Place(0, 3, ("Large", "Huge")),
        Place(13, 16, ("large", "huge")),
    ]


@given(low=st.floats(0, 1), high=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_stronger_variant_holds_the_edits_of_a_weaker_one(low: float, high: float, seed: int):
    asked = item(" ".join(["word"] * 30))
    places = [Place(5 * at, 5 * at + 4, ("one", "two", "three")) for at in range(30)]
    weak, strong = (
        replaced(asked, places, severity, np.random.default_rng(seed)).edits
        for severity in sorted((low, high))
    )
    assert set(weak) <= set(strong)


def test_severity_is_the_chance_of_a_place_and_options_are_equally_likely():
    asked = item(" ".join(["word"] * 6000))
    places = [Place(5 * at, 5 * at + 4, ("one", "two")) for at in range(6000)]
    changed = replaced(asked, places, 0.3, np.random.default_rng(0)).item.question.split()
    assert (changed.count("one") + changed.count("two")) / 6000 == pytest.approx(0.3, abs=0.02)
    assert changed.count("one") / changed.count("two") == pytest.approx(1, abs=0.15)
