"""Options that speak of one another: "all of the above", "both A and C"; what may be done to them."""

import re
from collections.abc import Sequence

_ABOVE = re.compile(
    r"\b(?:all|any|both|each|either|neither|none|one|two|three)\b(?:\s+\w+){0,3}?\s+(?:above|preceding|foregoing)\b"
    r"|(?:以上|上述)[^，。]{0,4}?(?:都|均|皆|全部|选项|说法|各项|答案)",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"\b(?:all|any|both|either|neither|none)\b(?:\s+\w+){0,3}?\s+below\b|以下(?:都|均|皆|全部|选项|各项)",
    re.IGNORECASE,
)
# By their labels: "A and C", "both (A) and (B)", "option B"; but "f(a)" is a value.
_LABELS = re.compile(
    r"(?<![\w)}])\([A-Ea-e1-5]\)|\b[A-E]\s*(?:and|or|&|,|nor)\s*[A-E]\b"
    r"|\b(?:option|choice|answer)s? [A-E1-5]\b"
    r"|选项[A-E](?![A-Za-z])|(?<![A-Za-z])[A-E][和、与][A-E](?![A-Za-z])"
)
_NONE = re.compile(
    r"\bnone\b|\bneither\b(?!.*\bnor\b)|\bno (?:correct|right) (?:answer|option|choice)\b"
    r"|\bnot (?:given|listed)\b"
    r"|(?:以上|上述).{0,4}[不错非无]|(?:都|均|皆)不[对是]\s*$|无正确",
    re.IGNORECASE,
)


def movable(choices: Sequence[str]) -> list[int]:
    """Indices of the options that may change places with one another, in ascending order.

    A last option that speaks of those above it ("none of the above") is not among them. Where options name
    one another in any other way, none is: moved, they would say something else.
    """
    if not choices or names_labels(choices) or any(map(_BELOW.search, choices)):
        return []
    if any(map(_ABOVE.search, choices[:-1])):
        return []
    return list(range(len(choices) - bool(_ABOVE.search(choices[-1]))))


def names_labels(choices: Sequence[str]) -> bool:
    """Whether an option names others by their labels, so that these must stay."""
    return any(map(_LABELS.search, choices))


def says_none(text: str) -> bool:
    """Whether an option says that no option is right ("None of the above", "None", "以上都不对")."""
    return _NONE.search(text) is not None
