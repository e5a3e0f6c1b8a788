import numpy as np
import pytest

from perturb import Item, apply
from perturb.characters import NEIGHBOURS, case, keyboard_typo, whitespace

PLAIN = "Which famous composer wrote several beautiful nocturnes"


def item(question: str, *answers: str) -> Item:
    return Item("x", question, answers or ("Chopin",))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_neighbours_are_mutual_and_near():
    assert set(NEIGHBOURS) == set("abcdefghijklmnopqrstuvwxyz")
    assert set(NEIGHBOURS["g"]) == set("tyfhvb")
    assert set(NEIGHBOURS["q"]) == set("wa")
    assert set(NEIGHBOURS["m"]) == set("njk")
    assert all(letter in NEIGHBOURS[near] for letter, all_near in NEIGHBOURS.items() for near in all_near)


@pytest.mark.parametrize("seed", range(30))
def test_a_typo_is_one_neighbour_a_word_and_not_the_first_letter(seed: int):
    changed = keyboard_typo(item(PLAIN), 1.0, rng(seed))
    assert len(changed.edits) == 7
    for old, new in zip(PLAIN.split(), changed.item.question.split(), strict=True):
        wrong = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        assert len(wrong) == 1
        assert wrong[0][1] in NEIGHBOURS[wrong[0][0]]
        assert new[0] == old[0]


def test_severity_is_the_share_of_words():
    long = item(" ".join(["mountain"] * 4000))
    for severity in (0.1, 0.5, 0.9):
        assert len(keyboard_typo(long, severity, rng()).edits) / 4000 == pytest.approx(severity, abs=0.03)
        assert len(case(long, severity, rng()).edits) / 4000 == pytest.approx(severity, abs=0.03)
        assert len(whitespace(long, severity, rng()).edits) / 3999 == pytest.approx(severity, abs=0.03)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Tell about `some code here` please", "`some code here`"),
        ("Tell about ```\nlong code\nblock\n``` please", "```\nlong code\nblock\n```"),
        ("Tell about https://example.org/path please", "https://example.org/path"),
        ("Tell about someone@example.org please", "someone@example.org"),
        ("Tell about snake_case_name please", "snake_case_name"),
        ("Tell about camelCaseName please", "camelCaseName"),
        ("Tell about module.name please", "module.name"),
        ("Tell about {placeholder name} please", "{placeholder name}"),
        ("Tell about <placeholder name> please", "<placeholder name>"),
        ("Tell about $\\frac{alpha}{beta} gamma$ please", "$\\frac{alpha}{beta} gamma$"),
        ("Tell about 25th please", "25th"),
        ("Tell about covid19 please", "covid19"),
        ("Tell about NASA please", "NASA"),
        ("Tell about Москва please", "Москва"),
        ("Tell about Curaçao please", "Curaçao"),
        ("Tell about Frederic Chopin please", "Chopin"),
        ("Tell about CHOPIN please", "CHOPIN"),
    ],
)
def test_what_is_protected(text: str, kept: str):
    for change in (keyboard_typo, case):
        changed = change(item(text), 1.0, rng()).item.question
        assert kept in changed
        assert changed != text


@pytest.mark.parametrize(
    "word", ["never", "without", "Twelve", "third", "except", "doesn't", "Couldn’t", "three-quarters"]
)
def test_typos_spare_numbers_and_negations(word: str):
    for seed in range(20):
        assert word in keyboard_typo(item(f"Which {word} thing"), 1.0, rng(seed)).item.question


def test_gold_answers_are_protected_as_whole_words_only():
    shown = item("Does Romeo love Rome and roaming", "Rome", "")
    for seed in range(20):
        changed = keyboard_typo(shown, 1.0, rng(seed)).item.question.split()
        assert changed[3] == "Rome"
        assert changed[1] != "Romeo"
        assert changed[5] != "roaming"


def test_choices_named_in_the_question_are_protected():
    asked = Item("x", "Which shines, Jupiter or Sirius", ("Sirius",), choices=("Jupiter", "Sirius"), gold=1)
    changed = apply("keyboard_typo", asked, 1.0, seed=0).item.question
    assert "Jupiter" in changed
    assert "Sirius" in changed
    assert changed != asked.question


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


def test_single_letters_keep_their_case():
    assert case(item("I x a B"), 1.0, rng()).edits == ()


@pytest.mark.parametrize(
    "text",
    [
        "About 10 000 men and 3 cats",
        "Run `a b  c` now",
        "  lead and trail  ",
        "one\ntwo\n\nthree",
        "a\u00a0b c",
    ],
)
def test_whitespace_grows_between_words_only(text: str):
    for seed in range(20):
        changed = whitespace(item(text), 1.0, rng(seed)).item.question
        assert changed.split() == text.split()
        assert len(changed) > len(text)
        assert ("10 000" in changed) == ("10 000" in text)
        assert ("`a b  c`" in changed) == ("`a b  c`" in text)
        assert changed.count("\n\n") == text.count("\n\n")
        start = len(text) - len(text.lstrip())
        assert changed[:start] == text[:start]
        assert changed.endswith(text[len(text.rstrip()) :])


def test_edits_say_what_was_done():
    changed = keyboard_typo(item("a Mountain"), 1.0, rng())
    new = changed.item.question[2:]
    assert changed.edits == (f"'Mountain' → '{new}' at character 2",)
