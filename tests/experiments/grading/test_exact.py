from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.exact import exact_answer, exact_string
from experiments.grading.extract import body
from experiments.grading.reading import Reading
from perturb import Item, Message, Prompt

TEXT = Prompt("Q: ?\nA:", stop=("\n\nQ:",))
CHAT = Prompt(None, messages=(Message("user", "?"),))
WORKED = Prompt("Q: ?\nA:", stop=("\n\nQ:",), cue="So the answer is")


def answer(text: str, target: str, prompt: Prompt = TEXT) -> Reading:
    return exact_answer(body(text, prompt), Item("x", "?", (target,)), prompt)


def string(text: str, target: str, prompt: Prompt = TEXT) -> Reading:
    return exact_string(body(text, prompt), Item("x", "?", (target,)), prompt)


TARGETS = ("(B)", "True", "yes", "No", "invalid", "24", "-50", "] ] >", "can't do it&t", "Monsters, Inc")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("prompt", "form", "strict"),
    [
        (TEXT, " {}", True),
        (TEXT, "{}.\n\nQ: Next?", True),
        (TEXT, "A: {}", True),
        (TEXT, "The answer is {}.", True),
        (TEXT, "{}. That is why.", False),
        (CHAT, "**{}**", True),
        (CHAT, "Let me see.\nThe answer is **{}**.", True),
        (WORKED, "Because. So the answer is {}.", True),
        (WORKED, "So the answer is X. Wait.\nso the answer is: {}\n", True),
        (WORKED, "Because. So the answer is {}. It was hard.", True),
        (WORKED, "Because.\nAnswer: {}", True),
    ],
)
def test_every_kind_in_every_guise(target: str, prompt: Prompt, form: str, strict: bool):
    text = form.format(target)
    assert answer(text, target, prompt).correct
    assert string(text, target, prompt).correct == strict


@pytest.mark.parametrize("target", TARGETS)
def test_no_kind_takes_another_for_its_own(target: str):
    for other in {*TARGETS, "(A)", "False", "240", "5", "50", "] >", ">", "valid", "Monsters"} - {target}:
        assert not answer(other, target).correct
        assert not string(other, target).correct
        assert not answer(f"So the answer is {other}.", target, WORKED).correct


@pytest.mark.parametrize("target", TARGETS)
def test_without_the_final_sentence_there_is_no_answer(target: str):
    for grader in (answer, string):
        assert grader(f"{target}\n{target}", target, WORKED).extracted is None


