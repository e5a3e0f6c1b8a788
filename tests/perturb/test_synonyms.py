import numpy as np
import pytest

from perturb import Item
from perturb.replacing import TIED
from perturb.synonyms import SYNONYMS, synonym


def replaced(question: str, *answers: str, seed: int = 0) -> str:
    return synonym(Item("x", question, answers or ("zebra",)), 1.0, np.random.default_rng(seed)).item.question


def test_words_are_replaced_in_their_form_and_case():
    assert replaced("Attempted a journey") == "Tried a trip"
    assert replaced("two automobiles vanished") == "two cars disappeared"
    assert {replaced("it is dreadful", seed=seed) for seed in range(40)} == {
        "it is awful",
        "it is terrible",
        "it is horrible",
    }


def test_articles_stay_right():
    for seed in range(40):
        assert replaced("a huge dog", seed=seed) == "a gigantic dog"
        assert replaced("an enormous dog", seed=seed) == "an immense dog"
    assert replaced("a movie and the movie") == "a film and the film"
    assert replaced("an attempt") == "an attempt"


@pytest.mark.parametrize(
    "text",
    ["at the Large Hadron Collider", "a well-known song", 'the word "huge" is', "`purchase`", "", "日本"],
)
def test_names_mentions_and_code_stay(text: str):
    assert replaced(text) == text


def test_answers_stay():
    assert replaced("did they utilize an automobile", "automobile") == "did they use an automobile"


def test_another_table_can_be_given():
    asked = Item("x", "a red fox", ("zebra",))
    assert synonym(asked, 1.0, np.random.default_rng(0), {"fox": ("vixen",)}).item.question == "a red vixen"


def test_the_table_has_no_word_that_a_question_hangs_on():
    assert len(SYNONYMS) > 500
    for word, others in SYNONYMS.items():
        assert word not in TIED
        assert others
        assert word not in others
        assert "_" not in "".join(others)
        assert TIED.isdisjoint(part for other in others for part in other.split())
