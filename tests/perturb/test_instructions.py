import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml

from perturb.draft import Draft, Edited
from perturb.guard import objections
from perturb.instructions import INSTRUCTIONS, library
from perturb.item import Item
from perturb.paraphrases import COMPLETIONS, LIBRARY
from perturb.paraphrases.cues import CUES
from perturb.placeholders import parts
from perturb.prompt import Form
from perturb.template import AnswerType, Template, render
from perturb.variant import Perturbation

BY_NAME = {one.name: one for one in INSTRUCTIONS}
CONF = Path(__file__).parents[2] / "conf" / "template"


def read(path: Path) -> Template:
    given: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in ("labels", "stop"):
        given[name] = tuple(given.get(name, ()))
    known = {field.name for field in fields(Template)}
    return Template(**{name: value for name, value in given.items() if name in known})


PACKAGED = {one.name: one for one in map(read, sorted(CONF.glob("*/**/*.yaml")))}
ENGLISH = [name for name in PACKAGED if not re.search(r"/(zh|cloze)/", name)]
COT = "A: Let's think step by step."
NUMBER = Template(
    "number",
    "number",
    "Q: {question}",
    "A:",
    COT,
    instruction="Solve it. Give a number only.",
    instruction_cot='Solve it. Finish with "The answer is" and the number.',
)
CHOICE = Template(
    "choice",
    "choice",
    "Q: {question}\n{options}\nAnswer with the letter of the right option.",
    "A:",
    COT,
    labels=tuple("ABCD"),
    gold="({label}) {text}",
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def item_of(template: Template) -> Item:
    item = Item("1", "What sings", ("whale",), topic="Do as animals do.", solution="It is large.")
    if template.answer_type not in ("choice", "exam"):
        return item
    return replace(item, choices=("cow", "whale", "elk"), gold=1)


def change(name: str, template: Template, seed: int = 0) -> Edited:
    return BY_NAME[name].change(Draft(item_of(template), template), 1.0, rng(seed))


def changed(name: str, template: Template, seed: int = 0) -> Template:
    """What a perturbation that the guard lets pass makes of a template."""
    edited = change(name, template, seed)
    assert edited.edits
    assert objections(Draft(item_of(template), template), edited.draft, BY_NAME[name]) == ()
    return edited.draft.template


def instructions(name: str, template: Template) -> set[str]:
    return {changed(name, template, seed).instruction for seed in range(150)}


def test_the_names():
    assert list(BY_NAME) == [
        "paraphrase_instruction",
        "task_instruction",
        "role_instruction",
        "cot_cue",
        "instruction_in_user_turn",
        "instruction_after",
        "inverted_polarity",
    ]
    assert [one.name for one in INSTRUCTIONS if not one.preserves] == ["inverted_polarity"]
    assert not any(one.by_item or one.nested for one in INSTRUCTIONS)


@pytest.mark.parametrize("kind", [*get_args(AnswerType), "completion"])
def test_the_library_has_twelve_of_each_kind(kind: AnswerType):
    found = LIBRARY.get(kind, COMPLETIONS)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert sum(one.style == "task" for one in found) >= 6
    assert sum(one.style == "role" for one in found) >= 6
    assert all((one.style == "role") == one.opening.startswith("You are ") for one in found)
    assert (
        len({(one.opening, one.ending) for one in found}) == len({one.opening for one in found}) == len(found)
    )
    for one in found:
        assert {name for _, name in parts(one.opening + one.ending)} <= {"", "mark", "how"}
        assert [name for _, name in parts(one.thinking)].count("cue") == 1
        assert all(re.fullmatch(r"\S.*[.]", text) for text in (one.opening, one.ending) if text)


@pytest.mark.parametrize("name", ENGLISH)
def test_every_paraphrase_of_every_template_renders_and_asks_for_its_final_sentence(name: str):
    template = PACKAGED[name]
    item = item_of(template)
    forms: tuple[Form, ...] = ("completion", "chat", "chat_single")
    seen = instructions("paraphrase_instruction", template)
    assert len(seen) >= len(library(template)) - 1  # one may be the template's own
    for seed in range(30):
        new = changed("paraphrase_instruction", template, seed)
        assert "  " not in new.instruction
        for form in forms:
            for cot in {False, bool(template.answer_cot)}:
                prompt = render(new, item, (item,), cot=cot, form=form)
                text = prompt.text or prompt.messages[0].content
                written = (new.instruction_cot if cot else new.instruction).replace("{topic}", item.topic)
                assert text.startswith(written.replace("{{", "{").replace("}}", "}"))
                assert not cot or f'"{template.cue}"' in text
        kept = replace(new, instruction=template.instruction, instruction_cot=template.instruction_cot)
        assert kept == template
        for field in ("instruction", "instruction_cot"):
            assert ("{topic}" in getattr(new, field)) == ("{topic}" in getattr(template, field))


@pytest.mark.parametrize("name", sorted(set(PACKAGED) - set(ENGLISH)))
def test_templates_in_other_scripts_or_without_options_have_no_paraphrase(name: str):
    template = PACKAGED[name]
    for one in INSTRUCTIONS[:3]:
        assert change(one.name, template) == Edited(Draft(item_of(template), template))
    if template.answer_type == "choice":
        assert change("inverted_polarity", template).edits == ()


def test_tasks_and_roles_are_drawn_from_their_half():
    roles, tasks = instructions("role_instruction", NUMBER), instructions("task_instruction", NUMBER)
    assert all(text.startswith("You are ") for text in roles)
    assert len(roles) == len(tasks) == 6
    assert instructions("paraphrase_instruction", NUMBER) == roles | tasks


def test_the_edit_names_the_paraphrase():
    edit = change("role_instruction", NUMBER).edits[0]
    found = re.fullmatch(r"'Solve it. Give a number only.' → '(.+)', paraphrase (\d+) \(role\)", edit)
    assert found is not None
    one = LIBRARY["number"][int(found[2]) - 1]
    assert found[1] == f"{one.opening} {one.ending}"


def test_a_template_is_never_given_its_own_instruction():
    own = replace(NUMBER, instruction="Solve each problem. Reply with a number only.")
    assert own.instruction in instructions("task_instruction", NUMBER)
    assert own.instruction not in instructions("task_instruction", own)
    assert len(instructions("task_instruction", own)) == 5


def test_the_final_sentence_is_the_templates_own():
    template = replace(NUMBER, final="So it is {{{answer}}}.")
    new = changed("paraphrase_instruction", template)
    prompt = render(new, item_of(new), (), cot=True, form="completion")
    assert '"So it is {" and the number.' in (prompt.text or "")
    assert prompt.cue == "So it is {"


def test_without_chain_of_thought_none_is_asked_for():
    assert changed("paraphrase_instruction", PACKAGED["word/continue"]).instruction_cot == ""


@pytest.mark.parametrize(
    ("labels", "word"),
    [("ABCD", "letter"), ("abcd", "letter"), ("1234", "number"), ("αβγδ", "letter"), ("XQZW", "label")],
)
def test_labels_are_called_what_they_are(labels: str, word: str):
    template = replace(CHOICE, labels=tuple(labels))
    for seed in range(20):
        new = changed("paraphrase_instruction", template, seed)
        assert {word} == set(re.findall(r"letter|number|label", new.instruction))
        assert f"the {word} of the right option." in new.instruction_cot


@pytest.mark.parametrize(
    ("gold", "how"),
    [
        ("$\\boxed{{{text}}}$", "as $\\boxed{{...}}$"),
        ("\\({text}\\)", "as \\(...\\)"),
        ("{text}", "in LaTeX"),
    ],
)
def test_formulas_are_asked_for_as_the_exemplars_write_them(gold: str, how: str):
    template = Template("e", "expression", "Q: {question}", "A:", COT, gold=gold)
    for seed in range(20):
        new = changed("paraphrase_instruction", template, seed)
        assert how in new.instruction
        assert f"the answer {how}" in new.instruction_cot


@pytest.mark.parametrize(
    ("name", "plain", "reasoning"),
    [
        ("exact/topic", ". {topic} ", ". {topic} "),
        ("choice/fathom/subject", " The questions are about {topic}. ", " The questions are about {topic}. "),
        (
            "choice/for_task/blank",
            " Each option could fill the blank. ",
            " Each option could fill the blank. ",
        ),
        (
            "choice/for_task/sentence",
            " The options are endings of the text. ",
            " The options are endings of the text. ",
        ),
        ("number/native", "", " Use the language of the question. "),
        ("span/q_a", " Use the language of the question. ", " Use the language of the question. "),
        ("code/task/plain", " After [BEGIN] comes the code, and [DONE] ends it. ", ""),
    ],
)
def test_what_only_the_old_instruction_says_is_kept(name: str, plain: str, reasoning: str):
    for seed in range(10):
        new = changed("paraphrase_instruction", PACKAGED[name], seed)
        assert plain in new.instruction
        assert reasoning in new.instruction_cot


def test_a_comment_stays_a_comment():
    new = changed("paraphrase_instruction", PACKAGED["code/complete/comment"])
    assert new.instruction.startswith("# ")
    assert "\n" not in new.instruction


def test_the_beginning_of_a_program_is_to_be_gone_on_with():
    assert library(PACKAGED["code/complete/plain"]) == COMPLETIONS
    assert library(PACKAGED["code/task/plain"]) == LIBRARY["code"]


def test_cot_cues():
    leads = {changed("cot_cue", NUMBER, seed).answer_cot for seed in range(100)}
    assert leads == {f"A: {cue}." for cue in CUES}
    assert len(CUES) >= 6
    bare = replace(NUMBER, answer_cot="A: Let's think step by step")
    assert changed("cot_cue", bare).answer_cot.removeprefix("A: ") in CUES
    assert replace(changed("cot_cue", NUMBER), answer_cot=COT) == NUMBER
    for other in (replace(NUMBER, answer_cot=""), replace(NUMBER, answer_cot="Steps:")):
        assert change("cot_cue", other).edits == ()


def test_the_instruction_moves_between_system_message_and_user_turn():
    new = changed("instruction_in_user_turn", NUMBER)
    roles = [
        [turn.role for turn in render(one, item_of(one), (), cot=False, form="chat").messages]
        for one in (NUMBER, new)
    ]
    assert roles == [["system", "user"], ["user"]]
    assert changed("instruction_in_user_turn", new) == NUMBER
    assert change("instruction_in_user_turn", new).edits == (
        "instruction: first user's turn → system message",
    )
    nothing = replace(NUMBER, instruction="", instruction_cot="")
    assert change("instruction_in_user_turn", nothing).edits == ()
    unused = replace(NUMBER, instruction="", answer_cot="")
    assert change("instruction_in_user_turn", unused).edits == ()


def test_what_both_instructions_begin_with_moves_after_the_question():
    new = changed("instruction_after", NUMBER)
    texts = [render(new, item_of(new), (), cot=cot, form="completion").text for cot in (False, True)]
    assert texts == [
        "Give a number only.\n\nQ: What sings\nSolve it.\nA:",
        'Finish with "The answer is" and the number.\n\nQ: What sings\nSolve it.\n' + COT,
    ]
    assert change("instruction_after", NUMBER).edits == (
        "'Solve it.': before everything → after the question",
    )


def test_without_chain_of_thought_the_whole_instruction_moves():
    new = changed("instruction_after", replace(NUMBER, answer_cot="", instruction_cot=""))
    assert (new.instruction, new.question) == ("", "Q: {question}\nSolve it. Give a number only.")


def test_an_instruction_after_options_and_with_braces():
    template = replace(
        CHOICE,
        question="Q: {question}\n{options}",
        instruction="Choose {{one}}:",
        instruction_cot="Choose {{one}}: think.",
    )
    new = changed("instruction_after", template)
    assert (new.instruction, new.instruction_cot) == ("", "think.")
    messages = render(new, item_of(new), (), cot=False, form="chat").messages
    assert [turn.content for turn in messages] == [
        "Q: What sings\n(A) cow\n(B) whale\n(C) elk\nChoose {one}:"
    ]


@pytest.mark.parametrize(
    "template",
    [
        replace(NUMBER, instruction=""),
        replace(NUMBER, instruction="Calculate. Give a number only."),
        PACKAGED["exact/topic"],
        PACKAGED["text/continue"],
        PACKAGED["code/complete/plain"],
    ],
    ids=lambda template: template.name,
)
def test_instructions_that_cannot_stand_after_a_question(template: Template):
    assert change("instruction_after", template).edits == ()


def test_inverted_polarity():
    new = changed("inverted_polarity", CHOICE)
    assert new.instruction == "Choose an option that is NOT right. Reply with its letter."
    assert new.question.endswith("Answer with the letter of an option that is NOT right.")
    assert new.instruction_cot.endswith('"The answer is" and the letter of an option that is NOT right.')
    assert len(change("inverted_polarity", CHOICE).edits) == 2
    assert BY_NAME["inverted_polarity"].fits == ("choice",)


@pytest.mark.parametrize("name", [name for name in ENGLISH if name.startswith("choice/")])
def test_inverted_polarity_asks_nowhere_for_the_right_option(name: str):
    new = changed("inverted_polarity", PACKAGED[name])
    for text in (new.instruction, new.instruction_cot, new.question):
        assert not re.search(r"\b(the|is) (right|correct|best)\b", text)


@pytest.mark.parametrize("one", INSTRUCTIONS, ids=lambda one: one.name)
def test_severity_makes_no_difference(one: Perturbation):
    draft = Draft(item_of(CHOICE), CHOICE)
    assert one.change(draft, 0.01, rng(5)) == one.change(draft, 1.0, rng(5))