@pytest.mark.parametrize(
    ("target", "text", "right"),
    [
        # options
        ("(B)", "B", True),
        ("(B)", "b)", True),
        ("(B)", "B.", True),
        ("(B)", "（Ｂ）", True),
        ("(B)", "(B) 05/01/2021", True),
        ("(B)", "Option B", True),
        ("(B)", "The correct option is (B).", True),
        ("(B)", "(B), since (A) is out", True),
        ("(B)", "(A) or (B)", False),
        ("(B)", "(B) or (C)", False),
        ("(B)", "(B) and (D)", False),
        ("(B)", "(B), (C), and (D)", False),
        ("(B)", "not (B)", False),
        ("(B)", "(A). The others, (B) and (C), are wrong.", False),
        ("(A)", "A dog barks", False),
        ("(N)", "(None of the above)", False),
        ("(B)", "05/01/2021", False),
        # verdicts
        ("No", "no", True),
        ("No", "No, because he stayed.", True),
        ("No", "No - he stayed", True),
        ("No", '"No."', True),
        ("No", "No. The answer is Yes.", False),
        ("Yes", "No. The answer is Yes.", True),
        ("No", "No one knows", False),
        ("No", "Yes, no doubt", False),
        ("Yes", "Yes or No", False),
        ("Yes", "Yes and no.", False),
        ("Yes", "yes/no", False),
        ("Yes", "Yesterday", False),
        ("invalid", "The argument is deductively invalid.", True),
        ("invalid", "Invalid", True),
        ("valid", "invalid", False),
        ("valid", "The argument is invalid.", False),
        ("valid", "The argument is not valid.", False),
        ("True", "not ( False ) = True", True),
        ("True", "True and False", False),
        ("False", "not False", False),
        # numbers
        ("24", "24.0", True),
        ("24", "24 vegetables", True),
        ("24", "I have 24 vegetables.", True),
        ("24", "3 * 8 = 24", True),
        ("24", "24. There were 20 apples and 4 pears.", True),
        ("1200", "1,200", True),
        ("-50", "−50", True),
        ("24", "240", False),
        ("24", "2 or 4", False),
        ("24", "24 or 25", False),
        ("24", "24 * 2", False),
        ("24", "24.5", False),
        ("-50", "50", False),
        ("8", "eight", False),
        # brackets
        ("] ] >", "]]>", True),
        ("] ] >", "`] ] >`.", True),
        ("] ] >", "> ] ]", False),
        ("] ] >", "] ] > )", False),
        ("] ] >", "[ < [ [ ] ] >", False),
        ("] ] >", "] ] and >", False),
        # words
        ("a b c", "A, B, C.", True),
        ("a b c", "a, b, and c", True),
        ("a b c", "1. a\n2. b\n3. c\n\nThese are sorted.", True),
        ("a b c", "Here is the list:\n- a\n- b\n- c", True),
        ("a b c", "a b", False),
        ("a b c", "a b c d", False),
        ("a b c", "a c b", False),
        ("a b c", "a bc", False),
        ("sand and sea", "sand sea", False),
        ("sand and sea", "sand, and, sea", True),
        ("can't", "can’t", True),
        ("can't", "cant", False),
        ("dearth, wind, & fire", "dearth, wind, & fire", True),
    ],
)
def test_hard_cases(target: str, text: str, right: bool):
    assert answer(text, target).correct == right


@pytest.mark.parametrize(
    ("target", "text", "right"),
    [
        ("(B)", "(B)", True),
        ("(B)", " (B) . ", True),
        ("(B)", "B", False),
        ("(B)", "(b)", False),
        ("(B)", "(B) text", False),
        ("No", "no", False),
        ("24", "24.0", False),
        ("] ]", "]]", False),
        ("a b", "a, b", False),
        ("a.", "a.", True),
        ("a.", "a", False),
    ],
)
def test_to_the_letter(target: str, text: str, right: bool):
    assert string(text, target).correct == right


def test_a_list_after_the_cue():
    assert answer("So the answer is:\na\nb\n\nDone.", "a b", WORKED).correct
    assert not answer("So the answer is:\na\nb\nc", "a b", WORKED).correct


def test_what_is_read():
    assert answer("(None of the above)", "(B)").extracted is None
    assert answer("I cannot tell", "Yes").extracted is None
    assert answer("several", "24").extracted is None
    assert answer("brackets", "] ]").extracted is None
    assert answer("x y", "a b").extracted == "x y"
    assert answer("(A)", "(B)").extracted == "(A)"
    assert answer("", "(B)").extracted is None
    assert exact_answer("b", Item("x", "?", ("a", "b")), TEXT).correct
    assert exact_answer("b", Item("x", "?", ()), TEXT).extracted is None


TEXTS = st.one_of(st.text(), st.text(alphabet="(B)ACYesno12.-[]<> ,=\nansweri:", max_size=40))


@given(text=TEXTS, target=st.sampled_from(TARGETS), worked=st.booleans())
def test_lenient_accepts_all_that_strict_does(text: str, target: str, worked: bool):
    prompt = WORKED if worked else TEXT
    assert answer(text, target, prompt).correct >= string(text, target, prompt).correct


@pytest.mark.parametrize(
    "unit", ["a ", "is ", "= ", "=a", "1", "1 ", "(B) ", "]", "- ", "answer is ", " ", "\ud800"]
)
def test_long_texts(unit: str):
    text = unit * (200_000 // len(unit))
    start = process_time()
    for target in ("(B)", "Yes", "24", "] ]", "a b"):
        answer(text, target)
    assert process_time() - start < 3
