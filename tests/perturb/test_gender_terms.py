import numpy as np
import pytest

from perturb import Item
from perturb.first_names import counterpart
from perturb.gender_terms import gender_terms


def item(question: str, *answers: str, passage: str = "", choices: tuple[str, ...] = ()) -> Item:
    gold = 0 if choices else None
    return Item("x", question, answers or choices[:1] or ("7",), choices=choices, gold=gold, passage=passage)


def exchanged(asked: Item | str) -> str:
    asked = item(asked) if isinstance(asked, str) else asked
    return gender_terms(asked, 1.0, np.random.default_rng(0)).item.question


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A man and his wife have 3 sons.", "A woman and her husband have 3 daughters."),
        (
            "She ate 2 of her apples. How many does she have?",
            "He ate 2 of his apples. How many does he have?",
        ),
        ("He asked him to come and hurt himself.", "She asked her to come and hurt herself."),
        ("the apples are hers, and those are his.", "the apples are his, and those are hers."),
        ("Her brother gave him 5 apples", "His sister gave her 5 apples"),
        ("I saw her in the park with her dog", "I saw him in the park with his dog"),
        ("In May he was 5. On Monday she was 6.", "In May she was 5. On Monday he was 6."),
    ],
)
def test_all_genders_are_exchanged(old: str, new: str):
    assert exchanged(old) == new


def test_first_names_go_with_them():
    assert exchanged("Tom saw her.") == f"{counterpart('Tom')} saw him."


@pytest.mark.parametrize(
    "old",
    [
        "A man and his wife have 3 sons and a girl.",
        "She ate 2 of her apples. Then Emily met him. How many has Jamal now?",
        "Two boys and their grandmother met a waitress who likes himself.",
    ],
)
def test_twice_is_the_original(old: str):
    assert exchanged(old) != old
    assert exchanged(exchanged(old)) == old


@pytest.mark.parametrize(
    "text",
    [
        "He met George Washington.",  # somebody real
        "He was in Boston.",
        "Who was her husband?",
        "Which actress has he seen?",
        "She was the first woman on the moon",
        "A pregnant woman eats 3 apples",
        "A 24-year-old woman eats 3 apples",
        "The king and his wife",
        "Mrs. Smith ate her apple",
        "his or her apple",
        "How many letters has his word?",
        "A stuntman saw her",
        "They gave her books",  # him books, or his books
        "I saw her running",
        "I took her home",
        "no word of the kind",
        "He met Tom Hanks.",
        "Big Ben was his",
        "`he`",
        "日本の首都は",
        "",
    ],
)
def test_what_stays(text: str):
    assert exchanged(text) == text


def test_it_stays_where_the_answer_or_the_passage_has_such_a_word():
    text = "He has 3 apples"
    assert exchanged(text) == "She has 3 apples"
    assert exchanged(item(text, "his")) == text
    assert exchanged(item(text, passage="A man had 4.")) == text
    assert exchanged(item(text, choices=("3", "the man"))) == text
    assert exchanged(item(text, choices=("3", "4"))) == "She has 3 apples"


def test_kinds_of_people_stay_where_options_hold_facts():
    text = "Why do men have 3 apples"
    assert exchanged(item(text)) == "Why do women have 3 apples"
    assert exchanged(item(text, choices=("a", "b"))) == text


def test_severity_is_the_chance_of_the_question():
    asked = item("He ate his apples and her brother saw it")
    counts = [len(gender_terms(asked, 0.3, np.random.default_rng(seed)).edits) for seed in range(1500)]
    assert set(counts) == {0, 4}
    assert counts.count(4) / 1500 == pytest.approx(0.3, abs=0.04)
