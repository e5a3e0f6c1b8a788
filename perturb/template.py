"""A template: how an item becomes text, to be continued or to be answered in a chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from .item import Item
from .names import unknown
from .placeholders import check, fill, parts
from .prompt import Form, Message, Prompt

AnswerType = Literal["short", "number", "choice"]


@dataclass(frozen=True, slots=True)
class Template:
    """How an item becomes text.

    As a text to continue, a prompt is: instruction, separator, then for every exemplar question, turn, answer
    lead, gap, answer, separator; and at last the item's question, turn and answer lead, where the model goes
    on. As a chat, the instruction is the system message, every exemplar a user's and an assistant's turn, and
    the question the last user's turn; leads, turn, gap and separator play no part.

    With chain of thought on, `instruction_cot` and `answer_cot` stand in for `instruction` and `answer`, and
    an exemplar's answer is its worked solution and, on a new line, `final`. The instruction asks for the
    final sentence whatever the number of shots, so that a sweep over shots changes nothing else.

    Strings may hold the placeholders named below; a literal brace is written twice there.

    Attributes:
        name: Names it in tables and messages.
        answer_type: Kind of answer it asks for.
        question: The question part: {question}, and {options} for multiple choice.
        answer: Lead of the answer ("A:"), which ends a text to continue; no white space at its end, since
            tokenizers take a space together with the word that follows.
        answer_cot: Lead of the answer with chain of thought on.
        final: Sentence that states the {answer} after a worked solution. What stands before {answer} is the
            cue by which graders find it.
        instruction: What comes before everything; may be empty.
        instruction_cot: The same with chain of thought on; it should ask for `final`.
        system: Whether a chat has the instruction as its system message; if not, it begins the first user's
            turn, for models that know no system message.
        turn: Between the question part and the answer's lead.
        gap: Between the answer's lead and an exemplar's answer.
        separator: Between instruction, exemplars and question.
        labels: Option labels, at least as many as an item has choices; only for multiple choice.
        option: One option: {label} and {text}.
        option_separator: Between options.
        gold: An exemplar's answer: {text}, for multiple choice {label} too.
    """

    name: str
    answer_type: AnswerType
    question: str
    answer: str
    answer_cot: str
    final: str = "The answer is {answer}."
    instruction: str = ""
    instruction_cot: str = ""
    system: bool = True
    turn: str = "\n"
    gap: str = " "
    separator: str = "\n\n"
    labels: tuple[str, ...] = ()
    option: str = "({label}) {text}"
    option_separator: str = "\n"
    gold: str = "{text}"

    def __post_init__(self) -> None:
        if self.answer_type not in get_args(AnswerType):
            raise unknown(f"answer type of template {self.name!r}:", self.answer_type, get_args(AnswerType))
        choice = self.answer_type == "choice"
        shown = ["question", "options"] if choice else ["question"]
        check(self.question, shown, shown, self._where("question"))
        check(self.final, ["answer"], ["answer"], self._where("final"))
        check(self.gold, ["label", "text"] if choice else ["text"], [], self._where("gold"))
        check(self.option, ["label", "text"], ["label", "text"], self._where("option"))
        for field in ("instruction", "instruction_cot", "answer", "answer_cot"):
            check(getattr(self, field), [], [], self._where(field))
        if not any(name for _, name in parts(self.gold)):
            raise ValueError(f"{self._where('gold')}: {self.gold!r} shows no answer; use {{text}}")
        for field in ("answer", "answer_cot"):
            lead = getattr(self, field)
            if not lead or lead != lead.rstrip():
                raise ValueError(
                    f"{self._where(field)}: {lead!r} must hold text and end without white space; "
                    "put that in gap"
                )
        if not self.cue:
            raise ValueError(f"{self._where('final')}: {self.final!r} needs words before {{answer}}")
        if not self.separator:
            raise ValueError(f"{self._where('separator')} is empty, expected at least a line break")
        self._check_labels(choice)

    def _check_labels(self, choice: bool) -> None:
        if choice != bool(self.labels):
            expected = "expected at least one" if choice else "only multiple choice has labels"
            raise ValueError(f"{self._where('labels')}: there are {len(self.labels)}, {expected}")
        if len(set(self.labels)) < len(self.labels) or not all(label.strip() for label in self.labels):
            raise ValueError(f"{self._where('labels')}: {self.labels!r} must be different and not blank")

    def _where(self, field: str) -> str:
        return f"template {self.name!r}, {field}"

    @property
    def cue(self) -> str:
        """Words after which the final answer stands: those of `final` before the answer."""
        return parts(self.final)[0][0].strip()


def render(template: Template, item: Item, exemplars: Sequence[Item], *, cot: bool, form: Form) -> Prompt:
    r"""Renders an item as a prompt.

    The stop string begins another question: a line break and the question's prefix ("\nQ:"). A question
    without a prefix has none that is safe: a blank line may come before an answer or between the steps of a
    solution. There the stop is a line break and the answer's lead ("\nAnswer:"), by which a model that went
    on to a next question is caught before it answers that one. A bare line break is never a stop, since
    models begin answers with one. A chat needs no stop: a turn ends by itself.

    Args:
        template: The template.
        item: The item asked about.
        exemplars: Worked examples in the order shown; pass the same tuple for all items of a cell, since
            the text of the examples is made once for it.
        cot: Whether chain of thought is on.
        form: A text to continue or a chat.

    Returns:
        The prompt, with what its answer must be read with.

    Raises:
        ValueError: The item does not fit the template, or chain of thought is on and an exemplar has no
            worked solution.

    >>> template = Template("q_a", "short", "Q: {question}", "A:", "A: Let's think step by step.")
    >>> shot = Item("1", "What is the capital of Italy?", ("Rome",))
    >>> item = Item("2", "What is the capital of Peru?", ("Lima",))
    >>> print(render(template, item, [shot], cot=False, form="completion").text)
    Q: What is the capital of Italy?
    A: Rome
    <BLANKLINE>
    Q: What is the capital of Peru?
    A:
    """
    question = _question(template, item)
    labels = template.labels[: len(item.choices)]
    cue = template.cue if cot else None
    if form == "chat":
        turns = _turns(template, tuple(exemplars), cot)
        if not template.system and not exemplars:
            question = _joined(_instruction(template, cot), template.separator, question)
        return Prompt(None, messages=(*turns, Message("user", question)), labels=labels, cue=cue)
    text = _head(template, tuple(exemplars), cot) + question + template.turn + _lead(template, cot)
    return Prompt(text, stop=_stop(template, cot), labels=labels, cue=cue)


@lru_cache(maxsize=256)
def _head(template: Template, exemplars: tuple[Item, ...], cot: bool) -> str:
    """Everything before the item's question, in a text to continue."""
    start = template.turn + _lead(template, cot) + template.gap
    shots = [_question(template, shot) + start + _answer(template, shot, cot) for shot in exemplars]
    instruction = _instruction(template, cot)
    blocks = [instruction, *shots] if instruction else shots
    return "".join(block + template.separator for block in blocks)


