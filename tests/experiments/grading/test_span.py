from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.span import span_exact, span_f1
from perturb import Item, Message, Prompt

TEXT = Prompt("Q: ?\nA:", stop=("\nQ:",))
CHAT = Prompt(None, messages=(Message("user", "?"),))
WORKED = Prompt("Q: ?\nA:", cue="The answer is")


def item(*references: str) -> Item:
    return Item("x", "?", references)


@pytest.mark.parametrize(
    ("text", "references", "f1"),
    [
        # whole, in any guise
        ("Lions", ["Lions"], 1),
        ("The lions.", ["Lions"], 1),
        ("A: Lions", ["Lions"], 1),
        ("The answer is the Lions.", ["Lions"], 1),
        ("Lions\nThey won at home.", ["Lions"], 1),
        ("12.3.", ["12.3"], 1),  # the official script reads 123
        ("12.30%", ["12.3"], 1),
        ("1,000", ["1000"], 1),
        ("20 yard", ["20-yard"], 1),
        ("2006-07", ["2006–07"], 1),
        ("Sweden and Denmark", ["Denmark and Sweden"], 1),
        ("1911 সালে", ["১৯১১ সালে"], 1),
        # in part
        ("the Detroit Lions", ["Lions"], 2 / 3),
        ("Denmark", ["Denmark and Sweden"], 1 / 2),
        ("Barack Obama", ["George W. Bush", "Obama"], 2 / 3),  # the best reference
        ("Lions and Lions and Lions", ["Lions"], 2 / 3),  # a word counts once
        ("It was the Lions who won", ["Lions"], 2 / 6),
        ("ফ্রান্স দেশ", ["ফ্রান্স"], 2 / 3),
        ("北京", ["北京市"], 4 / 5),
        ("ハハ", ["ハ"], 2 / 3),
        ("ประเทศไทย", ["ไทย"], 6 / 12),
        # not at all
        ("Tigers", ["Lions"], 0),
        ("London\nLions", ["Lions"], 0),
        ("180", ["18"], 0),
        ("-", ["Lions"], 0),
        # a reference's number must be there
        ("yard", ["20-yard"], 0),
        ("30-yard", ["20-yard"], 0),
        ("20", ["20-yard"], 2 / 3),
        ("20 yards", ["yards"], 2 / 3),
        ("March 1998", ["March 1997"], 0),
    ],
)
def test_f1(text: str, references: list[str], f1: float):
    for prompt in (TEXT, CHAT):
        reading = span_f1(text, item(*references), prompt)
        assert reading.score == pytest.approx(f1)
        assert reading.correct == (f1 == 1)
        assert reading.extracted


@pytest.mark.parametrize(
    ("text", "f1"),
    [
        ("They won. The answer is Lions.", 1),
        ("Tigers lost. The answer is the Lions. They won by 3 points.", 1),
        ("The answer is the Detroit Lions. They won by 3 points.", 2 / 3),
        ("The answer is the J. R. R. Lions. They won.", 2 / 4),
        ("Lions", None),  # without the sentence asked for
        ("The answer is", None),
    ],
)
def test_f1_after_a_worked_solution(text: str, f1: float | None):
    reading = span_f1(text, item("Lions"), WORKED)
    assert reading.score == pytest.approx(f1 or 0)
    assert (reading.extracted is None) == (f1 is None)


@pytest.mark.parametrize(
    ("text", "references", "right"),
    [
        ("the Lions.", ["Lions"], True),
        ("The answer is 12.3.", ["12.3"], True),
        ("*Lions*", ["Lions"], True),
        ("Sweden and Denmark", ["Denmark and Sweden"], False),
        ("Lions Lions", ["Lions"], False),
        ("Detroit Lions", ["Lions"], False),
        ("Detroit Lions", ["Tigers", "detroit lions"], True),
        ("北京", ["北京市"], False),
        ("北京市。", ["北京市"], True),
        ("⏚.", ["⏚"], True),
    ],
)
def test_exact(text: str, references: list[str], right: bool):
    assert span_exact(text, item(*references), TEXT).correct == right


def test_a_chat_may_state_its_answer_further_down():
    text = "Let us see who scored.\nThe answer is: Lions"
    assert span_f1(text, item("Lions"), CHAT).correct
    assert span_f1(text, item("Lions"), TEXT).score == 0


def test_nothing_is_read_from_nothing():
    for grader in (span_exact, span_f1):
        assert grader(" \n", item("Lions"), TEXT).extracted is None
        assert not grader("Lions", item(), TEXT).correct
        assert not grader("Lions", item(" "), TEXT).correct


TEXTS = st.one_of(st.text(), st.text(alphabet="Lions aThe.\n ৫5,北 answer is:", max_size=40))


@given(text=TEXTS, reference=TEXTS, worked=st.booleans())
def test_f1_accepts_all_that_exact_does(text: str, reference: str, worked: bool):
    prompt = WORKED if worked else TEXT
    f1, exact = span_f1(text, item(reference), prompt), span_exact(text, item(reference), prompt)
    assert f1.correct >= exact.correct
    assert 0 <= f1.partial < 1
    assert not (f1.correct and f1.partial)


@pytest.mark.parametrize("unit", ["a b. ", "北", "answer is ", "1,", "-", "\ud800", "answer is\n", "5.5."])
def test_long_texts(unit: str):
    text = unit * (200_000 // len(unit))
    start = process_time()
    for prompt in (TEXT, CHAT, WORKED):
        span_f1(text, item("Lions"), prompt)
    assert process_time() - start < 3


def test_speed():
    start = process_time()
    for number in range(1000):
        span_f1(f" It is the alias {number} indeed, I think.\n", item(f"alias {number}", "other"), TEXT)
    assert process_time() - start < 2
