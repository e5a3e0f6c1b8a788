"""Whatever labels and format a prompt has, an answer that follows them is read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import conf
from experiments.grading.choice import choice_letter
from experiments.grading.exact import exact_string
from experiments.grading.exam import exam_answer
from experiments.grading.expression import expression_exact
from experiments.grading.extract import body
from experiments.grading.number import number_last
from experiments.grading.reading import Reading
from experiments.grading.short import short_exact
from experiments.grading.span import span_exact
from experiments.grading.word import word_first
from perturb import Form, Item, Prompt, Template, answer_of, render
from perturb.choices import CHOICES
from perturb.draft import Draft
from perturb.formats import FORMATS
from perturb.grammar import formats, sample
from perturb.layout import apply
from perturb.variant import Perturbation

FOLDER = Path(conf.__file__).parent / "template"
READERS: dict[str, Callable[[str, Item, Prompt], Reading]] = {  # strict, and without a sandbox
    "short": short_exact,
    "number": number_last,
    "expression": expression_exact,
    "choice": choice_letter,
    "exam": exam_answer,
    "exact": exact_string,
    "span": span_exact,
    "word": word_first,
}
OPTIONS = ("the cat", "a dog", "vitamins", "2.5 metres")
MANY = tuple(f"thing number {number}" for number in range(14))


def load(path: Path) -> Template:
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key in {"labels", "stop"} & values.keys():
        values[key] = tuple(values[key])
    return Template(**values)


TEMPLATES = [load(path) for path in sorted(FOLDER.glob("*/**/*.yaml"))]
LABELLED = [one for one in TEMPLATES if one.labels and "cloze" not in one.name]
READ = [one for one in TEMPLATES if one.answer_type in READERS and "cloze" not in one.name]


def single(choices: tuple[str, ...], gold: int) -> Item:
    return Item(
        "i", "Which?", (choices[gold],), choices=choices, gold=gold, solution="It is so.", topic="things"
    )


def of_type(answer_type: str) -> tuple[Item, Item]:
    """An exemplar and an item."""
    if answer_type in ("choice", "exam"):
        return single(OPTIONS, 2), single(OPTIONS, 1)
    answers = ("7", "18") if answer_type in ("number", "expression") else ("Ann", "Rome")
    shot, item = (Item(a, f"Who is {a}?", (a,), solution="It is so.", topic="things") for a in answers)
    return shot, item


def prompts(draft: Draft) -> Iterator[tuple[Prompt, bool]]:
    forms: tuple[Form, ...] = ("completion", "chat")
    for cot in (False, True)[: 1 + bool(draft.template.answer_cot)]:
        for form in forms:
            yield render(draft.template, draft.item, draft.exemplars, cot=cot, form=form), cot


def replies(draft: Draft, prompt: Prompt, *, cot: bool) -> list[str]:
    """Right answers: as the exemplars', and, of an option, in other usual ways."""
    template, item = draft.template, draft.item
    own = answer_of(template, item, cot=cot)
    found = [own if cot else template.gap + own]
    if item.gold is not None:
        label, text = prompt.labels[item.gold], item.choices[item.gold]
        stated = [template.final.replace("{answer}", answer) for answer in (label, f"({label})")]
        found += stated if cot else [label, f" {label}", f" ({label})", f" {label}. {text}", *stated]
    return found


def check(draft: Draft) -> None:
    read = READERS[draft.template.answer_type]
    for prompt, cot in prompts(draft):
        for reply in replies(draft, prompt, cot=cot):
            reading = read(body(reply, prompt), draft.item, prompt)
            assert reading.correct, (draft.template.name, reply, prompt)


@pytest.mark.parametrize(
    "one", [one for one in CHOICES if one.touches == "template"], ids=lambda one: one.name
)
def test_every_label_of_every_template_is_read(one: Perturbation):
    for template in LABELLED:
        for choices in (OPTIONS, MANY) if template.answer_type in one.fits else ():
            for gold in range(len(choices)):
                draft = Draft(single(choices, gold), template, (single(OPTIONS, 2),))
                check(one.change(draft, 1.0, np.random.default_rng(0)).draft)


@pytest.mark.parametrize("golds", [(0, 2), (1, 2, 3), (0, 1, 2, 3)])
def test_several_labels_of_an_exam_are_read(golds: tuple[int, ...]):
    item = Item("i", "Which?", ("it",), choices=OPTIONS, golds=golds, solution="It is so.")
    for template in LABELLED:
        if template.answer_type == "exam":
            drafts = [Draft(item, template, (single(OPTIONS, 2),))]
            for one in CHOICES:
                if one.touches == "template" and "exam" in one.fits:
                    drafts.append(one.change(drafts[0], 1.0, np.random.default_rng(0)).draft)
            for form in sample(formats(template), 200, np.random.default_rng(0)):
                drafts.append(Draft(item, apply(form, template), drafts[0].exemplars))
            for draft in drafts:
                check(draft)


def test_another_label_is_wrong():
    template = next(one for one in LABELLED if one.name == "choice/question_answer")
    for one in CHOICES:
        draft = one.change(Draft(single(OPTIONS, 1), template), 1.0, np.random.default_rng(0)).draft
        prompt = render(draft.template, draft.item, (), cot=False, form="completion")
        wrong = prompt.labels[(draft.item.gold or 0) - 1]
        reading = choice_letter(body(f" ({wrong})", prompt), draft.item, prompt)
        assert (reading.extracted, reading.correct) == (wrong, False)


@pytest.mark.parametrize("template", READ, ids=lambda template: template.name)
def test_answers_in_every_format_are_read(template: Template):
    shot, item = of_type(template.answer_type)
    grammar = formats(template)
    for form in sample(grammar, min(40, grammar.size), np.random.default_rng(0)):
        check(Draft(item, apply(form, template), (shot,)))


@pytest.mark.parametrize("template", READ, ids=lambda template: template.name)
def test_answers_after_a_format_perturbation_are_read(template: Template):
    shot, item = of_type(template.answer_type)
    for one in FORMATS:
        for seed in range(4):
            check(
                one.change(Draft(item, template, (shot,)), 1.0, np.random.default_rng(seed)).draft,
            )


def test_all_answer_types_are_there():
    assert {one.answer_type for one in READ} == set(READERS)
    assert len(LABELLED) >= 20
