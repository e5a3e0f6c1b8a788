from dataclasses import fields, replace
from time import process_time
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import schema
from perturb import AnswerType, Form, Item, Message, Template, answer_of, continuations, render
from tests.perturb.templates import (
    CHOICE,
    EXAM,
    FORMS,
    FOX,
    ITALY,
    MOON,
    PERU,
    PRIMES,
    QA,
    SPAIN,
    SUM,
    SUN,
    WORD,
)


def test_completion():
    prompt = render(QA, PERU, [ITALY, SPAIN], cot=False, form="completion")
    assert prompt.text == (
        "Answer.\n\n"
        "Q: What is the capital of Italy?\nA: Rome\n\n"
        "Q: What is the capital of Spain?\nA: Madrid\n\n"
        "Q: What is the capital of Peru?\nA:"
    )
    assert prompt.stop == ("\nQ:",)
    assert prompt.labels == ()
    assert prompt.cue is None


def test_completion_with_chain_of_thought():
    prompt = render(QA, PERU, [ITALY], cot=True, form="completion")
    assert prompt.text == (
        'Think, then finish with "The answer is".\n\n'
        "Q: What is the capital of Italy?\nA: Let's think step by step. Italy's capital is on the Tiber.\n"
        "The answer is Rome.\n\n"
        "Q: What is the capital of Peru?\nA: Let's think step by step."
    )
    assert prompt.cue == "The answer is"


def test_chat():
    prompt = render(QA, PERU, [ITALY], cot=False, form="chat")
    assert prompt.text is None
    assert prompt.messages == (
        Message("system", "Answer."),
        Message("user", "Q: What is the capital of Italy?"),
        Message("assistant", "Rome"),
        Message("user", "Q: What is the capital of Peru?"),
    )
    assert prompt.stop == ()


def test_chat_with_chain_of_thought():
    prompt = render(QA, PERU, [ITALY], cot=True, form="chat")
    assert prompt.messages[0] == Message("system", 'Think, then finish with "The answer is".')
    assert prompt.messages[2] == Message("assistant", "Italy's capital is on the Tiber.\nThe answer is Rome.")
    assert prompt.cue == "The answer is"


@pytest.mark.parametrize("shots", [[], [ITALY], [ITALY, SPAIN]])
def test_an_instruction_that_is_no_system_message_begins_the_first_turn(shots: list[Item]):
    prompt = render(replace(QA, system=False), PERU, shots, cot=False, form="chat")
    assert [message.role for message in prompt.messages] == ["user", *["assistant", "user"] * len(shots)]
    first = shots[0] if shots else PERU
    assert prompt.messages[0].content == "Answer.\n\nQ: " + first.question
    assert "\n\n".join(m.content for m in prompt.messages).count("Answer.") == 1


@pytest.mark.parametrize("system", [True, False])
def test_without_instruction_a_chat_is_only_turns(system: bool):
    prompt = render(replace(QA, instruction="", system=system), PERU, [], cot=False, form="chat")
    assert prompt.messages == (Message("user", "Q: What is the capital of Peru?"),)


def test_options_and_exemplar_answers():
    prompt = render(CHOICE, SUN, [MOON], cot=False, form="completion")
    assert prompt.text == (
        "Q: What is the moon?\n(A) a moon\n(B) a star\n(C) a comet\nA: (A) a moon\n\n"
        "Q: What is the sun?\n(A) a planet\n(B) a star\nA:"
    )
    assert prompt.labels == ("A", "B")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [("{label}", "B"), ("({label})", "(B)"), ("{label}. {text}", "B. a star"), ("{text}", "a star")],
)
def test_gold_formats(gold: str, answer: str):
    prompt = render(replace(CHOICE, gold=gold), MOON, [SUN], cot=False, form="chat")
    assert prompt.messages[1] == Message("assistant", answer)
    prompt = render(replace(CHOICE, gold=gold), MOON, [SUN], cot=True, form="chat")
    assert prompt.messages[1] == Message("assistant", f"It shines.\nThe answer is {answer}.")


