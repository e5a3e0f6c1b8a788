import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.likelihood import choice_likelihood, choice_likelihood_norm
from experiments.grading.reading import NOTHING
from perturb import Item, Prompt

CHOICES = ("cat", "a large animal", "東京", "it")
LABELS = ("A", "B", "C", "D")


def showing(*options: str, labels: tuple[str, ...] = LABELS) -> Prompt:
    return Prompt("Q: Which?\nA:", labels=labels[: len(options)], options=tuple(f" {one}" for one in options))


ITEM = Item("x", "Which?", (CHOICES[1],), choices=CHOICES, gold=1)
PROMPT = showing(*CHOICES)


@pytest.mark.parametrize(
    ("sums", "by_sum", "by_byte"),
    [
        # bytes: 3, 14, 6, 2
        ([-3.0, -13.0, -6.5, -2.5], "D", "B"),  # -1, -0.93, -1.08, -1.25
        ([-3.0, -2.0, -6.5, -2.5], "B", "B"),
        ([-3.0, -14.5, -5.0, -2.5], "D", "C"),  # bytes, not characters: 東京 has 6, not 2
        ([-0.1, -14.5, -5.0, -2.5], "A", "A"),
        ([-1, -20, -30, -3], "A", "A"),  # whole numbers are numbers
        ([0.0, -0.5, -1.0, -2.0], "A", "A"),  # certainty
        ([0.0001, -0.5, -1.0, -2.0], "A", "A"),  # beyond certainty by rounding
        ([-1e300, -1e299, -1e308, -1e300], "B", "B"),
        # as likely as another:
        ([-3.0, -3.0, -60.0, -9.0], "", "B"),
        ([-3.0, -14.0, -60.0, -9.0], "A", ""),
        ([0.0, 0.0, 0.0, 0.0], "", ""),
        ([-0.0, 0.0, -1.0, -1.0], "", ""),
        # a tie further down does no harm:
        ([-0.5, -90.0, -90.0, -90.0], "A", "A"),
    ],
)
def test_the_likeliest_option_is_named(sums: list[float], by_sum: str, by_byte: str) -> None:
    for grader, label in ((choice_likelihood, by_sum), (choice_likelihood_norm, by_byte)):
        reading = grader(json.dumps(sums), ITEM, PROMPT)
        assert (reading.extracted or "") == label
        assert reading.correct is (label == "B")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "B",
        " (B)",
        "[",
        "[]",
        "[-1.0, -2.0, -3.0]",
        "[-1.0, -2.0, -3.0, -4.0, -5.0]",
        "[-1.0, -2.0, -3.0, NaN]",
        "[-1.0, -2.0, -3.0, -Infinity]",
        "[Infinity, -2.0, -3.0, -4.0]",
        "[-1e999, -2.0, -3.0, -4.0]",
        "[-1.0, -2.0, -3.0, null]",
        "[-1.0, -2.0, -3.0, true]",
        '[-1.0, -2.0, -3.0, "-4.0"]',
        "[-1.0, -2.0, -3.0, [-4.0]]",
        "[-1.0, -2.0, -3.0, -4.0] and more",
        '{"0": -1.0}',
        "null",
        "-1.0",
        "[" * 100_000,
        "[" + "9" * 100_000 + ", -2.0, -3.0, -4.0]",
        "\x00",
        "\ud800",
        "‮[-1.0]",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_anything_else_is_no_answer(text: str) -> None:
    assert choice_likelihood(text, ITEM, PROMPT) == NOTHING
    assert choice_likelihood_norm(text, ITEM, PROMPT) == NOTHING


def test_an_option_without_text_is_not_divided_by_nothing() -> None:
    item = Item("x", "Which?", ("",), choices=("", "no"), gold=0)
    prompt = showing("", "no")
    assert choice_likelihood_norm("[-1.0, -4.0]", item, prompt).extracted == "A"
    assert choice_likelihood_norm("[-3.0, -4.0]", item, prompt).extracted == "B"


def test_the_text_of_an_option_may_be_half_a_character() -> None:
    item = Item("x", "Which?", ("\ud800",), choices=("\ud800", "no"), gold=0)
    prompt = showing("\ud800", "no")
    assert choice_likelihood_norm("[-3.1, -2.0]", item, prompt).extracted == "B"
    assert choice_likelihood_norm("[-2.9, -2.0]", item, prompt).extracted == "A"


def test_the_length_is_that_of_what_was_weighed() -> None:
    prompt = showing("A", "B", "C", "D")
    assert choice_likelihood_norm("[-1, -2, -3, -4]", ITEM, prompt).extracted == "A"


def test_labels_are_those_of_the_prompt() -> None:
    prompt = showing(*CHOICES, labels=("1", "2", "3", "4"))
    assert choice_likelihood("[-4, -3, -2, -5]", ITEM, prompt).extracted == "3"


def test_an_item_that_is_not_multiple_choice_is_named() -> None:
    for grader in (choice_likelihood, choice_likelihood_norm):
        with pytest.raises(ValueError, match=r"item 'x' has 4 choices and its prompt 2 labels"):
            grader("[]", ITEM, Prompt("A:", labels=("A", "B")))
        with pytest.raises(ValueError, match=r"this grader is for multiple choice"):
            grader("[]", Item("y", "?", ("42",)), Prompt("A:"))


@given(st.text() | st.lists(st.floats(), max_size=6).map(json.dumps))
def test_no_text_breaks_it(text: str) -> None:
    for grader in (choice_likelihood, choice_likelihood_norm):
        reading = grader(text, ITEM, PROMPT)
        assert reading.extracted in (None, *LABELS)
        assert reading.correct is (reading.extracted == "B")


@given(st.lists(st.floats(-1e3, 0), min_size=4, max_size=4), st.permutations(range(4)))
def test_the_order_of_the_options_does_not_matter(sums: list[float], order: list[int]) -> None:
    moved = Item("x", "Which?", (CHOICES[1],), tuple(CHOICES[at] for at in order), order.index(1))
    text, moved_text = json.dumps(sums), json.dumps([sums[at] for at in order])
    for grader in (choice_likelihood, choice_likelihood_norm):
        assert (
            grader(text, ITEM, PROMPT).correct is grader(moved_text, moved, showing(*moved.choices)).correct
        )


def test_a_reading_takes_microseconds() -> None:
    text = json.dumps([-3.0, -13.0, -6.5, -2.5])
    began = time.process_time()
    for _ in range(1000):
        choice_likelihood_norm(text, ITEM, PROMPT)
    assert time.process_time() - began < 0.5
