r"""A grammar of prompt formats: how the same fields can be written, counted, enumerated and sampled.

Source: Sclar et al. 2024, "Quantifying Language Models' Sensitivity to Spurious Features in Prompt Design"
(FormatSpread, arXiv 2310.11324), whose lists these are. A format there joins a descriptor and its text by a
separator, the fields by a space, and enumerates options as descriptor, gap, wrapped label, separator, text.
Here the parts of a template are its fields; what the grammar says of them, `layout.apply` writes.

Where the lists are cut, so that a prompt stays readable, one format is one text, and no answer is lost:

- The empty separator is for options only, and a line break within an option needs one between options: both
  are rules of the source.
- Letter cases in which all descriptors look the same count once ("Q" has two, "Question" three).
- A separator of white space only is left out where a descriptor is a single letter ("A Paris" reads as an
  article), where the question has none, and before code: a model's answer ends where the next question would
  begin, and a bare letter or word ("\nTask") could end it too early.
- Where the question has no descriptor, fields are joined by a space with a line break only, since what ends
  an answer there is the answer's own descriptor on a new line.
- An exam's fields are joined by white space only: where it has no options, a visible mark would dangle.
- Letters end at 26 options and Roman numerals at 39. Unicode has signs of its own for those to twelve;
  beyond, where the source fails, they are composed.

The source's list of spaces holds " -- " twice; here every entry has the same weight.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np

from .enumerators import ENUMERATORS
from .layout import CASINGS, Format, apply, layout
from .template import Template

# fmt: off
SEPARATORS = ("::: ", ":: ", ": ", " \n\t", "\n    ", " : ", " - ", " ", "\n ", "\n\t", ":", "::", "- ", "\t")
SPACES = (
    "", " ", "\n", " \n", " -- ", "  ", "; \n", " || ", " <sep> ", ", ", " \n ", " , ", "\n ", ". ", " ,  ",
)
# fmt: on
GAPS = ("", " ", "  ", "\t")
WRAPPERS = ("({label})", "{label}.", "{label})", "{label} )", "[{label}]", "<{label}>")
NUMBERINGS = ("numbers", "capitals", "lower", "roman_signs", "roman", "roman_capitals")

Value = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """All formats of a template.

    Attributes:
        axes: What can be varied and its values: names of attributes of `Format`, at least two values each.
    """

    axes: tuple[tuple[str, tuple[Value, ...]], ...]

    @property
    def size(self) -> int:
        """How many formats there are; 1 if nothing can be varied.

        All of them are different texts in a prompt with an exemplar and with two options or more. Without an
        exemplar the text ends at the answer's lead, so that formats that differ only in the white space after
        it are the same text; that happens where the question has no descriptor.
        """
        return math.prod(len(values) for _, values in self.axes)

    def at(self, index: int) -> Format:
        """The format of a number from 0 to below `size`; the last axis varies fastest.

        Raises:
            IndexError: The number is out of range.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"format {index} of {self.size}, expected 0 to {self.size - 1}")
        chosen: dict[str, Value] = {}
        for name, values in reversed(self.axes):
            index, place = divmod(index, len(values))
            chosen[name] = values[place]
        return replace(Format(), **chosen)

    def index(self, form: Format) -> int | None:
        """The number of a format; None if the grammar does not hold it."""
        index = 0
        for name, values in self.axes:
            value = getattr(form, name)
            if value not in values:
                return None
            index = index * len(values) + values.index(value)
        return index


@lru_cache(maxsize=256)
def formats(template: Template) -> Grammar:
    """The grammar of a template's formats: only what its fields have is varied."""
    found = layout(template)
    exam = template.answer_type == "exam"
    code = template.answer_type == "code"
    words = found.opens and not code and all(len(name) > 1 for name in found.fields)
    separators = tuple(one for one in SEPARATORS if words or one.strip())
    spaces = tuple(one for one in SPACES if not (exam and one.strip()) and (found.opens or "\n" in one))
    axes: dict[str, tuple[Value, ...]] = {
        "separator": separators if found.fields else (),
        "space": spaces if found.joints else (),
        "casing": _casings((*found.fields, found.item)),
        "gap": GAPS if found.item else (),
        "wrapper": WRAPPERS if found.label else (),
        "numbering": _numberings(len(template.labels)) if found.options else (),
        "listing": _listings(found.label) if found.options else (),
    }
    return Grammar(tuple((name, values) for name, values in axes.items() if len(values) > 1))


def _casings(descriptors: Sequence[str]) -> tuple[str, ...]:
    """The letter cases that look different."""
    looks = {tuple(map(CASINGS[name], descriptors)): name for name in reversed(CASINGS)}
    return tuple(name for name in CASINGS if name in looks.values())


def _numberings(count: int) -> tuple[str, ...]:
    """The numberings with labels for so many options."""
    return tuple(name for name in NUMBERINGS if len(ENUMERATORS[name].labels) >= count)


def _listings(label: bool) -> tuple[tuple[str, str], ...]:
    """What may stand after an option's label and between two options."""
    separators = ("", *SEPARATORS) if label else ("",)
    return tuple(
        (separator, space)
        for separator in separators
        for space in SPACES
        if "\n" not in separator or "\n" in space
    )


@lru_cache(maxsize=256)
def own_format(template: Template) -> Format:
    """A template's own format, as far as the grammar holds it: other axes are None.

    A passage and an answer with chain of thought do not count: not every prompt shows them.
    """
    kept = {"passage": template.passage, "stop": template.stop, "answer_cot": template.answer_cot}
    own: dict[str, Value] = {}
    for name, values in formats(template).axes:
        for value in values:
            if replace(apply(replace(Format(), **{name: value}), template), **kept) == template:
                own[name] = value
                break
    return replace(Format(), **own)


def sample(grammar: Grammar, k: int, rng: np.random.Generator) -> tuple[Format, ...]:
    """Draws formats uniformly, without repetition, in random order.

    Args:
        grammar: The grammar.
        k: How many, from 0 to the grammar's size.
        rng: Randomness.

    Raises:
        ValueError: There are fewer than `k` formats.
    """
    if not 0 <= k <= grammar.size:
        raise ValueError(f"{k} formats asked for, expected 0 to {grammar.size}, as many as there are")
    return tuple(grammar.at(int(index)) for index in rng.choice(grammar.size, k, replace=False))


def distance(one: Format, other: Format) -> float:
    """How far apart two formats are: the share of their axes on which they differ, from 0 to 1.

    Raises:
        ValueError: They are of different grammars: one sets what the other leaves open.
    """
    names = [field.name for field in fields(Format)]
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    if any((left is None) != (right is None) for left, right in pairs):
        raise ValueError(f"{one} and {other} do not set the same axes: they are not of one grammar")
    given = [left != right for left, right in pairs if left is not None]
    return sum(given) / len(given) if given else 0.0
