import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.punctuation import MARKS, drop_punctuation, swap_punctuation

TEXT = "Who, in 1990, sang “Help!”; was it Dr. No (3.5, 4.2)?"


def item(question: str) -> Item:
    return Item("x", question, ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_marks_are_dropped():
    changed = drop_punctuation(item(TEXT), 1.0, rng())
    assert changed.item.question == "Who in 1990 sang “Help” was it Dr. No (3.5, 4.2)"
    assert changed.edits[0] == "',' → '' at character 3"


def test_a_mark_becomes_any_of_the_other_five():
    made = {swap_punctuation(item("Who?"), 1.0, rng(seed)).item.question for seed in range(100)}
    assert made == {f"Who{mark}" for mark in MARKS if mark != "?"}


def test_other_marks_and_numbers_stay():
    for seed in range(20):
        changed = swap_punctuation(item(TEXT), 1.0, rng(seed)).item.question
        assert len(changed) == len(TEXT)
        assert [at for at, (a, b) in enumerate(zip(TEXT, changed, strict=True)) if a != b] == [
            3,
            12,
            24,
            26,
            52,
        ]


@given(st.text(), st.floats(0, 1), st.integers(0, 1000))
def test_only_marks_change(text: str, severity: float, seed: int):
    bare = str.maketrans("", "", MARKS)
    for change in (drop_punctuation, swap_punctuation):
        changed = change(item(text), severity, rng(seed))
        assert changed.item.question.translate(bare) == text.translate(bare)
