from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item, Template
from perturb.choices import CHOICES, drop_distractor, none_of_the_above, option_order, order_circular
from perturb.draft import Draft, Edited
from perturb.guard import objections
from perturb.variant import Perturbation, Variant

TEMPLATE = Template("t", "choice", "Q: {question}\n{options}", "A:", labels=tuple("ABCDEFGH"), gold="{label}")
BY_NAME = {one.name: one for one in CHOICES}
OF_ITEMS = [one for one in CHOICES if one.touches == "choices"]


def item(*choices: str, gold: int = 0) -> Item:
    return Item("x", "Which?", (choices[gold],), choices=choices, gold=gold)


def several(*choices: str, golds: tuple[int, ...]) -> Item:
    return Item("x", "Which?", tuple(choices[place] for place in golds), choices=choices, golds=golds)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def changed(name: str, original: Item, severity: float = 1.0, seed: int = 0) -> Edited:
    return BY_NAME[name].change(Draft(original, TEMPLATE), severity, rng(seed))


@pytest.mark.parametrize(("severity", "moved"), [(0.0, 0), (0.01, 2), (0.4, 2), (0.6, 3), (0.8, 4), (1.0, 5)])
def test_severity_is_the_share_of_options_that_move(severity: float, moved: int):
    options = ("ant", "bee", "cat", "dog", "elk")
    for seed in range(20):
        variant = option_order(item(*options, gold=2), severity, rng(seed))
        places = [new != old for new, old in zip(variant.item.choices, options, strict=True)]
        assert sum(places) == len(variant.edits) == moved
        assert variant.item.gold == variant.item.choices.index("cat")


def test_the_right_option_goes_to_every_other_place_equally_often():
    counts = Counter(
        option_order(item("w", "x", "y", "z", gold=1), 1.0, rng(seed)).item.gold for seed in range(3000)
    )
    assert set(counts) == {0, 2, 3}
    assert all(abs(count - 1000) < 130 for count in counts.values())


def test_equal_texts_keep_the_right_one_apart():
    twins = item("same", "same", "other", gold=1)
    places = {option_order(twins, 1.0, rng(seed)).item.gold for seed in range(30)}
    assert places == {0, 2}
    assert option_order(item("same", "same", gold=1), 1.0, rng()) == Variant(item("same", "same", gold=1))


def test_a_last_option_about_those_above_stays():
    for text in ("None of the above", "all of the above."):
        for seed in range(20):
            variant = option_order(item("ant", "bee", "cat", text, gold=3), 1.0, rng(seed))
            assert variant.item.choices[3] == text
            assert variant.item.gold == 3
            assert len(variant.edits) == 3


def test_edits_say_what_moved():
    variant = option_order(item("ant", "bee"), 1.0, rng())
    assert variant.item.choices == ("bee", "ant")
    assert variant.edits == ("option 2 ('bee') → place 1", "option 1 ('ant') → place 2")


@pytest.mark.parametrize("one", OF_ITEMS, ids=lambda one: one.name)
def test_an_item_without_choices_is_left(one: Perturbation):
    blank = Draft(Item("x", "____ is green.", ("grass",)), replace(TEMPLATE, answer_type="exam"))
    assert one.change(blank, 1.0, rng()) == Edited(blank)


@pytest.mark.parametrize("one", OF_ITEMS, ids=lambda one: one.name)
def test_options_that_name_others_are_left(one: Perturbation):
    for last in ("A and B", "option A"):
        original = Draft(item("bee", "an ant", last, "cat", gold=1), TEMPLATE)
        edited = one.change(original, 1.0, rng())
        assert edited == Edited(original) or one.name == "none_of_the_above"


TEXTS = st.lists(
    st.text(max_size=6) | st.sampled_from(["None of the above", "ant", "10", "以上都不对"]), max_size=7
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    choices = tuple(draw(TEXTS))
    if not choices:
        return Item("x", "?", ("y",))
    golds = draw(st.sets(st.integers(0, len(choices) - 1), min_size=1))
    return (
        item(*choices, gold=min(golds))
        if draw(st.booleans())
        else several(*choices, golds=tuple(sorted(golds)))
    )


def right(of: Item) -> list[str]:
    return sorted(of.choices[place] for place in (of.golds if of.gold is None else (of.gold,)) if of.choices)


@pytest.mark.parametrize("one", OF_ITEMS, ids=lambda one: one.name)
@given(original=items(), severity=st.floats(0.01, 1), seed=st.integers(0, 1000))
def test_what_is_right_stays_right(one: Perturbation, original: Item, severity: float, seed: int):
    before = Draft(original, replace(TEMPLATE, answer_type="exam"))
    edited = one.change(before, severity, rng(seed))
    new = edited.draft.item
    assert replace(new, choices=original.choices, gold=original.gold, golds=original.golds) == original
    assert right(new) == right(original)
    assert (new == original) == (edited.edits == ())
    if len(new.choices) == len(original.choices):
        assert sorted(new.choices) == sorted(original.choices)
    if edited.edits:
        found = objections(before, edited.draft, one)
        assert not any(
            "right option" in why or "edits a character" in why or "identical" in why for why in found
        )


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("order_alphabetical", ("Ant", "bee", "cat", "deer")),
        ("order_alphabetical_reverse", ("deer", "cat", "bee", "Ant")),
        ("order_length", ("bee", "Ant", "cat", "deer")),
        ("order_length_reverse", ("deer", "bee", "Ant", "cat")),
        ("gold_first", ("cat", "bee", "deer", "Ant")),
        ("gold_second", ("bee", "cat", "deer", "Ant")),
        ("gold_third", ("bee", "deer", "cat", "Ant")),
        ("gold_fourth", ("bee", "deer", "Ant", "cat")),
        ("gold_last", ("bee", "deer", "Ant", "cat")),
    ],
)
def test_orders(name: str, order: tuple[str, ...]):
    original = item("bee", "deer", "Ant", "cat", gold=3)
    new = changed(name, original).draft.item
    assert new.choices == order
    assert new.gold == order.index("cat")
    # A last option about the others stays, and the rest are ordered as before.
    held = changed(name, item(*original.choices, "none of the above", gold=3)).draft.item
    assert held.choices == (*order, "none of the above")


