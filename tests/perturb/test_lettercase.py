import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.lettercase import case, lower, random_case, title, upper

STYLES = (case, random_case, upper, lower, title)


def item(question: str) -> Item:
    return Item("x", question, ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_case_changes_every_word_in_one_of_four_ways():
    seen: set[str] = set()
    for seed in range(60):
        changed = case(item("Where do Whales sleep"), 1.0, rng(seed))
        words = changed.item.question.split()
        assert [word.lower() for word in words] == ["where", "do", "whales", "sleep"]
        assert all(new != old for new, old in zip(words, ["Where", "do", "Whales", "sleep"], strict=True))
        seen.add(words[3])
    assert {"SLEEP", "Sleep"} < seen
    assert any(word not in ("SLEEP", "Sleep") for word in seen)


@pytest.mark.parametrize(
    ("style", "text", "new"),
    [
        (upper, "What's it, they're well-known; don’t you?", "WHAT'S IT, THEY'RE WELL-KNOWN; DON’T YOU?"),
        (title, "what's it, they're well-known; don’t YOUR?", "What's It, They're Well-Known; Don’t YOUR?"),
        (lower, "What's It, They're WELL-Known; Don’t You?", "what's it, they're WELL-Known; don’t you?"),
        (upper, "Did Chopin of the US play O'Brien a 2nd x?", "DID Chopin OF THE US PLAY O'BRIEN a 2nd x?"),
        (lower, "Did Chopin of the NASA Play Mainframes?", "did Chopin of the NASA play mainframes?"),
        (title, "did Chopin of the NASA play MAINFRAMES?", "Did Chopin Of The NASA Play Mainframes?"),
        (random_case, "Did Chopin of x", "dID Chopin OF x"),
    ],
)
def test_at_severity_1_all_words_have_the_style(style: type, text: str, new: str):
    assert style(item(text), 1.0, rng()).item.question == new


def test_single_letters_keep_their_case():
    for style in STYLES:
        assert style(item("I x a B"), 1.0, rng()).edits == ()


def test_words_that_have_the_style_already_are_no_edits():
    assert upper(item("MOUNTAINS rise"), 1.0, rng()).edits == ("'rise' → 'RISE' at character 10",)
    assert lower(item("mountains rise"), 1.0, rng()).edits == ()


def test_random_case_says_what_was_done_letter_by_letter():
    assert random_case(item("a Ox"), 1.0, rng()).edits == (
        "'O' → 'o' at character 2",
        "'x' → 'X' at character 3",
    )


@given(st.text(), st.floats(0, 1), st.integers(0, 1000))
def test_letters_stay_the_same_letters(text: str, severity: float, seed: int):
    for style in STYLES:
        changed = style(item(text), severity, rng(seed)).item.question
        assert changed.casefold() == text.casefold()
        assert len(changed) == len(text)
