from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading import Grade
from experiments.grading.choice import choice_letter, choice_letter_or_text
from perturb import Item, Prompt

CHOICES = ("a dog", "the cat", "vitamins", "2.5 metres")
LABELS = ("A", "B", "C", "D")
ITEM = Item("x", "Which?", (CHOICES[1],), choices=CHOICES, gold=1)


def letter(judge: Callable[..., Grade], text: str, ask: str, labels: tuple[str, ...] = LABELS) -> str:
    return judge("choice_letter", text, ITEM, ask, "stop", labels).extracted


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        (" B", "B"),
        (" B.", "B"),
        (" B) the cat", "B"),
        (" (B)", "B"),
        (" (B) the cat", "B"),
        (" [B]", "B"),
        ("**B**", "B"),
        ("**(B) the cat**", "B"),
        ('"B"', "B"),
        ("\n\nB\n", "B"),
        (" b", "B"),
        (" (b) the cat", "B"),
        (" B: the cat", "B"),
        (" B.the cat", "B"),
        (" B - the cat", "B"),
        (" B, since it purrs", "B"),
        (" B is correct", "B"),
        (" B because it purrs", "B"),
        (" B,", "B"),
        (" B the cat", "B"),
        (" C vitamins", "C"),
        (" A a dog", "A"),
        (" （Ｂ）", "B"),
        (" A: (B) the cat", "B"),
        (" A: B", "B"),
        (" A: a dog", "A"),
        (" Answer: B", "B"),
        (" The answer is B.", "B"),
        (" The correct answer is (B).", "B"),
        (" The correct answer is:\n(B)", "B"),
        (" The best option is option B", "B"),
        (" I would choose B.", "B"),
        (" It's C.", "C"),
        (" The cat (B)", "B"),
        (" It cannot be that one, but (C), surely", "C"),
        (" (C) rather than (A)", "C"),
        (" B\n(A) is wrong", "B"),
        # no label:
        (" A dog is an animal", ""),
        (" a dog", ""),  # the text of an option, and no label
        (" a cat", ""),
        (" A cat", ""),
        (" A a dogma", ""),
        (" B vitamins are healthy", ""),
        (" Because", ""),
        (" I think so", ""),
        (" D2", ""),
        (" A and C", ""),
        (" (A) or (B)", ""),
        (" A, B", ""),
        (" Either (A) or (B)", ""),
        (" not (B)", ""),
        (" The answer is not B", ""),
        (" (B) is wrong", ""),
        (" (E)", ""),
        (" A:", ""),
        (" the cat", ""),
        ("", ""),
    ],
)
def test_letters(judge: Callable[..., Grade], text: str, extracted: str):
    for ask in ("answer", "chat"):
        assert letter(judge, text, ask) == extracted


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        (" A dog barks. The answer is (B).", "B"),
        (" (A) no, (C) no. The answer is B", "B"),
        (" So the answer is (B) the cat.", "B"),
        (" The answer is:\n\n**B**", "B"),
        (" The answer is (A). No: the answer is (B).", "B"),
        (" The answer is the letter B.", "B"),
        (" The answer is option (B).", "B"),
        (" It purrs.\nAnswer: B", "B"),
        (" It purrs, so $\\boxed{B}$", "B"),
        (" It purrs.\n(B)", "B"),
        (" (A) barks, (B) purrs.", ""),
        (" The answer is A dog", ""),
        (" The answer is the cat.", ""),
        (" It purrs.", ""),
    ],
)
def test_worked_letters(judge: Callable[..., Grade], text: str, extracted: str):
    for ask in ("worked", "chat worked"):
        assert letter(judge, text, ask) == extracted


@pytest.mark.parametrize(
    ("labels", "text", "extracted"),
    [
        (("a", "b", "c", "d"), " (b) the cat", "b"),
        (("a", "b", "c", "d"), " b", "b"),
        (("a", "b", "c", "d"), " B", "b"),
        (("a", "b", "c", "d"), " a cat", ""),
        (("a", "b", "c", "d"), " a a dog", "a"),
        (("1", "2", "3", "4"), " (2)", "2"),
        (("1", "2", "3", "4"), " 2. the cat", "2"),
        (("1", "2", "3", "4"), " 2", "2"),
        (("1", "2", "3", "4"), " 2.5 metres", ""),
        (("1", "2", "3", "4"), " 2 legs", ""),
        (("1", "2", "3", "4"), " 21", ""),
        (("I", "II", "III", "IV"), " II.", "II"),
        (("I", "II", "III", "IV"), " (IV)", "IV"),
        (("I", "II", "III", "IV"), " I think II", ""),
        (("α", "β", "γ", "δ"), " β) the cat", "β"),
        (("+", "*", "?", "("), " (*)", "*"),
    ],
)
def test_other_labels(judge: Callable[..., Grade], labels: tuple[str, ...], text: str, extracted: str):
    assert letter(judge, text, "answer", labels) == extracted


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" (B) the cat, and not (A)", "the first letter of the alphabet that occurs, not the first written"),
        (" B", "only (B) with brackets is searched"),
        (" B) the cat", "only (B) with brackets is searched"),
    ],
)
def test_faults_of_gpt_fathoms_matching(judge: Callable[..., Grade], text: str, fault: str):
    assert judge("choice_letter", text, ITEM, "answer", "stop", LABELS).status == "correct", fault


