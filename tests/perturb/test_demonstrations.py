from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb.demonstrations import EXEMPLARS, LOOKED_AT, overlap
from perturb.draft import Draft, Edited
from perturb.guard import objections
from perturb.item import Item
from perturb.template import Template, render
from perturb.variant import Perturbation

BY_NAME = {one.name: one for one in EXEMPLARS}
SHORT = Template("qa", "short", "Q: {question}", "A:")
CHOICE = Template(
    "choice", "choice", "Q: {question}\n{options}", "A:", labels=tuple("ABCDEF"), gold="({label})"
)
EXAM = replace(CHOICE, name="exam", answer_type="exam")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def shot(
    number: int,
    *,
    question: str = "",
    answers: tuple[str, ...] | None = None,
    subject: str = "",
    solution: str = "",
) -> Item:
    given = (f"answer {number}",) if answers is None else answers
    return Item(f"s{number}", question or f"Question {number}?", given, subject=subject, solution=solution)


def pick(number: int, gold: int = 0, options: int = 4, *, question: str = "", subject: str = "") -> Item:
    choices = tuple(f"option {number}{letter}" for letter in "abcdef"[:options])
    item = shot(number, question=question, answers=(choices[gold],), subject=subject)
    return replace(item, choices=choices, gold=gold)


POOL = tuple(shot(number) for number in range(12))
ASKED = Item("asked", "What is the capital of Peru?", ("Lima",))
DRAFT = Draft(ASKED, SHORT, POOL[:4], POOL)
PICKS = tuple(pick(number, gold) for number, gold in enumerate((0, 0, 1, 0, 3, 0, 0, 0)))
CHOSEN = Draft(pick(99), CHOICE, PICKS, PICKS)


def changed(name: str, draft: Draft = DRAFT, severity: float = 1.0, seed: int = 0) -> Edited:
    """What a perturbation that the guard lets pass makes of a draft."""
    one = BY_NAME[name]
    edited = one.change(draft, severity, rng(seed))
    assert edited.edits
    assert objections(draft, edited.draft, one) == ()
    assert replace(edited.draft, exemplars=draft.exemplars) == draft
    return edited


def ids(edited: Edited) -> list[str]:
    return [one.id for one in edited.draft.exemplars]


def test_the_names():
    assert list(BY_NAME) == [
        "exemplar_order",
        "exemplar_swap",
        "exemplar_nearest",
        "exemplar_farthest",
        "exemplar_fewer",
        "exemplar_format",
        "exemplar_labels_balanced",
        "exemplar_label_skew",
        "exemplar_wrong_labels",
    ]
    assert [one.name for one in EXEMPLARS if not one.preserves] == ["exemplar_wrong_labels"]
    assert [one.name for one in EXEMPLARS if one.by_item] == ["exemplar_nearest", "exemplar_farthest"]


@pytest.mark.parametrize("one", EXEMPLARS, ids=lambda one: one.name)
def test_without_exemplars_nothing_changes(one: Perturbation):
    for draft in (Draft(ASKED, SHORT, (), POOL), Draft(ASKED, SHORT)):
        assert one.change(draft, 1.0, rng()) == Edited(draft)


@pytest.mark.parametrize("one", EXEMPLARS, ids=lambda one: one.name)
def test_a_draw_for_all_items_looks_at_no_item(one: Perturbation):
    other = replace(CHOSEN, item=pick(98))
    both = [one.change(draft, 0.6, rng(3)).draft for draft in (CHOSEN, other)]
    assert one.by_item or both[0].exemplars == both[1].exemplars
    assert both[0].exemplar_formats == both[1].exemplar_formats


@pytest.mark.parametrize(("severity", "moved"), [(0.01, 2), (0.5, 2), (0.75, 3), (1.0, 4)])
def test_order(severity: float, moved: int):
    orders = set[tuple[str, ...]]()
    for seed in range(80):
        edited = changed("exemplar_order", severity=severity, seed=seed)
        assert sorted(ids(edited)) == ["s0", "s1", "s2", "s3"]
        assert (
            sum(new != old for new, old in zip(ids(edited), ["s0", "s1", "s2", "s3"], strict=True)) == moved
        )
        assert len(edited.edits) == moved
        orders.add(tuple(ids(edited)))
    assert len(orders) == {2: 6, 3: 8, 4: 6}[moved]  # pairs; cycles of three; of four
    single = replace(DRAFT, exemplars=POOL[:1])
    assert BY_NAME["exemplar_order"].change(single, 1.0, rng()).edits == ()


