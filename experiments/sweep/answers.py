"""A right and a wrong answer to an item, worded as its prompt asks: what simulated respondents say."""

from perturb.item import Item
from perturb.prompt import Prompt

NOT_AN_ANSWER = "something else entirely"


def right_and_wrong(item: Item, prompt: Prompt) -> tuple[str, str]:
    """An answer that grades as correct and one that grades as wrong.

    Args:
        item: The item as asked.
        prompt: Its prompt, whose labels and cue the answers use.
    """
    right, wrong = _right_and_wrong(item, prompt.labels)
    if prompt.cue is None:
        return right, wrong
    return f"{prompt.cue} {right}.", f"{prompt.cue} {wrong}."


def _right_and_wrong(item: Item, labels: tuple[str, ...]) -> tuple[str, str]:
    if item.gold is not None:
        return labels[item.gold], labels[item.gold - 1]
    if item.golds:
        others = [index for index in range(len(labels)) if index not in item.golds]
        return ", ".join(labels[index] for index in item.golds), ", ".join(labels[index] for index in others)
    if not item.answers:  # a text to be continued freely: nothing is right or wrong
        return NOT_AN_ANSWER, NOT_AN_ANSWER
    return item.answers[0], _another(item.answers[0])


def _another(answer: str) -> str:
    """A number one larger, or words that no reference contains."""
    return str(int(answer) + 1) if answer.lstrip("-").isdecimal() else NOT_AN_ANSWER
