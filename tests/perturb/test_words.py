from dataclasses import replace
from importlib.resources import files
from time import process_time

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perturb import Draft, Item, Perturbation, Template
from perturb.fairness import FAIRNESS
from perturb.guard import objections
from perturb.words import WORDS

ALL = {one.name: one for one in (*WORDS, *FAIRNESS)}
TEMPLATE = Template("t", "number", "Q: {question}", "A:")
PLAIN = """
    What is the colour of Tom's favorite government building ? It's not Mary ; she doesn't buy a huge car , he
    will . don't there are going to because her his 3.5 A never two without 17
""".split()  # noqa: SIM905 - fifty words in quotes are hard to read
ODD = ["“which”", "`code", "it", "is`", "$x_1$", "{it}", "日本", "۵", "é", "👩\u200d👧", "\ud800", "\x00"]
PIECES = [*PLAIN, *ODD]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))


def test_the_families():
    assert [one.name for one in WORDS] == [
        "misspelling",
        "contraction",
        "expansion",
        "filler",
        "synonym",
        "british",
        "american",
        "merge_words",
        "split_word",
        "drop_stop_words",
        "synonym_wordnet",
    ]
    assert [one.name for one in FAIRNESS] == ["dialect", "gender_terms", "person_names"]
    assert {one.family for one in WORDS} == {"words"}
    assert {one.family for one in FAIRNESS} == {"fairness"}
    assert {one.touches for one in ALL.values()} == {"question"}


@pytest.mark.parametrize("name", ALL)
def test_each_has_a_file_of_configuration(name: str):
    text = files("conf").joinpath("perturbation", f"{name}.yaml").read_text("utf-8")
    assert text.startswith("# ")
    config = yaml.safe_load(text)
    assert config["name"] == name
    assert 0 < config["severity"] <= 1


@pytest.mark.parametrize("name", ALL)
@given(text=TEXTS, low=st.floats(0.01, 1), high=st.floats(0.01, 1), seed=st.integers(0, 999))
def test_any_text_survives_and_stronger_variants_hold_weaker_ones(
    name: str, text: str, low: float, high: float, seed: int
):
    draft = Draft(Item("x", text, ("zebra",)), TEMPLATE)
    low, high = sorted((low, high))
    weak, strong = (ALL[name].change(draft, level, np.random.default_rng(seed)) for level in (low, high))
    assert set(weak.edits) <= set(strong.edits)
    for edited in (weak, strong):
        assert (edited.draft.item.question != text) == bool(edited.edits)
        assert replace(edited.draft.item, question=text) == draft.item


@pytest.mark.parametrize("name", ALL)
@given(
    words=st.lists(st.sampled_from(PLAIN), min_size=5, max_size=25),
    seed=st.integers(0, 99),
)
def test_the_guard_has_nothing_to_object(name: str, words: list[str], seed: int):
    draft = Draft(Item("x", " ".join(words), ("government building",)), TEMPLATE)
    edited = ALL[name].change(draft, 1.0, np.random.default_rng(seed))
    if edited.edits:
        assert objections(draft, edited.draft, ALL[name]) == ()


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_speed(one: Perturbation):
    drafts = [
        Draft(
            Item(
                f"i{n}",
                f"Why is it that she {n} doesn't believe the colour of her brother's huge car?",
                ("so",),
            ),
            TEMPLATE,
        )
        for n in range(500)
    ]
    rng = np.random.default_rng(0)
    start = process_time()
    for draft in drafts:
        one.change(draft, 0.5, rng)
    assert process_time() - start < 1  # 2 ms each, for slow machines; about 0.1 ms on an ordinary one
