"""Exam papers: one option is right, or several are, or a blank is to be filled in."""

import ast
import re
from collections.abc import Iterator
from typing import cast

from experiments.tasks.readers.row import (
    Row,
    RowError,
    SkipRow,
    is_list,
    mapping,
    one_right,
    optional,
    position,
    text,
    texts,
    wrong,
)
from perturb.item import Item

_SEVERAL = frozenset(("gaokao-physics", "jec-qa-ca", "jec-qa-kd"))  # any number of options may be right
_PARENTHESISED = re.compile(r"^\s*[(（]\s*[A-Z]\s*[)）]")
_LABEL = re.compile(r"\s*(?:[(（]\s*([A-Z])\s*[)）]|([A-Z])\s*[.．。、:：?？]|([A-Z])(?=\s))")
_NEXT = re.compile(r"\s+(?=[A-Z]\s?[.．、])")


def ceval(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """C-Eval: `question`, options in `A` to `D`, `answer`, a letter, and `explanation`, if any."""
    choices = tuple(text(row, letter).strip() for letter in "ABCD")
    gold = position(row, "answer", len(choices))
    solution = optional(row, "explanation")
    return one_right(item_id, text(row, "question"), choices, gold, subject=subject, solution=solution)


def agieval(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """AGIEval: `passage`, `question`, `options` with their labels, `label`, `answer` and `explanation`.

    `label` is a letter, or a list of them or a text with several where several are right; every question of
    an exam in which several may be right has `golds`, if only one. A question without options has its answer
    in `answer`, or in `label`.

    The labels that options are printed with are taken out. Some questions of LogiQA print them in the order
    A, C, B, D; what is right is named by the printed label there, so options are put in the labels' order.
    Elsewhere their order in the list counts.

    Raises:
        SkipRow: The row names no right answer.
    """
    question, passage = text(row, "question").strip(), optional(row, "passage")
    solution = optional(row, "explanation")
    if not row.get("options"):
        answer = optional(row, "answer") or optional(row, "label")
        if not answer:
            raise SkipRow("it has no answer")
        blank = Item(item_id, question, (answer,), solution=solution, passage=passage, subject=subject)
        return (blank,)
    choices = _options(texts(row, "options"))
    golds = _golds(row, len(choices))
    if len(golds) == 1 and subject not in _SEVERAL and not is_list(row.get("label")):
        return one_right(
            item_id, question, choices, golds[0], subject=subject, passage=passage, solution=solution
        )
    return (
        Item(
            id=item_id,
            question=question,
            answers=tuple(choices[index] for index in golds),
            choices=choices,
            golds=golds,
            solution=solution,
            passage=passage,
            subject=subject,
        ),
    )


def _golds(row: Row, n: int) -> tuple[int, ...]:
    label = row.get("label")
    written = " ".join(map(str, label)) if is_list(label) else label
    if not isinstance(written, str):
        raise wrong(row, "label", "a letter or a list of letters")
    letters = sorted(set(re.findall("[A-Z]", written)))
    if not letters:
        raise SkipRow("it names no right option")
    golds = tuple(ord(letter) - ord("A") for letter in letters)
    if golds[-1] >= n:
        raise wrong(row, "label", f"letters from A to {chr(ord('A') + n - 1)}")
    return golds


def _options(printed: tuple[str, ...]) -> tuple[str, ...]:
    """Options without the labels they are printed with, in the order of those labels if there is one."""
    if len(printed) == 1:  # all of them in one text
        printed = tuple(_NEXT.split(printed[0].strip()))
    found = [_LABEL.match(option) for option in printed]
    labels = [match.group(match.lastindex or 0) if match else "" for match in found]
    expected = [chr(ord("A") + index) for index in range(len(printed))]
    if sorted(labels) != expected:  # a label is missing or misprinted: only sure ones are taken out
        return tuple(_PARENTHESISED.sub("", option).strip() for option in printed)
    plain = [option[match.end() :].strip() for option, match in zip(printed, found, strict=True) if match]
    return tuple(plain[labels.index(letter)] for letter in expected)


def agieval_exemplars(row: Row, item_id: str, subject: str) -> tuple[Item, ...]:
    """AGIEval's worked examples: a row as `agieval` reads, or all of a `task`'s in `cells`.

    In cells, "sample 1" is the text of a Python dictionary with AGIEval's fields, "explanation 1" its worked
    solution. The task without the passages of sat-en has no row of its own: its examples come with sat-en's.
    """
    if "cells" not in row:
        return agieval(row, item_id, subject)
    task = text(row, "task")
    items: list[Item] = []
    for number, sample in _samples(row):
        items += agieval(sample, f"{item_id}-{number}", task)
        if task == "sat-en":
            bare = {**sample, "passage": None}
            items += agieval(bare, f"{item_id}-{number}-bare", "sat-en-without-passage")
    return tuple(items)


def _samples(row: Row) -> Iterator[tuple[int, Row]]:
    cells = mapping(row, "cells", holds="'sample 1', 'explanation 1' and so on")
    number = 1
    while optional(cells, f"sample {number}"):
        field = f"sample {number}"
        try:
            sample = ast.literal_eval(text(cells, field).strip())
        except (SyntaxError, ValueError):
            sample = None
        if not isinstance(sample, dict):
            raise RowError(f"field 'cells': {field!r} is not the text of a Python dictionary")
        yield number, {**cast(Row, sample), "explanation": cells.get(f"explanation {number}")}
        number += 1
    if number == 1:
        raise wrong(row, "cells", "a mapping with 'sample 1', 'explanation 1' and so on")
