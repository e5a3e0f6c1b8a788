from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.word import word_first, word_last
from perturb import Item, Message, Prompt

TEXT = Prompt("He saw the")
CHAT = Prompt(None, messages=(Message("user", "?"),))
WORKED = Prompt("?", cue="The answer is")
SIGN = Item("x", "?", ("sign",))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (" sign", True, True),
        ("sign.", True, True),
        ("Sign", True, True),
        ('"sign"', True, True),
        ("“Sign,” he said.", True, True),
        ("...sign", True, True),
        ("___ sign", True, True),
        (" sign and left.\nThe end.", True, True),
        (" sign--and left", True, True),
        (" sign—and left", True, True),
        (" sign- and left", True, True),
        ("\n\nsign", True, True),
        ("Answer: sign", True, True),
        ("Here is the word:\nsign", True, True),
        # other words
        (" signs", False, False),
        (" signal", False, False),
        (" sign's", False, False),
        (" sign’s", False, False),
        (" sign-post", False, False),
        (" sig", False, False),
        (" cosign", False, False),
        ("s i g n", False, False),
        # chat
        ("The next word is sign.", False, True),
        ("The word most likely to follow would be: sign", False, True),
        ('The next word is "sign", because he looks up.', False, True),
        ("The answer is sign, I think.", False, True),
        ('I would say "sign" here.', False, True),
        ("He looked up and saw the sign.", False, True),
        ("The next word is signs.", False, False),
        ('The next word is "road", not sign', False, False),
        ("He saw the sign and left.", False, False),
        ("He left.\nsign", False, False),
        ('Perhaps "sign" or "road".', False, False),
    ],
)
def test_words(text: str, first: bool, last: bool):
    for prompt in (TEXT, CHAT):
        assert word_first(text, SIGN, prompt).correct == first
        assert word_last(text, SIGN, prompt).correct == last


@pytest.mark.parametrize(
    ("reference", "text", "right"),
    [
        ('"Nadia', "Nadia!", True),
        ("o'clock", " O’clock", True),
        ("thought...Tess", " thought...Tess was", True),
        ("thought...Tess", " thought", False),
        ("Hightowers'money", " Hightowers'money", True),
        ("well-being", " well-being", True),
        ("well-being", " well", False),
        ("12", " 12.", True),
        ("café", " caf\u00e9", True),
        ("?", " ?", False),  # no word at all
    ],
)
def test_references(reference: str, text: str, right: bool):
    assert word_first(text, Item("x", "?", (reference,)), TEXT).correct == right
    assert word_last(text, Item("x", "?", (reference,)), TEXT).correct == right


def test_behind_a_cue():
    assert word_first("He looks up. The answer is sign.", SIGN, WORKED).correct
    assert not word_first("sign", SIGN, WORKED).correct
    assert word_first("sign", SIGN, WORKED).extracted is None
    assert word_last("The answer is the sign.", SIGN, WORKED).correct
    assert not word_first("The answer is the sign.", SIGN, WORKED).correct


def test_what_was_read():
    assert word_first(" Signs of it", SIGN, TEXT).extracted == "Signs"
    assert word_first(" ...", SIGN, TEXT).extracted is None
    assert word_last(" ...", SIGN, TEXT).extracted is None
    assert word_last("The word is road", SIGN, TEXT).extracted == "road"
    assert not word_first("sign", Item("x", "?", ()), TEXT).correct


def test_only_a_word_at_the_very_end_may_have_been_cut():
    assert word_first(" si", SIGN, TEXT).open
    assert not word_first(" road and si", SIGN, TEXT).open
    assert not word_first(" si\n", SIGN, TEXT).open


@given(text=st.one_of(st.text(), st.text(alphabet='sign "is.\nword', max_size=40)))
def test_lenient_accepts_all_that_strict_does(text: str):
    for prompt in (TEXT, CHAT, WORKED):
        assert word_last(text, SIGN, prompt).correct >= word_first(text, SIGN, prompt).correct


@pytest.mark.parametrize("unit", ["a", "a ", "a-", '"', '"a', "word is ", "word ", "\ud800", ".", "is"])
def test_long_texts(unit: str):
    text = unit * (200_000 // len(unit))
    start = process_time()
    for prompt in (TEXT, WORKED):
        word_last(text, SIGN, prompt)
    assert process_time() - start < 3
