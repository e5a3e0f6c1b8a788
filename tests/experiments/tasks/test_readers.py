"""Rows become items, and wrong rows say what is wrong with them."""

from collections.abc import Callable

import pytest

from experiments.tasks.readers import Row, RowError, read_ai2_arc, read_gsm8k, read_trivia_qa
from perturb.item import Item


def test_trivia_qa_keeps_the_value_first_and_every_alias_once() -> None:
    row = {
        "question": " Capital of France? ",
        "question_id": "q1",
        "answer": {
            "value": "Paris",
            "aliases": ["Paris", "City of Light", ""],
            "normalized_aliases": ["paris"],
        },
    }
    item = read_trivia_qa(row, "t-1")
    assert (item.id, item.question, item.answers) == (
        "q1",
        "Capital of France?",
        ("Paris", "City of Light", "paris"),
    )


def test_a_row_without_an_id_takes_its_place_in_the_file() -> None:
    assert read_trivia_qa({"question": "Who?", "answer": {"value": "Ada"}}, "t-7").id == "t-7"


def test_gsm8k_splits_solution_and_answer_and_drops_calculator_notes() -> None:
    row = {
        "question": "How many?",
        "answer": "48/2 = <<48/2=24>>24, 48+24 = <<48+24=72>>72.\n#### 1,072",
    }
    item = read_gsm8k(row, "g-1")
    assert item.answers == ("1072",)
    assert item.solution == "48/2 = 24, 48+24 = 72."


def test_arc_finds_the_gold_option_by_its_label() -> None:
    row = {
        "id": "M1",
        "question": "Which?",
        "choices": {"text": ["x", "y", "z"], "label": ["1", "2", "3"]},
        "answerKey": "3",
    }
    item = read_ai2_arc(row, "a-1")
    assert (item.gold, item.choices, item.answers) == (2, ("x", "y", "z"), ("z",))


@pytest.mark.parametrize(
    ("read", "row", "message"),
    [
        (read_trivia_qa, {"question": "Who?"}, "'answer' is None"),
        (read_trivia_qa, {"question": "Who?", "answer": {"value": "", "aliases": []}}, "'answer'"),
        (read_trivia_qa, {"question": "", "answer": {"value": "x"}}, "'question' is ''"),
        (read_gsm8k, {"question": "How many?", "answer": "no mark"}, "####"),
        (read_gsm8k, {"question": "How many?"}, "'answer' is None"),
        (read_ai2_arc, {"question": "Which?", "answerKey": "A"}, "'choices' is None"),
        (
            read_ai2_arc,
            {"question": "Which?", "choices": {"text": ["x"], "label": ["A"]}, "answerKey": "E"},
            "'answerKey' is 'E', expected one of A",
        ),
    ],
)
def test_a_wrong_row_says_what_is_wrong(read: Callable[[Row, str], Item], row: Row, message: str) -> None:
    with pytest.raises(RowError, match=message):
        read(row, "t-1")
