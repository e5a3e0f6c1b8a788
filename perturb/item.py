"""An item: one benchmark question with its references."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """How an answer in code is checked.

    Attributes:
        tests: Program text that runs after the answer and raises if the answer is wrong.
        prefix: Program text that an answer may continue, as a signature with its docstring; empty where a
            whole program is asked for.
        entry: Name of the function that the tests call; empty if it is not known.
    """

    tests: str
    prefix: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One benchmark question with its references.

    Attributes:
        id: Stable and unique within its task; a perturbed item keeps it.
        question: The question's text, without any prefix.
        answers: Accepted answers, the preferred one first. A short answer's aliases follow it; a number
            is written as text ("42"); a multiple-choice item holds the text of the right option (of the
            right options, where several are); code a solution that passes. Empty only for a text to be
            continued freely, which has no reference.
        choices: The options' texts in the order shown; empty unless multiple choice.
        gold: Index into `choices` of the one right option; None where there is not just one.
        solution: A worked solution that ends before the answer is stated; shown in exemplars when chain
            of thought is on. Empty where the benchmark has none.
        passage: What the question is about, shown before it; empty where there is none.
        subject: Which part of the benchmark the item is from ("abstract_algebra", "bn"); empty if it has no
            parts. Sub-samples are stratified by it, and exemplars may be drawn within it.
        topic: The subject as prompts name it ("abstract algebra"); empty if it has none.
        golds: Indices of the right options, in ascending order, where any number of options may be right and
            all must be named; `gold` is None then. Empty otherwise.
        program: How an answer in code is checked; None for any other.
        language: Code of the language that the question was put into ("de"), which answers are then read as;
            empty for the benchmark's own, which the subject may name.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    choices: tuple[str, ...] = ()
    gold: int | None = None
    solution: str = ""
    passage: str = ""
    subject: str = ""
    topic: str = ""
    golds: tuple[int, ...] = ()
    program: Program | None = None
    language: str = ""

    def __post_init__(self) -> None:
        if not self.choices and self.gold is None and not self.golds:
            return
        right = self.right
        if not right or (self.gold is not None and self.golds):
            raise ValueError(f"item {self.id!r}: expected either gold or golds beside its choices")
        if not all(0 <= index < len(self.choices) for index in right):
            raise ValueError(
                f"item {self.id!r}: gold is {', '.join(map(str, right))}, expected an index into its "
                f"{len(self.choices)} choices"
            )

    @property
    def right(self) -> tuple[int, ...]:
        """Indices of the right options, one or several; empty where there are no options."""
        return self.golds if self.gold is None else (self.gold,)
