"""An item: one benchmark question with its references."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One benchmark question with its references.

    Attributes:
        id: Stable and unique within its task; a perturbed item keeps it.
        question: The question's text, without any prefix.
        answers: Accepted answers, the preferred one first. A short answer's aliases follow it; a number
            is written as text ("42"); a multiple-choice item holds the text of the right option.
        choices: The options' texts in the order shown; empty unless multiple choice.
        gold: Index into `choices` of the right option; None unless multiple choice.
        solution: A worked solution that ends before the answer is stated; shown in exemplars when chain
            of thought is on. Empty where the benchmark has none.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    choices: tuple[str, ...] = ()
    gold: int | None = None
    solution: str = ""

    def __post_init__(self) -> None:
        if not self.answers:
            raise ValueError(f"item {self.id!r} has no reference answer")
        if self.choices and (self.gold is None or not 0 <= self.gold < len(self.choices)):
            raise ValueError(
                f"item {self.id!r}: gold is {self.gold}, expected an index into its "
                f"{len(self.choices)} choices"
            )
