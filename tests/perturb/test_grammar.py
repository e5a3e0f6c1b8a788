from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from perturb import Item, Template, render
from perturb.grammar import (
    SEPARATORS,
    SPACES,
    WRAPPERS,
    Grammar,
    distance,
    formats,
    own_format,
    sample,
)
from perturb.layout import Format, apply

SHOT = Item("s", "What barks?", ("a dog",))
ITEM = Item("i", "What purrs?", ("a cat",))
OPTIONS = ("a cat", "a dog", "a bee")
CHOICE_SHOT = replace(SHOT, choices=OPTIONS, gold=1)
CHOICE_ITEM = replace(ITEM, choices=OPTIONS, gold=0)
WORDS = Template("words", "short", "Question: {question}", "Answer:", "Answer: Let's think.")
LETTERS = Template("letters", "short", "Q: {question}", "A:")
BARE = Template("bare", "short", "{question}", "Answer:")
CHOICE = Template(
    "choice",
    "choice",
    "Question: {question}\n\n{options}\nAnswer with the letter of the right option.",
    "Answer:",
    instruction="Give the letter.",
    labels=tuple("ABCD"),
    gold="({label}) {text}",
)
NAMED = replace(CHOICE, option="Choice {label}: {text}", gold="{label}")
CODE = Template("code", "code", "Task:\n{question}", "Program:", gap="\n")
EXAM = replace(CHOICE, name="exam", answer_type="exam")


def text(template: Template, *, shots: int = 1) -> str:
    item, shot = (CHOICE_ITEM, CHOICE_SHOT) if template.labels else (ITEM, SHOT)
    found = render(template, item, [shot][:shots], cot=False, form="completion").text
    assert found is not None
    return found


def texts(template: Template, grammar: Grammar, *, shots: int = 1) -> set[str]:
    every = (grammar.at(index) for index in range(grammar.size))
    return {text(apply(form, template), shots=shots) for form in every}


def part(template: Template, *names: str) -> Grammar:
    """The grammar of some axes; the template's own format on the others."""
    return Grammar(tuple(axis for axis in formats(template).axes if axis[0] in names))


def test_the_lists_of_the_source():
    assert len(set(SEPARATORS)) == len(SEPARATORS) == 14  # and the empty one, for options
    assert len(set(SPACES)) == len(SPACES) == 15
    assert len(set(WRAPPERS)) == len(WRAPPERS) == 6


@pytest.mark.parametrize(
    ("template", "sizes"),
    [
        (WORDS, {"separator": 14, "space": 15, "casing": 3}),
        (LETTERS, {"separator": 8, "space": 15, "casing": 2}),
        (BARE, {"separator": 8, "space": 5, "casing": 3}),
        (replace(WORDS, question="QUESTION: {question}"), {"separator": 14, "space": 15, "casing": 4}),
        (replace(WORDS, question="题目：{question}", answer="答案："), {"separator": 14, "space": 15}),
        (replace(WORDS, question="The task is {question}", answer="####"), {"space": 15}),
        (CODE, {"separator": 8, "space": 15, "casing": 3}),
        (
            CHOICE,
            {
                "separator": 14,
                "space": 15,
                "casing": 3,
                "wrapper": 6,
                "numbering": 6,
                "listing": 11 * 15 + 20,
            },
        ),
        (
            NAMED,
            {"separator": 14, "space": 15, "casing": 3, "gap": 4}
            | {"wrapper": 6, "numbering": 6, "listing": 11 * 15 + 20},
        ),
        (
            EXAM,
            {"separator": 14, "space": 7, "casing": 3, "wrapper": 6, "numbering": 6, "listing": 11 * 15 + 20},
        ),
        (replace(CHOICE, question="Question: {question}"), {"separator": 14, "space": 15, "casing": 3}),
        (
            replace(CHOICE, option="{text} is {label}"),
            {"separator": 14, "space": 15, "casing": 3, "numbering": 6, "listing": 15},
        ),
        (Template("text", "text", "{question}", "", turn=""), {}),
    ],
)
def test_size_is_the_product_of_what_applies(template: Template, sizes: dict[str, int]):
    grammar = formats(template)
    assert {name: len(values) for name, values in grammar.axes} == sizes
    assert grammar.size == int(np.prod([1, *sizes.values()]))


@pytest.mark.parametrize("template", [WORDS, LETTERS, BARE, CODE])
def test_all_formats_are_different_texts(template: Template):
    grammar = formats(template)
    assert len(texts(template, grammar)) == grammar.size


