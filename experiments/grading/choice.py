"""Graders of multiple choice."""

from perturb import Item, Prompt

from .extract import Stretch, final, first_line, last_line, without_lead
from .labels import after_sign, at_start, halfwidth, in_brackets
from .match import option_text, option_texts
from .reading import Reading


def choice_letter(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the label that the model wrote is the right option's.

    Where a final sentence was asked for, the label follows its cue (or another sign of a final answer), or
    begins the last line; where not, it begins the first line or is named ("the answer is B"; in a chat
    anywhere, in a text to continue on that line) or is the only one in brackets there. Labels are those of
    the prompt, whatever they are; what counts as one, `labels.at_start` says.
    """
    _check(item, prompt)
    text = halfwidth(text)
    stretch = _stretch(text, prompt)
    index = _letter(text, stretch, item, prompt)
    return _reading(index, stretch, item, prompt)


def choice_letter_or_text(text: str, item: Item, prompt: Prompt) -> Reading:
    """As `choice_letter`; without a label, the exact text of just one option counts too."""
    _check(item, prompt)
    text = halfwidth(text)
    stretch = _stretch(text, prompt)
    index = _letter(text, stretch, item, prompt)
    if index is None and stretch is not None:
        signed = final(text, prompt)
        lines = {stretch.line, without_lead(stretch.line), *([signed.line] if signed else [])}
        written = {option_text(line) for line in lines}
        texts = option_texts(item.choices)
        matching = [place for place, option in enumerate(texts) if halfwidth(option) in written]
        if len(matching) > 1:  # options that differ in letter case only: genotypes "Rr" and "RR"
            matching = [place for place in matching if halfwidth(item.choices[place].strip()) in lines]
        index = matching[0] if len(matching) == 1 else None
    return _reading(index, stretch, item, prompt)


def _stretch(text: str, prompt: Prompt) -> Stretch | None:
    return first_line(text) if prompt.cue is None else final(text, prompt) or last_line(text)


def _letter(text: str, stretch: Stretch | None, item: Item, prompt: Prompt) -> int | None:
    if stretch is None:
        return None
    labels, choices = prompt.labels, item.choices
    bracketed = in_brackets(stretch.line, labels)
    unasked = prompt.cue is not None and not stretch.signed
    if unasked and len(bracketed) > 1:
        return None  # the last line of a worked solution weighs several options
    # "A: (B)" repeats the lead; "A: Paris" names option A. So the lead goes only where a label follows it.
    tries = [at_start(line, labels, choices) for line in (without_lead(stretch.line), stretch.line)]
    if not unasked:
        anywhere = prompt.cue is None and prompt.form == "chat"
        tries.append(after_sign(text if anywhere else stretch.line, labels, choices))
        tries.append(min(bracketed) if len(bracketed) == 1 else None)
    return next((index for index in tries if index is not None), None)


def _reading(index: int | None, stretch: Stretch | None, item: Item, prompt: Prompt) -> Reading:
    signed = stretch is not None and stretch.signed
    if index is None:
        return Reading(None, signed=signed)
    return Reading(prompt.labels[index], index == item.gold, signed)


def _check(item: Item, prompt: Prompt) -> None:
    if item.gold is None or len(prompt.labels) != len(item.choices):
        raise ValueError(
            f"item {item.id!r} has {len(item.choices)} choices and its prompt {len(prompt.labels)} labels; "
            "this grader is for multiple choice, with one label a choice"
        )