@pytest.mark.parametrize(("severity", "exchanged"), [(0.01, 1), (0.25, 1), (0.5, 2), (1.0, 4)])
def test_swap(severity: float, exchanged: int):
    seen = set[str]()
    for seed in range(60):
        new = ids(changed("exemplar_swap", severity=severity, seed=seed))
        assert len(set(new)) == 4
        assert len({*new} - {"s0", "s1", "s2", "s3"}) == exchanged
        seen.update(new)
    assert seen == {one.id for one in (POOL if severity < 1 else POOL[4:])}


def test_swap_says_what_came_for_what():
    edited = changed("exemplar_swap", replace(DRAFT, exemplars=POOL[:1], pool=POOL[:2]))
    assert edited.edits == ("exemplar 1: 'Question 0?' → 'Question 1?'",)


def test_swap_keeps_subject_options_and_solutions():
    old = (shot(0, subject="a", solution="s"), shot(1, subject="b"), pick(2, subject="b"))
    pool = (
        *old,
        shot(3, subject="a"),
        shot(4, subject="a", solution="t"),
        shot(5, subject="b"),
        pick(6, subject="b"),
        pick(7, subject="b", options=6),
        shot(8, subject="c", solution="u"),
        shot(9, subject="b", answers=()),
    )
    draft = Draft(shot(99, subject="a"), replace(EXAM, labels=tuple("ABCDE")), old, pool)
    for seed in range(20):
        assert ids(changed("exemplar_swap", draft, seed=seed)) == ["s4", "s5", "s6"]


def test_swap_never_shows_the_item_itself():
    twin = shot(50, question="what is the capital of  Peru?")
    draft = replace(DRAFT, pool=(*POOL[:4], ASKED, twin))
    assert BY_NAME["exemplar_swap"].change(draft, 1.0, rng()).edits == ()


@pytest.mark.parametrize("name", ["exemplar_order", "exemplar_swap", "exemplar_nearest", "exemplar_farthest"])
def test_as_many_exemplars_as_before(name: str):
    for count in range(1, 12):
        for severity in (0.1, 0.5, 1.0):
            draft = replace(DRAFT, exemplars=POOL[:count])
            exemplars = BY_NAME[name].change(draft, severity, rng()).draft.exemplars
            assert len({one.id for one in exemplars}) == len(exemplars) == count


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("The capital of Peru?", "the CAPITAL of Chile", 3 / 5),
        ("one two", "three four", 0.0),
        ("", "", 0.0),
        ("日本の首都", "日本の人口", 3 / 7),
        ("GPT日本", "gpt 日", 2 / 3),
        ("\ud800 a", "a", 1.0),
    ],
)
def test_overlap(first: str, second: str, expected: float):
    assert overlap(first, second) == overlap(second, first) == pytest.approx(expected)


def near_pool() -> tuple[Item, ...]:
    questions = (
        "Who wrote it?",
        "What is the capital of Chile?",
        "What is the capital of Peru and of Chile?",
        "How many eggs?",
        "What is the capital?",
        "Where do whales sing?",
    )
    return tuple(shot(number, question=question) for number, question in enumerate(questions))


def test_nearest_comes_last():
    pool = near_pool()
    draft = Draft(ASKED, SHORT, (pool[0], pool[3], pool[5]), pool)
    assert ids(changed("exemplar_nearest", draft)) == ["s4", "s1", "s2"]
    assert ids(changed("exemplar_nearest", draft, 0.3)) == ["s0", "s3", "s2"]
    assert ids(changed("exemplar_nearest", draft, 0.4)) == ["s0", "s1", "s2"]
    assert changed("exemplar_nearest", draft, seed=1) == changed("exemplar_nearest", draft, seed=2)


def test_farthest_comes_last():
    pool = near_pool()
    draft = Draft(ASKED, SHORT, (pool[1], pool[2]), pool)
    assert ids(changed("exemplar_farthest", draft)) == ["s3", "s0"]
    # One that is already shown is not shown twice, and makes room for an original one.
    draft = Draft(ASKED, SHORT, (pool[0], pool[1], pool[2]), pool)
    assert ids(changed("exemplar_farthest", draft, 0.3)) == ["s1", "s2", "s0"]


