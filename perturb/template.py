"""A template: how an item becomes text, to be continued or to be answered in a chat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from .item import Item
from .names import unknown
from .placeholders import check, fill, parts
from .prompt import Form, Message, Prompt

AnswerType = Literal[
    "short",  # a name, a date, a few words
    "number",
    "expression",  # a formula in LaTeX
    "choice",  # one of several options
    "exam",  # exam papers: one option, several, or a blank to fill in
    "exact",  # a fixed word, label or list, to be met to the letter
    "span",  # words of a passage, scored by their overlap
    "word",  # the next word of a text
    "code",
    "text",  # a text continued freely, without a right answer
]
_LABELLED = frozenset(("choice", "exam"))
_CONTINUING = frozenset(("word", "code", "text"))  # the answer may follow the question without a lead


@dataclass(frozen=True, slots=True)
class Template:
    """How an item becomes text.

    As a text to continue, a prompt is: instruction, separator, then for every exemplar question, turn, answer
    lead, gap, answer, separator; and at last the item's question, turn and answer lead, where the model goes
    on. As a chat, the instruction is the system message, every exemplar a user's and an assistant's turn, and
    the question the last user's turn; leads, turn, gap and separator play no part. A passage comes before its
    question.

    With chain of thought on, `instruction_cot` and `answer_cot` stand in for `instruction` and `answer`, and
    an exemplar's answer is its worked solution and, on a new line, `final`. The instruction asks for the
    final sentence whatever the number of shots, so that a sweep over shots changes nothing else.

    Strings may hold the placeholders named below; a literal brace is written twice there.

    Attributes:
        name: Names it in tables and messages.
        answer_type: Kind of answer it asks for.
        question: The question part: {question}, and {options} where items have some. In an exam, {options} is
            nothing for an item without.
        answer: Lead of the answer ("A:"), which ends a text to continue; no white space at its end, since
            tokenizers take a space together with the word that follows. May be empty where the answer
            continues the question: a next word, code, a free text, an option that is not shown.
        answer_cot: Lead of the answer with chain of thought on; empty if the template has no such form.
        passage: What stands before the question part of an item with a {passage}.
        final: Sentence that states the {answer} after a worked solution. What stands before {answer} is the
            cue by which graders find it.
        instruction: What comes before everything; may be empty, and may name the item's {topic}.
        instruction_cot: The same with chain of thought on; it should ask for `final`.
        system: Whether a chat has the instruction as its system message; if not, it begins the first user's
            turn, for models that know no system message.
        turn: Between the question part and the answer's lead.
        gap: Between the answer's lead and an exemplar's answer.
        separator: Between instruction, exemplars and question.
        labels: Option labels, at least as many as an item has choices; only for multiple choice and exams.
        option: One option: {label} and {text}.
        option_separator: Between options.
        gold: An exemplar's answer: {text}, for multiple choice {label} too.
        gold_separator: Between the answers of an exemplar where several options are right.
        blank: An exemplar's answer to an exam's item without options: {text}.
        stop: Strings that end a text to continue, beside the one that would begin another question.
    """

    name: str
    answer_type: AnswerType
    question: str
    answer: str
    answer_cot: str = ""
    passage: str = "{passage}\n\n"
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
    gold_separator: str = ", "
    blank: str = "{text}"
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.answer_type not in get_args(AnswerType):
            raise unknown(f"answer type of template {self.name!r}:", self.answer_type, get_args(AnswerType))
        labelled = self.answer_type in _LABELLED
        shown = ["question", "options"] if labelled else ["question"]
        needed = ["question", "options"] if self.answer_type == "exam" else ["question"]
        check(self.question, shown, needed, self._where("question"))
        check(self.passage, ["passage"], ["passage"], self._where("passage"))
        check(self.final, ["answer"], ["answer"], self._where("final"))
        check(self.gold, ["label", "text"] if labelled else ["text"], [], self._where("gold"))
        check(self.blank, ["text"], ["text"], self._where("blank"))
        check(self.option, ["label", "text"], ["label", "text"], self._where("option"))
        for field in ("instruction", "instruction_cot"):
            check(getattr(self, field), ["topic"], [], self._where(field))
        for field in ("answer", "answer_cot"):
            check(getattr(self, field), [], [], self._where(field))
        if not any(name for _, name in parts(self.gold)):
            raise ValueError(f"{self._where('gold')}: {self.gold!r} shows no answer; use {{text}}")
        continues = self.answer_type in _CONTINUING or (
            self.answer_type == "choice" and not self._shows_options
        )
        if not self.answer and not continues:
            raise ValueError(f"{self._where('answer')} is empty, expected a lead such as 'A:'")
        for field in ("answer", "answer_cot"):
            lead = getattr(self, field)
            if lead != lead.rstrip():
                raise ValueError(
                    f"{self._where(field)}: {lead!r} must end without white space; put that in gap"
                )
        if not self.cue:
            raise ValueError(f"{self._where('final')}: {self.final!r} needs words before {{answer}}")
        if not self.separator:
            raise ValueError(f"{self._where('separator')} is empty, expected at least a line break")
        self._check_labels(labelled)

    def _check_labels(self, labelled: bool) -> None:
        if labelled != bool(self.labels):
            expected = "expected at least one" if labelled else "only multiple choice has labels"
            raise ValueError(f"{self._where('labels')}: there are {len(self.labels)}, {expected}")
        if len(set(self.labels)) < len(self.labels) or not all(label.strip() for label in self.labels):
            raise ValueError(f"{self._where('labels')}: {self.labels!r} must be different and not blank")

    @property
    def _shows_options(self) -> bool:
        return any(name == "options" for _, name in parts(self.question))

    def _where(self, field: str) -> str:
        return f"template {self.name!r}, {field}"

    @property
    def cue(self) -> str:
        """Words after which the final answer stands: those of `final` before the answer."""
        return parts(self.final)[0][0].strip()


def render(
    template: Template,
    item: Item,
    exemplars: Sequence[Item],
    *,
    cot: bool,
    form: Form,
    shown: Sequence[Template] = (),
) -> Prompt:
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
        form: A text to continue, a chat whose exemplars are turns, or a chat that shows them, as the text to
            continue does, within one user's message.
        shown: The template of each exemplar, where not all are written as the item is. A text to continue
            then also ends where one of them would begin another question; instruction and separators are
            those of `template`.

    Returns:
        The prompt, with what its answer must be read with.

    Raises:
        ValueError: The item does not fit the template, or chain of thought is on and the template has no such
            form or an exemplar no worked solution.

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
    if cot and not template.answer_cot:
        raise ValueError(f"template {template.name!r} has no chain-of-thought form: set cot=false")
    question = _question(template, item)
    labels = template.labels[: len(item.choices)]
    cue = template.cue if cot else None
    instruction = _instruction(template, cot, item)
    templates = tuple(shown)
    if form == "completion":
        before, after, stop = _around(template, tuple(exemplars), cot, templates)
        text = _before(instruction, template) + before + question + after
        return Prompt(text, stop=stop, labels=labels, cue=cue, options=continuations(template, item))
    if form == "chat_single" and exemplars:
        before, after, _ = _around(template, tuple(exemplars), cot, templates)
        question = before + question + after
        earlier: tuple[Message, ...] = ()
    else:
        earlier = _turns(template, tuple(exemplars), cot, templates)
    turns = [*earlier, Message("user", question)]
    if instruction and template.system:
        turns.insert(0, Message("system", instruction))
    elif instruction:
        turns[0] = Message("user", _before(instruction, template) + turns[0].content)
    return Prompt(None, messages=tuple(turns), labels=labels, cue=cue)


def answer_of(template: Template, item: Item, *, cot: bool) -> str:
    """What a right answer to an item looks like: an exemplar's answer, after the lead and the gap.

    Raises:
        ValueError: Chain of thought is on and the item has no worked solution.
    """
    if cot and not item.solution:
        raise ValueError(
            f"item {item.id!r} cannot be an exemplar with chain of thought: it has no worked solution, and "
            "its few-shot source seems to have none; set shots=0 or cot=false"
        )
    answer = _answer(template, item)
    return item.solution + "\n" + fill(template.final, {"answer": answer}) if cot else answer


def continuations(template: Template, item: Item) -> tuple[str, ...]:
    """Every option of an item as it would follow a text to continue, gap included: to compare likelihoods."""
    if not item.choices:
        return ()
    return tuple(template.gap + _option_answer(template, item, index) for index in range(len(item.choices)))


@lru_cache(maxsize=1024)
def _around(
    template: Template, exemplars: tuple[Item, ...], cot: bool, shown: tuple[Template, ...]
) -> tuple[str, str, tuple[str, ...]]:
    """What a text to continue has before the question (worked examples) and after it, and where it stops."""
    shots: list[str] = []
    for one, shot in _written(template, exemplars, shown):
        start = one.turn + _lead(one, cot) + one.gap
        shots.append(_question(one, shot) + start + answer_of(one, shot, cot=cot) + template.separator)
    stop = tuple(dict.fromkeys(end for one in (template, *shown) for end in _stop(one, cot)))
    return "".join(shots), template.turn + _lead(template, cot), stop


@lru_cache(maxsize=1024)
def _turns(
    template: Template, exemplars: tuple[Item, ...], cot: bool, shown: tuple[Template, ...]
) -> tuple[Message, ...]:
    """The worked examples, as turns of a chat."""
    turns: list[Message] = []
    for one, shot in _written(template, exemplars, shown):
        turns.append(Message("user", _question(one, shot)))
        turns.append(Message("assistant", answer_of(one, shot, cot=cot)))
    return tuple(turns)


def _written(
    template: Template, exemplars: tuple[Item, ...], shown: tuple[Template, ...]
) -> Iterator[tuple[Template, Item]]:
    """Each exemplar with the template that it is written in."""
    return zip(shown or (template,) * len(exemplars), exemplars, strict=True)


def _before(instruction: str, template: Template) -> str:
    return instruction + template.separator if instruction else ""


def _instruction(template: Template, cot: bool, item: Item) -> str:
    pattern = template.instruction_cot if cot else template.instruction
    if not pattern:
        return ""
    if not item.topic and any(name == "topic" for _, name in parts(pattern)):
        raise ValueError(f"item {item.id!r} has no topic, which template {template.name!r} names")
    return fill(pattern, {"topic": item.topic})


def _lead(template: Template, cot: bool) -> str:
    return fill(template.answer_cot if cot else template.answer, {})


def _question(template: Template, item: Item) -> str:
    passage = fill(template.passage, {"passage": item.passage}) if item.passage else ""
    if template.answer_type not in _LABELLED:
        if item.choices:
            raise ValueError(
                f"item {item.id!r} is multiple choice, template {template.name!r} asks for a "
                f"{template.answer_type} answer"
            )
        return passage + fill(template.question, {"question": item.question})
    least = 0 if template.answer_type == "exam" else 1
    if not least <= len(item.choices) <= len(template.labels):
        raise ValueError(
            f"item {item.id!r} has {len(item.choices)} choices, template {template.name!r} has labels for "
            f"{least} to {len(template.labels)}"
        )
    pairs = zip(template.labels, item.choices, strict=False)
    options = [fill(template.option, {"label": label, "text": text}) for label, text in pairs]
    values = {"question": item.question, "options": template.option_separator.join(options)}
    question = fill(template.question, values)
    return passage + (question if options else question.rstrip())


def _answer(template: Template, item: Item) -> str:
    """An item's right answer, without a worked solution."""
    if item.gold is not None:
        return _option_answer(template, item, item.gold)
    if item.golds:
        return template.gold_separator.join(_option_answer(template, item, index) for index in item.golds)
    if not item.answers:
        raise ValueError(f"item {item.id!r} has no right answer to show")
    pattern = template.blank if template.answer_type == "exam" else template.gold
    return fill(pattern, {"text": item.answers[0]})


def _option_answer(template: Template, item: Item, index: int) -> str:
    return fill(template.gold, {"text": item.choices[index], "label": template.labels[index]})


def _stop(template: Template, cot: bool) -> tuple[str, ...]:
    prefix, lead = parts(template.question)[0][0].strip(), _lead(template, cot)
    if prefix:
        before, start = template.separator, prefix
    elif lead:
        before, start = template.turn, lead
    else:
        return template.stop
    return (("\n" if before.endswith("\n") else before) + start, *template.stop)
