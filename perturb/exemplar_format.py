"""A perturbation of how the worked examples are written: in another format than the question."""

import math
from dataclasses import fields, replace

import numpy as np

from .draft import Draft, Edited
from .grammar import Grammar, formats, own_format
from .layout import Format
from .restyle import seen


def exemplar_format(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Writes exemplars in a format of the grammar (FormatSpread's) in which the question is not written.

    One format is drawn, uniformly from all of the template's but its own, with the kind of option labels
    kept: labels of another kind would ask for another answer. The draw depends on the template and on nothing
    else. A text to continue then ends where a question in either format would begin.

    Args:
        draft: Any draft.
        severity: Share of the exemplars that are written so, rounded up. At 1 all are, and only the question
            is written as the template says.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without exemplars, or if they would look the same.
    """
    grammar = Grammar(tuple(axis for axis in formats(draft.template).axes if axis[0] != "numbering"))
    own = replace(own_format(draft.template), numbering=None)
    itself = grammar.index(own)
    others = grammar.size - (itself is not None)
    number, order = rng.random(), rng.permutation(len(draft.exemplars))
    if not others or not draft.exemplars:
        return Edited(draft)
    place = int(number * others)
    drawn = grammar.at(place + (itself is not None and place >= itself))
    chosen = {int(at) for at in order[: math.ceil(severity * len(order))]}
    told = _told(own, drawn)
    old = draft.exemplar_formats or (None,) * len(draft.exemplars)
    written = tuple(drawn if at in chosen else one for at, one in enumerate(old))
    edits = tuple(f"exemplar {at + 1}: {told}" for at in sorted(chosen))
    return seen(draft, replace(draft, exemplar_formats=written), edits)


def _told(own: Format, drawn: Format) -> str:
    """What differs between two formats, for people."""
    names = [field.name for field in fields(Format)]
    return ", ".join(
        f"{name} → {getattr(drawn, name)!r}" for name in names if getattr(drawn, name) != getattr(own, name)
    )
