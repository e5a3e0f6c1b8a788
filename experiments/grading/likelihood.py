"""Graders of multiple choice that compare how likely the options are as continuations of the prompt.

Their text is not a model's words but a JSON list: for each option the sum of its tokens' log-probabilities.

What may be compared of it (Gao, "Multiple Choice Normalization in LM Evaluation", EleutherAI, 2021): the sum
itself, which favours short options, or the sum divided by the option's length in bytes of UTF-8, which does
not depend on how a model's tokenizer cuts it up. In lm-evaluation-harness these are `acc` and, but for
characters in place of bytes, `acc_norm`; both are the same for ASCII. As there, an option's length is that
of its own text, without the space before it.

Where two options are exactly as likely, as twice the same text is, there is no answer (`argmax` would name
the first).
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from perturb import Item, Prompt

from .reading import NOTHING, Reading


def choice_likelihood_norm(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the right option has the highest log-likelihood per byte of what was weighed."""
    values = _values(text, item, prompt)
    lengths = [len(option.strip().encode("utf-8", "surrogatepass")) for option in prompt.options]
    # An option without text has no length to divide by: its sum stays as it is.
    normalised = [value / max(1, length) for value, length in zip(values, lengths, strict=False)]
    return _best(normalised, item, prompt)


def choice_likelihood(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the right option has the highest log-likelihood."""
    return _best(_values(text, item, prompt), item, prompt)


def _values(text: str, item: Item, prompt: Prompt) -> Sequence[float]:
    """One finite number an option; empty if the text is anything else."""
    if item.gold is None or not len(prompt.labels) == len(prompt.options) == len(item.choices):
        raise ValueError(
            f"item {item.id!r} has {len(item.choices)} choices and its prompt {len(prompt.labels)} labels "
            f"and {len(prompt.options)} options; this grader is for multiple choice in a text to continue"
        )
    try:
        found: Any = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, list) or len(found) != len(item.choices):
        return ()
    return found if all(isinstance(value, float) and math.isfinite(value) for value in found) else ()


def _best(values: Sequence[float], item: Item, prompt: Prompt) -> Reading:
    places = [place for place, value in enumerate(values) if value == max(values)]
    if len(places) != 1:
        return NOTHING
    return Reading(prompt.labels[places[0]], places[0] == item.gold)
