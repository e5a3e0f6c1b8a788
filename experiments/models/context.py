"""Whether a prompt fits a model's context, before it is sent."""

from typing import Protocol

from perturb.prompt import Message, Prompt, Role

_SPECIAL = 8  # tokens that a tokenizer may put around a text of its own accord; one or two, mostly
_JOINT = 8  # tokens by which a chat's turn may differ from its text and its frame counted apart


class TokenCounter(Protocol):
    """Counts a model's tokens, without its engine."""

    @property
    def limit(self) -> int:
        """Most tokens of a prompt with its answer."""
        ...

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt as the model gets it, chat template and special tokens included; never fewer.

        0 for a prompt that the model cannot get at all: its request fails, and says why.

        Raises:
            ModelError: The counter itself breaks down.
        """
        ...

    def close(self) -> None:
        """Frees what counting needs; may be called more than once."""
        ...


class Context:
    """A model's context.

    Counting is spared where it cannot matter: a token is at least one byte, so that a text with fewer bytes
    than there is room fits. That holds for ASCII; others a tokenizer may first bring to a longer normal form.

    Args:
        counter: Counts the model's tokens.
    """

    def __init__(self, counter: TokenCounter) -> None:
        self._counter = counter
        self._frames: dict[tuple[Role, ...], int] = {}

    def fits(self, prompt: Prompt, answer: int) -> bool:
        """Whether a prompt and an answer of so many tokens fit together."""
        room = self._counter.limit - answer
        texts = [prompt.text or "", *(turn.content for turn in prompt.messages)]
        if all(map(str.isascii, texts)):
            length = sum(map(len, texts))
            if length <= room and length + self._frame(prompt) <= room:
                return True
        return self._counter.count(prompt) <= room

    def close(self) -> None:
        """Frees what counting needs."""
        self._counter.close()

    def _frame(self, prompt: Prompt) -> int:
        """Most tokens of what is put around the texts of a prompt."""
        roles: tuple[Role, ...] = tuple(turn.role for turn in prompt.messages)
        if not roles:
            return _SPECIAL
        if roles not in self._frames:
            empty = Prompt(None, tuple(Message(role, "x") for role in roles))
            self._frames[roles] = self._counter.count(empty) + _JOINT * len(roles)
        return self._frames[roles]