@lru_cache(maxsize=256)
def _turns(template: Template, exemplars: tuple[Item, ...], cot: bool) -> tuple[Message, ...]:
    """Everything before the item's question, in a chat."""
    instruction = _instruction(template, cot)
    turns = [Message("system", instruction)] if instruction and template.system else []
    for index, shot in enumerate(exemplars):
        question = _question(template, shot)
        if index == 0 and not template.system:
            question = _joined(instruction, template.separator, question)
        turns += [Message("user", question), Message("assistant", _answer(template, shot, cot))]
    return tuple(turns)


def _joined(first: str, separator: str, second: str) -> str:
    return first + separator + second if first else second


def _instruction(template: Template, cot: bool) -> str:
    return fill(template.instruction_cot if cot else template.instruction, {})


def _lead(template: Template, cot: bool) -> str:
    return fill(template.answer_cot if cot else template.answer, {})


def _question(template: Template, item: Item) -> str:
    if template.answer_type != "choice":
        if item.choices:
            raise ValueError(
                f"item {item.id!r} is multiple choice, template {template.name!r} asks for a "
                f"{template.answer_type} answer"
            )
        return fill(template.question, {"question": item.question})
    if not 0 < len(item.choices) <= len(template.labels):
        raise ValueError(
            f"item {item.id!r} has {len(item.choices)} choices, template {template.name!r} has labels for 1 "
            f"to {len(template.labels)}"
        )
    pairs = zip(template.labels, item.choices, strict=False)
    options = [fill(template.option, {"label": label, "text": text}) for label, text in pairs]
    return fill(
        template.question, {"question": item.question, "options": template.option_separator.join(options)}
    )


def _answer(template: Template, item: Item, cot: bool) -> str:
    """An exemplar's answer, after the lead."""
    values = {"text": item.answers[0]}
    if item.gold is not None:
        values = {"text": item.choices[item.gold], "label": template.labels[item.gold]}
    answer = fill(template.gold, values)
    if not cot:
        return answer
    if not item.solution:
        raise ValueError(
            f"item {item.id!r} cannot be an exemplar with chain of thought: it has no worked solution, and "
            "its few-shot source seems to have none; set shots=0 or cot=false"
        )
    return item.solution + "\n" + fill(template.final, {"answer": answer})


@lru_cache(maxsize=256)
def _stop(template: Template, cot: bool) -> tuple[str, ...]:
    prefix = parts(template.question)[0][0].strip()
    if prefix:
        before, start = template.separator, prefix
    else:
        before, start = template.turn, _lead(template, cot)
    return (("\n" if before.endswith("\n") else before) + start,)