def test_option_formats():
    template = replace(CHOICE, option="{label}) {text}", option_separator="; ", labels=("1", "2", "3"))
    prompt = render(template, MOON, [], cot=False, form="completion")
    assert prompt.text == "Q: What is the moon?\n1) a moon; 2) a star; 3) a comet\nA:"


@pytest.mark.parametrize("form", FORMS)
def test_a_worked_example_without_solution_is_an_error(form: Form):
    with pytest.raises(ValueError, match=r"item 'pe' .* no worked solution, and its few-shot source"):
        render(QA, ITALY, [SPAIN, PERU], cot=True, form=form)


@pytest.mark.parametrize("form", FORMS)
def test_no_solution_is_needed_without_exemplars(form: Form):
    assert render(QA, PERU, [], cot=True, form=form).cue == "The answer is"


@pytest.mark.parametrize(
    ("template", "item", "message"),
    [
        (QA, MOON, "item 'moon' is multiple choice, template 'qa/test' asks for a short answer"),
        (CHOICE, PERU, "item 'pe' has 0 choices, template 'choice/test' has labels for 1 to 3"),
        (replace(CHOICE, labels=("A", "B")), MOON, "item 'moon' has 3 choices, .* labels for 1 to 2"),
    ],
)
def test_items_that_do_not_fit(template: Template, item: Item, message: str):
    with pytest.raises(ValueError, match=message):
        render(template, item, [], cot=False, form="completion")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What does {question} or {x} mean? {{}} }{",
        "كم عمر؟ \u200f123",
        "line one\n\nQ: line three\n",
        "日本",
        "%s",
    ],
)
def test_questions_survive(text: str):
    item = Item("odd", text, ("x",))
    assert render(QA, item, [item], cot=False, form="completion").text == (
        f"Answer.\n\nQ: {text}\nA: x\n\nQ: {text}\nA:"
    )
    assert render(QA, item, [], cot=False, form="chat").messages[-1] == Message("user", f"Q: {text}")


@given(question=st.text(), answer=st.text(), option=st.text(), form=st.sampled_from(FORMS))
def test_any_text_survives(question: str, answer: str, option: str, form: Form):
    item = Item("any", question, (answer,), choices=(answer, option), gold=0)
    prompt = render(CHOICE, item, [item], cot=False, form=form)
    block = f"Q: {question}\n(A) {answer}\n(B) {option}"
    if form == "chat":
        assert [m.content for m in prompt.messages] == [block, f"(A) {answer}", block]
    else:
        assert prompt.text == f"{block}\nA: (A) {answer}\n\n{block}\nA:"


@pytest.mark.parametrize(
    ("changed", "stop"),
    [
        (QA, "\nQ:"),
        (replace(QA, separator="\n"), "\nQ:"),
        (replace(QA, separator=" ## "), " ## Q:"),
        (replace(QA, question="{question}", answer="Answer:"), "\nAnswer:"),
        (replace(QA, question="{question}", turn=" "), " A:"),
    ],
)
def test_stops_begin_another_question(changed: Template, stop: str):
    assert render(changed, PERU, [], cot=False, form="completion").stop == (stop,)


def test_a_bare_template_stops_a_worked_solution_only_at_the_whole_lead():
    bare = replace(QA, question="{question}", answer="Answer:", answer_cot="Answer: Let's think.")
    assert render(bare, PERU, [], cot=True, form="completion").stop == ("\nAnswer: Let's think.",)


def test_a_passage_stands_before_its_question():
    assert render(QA, FOX, [ITALY], cot=False, form="completion").text == (
        "Answer.\n\nQ: What is the capital of Italy?\nA: Rome\n\nA fox jumps over a dog.\n\nQ: Who jumps?\nA:"
    )
    labelled = replace(QA, passage="Passage: {passage}\n", instruction="")
    assert render(labelled, PERU, [FOX], cot=False, form="chat").messages == (
        Message("user", "Passage: A fox jumps over a dog.\nQ: Who jumps?"),
        Message("assistant", "a fox"),
        Message("user", "Q: What is the capital of Peru?"),
    )
    asked = render(CHOICE, replace(SUN, passage="{text}"), [], cot=False, form="chat")
    assert asked.messages[-1].content == "{text}\n\nQ: What is the sun?\n(A) a planet\n(B) a star"


