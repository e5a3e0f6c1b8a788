from dataclasses import replace

import numpy as np
import pytest

from perturb import Item, Template, render
from perturb.draft import Draft, Edited
from perturb.guard import objections
from perturb.options import OPTIONS
from perturb.variant import Perturbation

BY_NAME = {one.name: one for one in OPTIONS}
ITEM = Item("i", "What purrs?", ("a cat",), choices=("a cat", "a dog", "a bee"), gold=0)
SHOT = Item("s", "What barks?", ("a dog",), choices=("a cat", "a dog"), gold=1)
TEMPLATE = Template(
    "t",
    "choice",
    "Q: {question}\n{options}\nGive the letter.",
    "A:",
    labels=tuple("ABCDEFGHIJKLMNOP"),
    gold="({label}) {text}",
)
CHANGED = [one for one in OPTIONS if one.name not in ("labels_capitals", "options_lines")]


def changed(name: str, draft: Draft) -> Draft:
    return BY_NAME[name].change(draft, 1.0, np.random.default_rng()).draft


def text(draft: Draft) -> str:
    return render(draft.template, draft.item, draft.exemplars, cot=False, form="completion").text or ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("labels_lower", "(a) a cat\n(b) a dog\n(c) a bee\nGive the letter."),
        ("labels_numbers", "(1) a cat\n(2) a dog\n(3) a bee\nGive the number."),
        ("labels_roman", "(i) a cat\n(ii) a dog\n(iii) a bee\nGive the numeral."),
        ("labels_greek", "(α) a cat\n(β) a dog\n(γ) a bee\nGive the letter."),
        ("labels_circled", "(①) a cat\n(②) a dog\n(③) a bee\nGive the number."),
        ("labels_keyboard", "(!) a cat\n(@) a dog\n(#) a bee\nGive the symbol."),
        ("options_inline", "(A) a cat (B) a dog (C) a bee\nGive the letter."),
        ("options_comma", "(A) a cat, (B) a dog, (C) a bee\nGive the letter."),
        ("options_semicolon", "(A) a cat; (B) a dog; (C) a bee\nGive the letter."),
        ("options_pipe", "(A) a cat | (B) a dog | (C) a bee\nGive the letter."),
        ("options_or", "(A) a cat or (B) a dog or (C) a bee\nGive the letter."),
        ("options_or_upper", "(A) a cat OR (B) a dog OR (C) a bee\nGive the letter."),
    ],
)
def test_what_is_shown(name: str, shown: str):
    assert text(changed(name, Draft(ITEM, TEMPLATE))) == f"Q: What purrs?\n{shown}\nA:"


def test_exemplars_answer_with_the_new_label():
    assert "\nA: (2) a dog\n" in text(changed("labels_numbers", Draft(ITEM, TEMPLATE, (SHOT,))))


@pytest.mark.parametrize("one", CHANGED, ids=lambda one: one.name)
def test_the_change_passes_the_guard_and_is_the_same_for_all(one: Perturbation):
    before = Draft(ITEM, TEMPLATE, (SHOT,))
    edited = [
        one.change(before, severity, np.random.default_rng(seed)) for seed, severity in enumerate((0.01, 1.0))
    ]
    assert edited[0] == edited[1]
    assert edited[0].edits
    assert objections(before, edited[0].draft, one) == ()
    assert (one.touches, one.by_item, one.family) == ("template", False, "choices")


def test_what_is_so_already_is_no_change():
    before = Draft(ITEM, TEMPLATE)
    for name in ("labels_capitals", "options_lines"):
        assert changed(name, before) is before
    there = changed("labels_numbers", changed("options_inline", before))
    assert changed("options_lines", changed("labels_capitals", there)).template == replace(
        TEMPLATE, question=there.template.question
    )


@pytest.mark.parametrize("one", OPTIONS, ids=lambda one: one.name)
def test_options_that_are_not_shown(one: Perturbation):
    cloze = Draft(ITEM, replace(TEMPLATE, question="Q: {question}", gold="{text}"))
    template = replace(TEMPLATE, answer_type="exam", question="Q: {question}\n{options}")
    exam = Draft(Item("x", "____ purrs.", ("a cat",)), template)
    for before in (cloze, exam):
        assert one.change(before, 1.0, np.random.default_rng(0)) == Edited(before)


def test_labels_that_are_named_or_too_few():
    named = Draft(replace(ITEM, choices=("a cat", "a dog", "both A and B")), TEMPLATE)
    assert changed("labels_numbers", named) is named
    many = tuple(f"thing {number}" for number in range(15))
    full = Draft(Item("m", "Which?", (many[14],), choices=many, gold=14), TEMPLATE)
    assert changed("labels_keyboard", full) is full
    assert len(changed("labels_numbers", full).template.labels) == 16
    shown = Draft(ITEM, TEMPLATE, (full.item,))
    assert changed("labels_keyboard", shown) is shown


def test_exams_have_no_keyboard_signs():
    assert BY_NAME["labels_keyboard"].fits == ("choice",)
    assert all(one.fits == ("choice", "exam") for one in OPTIONS if one.name != "labels_keyboard")
