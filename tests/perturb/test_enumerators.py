from dataclasses import replace

import pytest

from perturb import Template
from perturb.enumerators import ENUMERATORS, enumerator_of, relabelled

LETTERS = Template(
    "letters",
    "choice",
    "{question}\n{options}\nAnswer with the letter of the right option.",
    "A:",
    instruction="Letters only. Name ITS LETTER; write no newsletter.",
    instruction_cot="Finish with the letter or the letters.",
    labels=tuple("ABCD"),
)


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [
        ("numbers", "1 2 3 4", 99),
        ("capitals", "A B C D", 26),
        ("lower", "a b c d", 26),
        ("roman_signs", "Ⅰ Ⅱ Ⅲ Ⅳ", 39),
        ("roman", "i ii iii iv", 39),
        ("roman_capitals", "I II III IV", 39),
        ("greek", "α β γ δ", 24),
        ("circled", "① ② ③ ④", 20),
        ("keyboard", "! @ # $", 14),
    ],
)
def test_labels(name: str, first: str, count: int):
    labels = ENUMERATORS[name].labels
    assert " ".join(labels[:4]) == first
    assert len({label.casefold() for label in labels}) == len(labels) == count


def test_numerals_beyond_twelve():
    assert " ".join(ENUMERATORS["roman"].labels[8:21]) == "ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi"
    assert ENUMERATORS["roman_signs"].labels[10:14] == ("Ⅺ", "Ⅻ", "ⅩⅢ", "ⅩⅣ")
    assert ENUMERATORS["roman_signs"].labels[19:21] == ("ⅩⅩ", "ⅩⅩⅠ")


def test_requests_for_a_letter_follow():
    numbers = relabelled(LETTERS, "numbers")
    assert numbers.labels == ("1", "2", "3", "4")
    assert numbers.question.endswith("Answer with the number of the right option.")
    assert numbers.instruction == "Numbers only. Name ITS NUMBER; write no newsletter."
    assert numbers.instruction_cot == "Finish with the number or the numbers."
    assert "symbol" in relabelled(LETTERS, "keyboard").question
    assert "numeral" in relabelled(LETTERS, "roman").question
    assert relabelled(LETTERS, "greek") == replace(LETTERS, labels=tuple("αβγδ"))
    chinese = replace(LETTERS, instruction="请写出正确选项的字母。")
    assert relabelled(chinese, "numbers").instruction == "请写出正确选项的数字。"


def test_labels_of_several_characters_are_set_apart():
    exam = replace(LETTERS, answer_type="exam", gold="{label}", gold_separator="")
    assert relabelled(exam, "roman").gold_separator == ", "
    assert relabelled(exam, "lower").gold_separator == ""
    assert relabelled(replace(exam, gold_separator="; "), "roman").gold_separator == "; "


def test_a_template_of_other_labels():
    assert enumerator_of(LETTERS) == "capitals"
    assert enumerator_of(relabelled(LETTERS, "roman_signs")) == "roman_signs"
    odd = replace(LETTERS, labels=("x", "y", "z"))
    assert enumerator_of(odd) == ""
    assert relabelled(odd, "numbers") == replace(odd, labels=("1", "2", "3"))
    many = replace(LETTERS, labels=tuple(map(str, range(1, 31))))
    assert len(relabelled(many, "circled").labels) == 20
    assert enumerator_of(Template("short", "short", "{question}", "A:")) == ""
