"""A prompt: what goes to a model, and what its answer must be read with."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
Form = Literal["completion", "chat", "chat_single"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt: either a text to continue or a chat to answer.

    Attributes:
        text: The text to continue; None in chat form.
        messages: The chat's turns, the last one the user's; empty in completion form.
        stop: Strings at which generation may end (they would begin another question).
        labels: The option labels shown, in the order of the item's choices ("A", "B", ...); empty unless
            the item is multiple choice.
        cue: The words after which the final answer was asked for ("The answer is"); None when the answer
            comes first.
        options: Every option as it would follow a text to continue, the gap before it included, whose
            likelihoods can be compared; empty in a chat, and unless the item is multiple choice.
    """

    text: str | None
    messages: tuple[Message, ...] = ()
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cue: str | None = None
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.text is None) == (not self.messages):
            raise ValueError("a prompt is either a text or a chat, not both and not neither")

    @property
    def form(self) -> Literal["completion", "chat"]:
        """A text to continue, or a chat."""
        return "chat" if self.messages else "completion"
