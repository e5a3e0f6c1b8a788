from collections.abc import Callable
from typing import Literal

import pytest

from experiments.grading import Grade, grade
from experiments.models.protocol import Completion, FinishReason
from perturb import Item, Message, Prompt

Ask = Literal["answer", "worked", "chat", "chat worked"]
Judge = Callable[..., Grade]


def prompt(ask: Ask, labels: tuple[str, ...]) -> Prompt:
    cue = "The answer is" if "worked" in ask else None
    if "chat" in ask:
        return Prompt(None, messages=(Message("user", "Q: ?"),), labels=labels, cue=cue)
    return Prompt("Q: ?\nA:", stop=("\nQ:",), labels=labels, cue=cue)


@pytest.fixture
def judge() -> Judge:
    """Grades a text: judge(grader, text, item, ask="answer", finish="stop", labels=())."""

    def judged(
        name: str,
        text: str,
        item: Item,
        ask: Ask = "answer",
        finish: FinishReason = "stop",
        labels: tuple[str, ...] = (),
    ) -> Grade:
        error = "it broke" if finish == "error" else None
        completion = Completion("key", text, finish, error=error)
        return grade(name, completion, item, prompt(ask, labels))

    return judged
