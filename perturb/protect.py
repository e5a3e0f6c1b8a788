"""Which parts of a question may be changed: what carries its meaning exactly is left alone."""

import re
from collections.abc import Iterable
from itertools import pairwise

from .item import Item

Span = tuple[int, int]

# Spans that are read as a whole, white space within them included.
_SPANS = re.compile(
    r"""
    ```.*?```                                  # fenced code
    | `[^`\n]+`                                # inline code
    | \$(?=\S)(?=[^$\n]*[\\^_={}])[^$\n]*\$    # LaTeX; two prices in a sentence are none
    | \{[^{}\n]*\} | <[^<>\n]*> | \[[A-Z_]+\]  # placeholders
    """,
    re.VERBOSE | re.DOTALL,
)
# Tokens with a meaning of their own: numbers, code, addresses, abbreviations, other scripts.
_TOKEN = re.compile(r"\S+")
_EXACT = re.compile(
    r"""
    [\d_@\\/{}<>=\#$%^&*|~`+]  # digits, operators, addresses
    | [a-z][A-Z]               # camelCase
    | \w\.\w                   # os.path, U.S., example.org
    | \b[A-Z]{2,5}\b           # NASA
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z]{2,}")


def words(item: Item) -> list[Span]:
    """Spans of the question's plain words, in order.

    A plain word has at least two Latin letters and nothing else. Words in tokens with digits, code, LaTeX,
    addresses, placeholders, abbreviations in capitals, tokens with letters of other scripts or with accents,
    and any place where the question holds one of the item's answers or choices, are left out.
    """
    text, kept = item.question, _kept(item)
    return [match.span() for match in _WORD.finditer(text) if not any(kept[match.start() : match.end()])]


def gaps(item: Item) -> list[Span]:
    """Spans of white space between two tokens of the question, in order.

    Left out: white space within code, LaTeX, placeholders and answers, and between two numbers ("10 000").
    """
    text, kept = item.question, _kept(item, tokens=False)
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    found: list[Span] = []
    for (_, start), (end, _) in pairwise(tokens):
        numbers = text[start - 1].isnumeric() and text[end].isnumeric()
        if not numbers and not any(kept[start:end]):
            found.append((start, end))
    return found


def _kept(item: Item, *, tokens: bool = True) -> bytearray:
    """One flag a character of the question: 1 where it must stay as it is."""
    text = item.question
    kept = bytearray(len(text))
    _mark(kept, (match.span() for match in _SPANS.finditer(text)))
    folded = text.casefold()
    for reference in {*item.answers, *item.choices}:
        # Only the few references that occur at all are worth a pattern: some items have hundreds of aliases.
        if reference.strip() and reference.strip().casefold() in folded:
            pattern = r"(?<!\w)" + re.escape(reference.strip()) + r"(?!\w)"
            _mark(kept, (match.span() for match in re.finditer(pattern, text, re.IGNORECASE)))
    if tokens:
        for match in _TOKEN.finditer(text):
            token = match[0]
            if _EXACT.search(token) or any(not c.isascii() and c not in "‘’“”–—…¿¡«»" for c in token):
                _mark(kept, [match.span()])
    return kept


def _mark(kept: bytearray, spans: Iterable[Span]) -> None:
    for start, end in spans:
        kept[start:end] = b"\x01" * (end - start)
