import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Draft, Item, Program, Template
from perturb.protect import SPARED
from perturb.spacing import extra_spaces, padding, space_before_punctuation, split_word_spaces, whitespace

ASKED = Template("qa/test", "short", "Q: {question}", "A:")
CONTINUED = Template("word/test", "word", "{question}", "", turn="")


def item(question: str) -> Item:
    return Item("x", question, ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def padded(
    asked: Item, severity: float, seed: int = 0, template: Template = ASKED
) -> tuple[str, tuple[str, ...]]:
    edited = padding(Draft(asked, template), severity, rng(seed))
    return edited.draft.item.question, edited.edits


@pytest.mark.parametrize(
    "text",
    [
        "About 10 000 men and 3 cats",
        "Run `a b  c` now",
        "  lead and trail  ",
        "one\ntwo\n\nthree",
        "a\u00a0b c",
    ],
)
def test_whitespace_grows_between_words_only(text: str):
    for seed in range(20):
        changed = whitespace(item(text), 1.0, rng(seed)).item.question
        assert changed.split() == text.split()
        assert len(changed) > len(text)
        assert ("10 000" in changed) == ("10 000" in text)
        assert ("`a b  c`" in changed) == ("`a b  c`" in text)
        assert changed.count("\n\n") == text.count("\n\n")
        start = len(text) - len(text.lstrip())
        assert changed[:start] == text[:start]
        assert changed.endswith(text[len(text.rstrip()) :])


@pytest.mark.parametrize(
    ("severity", "added"), [(0.01, 1), (0.1, 1), (0.11, 2), (0.2, 2), (0.3, 3), (0.6, 6), (0.7, 7), (1.0, 10)]
)
def test_spaces_are_added_to_every_gap_alike(severity: float, added: int):
    changed = extra_spaces(item("who wrote  10 000\nnotes"), severity, rng())
    gap = " " * added
    assert changed.item.question == f"who {gap}wrote  {gap}10 000\nnotes"
    assert len(changed.edits) == 2 * added
    assert changed.edits[0] == "space 1 added at character 4"


def test_without_gaps_of_spaces_nothing_is_added():
    assert extra_spaces(item("one\ntwo"), 1.0, rng()).edits == ()
    assert extra_spaces(item(""), 1.0, rng()).edits == ()


@pytest.mark.parametrize("seed", range(20))
def test_longer_words_are_split_once(seed: int):
    text = "Which famous man wrote nocturnes"
    parts = split_word_spaces(item(text), 1.0, rng(seed)).item.question.split()
    assert "".join(parts) == "".join(text.split())
    assert len(parts) == 5 + 4
    assert "man" in parts


def test_no_part_is_a_number_or_a_negation():
    made: set[str] = set()
    for seed in range(200):
        made.update(
            split_word_spaces(item("notice often nonsense oneself"), 1.0, rng(seed)).item.question.split()
        )
    assert {"n", "otice", "ones", "elf"} < made
    assert not made & SPARED


def test_a_space_comes_before_marks():
    text = "Who, in 1990, sang “Help!”; was it Dr. No (3.5, 4.2)?"
    assert space_before_punctuation(item(text), 1.0, rng()).item.question == (
        "Who , in 1990 , sang “Help !” ; was it Dr. No (3.5, 4.2) ?"
    )


@pytest.mark.parametrize(
    ("severity", "layers"), [(0.01, 1), (0.2, 1), (0.4, 2), (0.41, 3), (0.6, 3), (1.0, 5)]
)
def test_padding_lies_in_layers(severity: float, layers: int):
    for seed in range(20):
        text, edits = padded(item("Who?"), severity, seed)
        before, after = text.split("Who?")
        assert len(edits) == len(before) == len(after) == layers
        assert before == after[::-1]
        assert before.count("\n") <= 1
        assert before.count('"') <= 1
    assert {padded(item("Who?"), 0.2, seed)[0] for seed in range(40)} == {" Who? ", "\nWho?\n", '"Who?"'}


def test_where_quotes_would_mislead_there_are_none():
    code = Item("x", "Add numbers", ("x = 1",), program=Program("assert f(1)"))
    for seed in range(10):
        assert padded(item('Who sang "Help"?'), 1.0, seed)[0].count('"') == 2
        assert '"' not in padded(code, 1.0, seed)[0]


def test_nothing_is_put_between_a_text_and_what_continues_it():
    for seed in range(10):
        text, edits = padded(item("He came to the"), 1.0, seed, CONTINUED)
        assert text.endswith("He came to the")
        assert sorted(text.removesuffix("He came to the")) == ["\n"] + [" "] * 4
        assert edits[0].endswith(" before")


def test_a_program_to_go_on_with_and_an_empty_question_are_left():
    begun = Item("x", "def f():\n", ("  pass",), program=Program("f()", prefix="def f():\n"))
    assert padded(begun, 1.0) == ("def f():\n", ())
    assert padded(item(" \n"), 1.0) == (" \n", ())


@given(st.text(), st.floats(0, 1), st.integers(0, 1000))
def test_what_is_not_space_stays(text: str, severity: float, seed: int):
    for change in (whitespace, extra_spaces, split_word_spaces, space_before_punctuation):
        changed = change(item(text), severity, rng(seed)).item.question
        assert "".join(changed.split()) == "".join(text.split())


@given(st.text(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_a_stronger_padding_holds_the_weaker_one(text: str, one: float, other: float, seed: int):
    low, high = sorted((one, other))
    weak, strong = padded(item(text), low, seed), padded(item(text), high, seed)
    assert weak[0] in strong[0]
    assert strong[1][: len(weak[1])] == weak[1]
