from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from perturb import Draft, Item, Template, apply
from perturb.exemplar_format import exemplar_format
from perturb.grammar import own_format
from perturb.guard import objections
from perturb.layout import Format
from perturb.registry import PERTURBATIONS

QA = Template("qa", "short", "Question: {question}", "Answer:", answer_cot="Answer: Let's think.")
CHOICE = Template(
    "choice", "choice", "Question: {question}\n{options}", "Answer:", labels=tuple("ABCD"), gold="({label})"
)
BARE = Template("bare", "text", "{question}", "")
SHOTS = tuple(
    Item(f"s{n}", f"Which is {n}?", (f"a{n}",), solution=f"It is {n}.", passage="Rain." * (n == 1))
    for n in range(4)
)
PICKS = tuple(Item(f"p{n}", f"Which is {n}?", (f"a{n}",), (f"a{n}", "b"), 0) for n in range(4))
ASKED = Item("x", "Who is it?", ("Ann",))
DRAFT = Draft(ASKED, QA, SHOTS)
ONE = PERTURBATIONS["exemplar_format"]


def drawn(draft: Draft = DRAFT, severity: float = 1.0, seed: int = 0) -> Draft:
    edited = exemplar_format(draft, severity, np.random.default_rng(seed))
    assert edited.edits
    assert objections(draft, edited.draft, ONE) == ()
    return edited.draft


def in_dashes(draft: Draft, *places: int) -> Draft:
    """A draft some of whose exemplars have a dash after "Question" and "Answer", in capitals."""
    dashes = Format(separator=" - ", space="\n", casing="upper")
    formats = tuple(dashes if place in places else None for place in range(len(draft.exemplars)))
    return replace(draft, exemplar_formats=formats)


def test_a_text_to_continue():
    prompt = in_dashes(replace(DRAFT, exemplars=SHOTS[:2]), 0).prompt(cot=False, form="completion")
    assert prompt.text == (
        "QUESTION - Which is 0?\nANSWER - a0\n\n"
        "Rain.\n\nQuestion: Which is 1?\nAnswer: a1\n\n"
        "Question: Who is it?\nAnswer:"
    )
    assert prompt.stop == ("\nQuestion:", "\nQUESTION -")


def test_chain_of_thought():
    prompt = in_dashes(replace(DRAFT, exemplars=SHOTS[:1]), 0).prompt(cot=True, form="completion")
    assert prompt.text == (
        "QUESTION - Which is 0?\nANSWER - Let's think. It is 0.\nThe answer is a0.\n\n"
        "Question: Who is it?\nAnswer: Let's think."
    )


def test_chats():
    draft = in_dashes(replace(DRAFT, exemplars=SHOTS[:2]), 1)
    turns = draft.prompt(cot=False, form="chat").messages
    assert [turn.content for turn in turns] == [
        "Question: Which is 0?",
        "a0",
        "Rain.\nQUESTION - Which is 1?",
        "a1",
        "Question: Who is it?",
    ]
    single = draft.prompt(cot=False, form="chat_single").messages
    assert len(single) == 1
    assert "ANSWER - a1" in single[0].content
    assert single[0].content.endswith("Question: Who is it?\nAnswer:")


def test_the_question_is_written_as_before_and_the_labels_are_kept():
    draft = Draft(Item("x", "Who is it?", ("Ann",), ("Ann", "Bob"), 0), CHOICE, PICKS)
    wrappers = Counter[str | None]()
    for seed in range(60):
        new = drawn(draft, seed=seed)
        prompt, before = (one.prompt(cot=False, form="completion") for one in (new, draft))
        assert (prompt.text or "").endswith("Question: Who is it?\n(A) Ann\n(B) Bob\nAnswer:")
        assert (prompt.labels, prompt.options) == (before.labels, before.options)
        assert {template.labels for template in new.exemplar_templates()} == {CHOICE.labels}
        wrappers.update({one.wrapper for one in new.exemplar_formats if one})
    assert len(wrappers) == 6


@pytest.mark.parametrize(("severity", "written"), [(0.01, 1), (0.25, 1), (0.5, 2), (0.8, 4), (1.0, 4)])
def test_severity_is_the_share_of_the_exemplars(severity: float, written: int):
    for seed in range(20):
        new = drawn(severity=severity, seed=seed)
        formats = [one for one in new.exemplar_formats if one is not None]
        assert len(formats) == written
        assert len(set(formats)) == 1
        assert formats[0] != own_format(QA)


def test_the_realised_rate_is_that_of_the_prompt():
    rates = [apply("exemplar_format", DRAFT, severity, seed=1).realised for severity in (0.25, 0.5, 1.0)]
    assert 0 < rates[0] < rates[1] < rates[2] < 1


def test_nothing_to_vary():
    for draft in (Draft(ASKED, QA), Draft(ASKED, replace(BARE, answer_type="word"), SHOTS)):
        edited = exemplar_format(draft, 1.0, np.random.default_rng(0))
        assert (edited.draft, edited.edits) == (draft, ())


@pytest.mark.parametrize("name", [name for name, one in PERTURBATIONS.items() if "short" in one.fits])
def test_any_other_may_follow(name: str):
    pool = (*SHOTS, *(Item(f"t{n}", f"What is {n}?", (f"b{n}",), solution="So.") for n in range(4)))
    first = apply("exemplar_format", replace(DRAFT, pool=pool), 0.5, seed=0).draft
    after = apply(name, first, 0.5, seed=0)
    assert after.status != "excluded"
    assert len(after.draft.exemplar_formats) == len(after.draft.exemplars)
    assert after.draft.prompt(cot=False, form="completion").text


def test_the_guard_turns_down_formats_that_something_else_changed():
    typo = PERTURBATIONS["keyboard_typo"]
    assert "exemplars in another format" in objections(DRAFT, in_dashes(DRAFT, 0), typo)


def test_the_guard_looks_at_where_an_exemplars_format_would_end_an_answer():
    item = replace(ASKED, answers=("Ann\nQUESTION - none",))
    draft = replace(DRAFT, item=item)
    assert objections(draft, in_dashes(draft, 0), ONE) == ("an exemplar's format: stops at '\\nQUESTION -'",)


def test_as_many_formats_as_exemplars():
    with pytest.raises(ValueError, match="item 'x': 1 exemplar formats for 4 exemplars"):
        replace(DRAFT, exemplar_formats=(None,))