def test_nearest_keeps_subject_and_kind_and_leaves_out_the_item():
    pool = (
        shot(0, subject="a"),
        shot(1, subject="a", question="Is Lima the capital of Peru?"),
        shot(2, subject="b", question="What is the capital of Chile?"),
        pick(3, subject="a", question="What is the capital of Chile?"),
        shot(4, subject="a", question=ASKED.question.upper()),
        replace(ASKED, subject="a"),
    )
    draft = Draft(replace(ASKED, subject="a"), SHORT, pool[:1], pool)
    assert ids(changed("exemplar_nearest", draft)) == ["s1"]
    solved = replace(draft, exemplars=(replace(pool[0], solution="s"),))
    assert BY_NAME["exemplar_nearest"].change(solved, 1.0, rng()).edits == ()


def test_nearest_looks_at_the_first_of_a_long_source():
    pool = (*(shot(number) for number in range(LOOKED_AT)), shot(LOOKED_AT, question="The capital of Chile?"))
    draft = Draft(ASKED, SHORT, pool[1:2], pool)
    assert ids(changed("exemplar_nearest", draft)) == ["s0"]
    assert ids(changed("exemplar_nearest", replace(draft, pool=pool[1:]))) == [f"s{LOOKED_AT}"]


@pytest.mark.parametrize(("severity", "left"), [(0.01, 3), (0.25, 3), (0.5, 2), (0.9, 0), (1.0, 0)])
def test_fewer(severity: float, left: int):
    for seed in range(20):
        edited = changed("exemplar_fewer", severity=severity, seed=seed)
        assert len(ids(edited)) == left
        assert ids(edited) == sorted(ids(edited))
        assert len(edited.edits) == 4 - left
    assert "exemplar 1 ('Question 0?') left out" in changed("exemplar_fewer").edits


def golds(edited: Edited) -> list[int | None]:
    return [one.gold for one in edited.draft.exemplars]


def test_skewed_labels_are_all_in_one_place_and_every_place_occurs():
    places = set[int | None]()
    for seed in range(60):
        edited = changed("exemplar_label_skew", CHOSEN, seed=seed)
        assert len(set(golds(edited))) == 1
        places.update(golds(edited))
    assert places == {0, 1, 2, 3}


def test_balanced_labels_are_in_every_place_equally_often():
    for seed in range(30):
        assert Counter(golds(changed("exemplar_labels_balanced", CHOSEN, seed=seed))) == dict.fromkeys(
            range(4), 2
        )
    five = replace(CHOSEN, exemplars=PICKS[:5])
    assert sorted(Counter(golds(changed("exemplar_labels_balanced", five))).values()) == [1, 1, 1, 2]


@pytest.mark.parametrize("name", ["exemplar_labels_balanced", "exemplar_label_skew"])
def test_moved_options_say_the_same(name: str):
    for seed in range(20):
        edited = BY_NAME[name].change(CHOSEN, 0.5, rng(seed))
        pairs = list(zip(PICKS, edited.draft.exemplars, strict=True))
        for old, new in pairs:
            assert old.gold is not None
            assert new.gold is not None
            assert sorted(new.choices) == sorted(old.choices)
            assert new.choices[new.gold] == old.choices[old.gold]
            assert replace(new, choices=old.choices, gold=old.gold) == old
        assert sum(old != new for old, new in pairs) == len(edited.edits) <= 4


@pytest.mark.parametrize("name", ["exemplar_labels_balanced", "exemplar_label_skew"])
def test_options_that_speak_of_one_another_stay(name: str):
    fixed = replace(pick(1, 1), choices=("x", "y", "both A and B", "z"), answers=("y",))
    last = replace(pick(2, 3), choices=("x", "y", "z", "none of the above"), answers=("none of the above",))
    free = replace(pick(3, 0), choices=("x", "y", "z", "all of the above"), answers=("x",))
    blank, several = shot(4), replace(pick(5), gold=None, golds=(0, 1))
    draft = Draft(pick(99), EXAM, (fixed, last, free, blank, several))
    seen = {BY_NAME[name].change(draft, 1.0, rng(seed)).draft.exemplars for seed in range(60)}
    assert {one[0:2] for one in seen} == {(fixed, last)}
    assert {one[3:5] for one in seen} == {(blank, several)}
    assert {one[2].gold for one in seen} == {0, 1, 2}
    assert {one[2].choices[3] for one in seen} == {"all of the above"}


