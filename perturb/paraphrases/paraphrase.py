"""What a paraphrase of an instruction is made of."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["task", "role"]

# Requests to reason first, then to state the answer after the template's own cue: {cue} and {what}.
THINKING: tuple[str, ...] = (
    'Think step by step, then finish with "{cue}" and {what}.',
    'Reason it out first, and end with "{cue}" and {what}.',
    'Work through it in small steps; at the very end write "{cue}" and {what}.',
    'Explain your thinking, then conclude with "{cue}" and {what}.',
    'Take it one step at a time, and close with "{cue}" and {what}.',
    'Write down your reasoning, followed by "{cue}" and {what}.',
)


@dataclass(frozen=True, slots=True)
class Wordings:
    """The paraphrases of one kind of instruction.

    Strings may hold {mark}, what a template's option labels are called ("letter"), and {how}, how it writes
    a formula ("in LaTeX").

    Attributes:
        what: What comes after the cue of a final answer ("the number").
        tasks: Paraphrases that say what to do: an opening, and what the answer is to look like.
        roles: Those whose opening says who the model is.
    """

    what: str
    tasks: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """One paraphrase of an instruction.

    Attributes:
        number: Its number among those of its kind, from 1.
        style: Whether it says what to do, or who the model is.
        opening: What comes first.
        ending: What the answer is to look like.
        thinking: What stands for the ending with chain of thought on, with a {cue}.
    """

    number: int
    style: Style
    opening: str
    ending: str
    thinking: str


def paraphrases(wordings: Wordings) -> tuple[Paraphrase, ...]:
    """The paraphrases of one kind, numbered, tasks before roles; requests to reason take turns."""
    found: list[Paraphrase] = []
    styles: tuple[tuple[Style, tuple[tuple[str, str], ...]], ...] = (
        ("task", wordings.tasks),
        ("role", wordings.roles),
    )
    for style, pairs in styles:
        for opening, ending in pairs:
            thinking = THINKING[len(found) % len(THINKING)].replace("{what}", wordings.what)
            found.append(Paraphrase(len(found) + 1, style, opening, ending, thinking))
    return tuple(found)
