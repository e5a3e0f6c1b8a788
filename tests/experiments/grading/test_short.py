from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading import Grade, Status, grade
from experiments.grading.short import short_contains, short_exact
from experiments.models.protocol import Completion
from perturb import Item, Prompt

PARIS = Item("x", "Capital of France?", ("Paris", "City of Light"))
PROMPT = Prompt("Q: ?\nA:", stop=("\nQ:",))
WORKED = Prompt("Q: ?\nA:", cue="The answer is")


@pytest.mark.parametrize(
    ("text", "exact", "lenient"),
    [
        (" Paris", "correct", "correct"),
        ("\n\n Paris\n", "correct", "correct"),
        (' "Paris."', "correct", "correct"),
        ("**Paris**", "correct", "correct"),
        (" the city of light", "correct", "correct"),
        ("A: Paris", "correct", "correct"),
        ("Answer: Paris", "correct", "correct"),
        ("Here is the answer:\nParis", "correct", "correct"),
        ("The answer is Paris.", "correct", "correct"),
        (" So the answer is: Paris. It lies on the Seine.", "correct", "correct"),
        (" Paris. It lies on the Seine.", "wrong", "correct"),
        (" The answer is Paris or Lyon", "wrong", "correct"),
        (" The answer is Lyon", "wrong", "wrong"),
        (" Paris\n\nQ: Capital of Spain?\nA: Madrid", "correct", "correct"),
        (" Paris\nIt is not London.", "correct", "correct"),
        (" It is Paris", "wrong", "correct"),
        (" Paris, France", "wrong", "correct"),
        (" Paris or Lyon", "wrong", "correct"),
        (" not Paris", "wrong", "wrong"),
        (" Parisian", "wrong", "wrong"),
        (" Par", "wrong", "wrong"),
        (" i", "wrong", "wrong"),
        (" London\nParis", "wrong", "wrong"),
        (" London\nQ: Paris", "wrong", "wrong"),
        ("", "unparsed", "unparsed"),
        (" \n ", "unparsed", "unparsed"),
        ("\nQ: Capital of Spain?", "unparsed", "unparsed"),
        ("I'm sorry, but I can't help with that.", "refused", "refused"),
        ("I can't answer, but it might be Paris.", "refused", "correct"),
        ("I don't know.", "wrong", "wrong"),
        ("<think>Is it Lyon?\nParis!</think>\n\nParis", "correct", "correct"),
        ("<think>Paris", "unparsed", "unparsed"),
    ],
)
def test_answers(judge: Callable[..., Grade], text: str, exact: str, lenient: str):
    for ask in ("answer", "chat"):
        if ask == "chat" and "Q:" in text:
            continue  # a chat has no stop strings
        assert judge("short_exact", text, PARIS, ask).status == exact
        assert judge("short_contains", text, PARIS, ask).status == lenient


@pytest.mark.parametrize(
    ("text", "exact", "lenient"),
    [
        (" It lies on the Seine. The answer is Paris.", "correct", "correct"),
        (" London? No.\nSo the  ANSWER is: Paris", "correct", "correct"),
        (" The answer is Paris. It lies on the Seine.", "correct", "correct"),
        (" The answer is not London. The answer is Paris.", "correct", "correct"),
        (" The answer is:\n\nParis\n", "correct", "correct"),
        (" On the Seine.\nFinal answer: Paris", "correct", "correct"),
        (" The answer is Paris.\nQ: Spain? The answer is", "correct", "correct"),
        (" The answer is probably Paris.", "wrong", "correct"),
        (" The answer is not Paris.", "wrong", "wrong"),
        (" The answer is London, not Paris.", "wrong", "wrong"),
        (" Paris. The answer is London.", "wrong", "wrong"),
        (" On the Seine lies\nParis.", "unparsed", "correct"),
        (" Paris\nis on the Seine.", "unparsed", "wrong"),
        (" The answer is", "unparsed", "wrong"),
        ("", "unparsed", "unparsed"),
    ],
)
def test_worked_answers(judge: Callable[..., Grade], text: str, exact: str, lenient: str):
    for ask in ("worked", "chat worked"):
        assert judge("short_exact", text, PARIS, ask).status == exact
        assert judge("short_contains", text, PARIS, ask).status == lenient


