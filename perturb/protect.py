"""Which parts of a question may be changed: what carries its meaning exactly is left alone."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from .item import Item

Span = tuple[int, int]

# A slip in one of these could turn the question round, or its numbers into others.
SPARED = frozenset(
    """
    no non not nor cannot except false fewer incorrect less least more most neither never none nothing nobody
    nowhere true unless untrue without wrong only
    cant wont dont doesnt didnt isnt arent aint wasnt werent hasnt havent hadnt shant wouldnt couldnt shouldnt
    mustnt neednt mightnt
    nicht kein keine keinen keiner nie niemals ohne pas jamais sans aucun aucune nunca sin ni nadie
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
    billion dozen half third thirds quarter quarters fourth fifth tenth once twice thrice double triple first
    second
    """.split()  # noqa: SIM905 - so many words in quotes are hard to read
)

# Spans that are read as a whole, white space within them included.
_SPANS = re.compile(
    r"""
    ```.*?```                                  # fenced code
    | `[^`\n]+`                                # inline code
    | \$\$.+?\$\$ | \\\(.+?\\\) | \\\[.+?\\\]  # LaTeX
    | \\begin\{(\w+\*?)\}.+?\\end\{\1\} | \[asy\].+?\[/asy\]
    | \$(?=\S)(?=[^$\n]*[\\^_={}])[^$\n]*\$    # two prices in a sentence are none
    | \$[^\s$]+\$
    | \{[^{}\n]*\} | <[^<>\n]*> | \[[A-Z_]+\]  # placeholders
    | ^\([A-Z]\)[^\n]*                          # an option that the question itself lists
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_OPENER = re.compile(r"[`$\\{<\[(]")  # no span begins with anything else
# Tokens with a meaning of their own: numbers, code, addresses, abbreviations, other scripts.
_TOKEN = re.compile(r"\S+")
_EXACT = re.compile(
    r"""
    [\d_@\\/{}<>=\#$%^&*|~`+]  # digits, operators, addresses
    | [a-z][A-Z]               # camelCase
    | \w\.\w                   # os.path, U.S., example.org
    | \b[A-Z]{2,5}\b           # NASA
    | [^\x00-\x7f‘’“”–—…¿¡«»]
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z]{2,}")

# In a question about code, what is not prose: all that stands outside doc strings where the question is a
# program, and in any case lines with statements, calls, examples or lists, and quoted strings.
_PROGRAM = re.compile(r"^(?:def|class|from|import)\b", re.MULTILINE)
_OUTSIDE = re.compile(r"(?:\A|(?:\"\"\"|'''))(?:(?!\"\"\"|''').)*(?:\"\"\"|'''|\Z)", re.DOTALL)
_LINES = re.compile(
    r"^[^\S\n]*>>>.*\n(?:[^\S\n]*\S.*(?:\n|\Z))*"
    r"|^[^\S\n]*(?:assert|def|class|from|import|return|@|\#).*(?:\n|\Z)"
    r"|^.*(?:->|=>|==|➞|\w\(|[\[\]]).*(?:\n|\Z)",
    re.MULTILINE,
)
_QUOTED = re.compile(r"(?<![\w'])'(?!')[^'\n]+'(?![\w'])|(?<!\")\"(?!\")[^\"\n]+\"(?!\")")

_MARK = re.compile(r"(?<=[^\s.,;:!?])[.,;:!?](?=\s|\Z|[\"'”’)\]]+(?:[.,;:!?]|\s|\Z))")
_CLOSING = " \t\n\r\"'”’)]"
_CODE = re.compile(r"[_@\\/{}<>=^*|~`]")
# What a full stop or a colon belongs to: initials, numbers of a list, abbreviations.
_SHORT = re.compile(
    r"(?:\b(?:[A-Za-z]|\d+|Mrs?|Ms|Drs?|St|Jr|Sr|vs|etc|Nos?|Mt|Prof|Gen|Col|Capt|Lt|Sgt|Rev|Hon|Inc|Ltd|Corp"
    r"|Co|ca|cf|Fig|Eq|Vol|pp?)|\w\.\w+)\Z"
)
_NUMBER_NEXT = re.compile(r"[\"'”’)\]]*\s+\d")


def words(item: Item) -> list[Span]:
    """Spans of the question's plain words, in order.

    A plain word has at least two Latin letters and nothing else. Words in tokens with digits, code, LaTeX,
    addresses, placeholders, abbreviations in capitals, tokens with letters of other scripts or with accents,
    and any place where the question holds one of the item's answers or choices, or all words of the first
    answer in another order, are left out. Of a question about code, only the words of its prose are plain.
    """
    return list(_words(item.question, item.answers, item.choices, item.program is not None))


def misspellable(item: Item, shortest: int) -> list[Span]:
    """Spans of the plain words that may be spelt otherwise, in order.

    Left out: negations, comparisons and numbers (`SPARED`), the word before "n't", and shorter words.
    """
    return list(_misspellable(item.question, item.answers, item.choices, item.program is not None, shortest))


def gaps(item: Item) -> list[Span]:
    """Spans of white space between two tokens of the question, in order.

    Left out: white space within code, LaTeX, placeholders and answers, and between two numbers ("10 000").
    """
    return list(_gaps(item.question, item.answers, item.choices, item.program is not None))


def marks(item: Item) -> list[Span]:
    """Spans of the question's punctuation marks, in order: each one of . , ; : ! ? at the end of a token.

    Left out: several in a row (... and ?!), those that belong to what they follow (U.S., Dr., the J. of a
    name, the 1. of a list), those between two numbers, and those in code, LaTeX, addresses, placeholders and
    answers.
    """
    return list(_marks(item.question, item.answers, item.choices, item.program is not None))


# An item is perturbed many times over in a sweep, so that what was found out about it is kept.


@lru_cache(maxsize=8192)
def _words(text: str, answers: tuple[str, ...], choices: tuple[str, ...], code: bool) -> tuple[Span, ...]:
    kept = _kept(text, answers, choices, code)
    if _EXACT.search(text):
        tokens = [match for match in _TOKEN.finditer(text) if _EXACT.search(match[0])]
        _mark(kept, (match.span() for match in tokens))
    found = [match.span() for match in _WORD.finditer(text)]
    return tuple(found) if 1 not in kept else tuple(span for span in found if kept.find(1, *span) < 0)


@lru_cache(maxsize=8192)
def _misspellable(
    text: str, answers: tuple[str, ...], choices: tuple[str, ...], code: bool, shortest: int
) -> tuple[Span, ...]:
    return tuple(
        (start, end)
        for start, end in _words(text, answers, choices, code)
        if end - start >= shortest
        and text[end : end + 2] not in ("'t", "’t")
        and text[start:end].lower() not in SPARED
    )


@lru_cache(maxsize=8192)
def _gaps(text: str, answers: tuple[str, ...], choices: tuple[str, ...], code: bool) -> tuple[Span, ...]:
    kept = _kept(text, answers, choices, code)
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    found: list[Span] = []
    for (_, start), (end, _) in pairwise(tokens):
        numbers = text[start - 1].isnumeric() and text[end].isnumeric()
        if not numbers and kept.find(1, start, end) < 0:
            found.append((start, end))
    return tuple(found)


@lru_cache(maxsize=8192)
def _marks(text: str, answers: tuple[str, ...], choices: tuple[str, ...], code: bool) -> tuple[Span, ...]:
    kept = _kept(text, answers, choices, code)
    last = len(text.rstrip(_CLOSING)) - 1
    found: list[Span] = []
    for match in _MARK.finditer(text):
        at = match.start()
        token = text[max(0, at - 40) : at].split()[-1]  # tokens are short; those that are not end in words
        belongs = match[0] in ".:" and at < last and _SHORT.search(token)
        between = token[-1].isnumeric() and _NUMBER_NEXT.match(text, at + 1)
        inside = not kept[at - 1] and _CODE.search(token)  # after a whole formula a mark is the sentence's
        if not (kept[at] or belongs or between or inside):
            found.append((at, at + 1))
    return tuple(found)


def _kept(text: str, answers: tuple[str, ...], choices: tuple[str, ...], code: bool) -> bytearray:
    """One flag a character of the question: 1 where it must stay as it is."""
    kept = bytearray(len(text))
    if _OPENER.search(text):
        _mark(kept, (match.span() for match in _SPANS.finditer(text)))
    if code:
        patterns = [_LINES, _QUOTED] + [_OUTSIDE] * bool(_PROGRAM.search(text))
        for pattern in patterns:
            _mark(kept, (match.span() for match in pattern.finditer(text)))
    folded = text.casefold()
    for reference in {*answers, *choices}:
        plain = reference.strip()
        # Only the few references that occur at all are worth a pattern: some items have hundreds of aliases.
        if plain and plain.casefold() in folded:
            pattern = re.compile(r"(?<!\w)" + re.escape(plain) + r"(?!\w)", re.IGNORECASE)
            _mark(kept, (match.span() for match in pattern.finditer(text)))
    first = answers[0].casefold() if answers and not code else ""
    parts = frozenset(first.split())
    if len(parts) > 1 and first not in folded and parts.issubset(folded.split()):  # words to be sorted
        _mark(kept, (match.span() for match in _TOKEN.finditer(text) if match[0].casefold() in parts))
    return kept


def _mark(kept: bytearray, spans: Iterable[Span]) -> None:
    for start, end in spans:
        kept[start:end] = b"\x01" * (end - start)
