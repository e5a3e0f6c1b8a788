from dataclasses import fields, replace
from time import process_time
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import schema
from perturb import Form, Item, Message, Template, render

QA = Template(
    name="qa/test",
    answer_type="short",
    question="Q: {question}",
    answer="A:",
    answer_cot="A: Let's think step by step.",
    instruction="Answer.",
    instruction_cot='Think, then finish with "The answer is".',
)
CHOICE = Template(
    name="choice/test",
    answer_type="choice",
    question="Q: {question}\n{options}",
    answer="A:",
    answer_cot="A: Let's think.",
    labels=("A", "B", "C"),
    gold="({label}) {text}",
)
ITALY = Item(
    "it", "What is the capital of Italy?", ("Rome", "Roma"), solution="Italy's capital is on the Tiber."
)
SPAIN = Item("es", "What is the capital of Spain?", ("Madrid",), solution="It lies in the middle.")
PERU = Item("pe", "What is the capital of Peru?", ("Lima",))
SUN = Item(
    "sun", "What is the sun?", ("a star",), choices=("a planet", "a star"), gold=1, solution="It shines."
)
MOON = Item("moon", "What is the moon?", ("a moon",), choices=("a moon", "a star", "a comet"), gold=0)
FORMS: tuple[Form, ...] = ("completion", "chat")


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": "Q: {qestion}"}, r"template 'qa/test', question: unknown placeholder \{qestion\}"),
        ({"question": "Q:"}, r"template 'qa/test', question: .* holds \{question\} 0 times"),
        ({"question": "{question}{options}"}, r"question: unknown placeholder \{options\}"),
        ({"instruction": "On {topic}"}, r"template 'qa/test', instruction: unknown placeholder \{topic\}"),
        ({"answer": "A: {x}"}, r"template 'qa/test', answer: unknown placeholder \{x\}"),
        ({"answer_cot": "A: {"}, r"template 'qa/test', answer_cot: .* is not a valid pattern"),
        ({"final": "The answer is {text}."}, r"final: unknown placeholder \{text\}; did you mean \{answer\}"),
        ({"final": "{answer}"}, r"final: .* needs words before \{answer\}"),
        ({"gold": "{label}"}, r"gold: unknown placeholder \{label\}; did you mean \{text\}"),
        ({"gold": "yes"}, "gold: 'yes' shows no answer"),
        ({"answer": "A: "}, "answer: 'A: ' must hold text and end without white space"),
        ({"answer_cot": ""}, "answer_cot: '' must hold text"),
        ({"separator": ""}, "separator is empty"),
        ({"labels": ("A",)}, "labels: there are 1, only multiple choice has labels"),
        ({"answer_type": "sort"}, "unknown answer type of template 'qa/test': 'sort'; did you mean 'short'"),
    ],
)
def test_faults_are_found_at_construction(change: dict[str, str], message: str):
    with pytest.raises(ValueError, match=message):
        replace(QA, **change)


@pytest.mark.parametrize(
    ("labels", "message"),
    [((), "there are 0, expected"), (("A", "A"), "different"), (("A", " "), "not blank")],
)
def test_faults_in_labels(labels: tuple[str, ...], message: str):
    with pytest.raises(ValueError, match=f"template 'choice/test', labels: .*{message}"):
        replace(CHOICE, labels=labels)


def test_the_schema_has_the_same_fields_and_defaults():
    config = {field.name: field for field in fields(schema.TemplateConfig)}
    template = {field.name: field for field in fields(Template)}
    assert set(config) == set(template)
    for name in set(config) - {"labels"}:
        required = config[name].default == "???"
        assert required == (template[name].default is template[name].default_factory), name
        if not required:
            assert config[name].default == template[name].default, name
    assert {member.value for member in schema.AnswerType} == {"short", "number", "choice"}


@pytest.mark.parametrize("form", FORMS)
def test_speed(form: Literal["completion", "chat"]):
    shots = tuple(Item(f"s{n}", "Why is that so? " * 8, ("so",), solution="Because. " * 30) for n in range(5))
    items = [Item(f"i{n}", "Why is this so? " * 8, ("so",)) for n in range(10_000)]
    start = process_time()
    for item in items:
        render(QA, item, shots, cot=True, form=form)
    assert process_time() - start < 3
