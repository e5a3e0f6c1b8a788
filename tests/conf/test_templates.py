from dataclasses import replace

import pytest
import yaml

from experiments import schema
from experiments.grading import GRADERS
from experiments.grading.extract import body
from perturb import Form, answer_of, continuations, render
from tests.conf.samples import CONF, DEFAULTS, FORMS, ITEMS, KINDS, NAMES, STRICT, items, load, modes, whole


def test_there_are_enough():
    for folder, kind in KINDS.items():
        found = [name for name in NAMES if name.startswith(f"{folder}/")]
        assert any("fathom" in name for name in found)
        assert sum("fathom" not in name for name in found) >= 3
        assert any(name in DEFAULTS for name in found)
        assert all(load(name).answer_type == kind for name in found)
    assert set(DEFAULTS) < set(NAMES)
    assert set(KINDS.values()) == {kind.value for kind in schema.AnswerType}


@pytest.mark.parametrize("name", NAMES)
def test_names_types_and_first_comment(name: str):
    template = load(name)
    first = (CONF / "template" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert template.name == name
    assert template.answer_type == KINDS[name.partition("/")[0]]
    assert first.startswith("# ")
    assert first.endswith(".")
    assert len(first) <= 110
    assert ("GPT-Fathom" in first) == ("fathom" in name)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_text_as_yaml_reads_it(name: str):
    raw = yaml.safe_load((CONF / "template" / f"{name}.yaml").read_text(encoding="utf-8"))
    labels = raw.pop("labels", [])
    stop = raw.pop("stop", [])
    assert isinstance(raw.pop("system", True), bool)
    assert all(isinstance(value, str) for value in raw.values())
    assert all(isinstance(text, str) for text in [*labels, *stop])
    assert not {"True", "False", "None", "null"} & set(labels)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_renders_in_every_form(name: str):
    template = load(name)
    *shown, asked = items(template)[:3]
    for cot in modes(template):
        lead = template.answer_cot if cot else template.answer
        for shots in (0, 2):
            text = render(template, asked, shown[:shots], cot=cot, form="completion").text or ""
            assert text.endswith(lead)
            # Code ends where its line does; any other text without white space, which models do not expect.
            assert text.strip() == (text if asked.question == asked.question.strip() else text[:-1])
            assert text.count(asked.question) == 1
            for form in ("chat", "chat_single"):
                prompt = render(template, asked, shown[:shots], cot=cot, form=form)
                roles = [message.role for message in prompt.messages if message.role != "system"]
                assert roles == (["user", "assistant"] * shots if form == "chat" else []) + ["user"]
                assert asked.question in prompt.messages[-1].content
                assert "" not in [message.content.strip() for message in prompt.messages]
                assert prompt.stop == ()
                if form == "chat" and lead:
                    assert not prompt.messages[-1].content.endswith(lead)
                assert prompt.cue == (template.cue if cot else None)
                assert len(prompt.labels) == len(asked.choices)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_left_to_fill_in(name: str):
    template = load(name)
    *shown, asked = items(template)[:3]
    for cot in modes(template):
        for form in FORMS:
            text = whole(render(template, asked, shown, cot=cot, form=form)).replace("{it}", "it")
            for item in items(template):
                text = text.replace(item.question, "").replace(item.answers[0] if item.answers else "-", "")
            assert "{" not in text.replace("\\boxed{", "")
            assert "{{" not in text


@pytest.mark.parametrize("name", NAMES)
def test_stops_begin_another_question_and_cut_no_right_answer(name: str):
    template = load(name)
    for cot in modes(template):
        shown = items(template)[:2]
        text = render(template, items(template)[2], shown, cot=cot, form="completion")
        alone = render(template, items(template)[2], [], cot=cot, form="completion")
        own = [stop for stop in text.stop if stop not in template.stop]
        assert len(own) == (0 if not template.answer and template.question.startswith("{question}") else 1)
        # It would have ended each exemplar's answer: another question begins there.
        assert all(whole(text).count(stop) - whole(alone).count(stop) >= 2 for stop in own)
        for item in items(template):
            if not item.answers:
                continue
            answer = template.gap + answer_of(template, item, cot=cot)
            assert body(answer, text) in (
                answer,
                answer.removesuffix("[DONE]"),
                answer.removesuffix("\n[DONE]"),
            )


@pytest.mark.parametrize("name", [name for name in NAMES if load(name).answer_cot])
def test_the_final_sentence_is_asked_for_as_it_is_read(name: str):
    template = load(name)
    assert template.cue in template.instruction_cot
    assert template.instruction_cot != template.instruction


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["completion", "chat_single"])
def test_templates_of_a_kind_differ(kind: str, form: Form):
    found = [load(name) for name in NAMES if name.startswith(f"{kind}/")]
    for cot in (False, True):
        templates = [template for template in found if template.answer_cot or not cot]
        texts = set[str]()
        for template in templates:
            *shown, asked = items(template)[:3]
            prompt = render(template, asked, shown, cot=cot, form=form)
            texts.add(repr((prompt.text, prompt.messages)))
        assert len(texts) == len(templates)


