from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from omegaconf import OmegaConf

import conf
from experiments import schema
from experiments.grading import GRADERS
from perturb import PERTURBATIONS, Form, Item, Template, render

CONF = Path(conf.__file__).parent
FILES = sorted((CONF / "template").glob("*/*.yaml"))
NAMES = [path.relative_to(CONF / "template").with_suffix("").as_posix() for path in FILES]
KINDS = {"qa": "short", "math": "number", "choice": "choice"}
FORMS: tuple[Form, ...] = ("completion", "chat")
CHOICES = ("a tree", "a bird", "a stone", "a fish")
SHOTS = {
    "short": [Item(f"s{n}", f"Who was first, {n}?", ("Ann",), solution="It was Ann.") for n in range(3)],
    "number": [Item(f"s{n}", f"How many, {n}?", ("7",), solution="3 and 4.") for n in range(3)],
    "choice": [
        Item(f"s{n}", f"What sings, {n}?", (CHOICES[1],), choices=CHOICES, gold=1, solution="It has a beak.")
        for n in range(3)
    ],
}


def load(name: str) -> Template:
    structured = OmegaConf.structured(schema.TemplateConfig)
    merged = OmegaConf.merge(structured, OmegaConf.load(CONF / "template" / f"{name}.yaml"))
    config = cast(schema.TemplateConfig, OmegaConf.to_object(merged))
    values: dict[str, Any] = vars(config) | {
        "answer_type": config.answer_type.value,
        "labels": tuple(config.labels),
    }
    return Template(**values)


def item(template: Template) -> Item:
    choice = template.answer_type == "choice"
    return Item("i", "What is {it}?", ("x",), choices=CHOICES if choice else (), gold=0 if choice else None)


def test_there_are_enough():
    for kind in KINDS:
        assert sum(name.startswith(f"{kind}/") for name in NAMES) >= 8
    assert {f"{kind}/q_a" for kind in KINDS} < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_names_types_and_first_comment(name: str):
    template = load(name)
    first = (CONF / "template" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert template.name == name
    assert template.answer_type == KINDS[name.partition("/")[0]]
    assert first.startswith("# ")
    assert first.endswith(".")
    assert len(first) <= 110


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_text_as_yaml_reads_it(name: str):
    raw = yaml.safe_load((CONF / "template" / f"{name}.yaml").read_text(encoding="utf-8"))
    labels = raw.pop("labels", [])
    assert isinstance(raw.pop("system", True), bool)
    assert all(isinstance(value, str) for value in raw.values())
    assert all(isinstance(label, str) for label in labels)
    assert not {"True", "False", "None", "null"} & set(labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cot", [False, True])
@pytest.mark.parametrize("shots", [0, 1, 3])
def test_every_template_renders_in_both_forms(name: str, cot: bool, shots: int):
    template = load(name)
    asked, shown = item(template), SHOTS[template.answer_type][:shots]
    text = render(template, asked, shown, cot=cot, form="completion")
    assert text.text is not None
    assert text.text == text.text.strip()
    assert text.text.count("What is {it}?") == 1
    assert text.text.endswith(template.answer_cot if cot else template.answer)
    assert len(text.stop) == 1
    assert text.stop[0].strip()
    # The stop would end what follows every exemplar's answer: another question comes with it.
    assert text.text.count(text.stop[0].lstrip()) == shots + 1
    chat = render(template, asked, shown, cot=cot, form="chat")
    roles = [message.role for message in chat.messages if message.role != "system"]
    assert roles == [*["user", "assistant"] * shots, "user"]
    assert "What is {it}?" in chat.messages[-1].content
    assert not chat.messages[-1].content.endswith(template.answer)
    assert all(message.content == message.content.strip() != "" for message in chat.messages)
    for prompt in (text, chat):
        assert prompt.cue == (template.cue if cot else None)
        assert len(prompt.labels) == len(asked.choices)


@pytest.mark.parametrize("name", NAMES)
def test_the_final_sentence_is_asked_for_as_it_is_read(name: str):
    template = load(name)
    assert template.cue in template.instruction_cot


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cot", [False, True])
def test_templates_of_a_kind_differ_with_one_shot(kind: str, cot: bool):
    templates = [load(name) for name in NAMES if name.startswith(kind)]
    texts = {
        render(one, item(one), SHOTS[one.answer_type][:1], cot=cot, form="completion").text
        for one in templates
    }
    assert len(texts) == len(templates)


def test_the_reference_is_gpt_fathoms_structure():
    short = render(load("qa/q_a"), item(load("qa/q_a")), SHOTS["short"][:1], cot=False, form="completion")
    assert short.text == "Q: Who was first, 0?\nA: Ann\n\nQ: What is {it}?\nA:"
    template = load("choice/q_a")
    choice = render(template, item(template), SHOTS["choice"][:1], cot=False, form="completion")
    options = (
        "\n\n(A) a tree\n(B) a bird\n(C) a stone\n(D) a fish\nAnswer with the letter of the right option.\n"
    )
    assert choice.text == f"Q: What sings, 0?{options}A: (B) a bird\n\nQ: What is {{it}}?{options}A:"


def config(group: str, node: type) -> list[tuple[str, Any]]:
    return [
        (path.stem, OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(node), OmegaConf.load(path))))
        for path in sorted((CONF / group).glob("*.yaml"))
    ]


def test_every_perturbation_has_its_file():
    found = config("perturbation", schema.PerturbationConfig)
    assert [stem for stem, _ in found] == sorted(PERTURBATIONS)
    for stem, one in found:
        assert one.name == stem
        assert (0 < one.severity <= 1) == (stem != "none")


def test_grader_files_name_graders_of_their_answer_type():
    found = dict(config("grader", schema.GraderConfig))
    assert set(found) == {"aligned", "strict", "lenient"}
    for stem, one in found.items():
        assert one.name == stem
        for kind in ("short", "number", "choice"):
            names = getattr(one, kind)
            assert names
            assert {GRADERS[name].answer_type for name in names} == {kind}
            aligned = [True, False] if kind == "short" else [False, True]  # short answers as GPT-Fathom did
            expected = {"aligned": aligned, "strict": [False], "lenient": [True]}[stem]
            assert [GRADERS[name].lenient for name in names] == expected
