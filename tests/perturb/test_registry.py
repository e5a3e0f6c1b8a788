import subprocess
import sys
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import PERTURBATIONS, Item, Variant, apply, perturbation
from perturb.registry import stream

NAMES = sorted(PERTURBATIONS)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="abcdeXYZ 0123456789.,'\n\t-{}$`éß日本كم"),
    st.lists(
        st.sampled_from(
            [
                "What",
                "is",
                "the",
                "capital",
                "of",
                "Gabon",
                ",",
                "then",
                "3.5",
                "NASA",
                "don't",
                "`x",
                "y`",
                "{id}",
                "Москва",
            ]
        )
    ).map(" ".join),
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    choices = tuple(draw(st.lists(TEXTS, min_size=2, max_size=6)))
    gold = draw(st.integers(0, len(choices) - 1))
    return Item(draw(st.text(max_size=5)), draw(TEXTS), (choices[gold],), choices=choices, gold=gold)


@pytest.mark.parametrize("name", NAMES)
@given(item=items(), severity=st.floats(0, 1), seed=st.integers(0, 2**32), replicate=st.integers(0, 3))
def test_what_every_perturbation_keeps(name: str, item: Item, severity: float, seed: int, replicate: int):
    variant = apply(name, item, severity, seed=seed, replicate=replicate)
    new = variant.item
    assert new.id == item.id
    assert new.answers == item.answers
    assert new.solution == item.solution
    assert new.gold is not None
    assert item.gold is not None
    assert new.choices[new.gold] == item.choices[item.gold]
    assert sorted(new.choices) == sorted(item.choices)
    assert [c for c in new.question if c.isnumeric()] == [c for c in item.question if c.isnumeric()]
    if severity == 0:
        assert variant == Variant(item)
    if PERTURBATIONS[name].touches != "choices":
        assert (new == item) == (variant.edits == ())
        assert (new.choices, new.gold) == (item.choices, item.gold)
    if PERTURBATIONS[name].touches != "question":
        assert new.question == item.question
    assert apply(name, item, severity, seed=seed, replicate=replicate) == variant


@pytest.mark.parametrize("name", NAMES)
@given(item=items(), low=st.floats(0, 1), high=st.floats(0, 1), seed=st.integers(0, 1000))
def test_a_stronger_variant_has_no_fewer_edits(name: str, item: Item, low: float, high: float, seed: int):
    low, high = sorted((low, high))
    weak, strong = (apply(name, item, severity, seed=seed).edits for severity in (low, high))
    assert len(weak) <= len(strong)
    if PERTURBATIONS[name].touches == "question":
        assert set(weak) <= set(strong)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "none"])
def test_full_severity_changes_and_streams_differ(name: str):
    item = Item(
        "1",
        "Which large animal lives under water and sings?",
        ("whale",),
        choices=("cow", "whale", "elk"),
        gold=1,
    )
    variants = {
        apply(name, replace(item, id=str(number)), 1.0, seed=seed, replicate=replicate).edits
        for number in range(3)
        for seed in range(3)
        for replicate in range(3)
    }
    assert () not in variants
    assert len(variants) > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "日本の首都は？", "ما عاصمة مصر؟", "Столица России?", "12 345", "👩‍👩‍👧 ?"]
)
def test_text_without_plain_words_keeps_its_tokens(name: str, text: str):
    item = Item("x", text, ("b",), choices=("a", "b"), gold=1)
    assert apply(name, item, 1.0, seed=0).item.question.split() == text.split()


def test_none_changes_nothing():
    item = Item("x", "What is it?", ("it",))
    assert apply("none", item, 1.0, seed=0) == Variant(item)


def test_a_stream_is_the_same_in_every_process_and_depends_on_everything():
    assert stream("item", "case", 0) == stream("item", "case", 0)
    keys = [
        ("a", "bc", 0),
        ("ab", "c", 0),
        ("a", "bc", 1),
        ("a1", "bc", 1),
        ("a", "bc1", 1),
        ("1:a", "bc", 0),
    ]
    assert len({stream(*key) for key in keys}) == len(keys)
    code = "from perturb.registry import stream; print(stream('item', 'case', 0))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == stream("item", "case", 0)


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="unknown perturbation 'keybord_tipo'; did you mean 'keyboard_typo'"):
        apply("keybord_tipo", Item("x", "?", ("y",)), 0.5, seed=0)
    assert perturbation("case").name == "case"


@pytest.mark.parametrize("severity", [-0.1, 1.1, float("nan")])
def test_severity_out_of_range(severity: float):
    with pytest.raises(ValueError, match=r"severity of case is .*, expected 0 to 1"):
        apply("case", Item("x", "?", ("y",)), severity, seed=0)


@pytest.mark.parametrize(("seed", "replicate"), [(-1, 0), (0, -1)])
def test_negative_seeds(seed: int, replicate: int):
    with pytest.raises(ValueError, match=r"seed and replicate of case are .*, expected 0 or more"):
        apply("case", Item("x", "?", ("y",)), 0.5, seed=seed, replicate=replicate)


@pytest.mark.parametrize("severity", [0.0, 1.0])
def test_items_that_do_not_fit(severity: float):
    with pytest.raises(ValueError, match="item 'x' has no choices, so option_order cannot be applied"):
        apply("option_order", Item("x", "?", ("y",)), severity, seed=0)


def test_speed():
    items = [Item(f"i{n}", "Why is this thing so very strange? " * 3, ("so",)) for n in range(1000)]
    start = process_time()
    for item in items:
        apply("keyboard_typo", item, 0.5, seed=0)
    assert process_time() - start < 3
