import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.first_names import PERSON
from perturb.person_names import bare_names, person_names


def item(question: str, *answers: str, passage: str = "") -> Item:
    return Item("x", question, answers or ("7",), passage=passage)


def renamed(question: str, *answers: str, seed: int = 0) -> str:
    return person_names(item(question, *answers), 1.0, np.random.default_rng(seed)).item.question


@pytest.mark.parametrize("seed", range(20))
def test_a_name_becomes_one_of_another_group_and_the_same_gender(seed: int):
    changed = renamed("Tom has 5 apples. Then Keisha eats 2 of Tom's apples.", seed=seed)
    words = changed.replace("'s", "").split()
    his, hers = words[0], words[5]
    assert words[9] == his
    assert changed == f"{his} has 5 apples. Then {hers} eats 2 of {his}'s apples."
    assert PERSON[his][1] == "male"
    assert PERSON[his][0] != "english"
    assert PERSON[hers][1] == "female"
    assert PERSON[hers][0] != "african_american"


@given(seed=st.integers(0, 9999))
def test_different_people_keep_different_names(seed: int):
    people = "Tom, Peter, Jamal, Luis, Kenji and Brian"
    changed = renamed(f"There are {people}", seed=seed).removeprefix("There are ").replace(" and", ",")
    assert len(set(changed.split(", "))) == 6


@pytest.mark.parametrize(
    "text",
    [
        "Tom Hanks acted",
        "Thomas Alva Edison's lamp",
        "President Andrew said",
        "king Henry died",
        "Henry VIII reigned",
        "Timothy of Tarsus wrote",
        "Peter the Great built it",
        "J. Robert was here",
        "St. Peter was here",
        "The Gospel of John says",
        "According to Thomas, it is so",
        "Michael (1987) found",
        "Moses and Aaron went out",
        "Samuel and Saul fought",
        "Henry's law",
        "Which of Henry's Laws",
        "Tomorrow Jo-Ann sings",
        "Mary's Diner is open",
        "How many letters has Emily",
        "predicate logic: Jane is sweet",
        "Tom is nice and so is Tom Hanks",
        "tom has `Tom` and TOM",
        "日本の首都は",
        "",
    ],
)
def test_names_that_are_not_bare_stay(text: str):
    assert renamed(text) == text
    assert bare_names(item(text)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "If Tom runs",
        "it was Tom.",
        "Now, Tom ran",
        '"Tom" he said',
        "Amy and Tom ran",
        "In Boston. Tom ran",
        "(Tom ran)",
    ],
)
def test_bare_names(text: str):
    assert "Tom" in bare_names(item(text))


def test_names_in_answers_options_and_passages_stay():
    text = "Tom and Amy run"
    assert list(bare_names(item(text, "Tom Smith"))) == ["Amy"]
    assert list(bare_names(item(text, passage="Amy likes it."))) == ["Tom"]
    chosen = Item("x", text, ("b",), choices=("Amy won", "b"), gold=1)
    assert list(bare_names(chosen)) == ["Tom"]


def test_severity_is_the_chance_of_a_person():
    asked = item("Tom met Amy")
    counts = [len(person_names(asked, 0.3, np.random.default_rng(seed)).edits) for seed in range(1500)]
    assert sum(counts) / 3000 == pytest.approx(0.3, abs=0.03)


def test_a_question_with_every_name_of_the_lists_keeps_its_names():
    text = " met. ".join(PERSON)
    assert renamed(text) == text