@pytest.mark.parametrize("form", FORMS)
def test_a_topic_is_named_and_must_be_there(form: Form):
    template = replace(CHOICE, instruction="About {topic}.", instruction_cot="Think about {topic}.")
    asked = replace(SUN, topic="{x} and stars")
    prompt = render(template, asked, [], cot=False, form=form)
    assert (prompt.text or prompt.messages[0].content).startswith("About {x} and stars.")
    assert (
        render(template, asked, [], cot=True, form="chat").messages[0].content == "Think about {x} and stars."
    )
    with pytest.raises(ValueError, match=r"item 'sun' has no topic, which template 'choice/test' names"):
        render(template, SUN, [asked], cot=False, form=form)
    assert render(replace(template, instruction="All."), SUN, [asked], cot=False, form=form)


@pytest.mark.parametrize(
    ("item", "changes", "answer"),
    [
        (SUN, {}, "B"),
        (PRIMES, {}, "A, C"),
        (PRIMES, {"gold": "({label}) {text}", "gold_separator": ""}, "(A) 2(C) 5"),
        (SUM, {}, "= 2"),
        (SUM, {"blank": "{text}"}, "2"),
    ],
)
def test_answers_of_an_exam(item: Item, changes: dict[str, str], answer: str):
    template = replace(EXAM, **changes)
    assert answer_of(template, item, cot=False) == answer
    assert answer_of(template, item, cot=True) == f"{item.solution}\nThe answer is {answer}."
    prompt = render(template, MOON, [item], cot=False, form="chat")
    assert prompt.messages[1] == Message("assistant", answer)


def test_an_exam_shows_no_options_where_there_are_none():
    for pattern in ("Q: {question}\n{options}", "Q: {question}\n\n{options}\n"):
        prompt = render(replace(EXAM, question=pattern), SUM, [], cot=False, form="completion")
        assert prompt.text == "Q: 1 + 1 = __\nA:"
        assert prompt.labels == ()
    prompt = render(EXAM, SUM, [PRIMES], cot=False, form="completion")
    assert prompt.text == "Q: Which are primes?\n(A) 2\n(B) 4\n(C) 5\nA: A, C\n\nQ: 1 + 1 = __\nA:"
    with pytest.raises(ValueError, match="has 3 choices, template 'exam/test' has labels for 0 to 2"):
        render(replace(EXAM, labels=("A", "B")), PRIMES, [], cot=False, form="chat")


def test_a_single_turn_shows_what_a_text_to_continue_does():
    text = render(QA, PERU, [ITALY, SPAIN], cot=False, form="completion").text
    prompt = render(QA, PERU, [ITALY, SPAIN], cot=False, form="chat_single")
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert "\n\n".join(message.content for message in prompt.messages) == text
    (only,) = render(replace(QA, system=False), PERU, [ITALY, SPAIN], cot=False, form="chat_single").messages
    assert only == Message("user", text or "")
    assert (prompt.stop, prompt.form) == ((), "chat")
    cot = render(QA, PERU, [ITALY], cot=True, form="chat_single")
    assert cot.cue == "The answer is"
    assert cot.messages[-1].content.endswith("A: Let's think step by step.")


@pytest.mark.parametrize("cot", [False, True])
def test_a_single_turn_without_exemplars_is_a_chat(cot: bool):
    assert render(QA, PERU, [], cot=cot, form="chat_single") == render(QA, PERU, [], cot=cot, form="chat")