def test_all_formats_of_options_are_different_texts():
    for grammar in (
        part(CHOICE, "wrapper", "numbering", "listing"),
        part(CHOICE, "separator", "space", "casing"),
    ):
        assert len(texts(CHOICE, grammar)) == grammar.size
    grammar = part(NAMED, "gap", "wrapper", "casing", "space")
    assert len(texts(NAMED, grammar)) == grammar.size
    drawn = sample(formats(CHOICE), 3000, np.random.default_rng(0))
    assert len({text(apply(form, CHOICE)) for form in drawn}) == 3000


def test_without_exemplars_a_last_white_space_is_not_seen():
    assert len(texts(WORDS, formats(WORDS), shots=0)) == 630
    assert len(texts(BARE, formats(BARE), shots=0)) == 6 * 5 * 3  # ": " and ":", ":: " and "::" look the same


def test_numbers_and_formats_are_one_to_one():
    grammar = formats(WORDS)
    assert [grammar.index(grammar.at(index)) for index in range(grammar.size)] == list(range(grammar.size))
    assert len(set(map(grammar.at, range(grammar.size)))) == grammar.size
    assert grammar.index(Format("?", "\n", "lower")) is None
    for index in (-1, grammar.size):
        with pytest.raises(IndexError, match=f"format {index} of 630, expected 0 to 629"):
            grammar.at(index)


def test_a_template_is_written_in_its_own_format():
    for template in (WORDS, LETTERS, BARE, CODE, CHOICE, NAMED, EXAM):
        again = apply(own_format(template), template)
        assert replace(again, passage=template.passage) == template
        assert apply(Format(), template) is template
    assert own_format(WORDS) == Format(": ", "\n", "as it is")
    assert own_format(replace(WORDS, gap="\n")).separator is None  # ": " and ":\n"
    assert own_format(CHOICE).space is None  # "\n\n" and "\n"
    assert own_format(CHOICE).listing == (" ", "\n")
    assert own_format(replace(CHOICE, labels=tuple("1234"))).numbering == "numbers"


def test_what_a_format_writes():
    form = Format(" - ", " || ", "upper", None, "[{label}]", "roman", ("\n\t", "; \n"))
    worked = replace(CHOICE, answer_cot="Answer: Let's think.", stop=("\nPassage:", "\n#"))
    template = apply(form, replace(worked, passage="Passage: {passage}\n"))
    assert text(template).splitlines() == [
        "Give the numeral.",
        "",
        "QUESTION - What barks? || [i]",
        "\ta cat; ",
        "[ii]",
        "\ta dog; ",
        "[iii]",
        "\ta bee || Answer with the numeral of the right option. || ANSWER - [ii] a dog",
        "",
        "QUESTION - What purrs? || [i]",
        "\ta cat; ",
        "[ii]",
        "\ta dog; ",
        "[iii]",
        "\ta bee || Answer with the numeral of the right option. || ANSWER -",
    ]
    assert template.answer_cot == "ANSWER - Let's think."
    assert template.passage == "PASSAGE - {passage} || "
    assert template.stop == ("\nPASSAGE -", "\n#")
    assert template.labels == ("i", "ii", "iii", "iv")


def test_white_space_after_a_lead_is_the_gap():
    template = apply(Format(separator="\n\t"), WORDS)
    assert (template.question, template.answer, template.gap) == ("Question\n\t{question}", "Answer", "\n\t")
    assert template.answer_cot == "Answer\n\tLet's think."
    joined = apply(Format(separator=":"), WORDS)
    assert (joined.answer, joined.gap) == ("Answer:", "")
    announced = apply(Format(separator="::"), replace(WORDS, answer="Answer: The answer is"))
    assert (announced.answer, announced.gap) == ("Answer::The answer is", " ")


def test_code_keeps_the_white_space_before_it():
    for form in sample(formats(CODE), 40, np.random.default_rng(0)):
        assert apply(form, CODE).gap == "\n"


def test_a_header_of_options_and_a_named_option():
    headed = replace(CHOICE, question="Question: {question}\nOptions:\n{options}")
    assert apply(Format(" : ", " ", "lower"), headed).question == "question : {question} options : {options}"
    template = apply(Format(casing="upper", gap="\t", wrapper="{label})", listing=("- ", "\n")), NAMED)
    assert template.option == "CHOICE\t{label})- {text}"
    assert template.gold == "{label}"