def test_a_text_that_begins_with_the_letter_is_no_answer(judge: Callable[..., Grade]):
    # GPT-Fathom compares prefixes: "Because" begins with B.
    for name in ("choice_letter", "choice_letter_or_text"):
        assert judge(name, " Because it purrs", ITEM, "answer", "stop", LABELS).status == "unparsed"


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        (" the cat", "B"),
        (" The Cat.", "B"),
        (' "the  cat"', "B"),
        (" vitamins", "C"),
        (" 2.5 metres", "D"),
        (" 25 metres", ""),
        (" cat", ""),
        (" the cat and a dog", ""),
        (" (C) the cat", "C"),
        ("\nthe cat\n\nQ: Which?\n(A) a dog", "B"),
    ],
)
def test_texts(judge: Callable[..., Grade], text: str, extracted: str):
    assert judge("choice_letter_or_text", text, ITEM, "answer", "stop", LABELS).extracted == extracted


def test_texts_after_a_cue_or_a_sign(judge: Callable[..., Grade]):
    for text, ask in (
        (" It purrs. The answer is the cat.", "worked"),
        (" It purrs. The answer is the cat.", "chat"),
        (" Answer: the cat", "answer"),
        (" It purrs.\nThe cat.", "worked"),
    ):
        assert judge("choice_letter_or_text", text, ITEM, ask, "stop", LABELS).status == "correct"


def test_equal_options_are_no_unique_match(judge: Callable[..., Grade]):
    for choices, text in ((("same", "same"), "same"), (("Yes", "yes."), "YES")):
        twins = Item("x", "?", (choices[0],), choices=choices, gold=0)
        assert judge("choice_letter_or_text", text, twins, "answer", "stop", ("A", "B")).status == "unparsed"


def test_options_that_differ_by_letter_case(judge: Callable[..., Grade]):
    genes = Item("x", "?", ("Rr",), choices=("RR", "Rr", "rr"), gold=1)
    for text, extracted in ((" Rr", "B"), (" rr\n", "C"), (" rR", "")):
        got = judge("choice_letter_or_text", text, genes, "answer", "stop", ("A", "B", "C"))
        assert got.extracted == extracted


def test_options_that_differ_by_a_sign(judge: Callable[..., Grade]):
    signs = Item("x", "?", ("-5",), choices=("5", "-5"), gold=1)
    assert judge("choice_letter_or_text", " -5", signs, "answer", "stop", ("A", "B")).status == "correct"
    assert judge("choice_letter_or_text", " 5", signs, "answer", "stop", ("A", "B")).status == "wrong"


@pytest.mark.parametrize(
    ("text", "ask", "status"),
    [
        (" B", "answer", "correct"),
        (" (A", "answer", "wrong"),
        (" The right one of these is", "answer", "truncated"),
        (" The answer is", "worked", "truncated"),
        (" The answer is A", "worked", "wrong"),
        (" B", "worked", "truncated"),
    ],
)
def test_the_token_limit(judge: Callable[..., Grade], text: str, ask: str, status: str):
    assert judge("choice_letter", text, ITEM, ask, "length", LABELS).status == status


@given(text=st.text(alphabet="ABCDabcd ().:\ntheogisnwr", max_size=40), worked=st.booleans())
def test_lenient_agrees_wherever_strict_reads_a_letter(text: str, worked: bool):
    prompt = Prompt("?", labels=LABELS, cue="The answer is" if worked else None)
    strict = choice_letter(text, ITEM, prompt)
    if strict.extracted is not None:
        assert choice_letter_or_text(text, ITEM, prompt) == strict


@pytest.mark.parametrize("labels", [(), ("A", "B")])
def test_prompts_and_items_that_do_not_fit(judge: Callable[..., Grade], labels: tuple[str, ...]):
    with pytest.raises(ValueError, match=rf"item 'x' has 4 choices and its prompt {len(labels)} labels"):
        judge("choice_letter", "B", ITEM, "answer", "stop", labels)
