import numpy as np

from perturb import Item
from perturb.misspellings import MISSPELLINGS, misspelling
from perturb.replacing import TIED
from perturb.spelling_variants import AMERICAN, BRITISH


def misspelt(question: str, *answers: str, seed: int = 0) -> str:
    return misspelling(
        Item("x", question, answers or ("zebra",)), 1.0, np.random.default_rng(seed)
    ).item.question


def test_words_are_misspelt_and_capitals_kept():
    assert misspelt("Believe the government") == misspelt("Believe the government", seed=1).replace(
        "Belive", "Beleive"
    )
    assert misspelt("the government friend") == "the goverment freind"
    assert misspelt("Government") == "Goverment"
    assert {misspelt("which", seed=seed) for seed in range(20)} == {"wich", "whcih"}


def test_names_answers_and_unknown_words_stay():
    for text in ("the United Kingdom Parliament House", "xylophone", "", "`government`", "日本の首都は"):
        assert misspelt(text) == text
    assert misspelt("is language a friend", "Language") == "is language a freind"


def test_the_list_is_as_large_as_said_and_misspells():
    assert len(MISSPELLINGS) == 603
    assert sum(map(len, MISSPELLINGS.values())) == 638
    right = set(MISSPELLINGS) | set(BRITISH) | set(AMERICAN)
    for word, wrong in MISSPELLINGS.items():
        assert word not in TIED
        assert len(set(wrong)) == len(wrong)
        for one in wrong:
            assert one.isascii()
            assert one.islower()
            assert one not in right