@pytest.mark.parametrize(
    ("gold", "bracket", "point"),
    [
        ("({label}) {text}", "<{label}> {text}", "{label}. {text}"),
        ("({label})", "<{label}>", "{label}"),
        ("{label}", "{label}", "{label}"),
        ("{text}", "{text}", "{text}"),
    ],
)
def test_exemplars_answer_as_options_are_written(gold: str, bracket: str, point: str):
    template = replace(CHOICE, gold=gold)
    assert apply(Format(wrapper="<{label}>", listing=(": ", " ")), template).gold == bracket
    assert apply(Format(wrapper="{label}."), template).gold == point
    assert apply(Format(listing=("- ", " ")), template).gold == gold


def test_literal_braces_stay():
    template = replace(WORDS, question="Question: {question} in {{}}", answer="Answer: {{")
    assert apply(Format(separator="::"), template).question == "Question::{question} in {{}}"
    assert text(apply(Format(separator="::"), template)).endswith("Question::What purrs? in {}\nAnswer::{")


def test_sampling_is_uniform_and_without_repetition():
    grammar, rng, counts = formats(BARE), np.random.default_rng(1), Counter[Format]()
    for _ in range(2000):
        drawn = sample(grammar, 10, rng)
        assert len(set(drawn)) == 10
        counts.update(drawn)
    expected = 2000 * 10 / grammar.size
    statistic = sum((counts[grammar.at(index)] - expected) ** 2 / expected for index in range(grammar.size))
    assert chi2.ppf(0.0005, grammar.size - 1) < statistic < chi2.ppf(0.9995, grammar.size - 1)


def test_the_first_draw_is_uniform():
    grammar, rng = formats(BARE), np.random.default_rng(2)
    counts = Counter(sample(grammar, 3, rng)[0] for _ in range(12_000))
    statistic = sum((counts[grammar.at(index)] - 100) ** 2 / 100 for index in range(grammar.size))
    assert statistic < chi2.ppf(0.999, grammar.size - 1)


def test_samples_of_all_and_of_none():
    grammar, rng = formats(BARE), np.random.default_rng(0)
    assert set(sample(grammar, grammar.size, rng)) == set(map(grammar.at, range(grammar.size)))
    assert sample(grammar, 0, rng) == ()
    for k in (-1, grammar.size + 1):
        with pytest.raises(ValueError, match=f"{k} formats asked for, expected 0 to 120"):
            sample(grammar, k, rng)


def test_a_large_grammar_is_sampled_without_being_listed():
    assert len(set(sample(formats(NAMED), 50, np.random.default_rng(0)))) == 50


PLACES = st.integers(0, formats(CHOICE).size - 1).map(formats(CHOICE).at)


@given(one=PLACES, other=PLACES, third=PLACES)
def test_distance_is_a_metric(one: Format, other: Format, third: Format):
    assert 0 <= distance(one, other) <= 1
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, third) <= distance(one, other) + distance(other, third) + 1e-12


def test_distance_is_the_share_of_the_axes():
    one = Format(": ", "\n", "lower")
    assert distance(one, Format(": ", " ", "upper")) == pytest.approx(2 / 3)
    assert distance(Format(), Format()) == 0
    with pytest.raises(ValueError, match="not of one grammar"):
        distance(one, Format(": ", "\n"))


TYPES = [
    WORDS,
    CHOICE,
    EXAM,
    CODE,
    *(
        replace(WORDS, name=kind, answer_type=kind)
        for kind in ("number", "expression", "exact", "span", "word", "text")
    ),
]


@pytest.mark.parametrize("template", TYPES, ids=lambda template: template.answer_type)
def test_every_format_renders(template: Template):
    rng = np.random.default_rng(3)
    item, shot = (CHOICE_ITEM, CHOICE_SHOT) if template.labels else (ITEM, SHOT)
    blank = Item("b", "____ purrs.", ("a cat",), passage="On pets.")
    for form in sample(formats(template), 100, rng):
        written = apply(form, template)
        for asked in [item, blank][: 1 + (template.answer_type == "exam")]:
            prompt = render(written, asked, [shot], cot=False, form="completion")
            shown = prompt.text or ""
            assert shown == shown.rstrip()
            assert asked.question in shown
            assert all(choice in shown for choice in asked.choices)
            assert len({label.casefold() for label in prompt.labels}) == len(asked.choices)
            assert not any(stop in " a cat\n(A) a cat\nThe answer is a cat." for stop in prompt.stop)
            assert not any(stop.strip().isalpha() and len(stop.strip()) == 1 for stop in prompt.stop)
