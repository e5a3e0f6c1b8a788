"""Perturbations of the instruction: its words, its place, the cue to reason, and its polarity.

One draw holds for all items of a cell, as an instruction must. How far two instructions are apart cannot be
dosed: any severity above 0 is the whole change.
"""

import re
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import get_args

import numpy as np

from .addition import runs_on
from .instructing import clauses, instructed, paraphrasable
from .paraphrases import COMPLETIONS, LIBRARY, Paraphrase, Style
from .paraphrases.cues import CUES
from .placeholders import parts
from .template import AnswerType, Template
from .variant import Change, Perturbation, on_template

_STEP_BY_STEP = re.compile(r"Let's think step by step(?=\.|$)")
_RIGHT_OPTION = re.compile(r"\bthe (?:right|correct|best) (option|answer|choice)\b")

Changed = tuple[Template, tuple[str, ...]]


def library(template: Template) -> tuple[Paraphrase, ...]:
    """The paraphrases that can stand for a template's instruction; empty if none can."""
    if not paraphrasable(template):
        return ()
    if template.answer_type == "code" and runs_on(template):
        return COMPLETIONS
    return LIBRARY[template.answer_type]


def paraphrase_instruction(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Puts a paraphrase in the instruction's place, or before questions that have none.

    After Mizrahi et al. (2024, arXiv 2401.00595), with paraphrases written for this package in place of
    generated ones. With chain of thought on, each asks for the template's own final sentence.

    Args:
        template: The original.
        severity: Any above 0: always another instruction.
        rng: Randomness.

    Returns:
        The template and one edit, which names the paraphrase's number and style; the original and none for a
        template whose words are not English or whose options are not shown.
    """
    return _drawn(template, ("task", "role"), rng)


def task_instruction(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Puts a paraphrase in the instruction's place that says what to do; as `paraphrase_instruction`.

    Task- and role-oriented instructions are told apart by PromptBench (Zhu et al. 2023, arXiv 2306.04528).
    """
    return _drawn(template, ("task",), rng)


def role_instruction(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Puts a paraphrase in the instruction's place that says who the model is; as `task_instruction`."""
    return _drawn(template, ("role",), rng)


def cot_cue(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Puts other words in the place of "Let's think step by step" before a worked solution.

    That a model reasons for other words too is from Kojima et al. (2022, arXiv 2205.11916). Can be seen
    only in a text to continue with chain of thought on: in a chat, leads play no part.

    Args:
        template: The original.
        severity: Any above 0: always another cue.
        rng: Randomness.

    Returns:
        The template and one edit; the original and none for a template without these words.
    """
    cue = CUES[int(rng.random() * len(CUES))]
    lead = _STEP_BY_STEP.sub(cue, template.answer_cot)
    if lead == template.answer_cot:
        return template, ()
    return replace(template, answer_cot=lead), (f"{template.answer_cot!r} → {lead!r}",)


def instruction_in_user_turn(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Moves the instruction from the system message to the first user's turn, or back from there.

    Can be seen only in a chat.

    Args:
        template: The original.
        severity: Any above 0.
        rng: Not used.

    Returns:
        The template and one edit; the original and none for a template without instruction.
    """
    if not (template.instruction or (template.answer_cot and template.instruction_cot)):
        return template, ()
    places = ("system message", "first user's turn")
    before, after = places if template.system else places[::-1]
    return replace(template, system=not template.system), (f"instruction: {before} → {after}",)


def instruction_after(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Moves the instruction from before everything to after each question.

    A question part is the same with chain of thought on and off. So of a template that has both, only the
    clauses that both instructions begin with are moved; the rest, such as the form of the answer, stays.

    Args:
        template: The original.
        severity: Any above 0.
        rng: Not used.

    Returns:
        The template and one edit; the original and none where there is no such clause, where one names a
        topic, and where the answer goes on where the question ends.
    """
    shared = clauses(template.instruction)
    if template.answer_cot:
        pairs = zip(shared, clauses(template.instruction_cot), strict=False)
        shared = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    moved = " ".join(shared)
    if not moved or any(name for _, name in parts(moved)) or runs_on(template):
        return template, ()
    new = replace(
        template,
        question=f"{template.question}\n{moved}",
        instruction=" ".join(clauses(template.instruction)[len(shared) :]),
        instruction_cot=" ".join(clauses(template.instruction_cot)[len(shared) :]),
    )
    return new, (f"{moved!r}: before everything → after the question",)


def inverted_polarity(template: Template, severity: float, rng: np.random.Generator) -> Changed:
    """Asks for an option that is not right.

    Another question, not another way to ask it: a model that does as it is told is scored as wrong. It shows
    how far a model reads its instruction, and what part of a sensitivity comes from variants that turn the
    task round. Exemplars still show right options.

    Args:
        template: The original, for multiple choice.
        severity: Any above 0.
        rng: Not used.

    Returns:
        The template and its edits; the original and none for a template whose words are not English or whose
        options are not shown.
    """
    if not paraphrasable(template):
        return template, ()
    new = instructed(
        template,
        "Choose an option that is NOT right.",
        "Reply with its {mark}.",
        'Think step by step, then finish with "{cue}" and the {mark} of an option that is NOT right.',
    )
    question = _RIGHT_OPTION.sub(r"an \1 that is NOT right", new.question)
    edits = [f"{template.instruction!r} → {new.instruction!r}"]
    if question != new.question:
        edits.append(f"{new.question!r} → {question!r}")
    return replace(new, question=question), tuple(edits)


@lru_cache(maxsize=256)
def _variants(template: Template, styles: tuple[Style, ...]) -> tuple[tuple[Paraphrase, Template], ...]:
    """The template with every paraphrase of some styles that says something else than it does."""
    pairs = [
        (one, instructed(template, one.opening, one.ending, one.thinking))
        for one in library(template)
        if one.style in styles
    ]
    return tuple((one, new) for one, new in pairs if new.instruction != template.instruction)


def _drawn(template: Template, styles: tuple[Style, ...], rng: np.random.Generator) -> Changed:
    """The template with one of the paraphrases of some styles."""
    pick, variants = rng.random(), _variants(template, styles)
    if not variants:
        return template, ()
    one, new = variants[int(pick * len(variants))]
    number = f"paraphrase {one.number} ({one.style})"
    return new, (f"{template.instruction!r} → {new.instruction!r}, {number}",)


_ANY: tuple[AnswerType, ...] = get_args(AnswerType)


def _instruction(
    name: str, change: Change, *, fits: tuple[AnswerType, ...] = _ANY, preserves: bool = True
) -> Perturbation:
    """A perturbation of the instruction."""
    return Perturbation(
        name,
        "instruction",
        change,
        "template",
        fits,
        "any above 0: the whole change",
        preserves=preserves,
        # An instruction is as long as it is, before a question that may be a single character.
        bound=500.0,
        by_item=False,
        nested=False,
    )


INSTRUCTIONS: tuple[Perturbation, ...] = (
    _instruction("paraphrase_instruction", on_template(paraphrase_instruction)),
    _instruction("task_instruction", on_template(task_instruction)),
    _instruction("role_instruction", on_template(role_instruction)),
    _instruction("cot_cue", on_template(cot_cue)),
    _instruction("instruction_in_user_turn", on_template(instruction_in_user_turn)),
    _instruction("instruction_after", on_template(instruction_after)),
    _instruction("inverted_polarity", on_template(inverted_polarity), fits=("choice",), preserves=False),
)
