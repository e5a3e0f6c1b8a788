from dataclasses import replace
from typing import Any

import pytest

from perturb import Template
from tests.perturb.templates import CHOICE, EXAM, QA, WORD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": "Q: {qestion}"}, r"template 'qa/test', question: unknown placeholder \{qestion\}"),
        ({"question": "Q:"}, r"template 'qa/test', question: .* holds \{question\} 0 times"),
        ({"question": "{question}{options}"}, r"question: unknown placeholder \{options\}"),
        (
            {"instruction": "On {topics}"},
            r"instruction: unknown placeholder \{topics\}; did you mean \{topic\}",
        ),
        ({"instruction_cot": "On {x}"}, r"template 'qa/test', instruction_cot: unknown placeholder \{x\}"),
        ({"question": "On {topic}: {question}"}, r"question: unknown placeholder \{topic\}"),
        ({"passage": "Text: {question}"}, r"template 'qa/test', passage: unknown placeholder \{question\}"),
        ({"passage": "Text:"}, r"passage: 'Text:' holds \{passage\} 0 times"),
        ({"blank": "x"}, r"blank: 'x' holds \{text\} 0 times"),
        ({"answer": "A: {x}"}, r"template 'qa/test', answer: unknown placeholder \{x\}"),
        ({"answer_cot": "A: {"}, r"template 'qa/test', answer_cot: .* is not a valid pattern"),
        ({"final": "The answer is {text}."}, r"final: unknown placeholder \{text\}; did you mean \{answer\}"),
        ({"final": "{answer}"}, r"final: .* needs words before \{answer\}"),
        ({"gold": "{label}"}, r"gold: unknown placeholder \{label\}; did you mean \{text\}"),
        ({"gold": "yes"}, "gold: 'yes' shows no answer"),
        ({"answer": ""}, "answer is empty, expected a lead such as 'A:'"),
        ({"answer": "A: "}, "answer: 'A: ' must end without white space; put that in gap"),
        ({"answer_cot": "A:\n"}, r"answer_cot: 'A:\\n' must end without white space; put that in gap"),
        ({"separator": ""}, "separator is empty"),
        ({"labels": ("A",)}, "labels: there are 1, only multiple choice has labels"),
        ({"answer_type": "sort"}, "unknown answer type of template 'qa/test': 'sort'; did you mean 'short'"),
    ],
)
def test_faults_are_found_at_construction(change: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        replace(QA, **change)


@pytest.mark.parametrize(
    ("template", "change", "message"),
    [
        (EXAM, {"question": "Q: {question}"}, r"question: .* holds \{options\} 0 times"),
        (EXAM, {"answer": ""}, "answer is empty"),
        (CHOICE, {"answer": ""}, "answer is empty"),
        (EXAM, {"labels": ()}, "labels: there are 0, expected at least one"),
        (WORD, {"answer": " "}, "answer: ' ' must end without white space"),
    ],
)
def test_faults_of_an_answer_type(template: Template, change: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        replace(template, **change)


@pytest.mark.parametrize(
    ("labels", "message"),
    [((), "there are 0, expected"), (("A", "A"), "different"), (("A", " "), "not blank")],
)
def test_faults_in_labels(labels: tuple[str, ...], message: str):
    with pytest.raises(ValueError, match=f"template 'choice/test', labels: .*{message}"):
        replace(CHOICE, labels=labels)