@pytest.mark.parametrize(
    ("text", "gold", "fault"),
    [
        ("on", "London", "a part of the reference is not the reference"),
        ("signs", "sign", "a longer word is another word"),
        ("180", "18", "a longer number is another number"),
        ("", "?", "nothing is not equal to a reference of punctuation"),
        ("the", "A", "an article is not another one"),
        ("London\nParis", "Paris", "only the first line answers"),
    ],
)
def test_faults_of_gpt_fathoms_matching(judge: Callable[..., Grade], text: str, gold: str, fault: str):
    item = Item("x", "?", (gold,))
    for name in ("short_exact", "short_contains"):
        assert judge(name, text, item).score == 0, fault


def test_extra_text_after_the_asked_answer_is_no_exact_match(judge: Callable[..., Grade]):
    # GPT-Fathom compares prefixes: "Paris or Lyon" would pass.
    assert judge("short_exact", "The answer is Paris or Lyon", PARIS, "worked").status == "wrong"


def test_an_initial_is_no_sentence_end_that_hides_the_name(judge: Callable[..., Grade]):
    tolkien = Item("x", "?", ("J. R. R. Tolkien",))
    text = "The answer is J. R. R. Tolkien. He was a professor."
    assert judge("short_exact", text, tolkien, "worked").status == "correct"


@pytest.mark.parametrize(
    ("text", "reference", "exact", "lenient"),
    [
        ("北京", "北京", True, True),
        ("北京。", "北京", True, True),
        ("答案是北京市", "北京", False, True),
        ("東京都です", "北京", False, False),
        ("北の京", "北京", False, False),
        ("日本", "日", False, False),  # one character is in too many words
        ("日", "日", True, True),
        ("อยู่ที่กรุงเทพมหานคร", "กรุงเทพ", False, True),
        ("It is 東京, Japan", "東京", False, True),
        ("答案是北京市", "a", False, False),
        ("東京\n北京", "北京", False, False),
        ("दिल्ली में", "दिल्ली", False, True),
        ("Москва, Россия", "Москва", False, True),
        ("москвич", "Москва", False, False),
    ],
)
def test_scripts(text: str, reference: str, exact: bool, lenient: bool):
    item = Item("x", "?", (reference,))
    assert short_exact(text, item, PROMPT).correct == exact
    assert short_contains(text, item, PROMPT).correct == lenient


@pytest.mark.parametrize("unit", ["a. ", "Pari ", "not Paris ", "北京", "answer is ", "\ud800", "\0"])
def test_long_texts(unit: str):
    text = unit * (200_000 // len(unit))
    start = process_time()
    for prompt in (PROMPT, WORKED):
        short_contains(text, PARIS, prompt)
    assert process_time() - start < 3


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_line_that_was_cut_is_truncated(judge: Callable[..., Grade], finish: str):
    cut = "truncated" if finish == "length" else "wrong"
    assert judge("short_exact", " London\nwas", PARIS, "answer", finish).status == "wrong"
    assert judge("short_exact", " The capital of", PARIS, "answer", finish).status == cut
    assert judge("short_exact", " Paris", PARIS, "answer", finish).status == "correct"


LINES = st.text(alphabet="abPariscity of.Light\n:,'\"The answer is ", max_size=40)


@given(text=st.one_of(st.text(), LINES), worked=st.booleans())
def test_lenient_accepts_all_that_exact_does(text: str, worked: bool):
    prompt = WORKED if worked else PROMPT
    assert short_contains(text, PARIS, prompt).correct >= short_exact(text, PARIS, prompt).correct


def readable(answer: str) -> bool:
    """Whether an answer is more than punctuation and no line, lead or thought of its own."""
    return any(map(str.isalnum, answer)) and not set(answer) & set("\n\r:=*<")


@given(answer=st.text(min_size=1).filter(readable))
def test_a_reference_is_right_for_itself(answer: str):
    item = Item("x", "?", (answer,))
    completion = Completion("key", " " + answer, "stop")
    worked = Completion("key", f" Well. The answer is {answer}.", "stop")
    assert grade("short_exact", completion, item, PROMPT).status is Status.correct
    assert grade("short_exact", worked, item, WORKED).status is Status.correct


def test_speed():
    items = [Item(f"{n}", "?", tuple(f"alias {n} {k}" for k in range(20))) for n in range(1000)]
    completions = [Completion("key", f" It is alias {n} 3 indeed.\nQ: More?", "stop") for n in range(1000)]
    start = process_time()
    for name in ("short_exact", "short_contains"):
        for item, completion in zip(items * 5, completions * 5, strict=True):
            grade(name, completion, item, PROMPT)
    assert process_time() - start < 3