def test_continuations_are_the_options_after_the_gap():
    assert continuations(CHOICE, MOON) == (" (A) a moon", " (B) a star", " (C) a comet")
    assert continuations(replace(CHOICE, gold="{text}", gap="\n"), SUN) == ("\na planet", "\na star")
    assert continuations(CHOICE, replace(MOON, gold=None, golds=(0, 1))) == continuations(CHOICE, MOON)
    assert continuations(QA, PERU) == ()
    # A prompt and a continuation are together what an exemplar would be.
    shown = render(CHOICE, SUN, [MOON], cot=False, form="completion").text or ""
    asked = render(CHOICE, MOON, [], cot=False, form="completion").text or ""
    assert shown.startswith(asked + continuations(CHOICE, MOON)[0] + CHOICE.separator)


@pytest.mark.parametrize(
    ("template", "stop"),
    [
        (replace(QA, stop=("\nText:", "###")), ("\nQ:", "\nText:", "###")),
        (replace(QA, question="{question}", stop=("###",)), ("\nA:", "###")),
        (replace(WORD, stop=("###",)), ("###",)),
        (WORD, ()),
    ],
)
def test_stops_of_a_template_come_beside_its_own(template: Template, stop: tuple[str, ...]):
    assert render(template, PERU, [], cot=False, form="completion").stop == stop
    assert render(template, PERU, [], cot=False, form="chat").stop == ()


@pytest.mark.parametrize("kind", [kind for kind in get_args(AnswerType) if kind not in ("choice", "exam")])
def test_a_lead_may_be_empty_where_the_answer_continues_the_text(kind: AnswerType):
    if kind not in ("word", "code", "text"):
        with pytest.raises(ValueError, match="answer is empty"):
            replace(WORD, answer_type=kind)
        return
    prompt = render(replace(WORD, answer_type=kind), PERU, [ITALY], cot=False, form="completion")
    assert prompt.text == "Go on.\n\nWhat is the capital of Italy? Rome\n\nWhat is the capital of Peru?"


def test_options_that_are_not_shown_may_continue_the_text():
    template = replace(CHOICE, question="{question}", answer="", turn="", gold="{text}")
    prompt = render(template, MOON, [SUN], cot=False, form="completion")
    assert prompt.text == "What is the sun? a star\n\nWhat is the moon?"
    assert prompt.labels == ("A", "B", "C")
    assert prompt.stop == ()


@pytest.mark.parametrize("form", get_args(Form))
def test_a_template_without_chain_of_thought_says_so(form: Form):
    with pytest.raises(ValueError, match="'word/test' has no chain-of-thought form: set cot=false"):
        render(WORD, PERU, [], cot=True, form=form)


@pytest.mark.parametrize("form", get_args(Form))
def test_a_free_text_has_no_answer_to_show(form: Form):
    free = Item("free", "It was", ())
    template = replace(WORD, answer_type="text")
    assert render(template, free, [], cot=False, form=form)
    with pytest.raises(ValueError, match="item 'free' has no right answer to show"):
        render(template, PERU, [free], cot=False, form=form)


def test_the_schema_has_the_same_fields_and_defaults():
    config = {field.name: field for field in fields(schema.TemplateConfig)}
    template = {field.name: field for field in fields(Template)}
    assert set(config) == set(template)
    for name in set(config) - {"labels", "stop"}:
        required = config[name].default == "???"
        assert required == (template[name].default is template[name].default_factory), name
        if not required:
            assert config[name].default == template[name].default, name
    for name in ("labels", "stop"):
        assert (config[name].default_factory, template[name].default) == (list[str], ())
    assert {member.value for member in schema.AnswerType} == set(get_args(AnswerType))


@pytest.mark.parametrize("form", FORMS)
def test_speed(form: Literal["completion", "chat"]):
    shots = tuple(Item(f"s{n}", "Why is that so? " * 8, ("so",), solution="Because. " * 30) for n in range(5))
    items = [Item(f"i{n}", "Why is this so? " * 8, ("so",)) for n in range(10_000)]
    start = process_time()
    for item in items:
        render(QA, item, shots, cot=True, form=form)
    assert process_time() - start < 3
