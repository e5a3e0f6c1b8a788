import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.exam import exam_answer, exam_answer_or_text, in_a_row
from experiments.grading.reading import Reading
from perturb import Item, Message, Prompt

LABELS = ("A", "B", "C", "D")
ONE = Item("x", "?", ("那只猫",), choices=("一条狗", "那只猫", "不正确", "错误"), gold=1)
SEVERAL = Item("y", "?", ("甲", "丙"), choices=("甲", "乙丁", "丙", "A和B"), golds=(0, 2))
BLANKS = Item("z", "?", (r"1;$\frac{8}{9}$",))
ASKS = ("answer", "chat", "worked")


def prompt(ask: str, labels: tuple[str, ...] = LABELS) -> Prompt:
    if ask == "chat":
        return Prompt(None, messages=(Message("user", "?"),), labels=labels)
    return Prompt("?", labels=labels, cue="所以答案是" if ask == "worked" else None)


def letters(text: str, item: Item, ask: str = "answer") -> str:
    return exam_answer(text, item, prompt(ask)).extracted or ""


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        ("B", "B"),
        ("答案是B", "B"),
        ("答案为B。", "B"),
        ("正确答案是：B", "B"),
        ("正确答案为（B）", "B"),
        ("【答案】B", "B"),
        ("答案：B", "B"),
        ("答案选B", "B"),
        ("答案是选项B", "B"),
        ("故选B", "B"),
        ("故选：B。", "B"),
        ("应选B项", "B"),
        ("本题选B", "B"),
        ("因此选择B", "B"),
        ("B项", "B"),
        ("B项正确", "B"),
        ("B选项是正确的", "B"),
        ("B是正确答案", "B"),
        ("B、那只猫", "B"),
        ("B.那只猫", "B"),
        ("B．那只猫", "B"),
        ("B：那只猫", "B"),
        ("B，因为它会叫", "B"),
        ("B。因为它会叫", "B"),
        ("（B）那只猫", "B"),
        ("「B」", "B"),
        # options whose texts look like a denial:
        ("C、不正确", "C"),
        ("(C)不正确", "C"),
        ("D错误", "D"),
        ("（D）错误", "D"),
        # no decision, or a denial:
        ("A和C", ""),
        ("A、C", ""),
        ("A，C", ""),
        ("AC", ""),
        ("A或B", ""),
        ("A与B", ""),
        ("答案是A和C", ""),
        ("答案是A、C", ""),
        ("B型血", ""),
        ("B项目", ""),
        ("不选B", ""),
        ("不能选B", ""),
        ("答案不是B", ""),
        ("B错误", ""),
        ("B项错误", ""),
        ("(B)错误", ""),
        ("选项B错误", ""),
    ],
)
def test_one_option_in_chinese(text: str, extracted: str):
    for ask in ASKS:
        assert letters(text, ONE, ask) == extracted


@pytest.mark.parametrize(
    "text", ["选B", "我认为选B", "选（B）", "选项B正确", "所以，B是正确的", r"\boxed{B}"]
)
def test_one_option_where_no_solution_was_asked_for(text: str):
    assert letters(text, ONE, "answer") == letters(text, ONE, "chat") == "B"


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        ("A错误。\n所以答案是B。", "B"),
        ("A错误。\n所以答案是：B", "B"),
        ("A错误。所以答案是（B）那只猫。", "B"),
        ("所以答案是A？不，所以答案是B。", "B"),
        ("A错误。\n综上，故选B。", "B"),
        ("A错误，应选用B。\nC也错误。", ""),
        (r"所以 $\boxed{\text{B}}$", "B"),
        ("A错误，C错误。", ""),
    ],
)
def test_one_option_after_a_solution(text: str, extracted: str):
    assert letters(text, ONE, "worked") == extracted


SEVERAL_RIGHT = [
    "AC",
    "CA",
    "A, C",
    "A,C",
    "A、C",
    "A C",
    "(A)(C)",
    "(A), (C)",
    "(a)(c)",
    "（AC）",
    "(A,C)",
    "A和C",
    "A and C",
    "A and C are correct.",
    "AC。",
    "AC项正确",
    "A、C正确",
    "A选项和C选项",
    "选AC",
    "选项A和C",
    "故选AC。",
    "故选：AC",
    "答案是AC",
    "答案为A、C。",
    "正确答案是 A 和 C。",
    "【答案】AC",
    "The answer is (A) and (C).",
    "A、甲；C、丙",
    "(A) 甲; (C) 丙",
    "(A)甲，(C)丙",
    r"\boxed{AC}",
    r"\boxed{A, C}",
    r"\boxed{\text{AC}}",
]


