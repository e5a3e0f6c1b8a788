"""Reading an option's label as a model wrote it."""

import re
from functools import lru_cache

from .match import option_text, option_texts

# Fullwidth forms, as models write them in Chinese: （Ｂ） is (B).
_HALFWIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_VERDICT = re.compile(
    r"\s+(?:(?:is|was)\s+(?:the\s+)?(?:correct|right|best|answer|true)|because\b|since\b)", re.IGNORECASE
)


def halfwidth(text: str) -> str:
    """The text with fullwidth letters and brackets as plain ones."""
    return text if text.isascii() else text.translate(_HALFWIDTH)


def at_start(text: str, labels: tuple[str, ...], choices: tuple[str, ...]) -> int | None:
    """The option whose label a text begins with.

    A label counts when something sets it apart: brackets, ")", ".", ":" or "," after it, the end of the line,
    a dash, "is correct", or its own option's text. "A dog" is an article, "B vitamins" a word, and "A and C"
    or "(A) or (B)" is no decision. Bracketed or alone, the letter case does not matter.

    Args:
        text: Begins where the label is expected.
        labels: The labels shown.
        choices: The options' texts, one a label.

    Returns:
        The option's index, or None.
    """
    patterns = _patterns(labels)
    match = patterns.start.match(text)
    if not match or patterns.hedge.match(match["rest"]) or _DENIED.match(match["rest"]):
        return None
    index = patterns.index[match["label"].casefold()]
    rest = match["rest"].partition("\n")[0].lstrip("\"'`*")
    if not rest.strip(".,;!?)]}> \t") or rest[0] in ")]}>":
        return index
    if rest[0] in ".:,;" and rest[1:2].isspace():
        return index
    if match["label"] != labels[index]:
        return None  # "a dog" where the labels are capitals
    if _DASH.match(rest) or _VERDICT.match(rest):
        return index
    own, written = option_texts(choices)[index], option_text(rest.lstrip(" .:,;-"))
    follows = own and written.startswith(own) and not written[len(own) : len(own) + 1].isalnum()
    return index if follows else None


def after_sign(text: str, labels: tuple[str, ...], choices: tuple[str, ...]) -> int | None:
    """The first option that a text names as its answer: "answer is B", "option (B)", "I choose B"."""
    for match in _NAMED.finditer(text):
        found = at_start(text[match.end() : match.end() + _REACH], labels, choices)
        if found is not None:
            return found
    return None


def in_brackets(text: str, labels: tuple[str, ...]) -> set[int]:
    """The options whose bracketed labels a text holds and does not deny ("not (B)", "(B) is wrong")."""
    patterns = _patterns(labels)
    return {
        patterns.index[match["label"].casefold()]
        for match in patterns.bracket.finditer(text)
        if not _DENIED.match(text, match.end())
    }


_REACH = 1000  # characters read after a sign: enough for a label and its option's text
_DASH = re.compile(r"\s+[-–—=(]|[–—]")
_DENIED = re.compile(r"[)\]}>]?\s+(?:is|are|was)\s+(?:not|wrong|incorrect|false)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"""
    \b(?: (?:answer|option|choice|letter)\b (?:\s+(?:is|would\ be|should\ be|must\ be))?
        | (?:i|i['’]d|would|will|to)\s+(?:choose|pick|select|go\ with)
        | it\s+is | it['’]s )
    \s*:?\s* (?:(?:option|choice|letter|answer)\b\s*:?\s*)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _Patterns:
    """The patterns for one set of labels."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.index = {label.casefold(): index for index, label in enumerate(labels)}
        longest_first = sorted(labels, key=len, reverse=True)
        one = "|".join(re.escape(label) for label in longest_first)
        self.start = re.compile(
            rf"[\s\"'`*]*(?:[(\[{{<]\s*)?(?P<label>{one})(?!\w)(?P<rest>.*)",
            re.IGNORECASE | re.DOTALL,
        )
        self.hedge = re.compile(rf"[)\]}}>.]?\s*(?:,|/|&|\band\b|\bor\b)\s*[(\[{{<]?(?:{one})(?!\w)")
        self.bracket = re.compile(rf"(?<!\bnot )[(\[](?P<label>{one})[)\]]", re.IGNORECASE)


@lru_cache(maxsize=256)
def _patterns(labels: tuple[str, ...]) -> _Patterns:
    return _Patterns(labels)
