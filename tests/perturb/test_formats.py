from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2

from perturb import Item, Template, render
from perturb.draft import Draft, Edited
from perturb.formats import EXAMPLE_SEPARATORS, FORMATS, example_separator, format_grammar
from perturb.grammar import formats, own_format
from perturb.guard import objections
from perturb.variant import Perturbation

WORDS = Template("words", "short", "Question: {question}", "Answer:")
BARE = Template("bare", "short", "{question}", "Answer:")
CHOICE = Template(
    "choice",
    "choice",
    "Question: {question}\n{options}",
    "Answer:",
    labels=tuple("ABCDE"),
    gold="({label}) {text}",
)
SHOT = Item("s", "What barks?", ("a dog",))
ITEM = Item("i", "What purrs?", ("a cat",))
OPTIONS = ("a cat", "a dog", "a bee")
BY_NAME = {one.name: one for one in FORMATS}


def draft(template: Template = WORDS, *, shots: int = 1, item: Item = ITEM) -> Draft:
    if not template.labels:
        return Draft(item, template, (SHOT,)[:shots])
    asked = item if item.choices else replace(item, choices=OPTIONS, gold=0)
    return Draft(asked, template, (replace(SHOT, choices=OPTIONS, gold=1),)[:shots])


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def text(draft: Draft) -> str:
    return render(draft.template, draft.item, draft.exemplars, cot=False, form="completion").text or ""


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
@pytest.mark.parametrize("template", [WORDS, BARE, CHOICE], ids=lambda template: template.name)
def test_every_draw_is_another_format_that_the_guard_lets_pass(one: Perturbation, template: Template):
    before = draft(template)
    for seed in range(40):
        edited = one.change(before, 1.0, rng(seed))
        assert edited.edits
        assert text(edited.draft) != text(before)
        assert objections(before, edited.draft, one) == ()
        assert (edited.draft.item, edited.draft.exemplars) == (before.item, before.exemplars)


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_all_items_are_written_alike(one: Perturbation):
    assert not one.by_item
    others = [replace(ITEM, id="j", question="What is it?"), replace(ITEM, id="k", question="Who? Where?")]
    for seed in range(10):
        drawn = {one.change(draft(item=item), 0.7, rng(seed)).draft.template for item in (ITEM, *others)}
        assert len(drawn) == 1


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_the_shortest_prompt_stays_within_the_bound(one: Perturbation):
    empty = Item("e", "", ("",), choices=("", " "), gold=0)
    before = Draft(empty, replace(CHOICE, question="Q:{question}{options}", answer="A:", gap=""), (empty,))
    for seed in range(200):
        after = one.change(before, 1.0, rng(seed)).draft
        assert not any("edits a character" in why for why in objections(before, after, one))


def test_a_full_change_is_uniform_over_all_formats_but_the_own_one():
    grammar, before = formats(BARE), draft(BARE)
    itself = grammar.index(own_format(BARE))
    assert itself is not None
    counts = Counter(text(format_grammar(before, 1.0, rng(seed)).draft) for seed in range(6000))
    assert len(counts) == grammar.size - 1
    assert text(before) not in counts
    expected = 6000 / len(counts)
    statistic = sum((count - expected) ** 2 / expected for count in counts.values())
    assert statistic < chi2.ppf(0.999, len(counts) - 1)


def test_a_stronger_change_holds_a_weaker_one():
    for seed in range(60):
        edits = [
            format_grammar(draft(CHOICE), severity, rng(seed)).edits for severity in (0.01, 0.3, 0.6, 1.0)
        ]
        assert len(edits[0]) == 1
        assert all(set(weak) <= set(strong) for weak, strong in pairwise(edits))


def test_edits_say_what_was_drawn():
    edited = BY_NAME["descriptor_case"].change(draft(), 1.0, rng())
    assert edited.edits in (("casing → 'upper'",), ("casing → 'lower'",))
    cased = {
        BY_NAME["descriptor_case"].change(draft(), 1.0, rng(seed)).draft.template.question
        for seed in range(9)
    }
    assert cased == {"QUESTION: {question}", "question: {question}"}


@pytest.mark.parametrize(
    ("name", "count"), [("descriptor_case", 2), ("field_separator", 13), ("field_space", 14)]
)
def test_one_axis_draws_every_other_value(name: str, count: int):
    found = {text(BY_NAME[name].change(draft(), 0.1, rng(seed)).draft) for seed in range(300)}
    assert len(found) == count
    assert text(draft()) not in found


def test_example_separators():
    found = {example_separator(draft(), 1.0, rng(seed)).draft.template.separator for seed in range(200)}
    assert found == set(EXAMPLE_SEPARATORS) - {"\n\n"}
    assert example_separator(draft(shots=0), 1.0, rng()) == Edited(draft(shots=0))
    told = draft(replace(WORDS, instruction="Answer."), shots=0)
    assert example_separator(told, 1.0, rng()).edits


def test_what_is_not_seen_is_no_change():
    plain = Template("plain", "text", "{question}", "", turn="")
    for one in FORMATS:
        before = Draft(ITEM, plain)
        assert one.change(before, 1.0, rng()) == Edited(before)
    # The answer's lead ends the prompt, so that ": " and ":" look the same.
    seen = {
        bool(BY_NAME["field_separator"].change(draft(BARE, shots=0), 1.0, rng(seed)).edits)
        for seed in range(60)
    }
    assert seen == {True, False}


def test_labels_that_an_option_names_stay():
    item = replace(ITEM, choices=("a cat", "a dog", "both A and B"), gold=0)
    for seed in range(40):
        edited = format_grammar(draft(CHOICE, item=item), 1.0, rng(seed))
        assert edited.draft.template.labels == CHOICE.labels
        assert edited.edits
