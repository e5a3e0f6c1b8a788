"""Kinds of option labels: letters, numbers, Roman and Greek ones, signs; and how a template takes others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from .template import Template


@dataclass(frozen=True, slots=True)
class Enumerator:
    """A kind of option labels.

    Attributes:
        labels: The labels in order, all different even where letter case is ignored.
        noun: What a request for one calls it ("letter").
        chinese: The same in Chinese.
    """

    labels: tuple[str, ...]
    noun: str
    chinese: str


def _roman(number: int) -> str:
    """A number from 1 to 39 in small Roman numerals."""
    units = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
    return "x" * (number // 10) + units[number % 10]


def _roman_sign(number: int) -> str:
    """A number from 1 to 39 in the Unicode signs for Roman numerals, which end at twelve."""
    tens, last = divmod(number - 1, 10)
    return chr(0x2160 + number - 1) if number <= 12 else "Ⅹ" * tens + chr(0x2160 + last)


_ROMAN = tuple(map(_roman, range(1, 40)))

ENUMERATORS: Mapping[str, Enumerator] = MappingProxyType(
    {
        "numbers": Enumerator(tuple(map(str, range(1, 100))), "number", "数字"),
        "capitals": Enumerator(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "letter", "字母"),
        "lower": Enumerator(tuple("abcdefghijklmnopqrstuvwxyz"), "letter", "字母"),
        "roman_signs": Enumerator(tuple(map(_roman_sign, range(1, 40))), "numeral", "序号"),
        "roman": Enumerator(_ROMAN, "numeral", "序号"),
        "roman_capitals": Enumerator(tuple(map(str.upper, _ROMAN)), "numeral", "序号"),
        "greek": Enumerator(tuple("αβγδεζηθικλμνξοπρστυφχψω"), "letter", "字母"),
        "circled": Enumerator(tuple(map(chr, range(0x2460, 0x2474))), "number", "序号"),
        # Signs that also stand between labels ("A & B", "A/B", "A + B") come last.
        "keyboard": Enumerator(tuple("!@#$%^*~?|+&/\\"), "symbol", "符号"),
    }
)
_LETTER = re.compile(r"\bletter(?=s?\b)", re.IGNORECASE)


def enumerator_of(template: Template) -> str:
    """The name of the enumerator that a template's labels are from; "" if they are from none."""
    given = template.labels
    return next(
        (name for name, kind in ENUMERATORS.items() if given and kind.labels[: len(given)] == given), ""
    )


@lru_cache(maxsize=1024)
def relabelled(template: Template, name: str) -> Template:
    """A template with other option labels.

    Where the template had letters, its requests for a letter ("Answer with the letter of the right option.",
    "字母") ask for a number, a numeral or a symbol: a request for what is not there would be another task.
    Several labels in an exemplar's answer are set apart if they are longer than a character.

    Args:
        template: A template with labels.
        name: Which enumerator to take the labels from.

    Returns:
        The template, with as many labels as before or as the enumerator has.

    Raises:
        KeyError: There is no enumerator of that name.
    """
    kind, before = ENUMERATORS[name], ENUMERATORS.get(enumerator_of(template))
    labels = kind.labels[: len(template.labels)]
    if labels == template.labels:
        return template
    # One after another "AC" can be read, "iiii" cannot.
    between = template.gold_separator or (", " if max(map(len, labels)) > 1 else "")
    template = replace(template, labels=labels, gold_separator=between)
    if before is None or before.noun != "letter" or kind.noun == "letter":
        return template

    def asking(text: str) -> str:
        text = _LETTER.sub(lambda match: _cased_like(kind.noun, match[0]), text)
        return text.replace(before.chinese, kind.chinese)

    return replace(
        template,
        question=asking(template.question),
        instruction=asking(template.instruction),
        instruction_cot=asking(template.instruction_cot),
    )


def _cased_like(word: str, model: str) -> str:
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
