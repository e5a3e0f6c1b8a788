"""Wrong rows say which field is wrong and what was expected of it."""

import pytest

from experiments.tasks.readers import READERS, Row, RowError

OPTIONS = ["a cat", "a dog", "a cow", "a hen"]
ARC: Row = {"question": "Which?", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "A"}
HUMANEVAL: Row = {
    "task_id": "HumanEval/9",
    "prompt": 'def twice(n):\n    """Doubles n."""\n',
    "canonical_solution": "    return 2 * n\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4",
    "entry_point": "twice",
}
MBPP: Row = {
    "task_id": 3,
    "text": "Write a function that doubles.",
    "code": "def twice(n):\r\n  return 2 * n",
    "test_list": ["assert twice(2) == 4", "assert twice(0) == 0"],
    "test_setup_code": "",
    "challenge_test_list": [],
}
EXAM: Row = {"passage": None, "question": "Which?", "options": ["(A)x", "(B)y", "(C)z"], "answer": None}
DROP: Row = {"query_id": "q", "passage": "Ann ran.", "question": "Who ran?"}
NUMBER: Row = {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": []}


@pytest.mark.parametrize(
    ("reader", "row", "message"),
    [
        ("trivia_qa", {"question": "Who?"}, "'answer' is None, expected a mapping"),
        ("trivia_qa", {"question": "Who?", "answer": {"value": "", "aliases": []}}, "'answer'"),
        ("trivia_qa", {"question": "", "answer": {"value": "x"}}, "'question' is '', expected a text"),
        ("nq_open", {"question": "Who?", "answer": "Ada"}, "'answer' is 'Ada', expected a list"),
        ("web_questions", {"question": "Who?", "answers": []}, r"'answers' is \[\], expected a list"),
        ("ai2_arc", {**ARC, "choices": None}, "'choices' is None"),
        ("ai2_arc", {**ARC, "choices": {"text": ["x"]}}, "'choices' is .* both lists"),
        ("ai2_arc", {**ARC, "answerKey": "E"}, "'answerKey' is 'E', expected one of A, B"),
        (
            "mmlu",
            {"question": "?", "choices": OPTIONS, "answer": 4},
            "'answer' is 4, expected .* from 0 to 3",
        ),
        ("mmlu", {"question": "?", "choices": OPTIONS, "answer": True}, "'answer' is True"),
        ("mmlu", {"question": "?", "choices": OPTIONS, "answer": "AB"}, "'answer' is 'AB'"),
        ("mmlu", {"question": "?", "choices": [1, 2], "answer": 1}, "'choices' is .* a list of texts"),
        ("hellaswag", {"ctx": "A man", "endings": OPTIONS, "label": ""}, "'label' is ''"),
        ("winogrande", {"sentence": "No blank.", "option1": "a", "option2": "b"}, "a blank '_'"),
        ("winogrande", {"sentence": "_", "option1": "a", "option2": "b", "answer": ""}, "'1' or '2'"),
        ("truthful_qa", {"question": "Why?", "mc1_targets": None}, "'mc1_targets' is None"),
        (
            "truthful_qa",
            {"question": "Why?", "mc1_targets": {"choices": ["x", "y"], "labels": [1, 1]}},
            "just one of them 1",
        ),
        ("ceval", {"question": "?", "A": "甲", "B": "", "C": "丙", "D": "丁"}, "'B' is ''"),
        ("agieval", {**EXAM, "label": None}, "'label' is None, expected a letter"),
        ("agieval", {**EXAM, "label": "D"}, "'label' is 'D', expected letters from A to C"),
        ("agieval_exemplars", {"task": "math", "cells": {}}, "'cells' is {}, expected .*'sample 1'"),
        ("agieval_exemplars", {"task": "math", "cells": {"sample 1": "{oops"}}, "'sample 1' is not the text"),
        ("agieval_exemplars", {"task": "math", "cells": {"sample 1": "[1]"}}, "'sample 1' is not the text"),
        ("gsm8k", {"question": "How many?", "answer": "no mark"}, "#### <number>"),
        ("gsm8k", {"question": "How many?"}, "'answer' is None"),
        ("mgsm", {"question": "How many?", "answer_number": None}, "'answer_number' is None"),
        ("mgsm", {"question": "How many?", "answer_number": float("nan")}, "'answer_number' is nan"),
        ("mgsm", {"question": "?", "answer_number": 5, "answer": "2 + 3."}, "The answer is 5"),
        ("math", {"problem": "?", "solution": "It is 5."}, "boxed"),
        ("race", {"article": "", "question": "?", "options": OPTIONS, "answer": "A"}, "'article' is ''"),
        ("race", {"article": "x", "question": "?", "options": OPTIONS, "answer": "E"}, "'answer' is 'E'"),
        ("drop", DROP, "'answers_spans' is None"),
        ("drop", {**DROP, "answers_spans": {"spans": []}}, "'spans' is"),
        (
            "drop",
            {**DROP, "answer": NUMBER, "validated_answers": {"number": ["1"], "spans": [], "date": []}},
            "of one length",
        ),
        ("tydiqa", {"id": "thai-1", "question": "?", "answers": {"text": []}}, "'text' is"),
        ("bbh", {"input": "?", "target": " "}, "'target' is ' '"),
        ("bbh_exemplars", {"task": "snarks", "shots": []}, "'shots' is"),
        ("bbh_exemplars", {"task": "snarks", "shots": [{"input": "?", "cot": "x."}]}, "So the answer is 5"),
        (
            "bbh_exemplars",
            {"dataset_name": "snarks", "chain_of_thought_prompt": "Q: ?\nA: x"},
            "'chain_of_thought_prompt' is",
        ),
        ("lambada", {"text": "Alone"}, "two words"),
        ("real_toxicity_prompts", {"prompt": "Once"}, "'prompt' is 'Once', expected a mapping with 'text'"),
        ("humaneval", {**HUMANEVAL, "test": None}, "'test' is None"),
        ("mbpp", {**MBPP, "test_list": []}, "'test_list' is"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(reader: str, row: Row, message: str) -> None:
    with pytest.raises(RowError, match=message):
        tuple(READERS[reader](row, "t-1", ""))


@pytest.mark.parametrize("reader", READERS)
def test_an_empty_row_is_wrong_and_not_a_crash(reader: str) -> None:
    with pytest.raises(RowError, match=r"^field '"):
        tuple(READERS[reader]({}, "t-1", ""))