@pytest.mark.parametrize("name", [name for name in NAMES if KINDS[name.partition("/")[0]] in STRICT])
@pytest.mark.parametrize("form", FORMS)
def test_a_right_answer_is_graded_right(name: str, form: Form):
    template = load(name)
    grader = STRICT[template.answer_type]
    if template.answer_type == "choice" and "{label}" not in template.gold:
        grader = "choice_letter_or_text"
    others = items(template)
    for cot in modes(template):
        for item, following in zip(others, [*others[1:], others[0]], strict=True):
            for shots in (0, 2):
                shown = [other for other in others if other is not item][:shots]
                prompt = render(template, item, shown, cot=cot, form=form)
                text = answer_of(template, item, cot=cot)
                if form == "completion" and shots:  # a text goes on with another question and its answer
                    bare = replace(template, instruction="", instruction_cot="")
                    shot = render(bare, item, [following], cot=cot, form=form).text or ""
                    text = template.gap + text + template.separator + shot
                reading = GRADERS[grader].read(body(text, prompt), item, prompt)
                assert reading.correct, (cot, item.id, text, reading)
                wrong = replace(
                    item, answers=("0.25",), gold=None if item.gold is None else 1 - (item.gold > 0)
                )
                assert not GRADERS[grader].read(body(text, prompt), wrong, prompt).correct


@pytest.mark.parametrize("name", [name for name in NAMES if load(name).labels])
def test_labels_are_enough_for_thirteen_options(name: str):
    template = load(name)
    assert len(template.labels) == 14
    asked = ITEMS["choice"][4]
    prompt = render(template, asked, [], cot=False, form="completion")
    shown = [f"answer number {n}" in whole(prompt) for n in range(13)]
    assert all(shown) if "{options}" in template.question else not any(shown)
    assert len(set(continuations(template, asked))) == 13


# A question of general knowledge speaks for itself.
@pytest.mark.parametrize("name", [name for name in DEFAULTS if name != "qa/q_a"])
@pytest.mark.parametrize("form", ["chat", "chat_single"])
def test_a_default_says_in_a_chat_how_to_answer(name: str, form: Form):
    template = load(name)
    asked = items(template)[2]
    for cot in modes(template):
        text = whole(render(template, asked, [], cot=cot, form=form)).replace(asked.question, "")
        ways = ("finish with", "最后一行写") if cot else ("nswer", "Reply", "Give", "Write", "Continue", "写")
        assert any(way in text for way in ways)


def test_an_exam_says_nothing_of_options_after_a_question_without():
    blank = ITEMS["exam"][2]
    for name in (name for name in NAMES if name.startswith("exam/")):
        template = load(name)
        bare = replace(template, instruction="", instruction_cot="")
        text = render(bare, blank, [], cot=False, form="chat").messages[-1].content
        assert text.endswith(blank.question)
        assert text.count("\n") == 0


def test_the_references_are_what_they_were():
    """Scores measured with them would not be comparable otherwise."""
    ann, where = ITEMS["short"][:2]
    short = render(load("qa/q_a"), where, [ann], cot=False, form="completion")
    assert short.text == "Q: Who was first?\nA: Ann\n\nQ: Where is it?\nA:"
    sings, swims = ITEMS["choice"][:2]
    choice = render(load("choice/q_a"), swims, [sings], cot=False, form="completion")
    options = (
        "\n\n(A) a tree\n(B) a bird\n(C) a stone\n(D) a fish\nAnswer with the letter of the right option.\n"
    )
    assert choice.text == f"Q: What sings?{options}A: (B) a bird\n\nQ: What swims?{options}A:"


@pytest.mark.parametrize(
    ("name", "cot", "expected"),
    [
        (
            "qa/fathom",
            False,
            "Follow the given examples and answer the question.\n"
            "Q: Who was first?\nA: Ann\nQ: Where is it?\nA:",
        ),
        (
            "choice/fathom/subject",
            False,
            "The following are multiple choice questions (with answers) about birds.\n\n"
            "Q: What sings?\n\n(A) a tree\n(B) a bird\n(C) a stone\n(D) a fish\n"
            "Please answer with the letter of the correct answer.\nA: (B) a bird\n\n"
            "Q: What swims?\n\n(A) a tree\n(B) a bird\n(C) a stone\n(D) a fish\n"
            "Please answer with the letter of the correct answer.\nA:",
        ),
        (
            "number/fathom",
            True,
            "Follow the given examples and answer the question. "
            'Finish with "The answer is" and the number.\n\n'
            "Q: How many birds?\nA: Let's think step by step\nIt has a beak.\nThe answer is 7.\n\n"
            "Q: ¿Cuántas aves?\nA: Let's think step by step",
        ),
        (
            "span/fathom",
            False,
            "The following are questions (with answers) about reading comprehension.\n\n"
            "Passage: A fox jumps over a dog.\nQuestion: Who jumps?\nAnswer: a fox\n\n"
            "Question: ¿Quién?\nAnswer:",
        ),
        (
            "word/fathom",
            False,
            "Please answer with the word which is most likely to follow:\n"
            "Q: He took the bus and left his bag on the\nA: bus\n"
            'Q: "No need."\n\n"I can make it alone,\nA:',
        ),
        ("text/fathom", False, "The day was fine.\n\nShe said"),
    ],
)
def test_gpt_fathoms_structure(name: str, cot: bool, expected: str):
    template = load(name)
    shown, asked = items(template)[:2]
    assert render(template, asked, [shown], cot=cot, form="completion").text == expected
