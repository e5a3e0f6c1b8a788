from dataclasses import replace

import numpy as np
import pytest

from perturb import Draft, Item, Template
from perturb.replacing import TIED
from perturb.wordnet import CLOSED, synonym_wordnet

TABLE = {
    "film": ("movie", "motion picture"),
    "watch": ("determine",),
    "who": ("World Health Organization",),
    "again": ("once more",),
    "three": ("trey",),
    "egg": ("testis",),
    "pair": ("two", "twain"),
}
QA = Template("qa", "short", "Q: {question}", "A:")


def replaced(question: str, severity: float = 1.0, seed: int = 0) -> str:
    draft = Draft(Item("x", question, ("zebra",)), QA, synonyms=TABLE)
    return synonym_wordnet(draft, severity, np.random.default_rng(seed)).draft.item.question


def test_any_synonym_of_any_sense():
    assert {replaced("Watch the film", seed=seed) for seed in range(30)} == {
        "Determine the movie",
        "Determine the motion picture",
    }


@pytest.mark.parametrize(
    "text", ["Who is it", "again and again", "three of them", "`film`", "", "日本", "film_1"]
)
def test_what_stays(text: str):
    assert replaced(text) == text


def test_articles_stay_right_and_nothing_is_counted_anew():
    assert replaced("an egg") == "a testis" or replaced("an egg") == "an egg"
    assert replaced("a pair") == "a twain"


@pytest.mark.parametrize("severity", [0.1, 0.5])
def test_severity_is_the_chance_of_each_word(severity: float):
    words = 4000
    text = " ".join(["watch"] * words)
    hit = replaced(text, severity).split().count("determine")
    assert abs(hit / words - severity) < 3 * (severity * (1 - severity) / words) ** 0.5


def test_without_a_dictionary_nothing_changes():
    draft = Draft(Item("x", "Watch the film", ("zebra",)), QA)
    assert synonym_wordnet(draft, 1.0, np.random.default_rng(0)).edits == ()
    assert replace(draft, synonyms=TABLE) == draft


def test_closed_classes():
    assert "the" in CLOSED
    assert not CLOSED & {"film", "city"}
    assert "three" in TIED