def test_places_are_those_of_the_shortest_list():
    draft = replace(CHOSEN, exemplars=(pick(1, 3, 4), pick(2, 1, 2), pick(3, 0, 3)))
    for name in ("exemplar_labels_balanced", "exemplar_label_skew"):
        for seed in range(20):
            assert set(golds(changed(name, draft, seed=seed))) <= {0, 1}


@pytest.mark.parametrize(("severity", "wrong"), [(0.01, 1), (0.25, 2), (1.0, 8)])
def test_wrong_options(severity: float, wrong: int):
    for seed in range(20):
        edited = changed("exemplar_wrong_labels", CHOSEN, severity, seed)
        pairs = zip(PICKS, edited.draft.exemplars, strict=True)
        assert sum(new.gold != old.gold for old, new in pairs) == wrong
        for one in edited.draft.exemplars:
            assert one.gold is not None
            assert one.answers == (one.choices[one.gold],)
    places = {
        changed("exemplar_wrong_labels", CHOSEN, seed=seed).draft.exemplars[0].gold for seed in range(40)
    }
    assert places == {1, 2, 3}


def test_wrong_answers_are_those_of_others():
    seen = set[str]()
    for seed in range(100):
        edited = changed("exemplar_wrong_labels", seed=seed)
        for old, new in zip(POOL[:4], edited.draft.exemplars, strict=True):
            assert new.answers[0] not in old.answers
            assert replace(new, answers=old.answers) == old
        seen.add(edited.draft.exemplars[0].answers[0])
    assert seen == {one.answers[0] for one in POOL[1:]}


@pytest.mark.parametrize(
    ("answers", "others"),
    [(("Rome", "Roma"), ("rome", "ROMA ", "Rome.")), (("1,000",), ("1000", "1 000")), (("] )",), ("])",))],
)
def test_another_way_to_write_the_right_answer_is_not_wrong(
    answers: tuple[str, ...], others: tuple[str, ...]
):
    pool = tuple(shot(number, answers=(text,)) for number, text in enumerate(others))
    draft = Draft(ASKED, SHORT, (shot(50, answers=answers),), pool)
    assert BY_NAME["exemplar_wrong_labels"].change(draft, 1.0, rng()).edits == ()
    draft = replace(draft, pool=(*pool, shot(9, answers=("Paris",))))
    assert changed("exemplar_wrong_labels", draft).draft.exemplars[0].answers == ("Paris",)


def test_wrong_answers_of_exams_and_subjects():
    several = replace(pick(1, options=3), gold=None, golds=(0, 2))
    everything = replace(pick(2, options=2), gold=None, golds=(0, 1))
    blank = shot(3, subject="a", answers=("7",))
    pool = (shot(4, subject="b", answers=("8",)), shot(5, subject="a", answers=("9",)), pick(6, subject="a"))
    draft = Draft(pick(99), EXAM, (several, everything, blank), pool)
    for seed in range(10):
        new = changed("exemplar_wrong_labels", draft, seed=seed).draft.exemplars
        assert new[0].golds == (1,)
        assert new[1] == everything
        assert new[2].answers == ("9",)


def test_wrong_answers_without_a_source_come_from_the_other_exemplars():
    draft = Draft(ASKED, SHORT, POOL[:2])
    new = changed("exemplar_wrong_labels", draft).draft
    assert [one.answers for one in new.exemplars] == [("answer 1",), ("answer 0",)]
    text = render(SHORT, ASKED, new.exemplars, cot=False, form="completion").text
    assert (
        text
        == "Q: Question 0?\nA: answer 1\n\nQ: Question 1?\nA: answer 0\n\nQ: What is the capital of Peru?\nA:"
    )


@pytest.mark.parametrize("one", [one for one in EXEMPLARS if one.nested], ids=lambda one: one.name)
@given(low=st.floats(0.001, 1), high=st.floats(0.001, 1), seed=st.integers(0, 1000))
def test_a_stronger_variant_holds_a_weaker_one(one: Perturbation, low: float, high: float, seed: int):
    low, high = sorted((low, high))
    for draft in (CHOSEN, DRAFT):
        weak, strong = (one.change(draft, severity, rng(seed)).edits for severity in (low, high))
        assert set(weak) <= set(strong)
