"""Adding to a question: texts before and after it, and where there is no place for one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .draft import Draft, Edited
from .template import Template

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Addition:
    """A text that a question gets.

    Attributes:
        text: The text, without white space around it.
        side: Where it goes.
    """

    text: str
    side: Literal["before", "after"]


def added(draft: Draft, additions: Sequence[Addition]) -> Edited:
    """Puts texts before and after the question, in their order.

    They stand on lines of their own where the question has several lines, so that they become part of no
    option, no code and no list; else a space is between.

    Args:
        draft: The original.
        additions: What to add.

    Returns:
        The changed draft, with one edit an addition. Unchanged without additions, and where one of them would
        become part of an answer or of a program.
    """
    after = [one for one in additions if one.side == "after"]
    if not additions or is_program(draft) or (after and goes_on(draft)):
        return Edited(draft)
    item = draft.item
    gap = "\n" if "\n" in item.question.strip() else " "
    before = [one for one in additions if one.side == "before"]
    edits = [f"{one.text!r} before the question" for one in before]
    question = item.question
    for one in after:
        edits.append(f"{one.text!r} at character {len(question)}")
        question += ("" if not question or question[-1].isspace() else gap) + one.text
    question = "".join(one.text + gap for one in before) + question
    return Edited(replace(draft, item=replace(item, question=question)), tuple(edits))


def harmless(draft: Draft, additions: Sequence[Addition], order: Iterable[int]) -> Iterator[Addition]:
    """The additions, in an order, that hold none of the item's answers and options as whole words."""
    references = {_words(text) for text in {*draft.item.answers, *draft.item.choices}} - {_words("")}
    for index in order:
        text = _words(additions[index].text)
        if not any(reference in text for reference in references):
            yield additions[index]


def is_program(draft: Draft) -> bool:
    """Whether the question is the beginning of a program, which no sentence may break."""
    return draft.item.program is not None and bool(draft.item.program.prefix)


def goes_on(draft: Draft) -> bool:
    """Whether the answer goes on where the question ends: a program, or a text with nothing after it.

    A program that is described in words is a task, whatever comes after it.
    """
    return is_program(draft) if draft.item.program is not None else runs_on(draft.template)


def runs_on(template: Template) -> bool:
    """Whether an answer follows the question's text with nothing but white space between."""
    between = template.question.rpartition("{question}")[2] + template.turn + template.answer
    return not between.strip()


def _words(text: str) -> str:
    """A text's words in small letters, each with a space on either side."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