@pytest.mark.parametrize("text", SEVERAL_RIGHT)
def test_several_options(text: str):
    for ask in ASKS:
        assert exam_answer(text, SEVERAL, prompt(ask)) == Reading(
            "A, C", True, exam_answer(text, SEVERAL, prompt(ask)).signed, True
        )


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        ("A. 甲\nC. 丙", "A, C"),
        ("(A) 甲\n(C) 丙\n", "A, C"),
        ("A\nC", "A, C"),
        ("答案是：\nA. 甲\nC. 丙", "A, C"),
        ("The correct options are (A) and (C)", "A, C"),
        ("AC\nA. 因为\nB. 错误", "A, C"),
        ("AC\n\nB. 错误", "A, C"),
        ("A", "A"),
        ("AB", "A, B"),
        ("ABCD", "A, B, C, D"),
        ("D. A和B", "D"),
        # none:
        ("A or C", ""),
        ("A或C", ""),
        ("(A) or (C)", ""),
        ("A dog", ""),
        ("Because", ""),
        ("AC dc", ""),
        ("AA", ""),
        ("ACE", ""),
        ("ac", ""),
        ("A和C错误", ""),
        ("不选AC", ""),
        ("甲", ""),
        ("", ""),
    ],
)
def test_which_options_are_named(text: str, extracted: str):
    for ask in ("answer", "chat"):
        reading = exam_answer(text, SEVERAL, prompt(ask))
        assert (reading.extracted or "") == extracted
        assert reading.correct == (extracted == "A, C")


def test_options_by_their_texts():
    for text, correct in (
        ("甲\n丙", True),
        ("甲；丙", True),
        ("甲", False),
        ("甲\n丙\n戊", False),
        ("AC", True),
    ):
        assert exam_answer_or_text(text, SEVERAL, prompt("answer")).correct == correct
    assert not exam_answer("甲\n丙", SEVERAL, prompt("answer")).correct
    assert exam_answer_or_text("那只猫", ONE, prompt("answer")).correct


def test_only_one_of_several_may_be_right():
    item = Item("y", "?", ("乙",), choices=("甲", "乙"), golds=(1,))
    asked = prompt("answer", ("A", "B"))
    assert exam_answer("B", item, asked).correct
    assert not exam_answer("AB", item, asked).correct


def test_labels_of_several_characters():
    asked = prompt("answer", ("1", "2", "3", "10"))
    for text, extracted in (
        ("1, 3", "1, 3"),
        ("(1)(10)", "1, 10"),
        ("10、3", "3, 10"),
        ("13", ""),
        ("100", ""),
    ):
        assert (exam_answer(text, SEVERAL, asked).extracted or "") == extracted


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        (r" 1;$\frac{8}{9}$", True),
        (r"1；$\frac{8}{9}$", True),
        (r"1，$\frac89$", True),
        (r"1、8/9", True),
        (r"1和$\frac{8}{9}$。", True),
        (r"第一空：1；第二空：$\frac{8}{9}$", True),
        (r"答案是1;$\frac{8}{9}$。", True),
        (r"$\boxed{1}$ and $\boxed{\frac{8}{9}}$", True),
        (r"$\frac{8}{9}$;1", False),
        ("1", False),
        (r"$\frac{8}{9}$", False),
    ],
)
def test_blanks_have_an_order(text: str, correct: bool):
    for grader in (exam_answer, exam_answer_or_text):
        assert grader(text, BLANKS, prompt("answer", ())).correct == correct


def test_a_blank_may_equal_its_reference():
    item, asked = Item("z", "?", (r"$2\sqrt{3}$",)), prompt("worked", ())
    assert exam_answer(r"所以答案是 $2\sqrt3$。", item, asked).correct
    assert not exam_answer(r"所以答案是 $\sqrt{12}$。", item, asked).correct
    assert exam_answer_or_text(r"所以答案是 $\sqrt{12}$。", item, asked).correct


def test_the_token_limit_may_have_cut_a_list_of_letters():
    assert exam_answer("AB", SEVERAL, prompt("answer")).open
    assert not exam_answer("AB\n", SEVERAL, prompt("answer")).open


def test_prompts_and_items_that_do_not_fit():
    for item in (ONE, SEVERAL):
        with pytest.raises(ValueError, match=r"has 4 choices and its prompt 2 labels"):
            exam_answer("B", item, prompt("answer", ("A", "B")))


@given(
    st.sets(st.integers(0, 3), min_size=1), st.sampled_from(["", ",", ", ", "、", "和", " and ", "\n", ")("])
)
def test_exactly_the_labels_written_are_read(chosen: set[int], separator: str):
    names = [LABELS[index] for index in sorted(chosen)]
    text = f"({')('.join(names)})" if separator == ")(" else separator.join(names)
    assert in_a_row(text, LABELS, SEVERAL.choices) == chosen
    assert exam_answer(text, SEVERAL, prompt("chat")).correct == (chosen == {0, 2})


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
NEARLY = st.text(alphabet="ABCDE(),、和选项答案是故甲丙。:\nandor错误 ", max_size=30)


@given(text=ANYTHING | NEARLY, ask=st.sampled_from(ASKS))
def test_lenient_accepts_all_that_strict_does(text: str, ask: str):
    for item, labels in ((ONE, LABELS), (SEVERAL, LABELS), (Item("z", "?", ("甲",)), ())):
        strict, lenient = (
            grader(text, item, prompt(ask, labels)) for grader in (exam_answer, exam_answer_or_text)
        )
        assert lenient.correct >= strict.correct


@pytest.mark.parametrize(
    "unit", ["A", "A, ", "(A)", "(A)\n", "选", "选A错误", "答案是", "answer ", " ", "故 ", "\0", "\ud800"]
)
def test_long_texts_take_no_time(unit: str):
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    for ask in ASKS:
        for item in (ONE, SEVERAL):
            exam_answer(text, item, prompt(ask))
    assert time.process_time() - start < 20
