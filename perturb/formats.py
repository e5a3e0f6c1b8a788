"""Perturbations of a prompt's format: the same words between other separators, in other cases."""

import math
from dataclasses import replace
from typing import get_args

import numpy as np

from .draft import Draft, Edited
from .grammar import Grammar, Value, formats, own_format
from .layout import Format, apply
from .references import names_labels
from .restyle import restyled
from .template import AnswerType
from .variant import Change, Perturbation

# fmt: off
EXAMPLE_SEPARATORS = (
    "\n", "\n\n", "\n\n\n", "\n\n\n\n", "\n---\n", "\n\n---\n\n", "\n***\n", "\n\n***\n\n",
    "\n=====\n", "\n\n=====\n\n",
)
# fmt: on


def format_grammar(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Writes the prompt in a format drawn from the grammar (FormatSpread).

    A format is drawn uniformly from all of the template's but its own. The draw depends on the template and
    on nothing else, so that all items of a cell are written alike; but an item one of whose options names
    another by its label ("both A and C") keeps its labels.

    Args:
        draft: Any draft.
        severity: How far to go from the template's format to the drawn one: the share of the axes on which
            they differ that take the drawn value, at least one. At 1 the format is the drawn one.
        rng: Randomness.

    Returns:
        The edited draft; unchanged if the template's format has nothing to vary, or this prompt does not
        show what was varied.
    """
    grammar, own = formats(draft.template), own_format(draft.template)
    if not grammar.axes:
        return Edited(draft)
    itself = grammar.index(own)
    number = int(rng.integers(grammar.size - (itself is not None)))
    drawn = grammar.at(number + (itself is not None and number >= itself))
    order = [grammar.axes[place][0] for place in rng.permutation(len(grammar.axes))]
    other = [name for name in order if getattr(drawn, name) != getattr(own, name)]
    return _written(draft, {name: getattr(drawn, name) for name in other[: math.ceil(severity * len(other))]})


def example_separator(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Puts something else between instruction, exemplars and question: one to four line breaks, or a rule.

    Args:
        draft: Any draft.
        severity: Any above 0: the whole change.
        rng: Randomness.

    Returns:
        The edited draft; unchanged where there is neither an instruction nor an exemplar.
    """
    others = [one for one in EXAMPLE_SEPARATORS if one != draft.template.separator]
    separator = others[int(rng.integers(len(others)))]
    edits = (f"separator {draft.template.separator!r} → {separator!r}",)
    return restyled(draft, replace(draft.template, separator=separator), edits)


def _one_axis(name: str) -> Change:
    """A perturbation that draws another value of one axis of the grammar."""

    def change(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        own = getattr(own_format(draft.template), name)
        others = [value for value in _values(formats(draft.template), name) if value != own]
        if not others:
            return Edited(draft)
        return _written(draft, {name: others[int(rng.integers(len(others)))]})

    return change


def _values(grammar: Grammar, name: str) -> tuple[Value, ...]:
    return next((values for axis, values in grammar.axes if axis == name), ())


def _written(draft: Draft, values: dict[str, Value]) -> Edited:
    if names_labels(draft.item.choices):
        values.pop("numbering", None)
    template = apply(replace(Format(), **values), draft.template)
    return restyled(draft, template, tuple(f"{name} → {value!r}" for name, value in values.items()))


_ANY: tuple[AnswerType, ...] = get_args(AnswerType)
_WHOLE = "any above 0: the whole change"
_BOUND = 20.0  # more than the longest separators add to the shortest prompt


def _format(name: str, change: Change, severity: str = _WHOLE) -> Perturbation:
    return Perturbation(name, "format", change, "template", _ANY, severity, bound=_BOUND, by_item=False)


FORMATS = (
    _format(
        "format_grammar",
        format_grammar,
        "share of the differences to a format drawn from the grammar that are made",
    ),
    _format("descriptor_case", _one_axis("casing")),
    _format("field_separator", _one_axis("separator")),
    _format("field_space", _one_axis("space")),
    _format("example_separator", example_separator),
)