def test_an_order_that_is_there_already_is_no_change():
    assert changed("order_length", item("a", "bb", "ccc")).edits == ()
    assert changed("gold_first", item("a", "bb")).edits == ()


def test_severity_of_an_order_is_a_chance():
    original = item("b", "a")
    for severity in (0.2, 0.7):
        shares = np.mean(
            [bool(changed("order_alphabetical", original, severity, seed).edits) for seed in range(1000)]
        )
        assert abs(shares - severity) < 0.05
    for seed in range(100):  # nested
        assert (
            not changed("gold_last", original, 0.3, seed).edits
            or changed("gold_last", original, 0.6, seed).edits
        )


def test_several_right_options_follow_but_have_no_single_place():
    original = several("b", "a", "c", golds=(0, 2))
    assert changed("order_alphabetical", original).draft.item.golds == (1, 2)
    assert changed("gold_first", original).edits == ()
    assert changed("gold_fourth", item("a", "b", "c")).edits == ()


@pytest.mark.parametrize(
    ("severity", "order"), [(0.01, "dabc"), (1 / 3, "dabc"), (0.34, "dabc"), (2 / 3, "cdab"), (1.0, "bcda")]
)
def test_rotations(severity: float, order: str):
    variant = order_circular(item(*"abcd", gold=1), severity, rng())
    assert "".join(variant.item.choices) == order
    assert variant.item.gold == order.index("b")
    assert len(variant.edits) == 4
    assert order_circular(item("a"), severity, rng()).edits == ()


def test_none_of_the_above():
    draft = Draft(item("a", "b", gold=1), TEMPLATE)
    edited = none_of_the_above(draft, 1.0, rng())
    assert edited.draft.item == replace(draft.item, choices=("a", "b", "None of the above"))
    assert edited.edits == ("option 3 ('None of the above') added",)
    chinese = replace(draft, item=replace(draft.item, question="哪一个？"))
    assert none_of_the_above(chinese, 1.0, rng()).draft.item.choices[2] == "以上都不对"
    for last in ("None of these", "none", "Neither.", "以上都不对", "no correct answer", "not listed"):
        there = Draft(item("a", last), TEMPLATE)
        assert none_of_the_above(there, 1.0, rng()) == Edited(there)
    for last in ("neither bees nor plants", "nonetheless", "a nun"):
        assert none_of_the_above(Draft(item("a", last), TEMPLATE), 1.0, rng()).edits
    full = Draft(item(*"abcdefgh"), TEMPLATE)
    assert none_of_the_above(full, 1.0, rng()) == Edited(full)
    share = np.mean([bool(none_of_the_above(draft, 0.4, rng(seed)).edits) for seed in range(1000)])
    assert abs(share - 0.4) < 0.05


@pytest.mark.parametrize(("severity", "left"), [(0.01, 4), (0.25, 4), (0.5, 3), (0.75, 2), (1.0, 2)])
def test_dropped_distractors(severity: float, left: int):
    for seed in range(20):
        variant = drop_distractor(item(*"abcde", gold=2), severity, rng(seed))
        assert len(variant.item.choices) == left
        assert len(variant.edits) == 5 - left
        assert all(edit.endswith("left out") for edit in variant.edits)
        assert variant.item.choices[variant.item.gold or 0] == "c"
        assert list(variant.item.choices) == sorted(variant.item.choices)
        weaker = drop_distractor(item(*"abcde", gold=2), severity / 2, rng(seed))
        assert set(weaker.edits) <= set(variant.edits)


def test_distractors_that_must_stay():
    assert drop_distractor(item("a", "b"), 1.0, rng()).edits == ()
    assert drop_distractor(several(*"abc", golds=(0, 1)), 1.0, rng()).edits == ()
    # Of fewer options "all of the above" could become right.
    assert drop_distractor(item("a", "b", "c", "all of the above"), 1.0, rng()).edits == ()
    dropped = drop_distractor(item("a", "b", "c", "none of the above", gold=3), 1.0, rng())
    assert dropped.item.choices[-1] == "none of the above"
    assert len(dropped.item.choices) == 2


def test_names_and_kinds():
    assert len(BY_NAME) == len(CHOICES) == 27
    assert {one.family for one in CHOICES} == {"choices"}
    assert all(one.preserves for one in CHOICES)
    assert all(one.by_item == (one.touches == "choices") for one in CHOICES)
