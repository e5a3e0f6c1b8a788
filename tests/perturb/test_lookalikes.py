import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item
from perturb.lookalikes import (
    BACKWARDS,
    CONFUSIONS,
    END,
    HOMOGLYPHS,
    INVISIBLE,
    bidi,
    homoglyph,
    invisible,
    ocr,
)

PLAIN = "Which of the composers wrote beautiful nocturnes"
LATIN = {look: letter for letter, looks in HOMOGLYPHS.items() for look in looks}
TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from(["of", "modern", "Gold", "don't", "3.5", "é", "日"])).map(" ".join)
)


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_homoglyphs_are_letters_of_two_other_scripts_with_the_same_case():
    assert len(LATIN) == sum(map(len, HOMOGLYPHS.values()))
    for look, letter in LATIN.items():
        name = unicodedata.name(look)
        assert name.startswith(("CYRILLIC ", "GREEK "))
        assert ("CAPITAL" in name) == letter.isupper()
        assert unicodedata.normalize("NFKC", look) == look  # or a normaliser would undo it


@given(TEXTS, st.floats(0, 1), st.integers(0, 1000))
def test_a_homoglyph_reads_the_same(text: str, severity: float, seed: int):
    changed = homoglyph(item(text), severity, rng(seed)).item.question
    assert len(changed) == len(text)
    assert all(new == old or LATIN[new] == old for old, new in zip(text, changed, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_one_homoglyph_a_word(seed: int):
    changed = homoglyph(item(PLAIN), 1.0, rng(seed))
    assert len(changed.edits) == 7
    for old, new in zip(PLAIN.split(), changed.item.question.split(), strict=True):
        assert sum(a != b for a, b in zip(old, new, strict=True)) == 1


def test_words_without_look_alikes_have_no_homoglyph():
    assert homoglyph(item("gurf tull"), 1.0, rng()).edits == ()


@given(TEXTS.filter(lambda text: not set(text) & set(INVISIBLE)), st.floats(0, 1), st.integers(0, 1000))
def test_without_what_is_invisible_the_text_is_the_same(text: str, severity: float, seed: int):
    changed = invisible(item(text), severity, rng(seed))
    assert changed.item.question.translate(dict.fromkeys(map(ord, INVISIBLE))) == text
    assert len(changed.item.question) == len(text) + len(changed.edits)


def test_what_is_invisible_stands_between_two_letters():
    seen: set[str] = set()
    for seed in range(40):
        new = invisible(item("ox"), 1.0, rng(seed)).item.question
        assert (new[0], new[2]) == ("o", "x")
        seen.add(new[1])
    assert seen == set(INVISIBLE)
    assert all(unicodedata.category(hidden) == "Cf" for hidden in INVISIBLE)


def displayed(text: str) -> str:
    """What is shown of a text from left to right whose only controls are these."""
    first, *rest = text.split(BACKWARDS)
    parts = [part.split(END) for part in rest]
    return first + "".join(word[::-1] + after for word, after in parts)


@given(TEXTS.filter(lambda text: not set(text) & set(BACKWARDS + END)), st.floats(0, 1), st.integers(0, 1000))
def test_what_is_stored_backwards_is_shown_as_it_was(text: str, severity: float, seed: int):
    changed = bidi(item(text), severity, rng(seed))
    assert displayed(changed.item.question) == text
    assert changed.item.question.count(BACKWARDS) == len(changed.edits)


def test_words_are_stored_backwards_each_in_its_isolate():
    changed = bidi(item("Play on, Chopin"), 1.0, rng())
    assert changed.item.question == "\u2066\u202eyalP\u202c\u2069 \u2066\u202eno\u202c\u2069, Chopin"
    assert changed.edits[1] == r"'on' → '\u2066\u202eno\u202c\u2069' at character 5"


@pytest.mark.parametrize("seed", range(30))
def test_ocr_misreads_one_place_of_a_word(seed: int):
    changed = ocr(item(PLAIN), 1.0, rng(seed))
    for old, new in zip(PLAIN.split(), changed.item.question.split(), strict=True):
        places = [
            (at, length)
            for at in range(len(old))
            for length in (1, 2)
            if any(
                old[:at] + reading + old[at + length :] == new
                for reading in CONFUSIONS.get(old[at : at + length], ())
            )
        ]
        assert new == old if len(old) < 4 else places


def test_ocr_reads_what_it_is_known_to():
    made = {
        word: {ocr(item(word), 1.0, rng(seed)).item.question for seed in range(200)}
        for word in ("born", "Gold")
    }
    assert made["born"] == {"6orn", "b0rn", "bom"}
    assert made["Gold"] == {"6old", "G0ld", "GoId", "Go1d", "Golcl"}


@pytest.mark.parametrize(
    ("word", "other"), [("close", "dose"), ("modern", "modem"), ("cars", "ears"), ("click", "dick")]
)
def test_ocr_makes_no_other_word(word: str, other: str):
    made = {ocr(item(word), 1.0, rng(seed)).item.question for seed in range(200)}
    assert word not in made
    assert other not in made


def test_ocr_leaves_numbers_short_words_and_what_cannot_be_misread():
    assert ocr(item("In 1800 or 50mm the Ohm"), 1.0, rng()).edits == ()
    assert ocr(item("path hpta"), 1.0, rng()).edits == ()


def test_negations_numbers_and_answers_are_left():
    asked = item("seven without can't Chopin false")
    for change in (ocr, homoglyph, invisible, bidi):
        assert change(asked, 1.0, rng()).edits == ()
