"""Replaces parts of a question by others: where words may be replaced, how it is drawn, how it is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .item import Item
from .protect import SPARED, Span, words
from .rewrite import rewritten
from .variant import Variant

# Words beside which nothing may be put in or drawn together: what is negated, compared, counted or ordered.
TIED = SPARED | frozenset(
    """
    non nowhere until but fewest all any some each every both either trillion hundreds thousands millions
    billions halves fourths fifths sixth sixths seventh eighth eighths ninth tenths percent true yes right
    before after above below over under minus plus times
    """.split()  # noqa: SIM905 - fifty words in quotes are hard to read
)
# A question about the form of words, or one whose options abbreviate them.
ABOUT_WORDS = re.compile(
    r"\b(?:letters?|alphabet\w*|initials?|spel(?:l(?:s|ed|ings?)?|t)|anagrams?|palindromes?|rhym\w+|syllab\w+|vowels?"
    r"|consonants?|prefix\w*|suffix\w*|synonym\w*|antonym\w*|abbreviat\w+|acronyms?|predicate logic|of PL)\b",
    re.IGNORECASE,
)
_OPENING = frozenset('.?!:;\n"“(…')  # what a sentence begins after
_WORD = re.compile(r"[A-Za-z]{2,}")
_QUOTES = frozenset("\"“”'‘’")
_APOSTROPHES = ("'", "’")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the question that may be replaced.

    Attributes:
        start: First character.
        end: Character after the last one; equal to `start` where something may be inserted.
        options: What may stand there instead, at least one; each as likely as the others.
    """

    start: int
    end: int
    options: tuple[str, ...]


def common_words(item: Item) -> list[Span]:
    """Spans of the plain words whose spelling or wording can be exchanged without loss, in order.

    Of the plain words (`protect.words`), these are left out: parts of names (a capital letter within a
    sentence, or two capitalised words in a row), parts of longer words (well-known, don't), and words that
    are spoken of rather than used (the word "colour").
    """
    text = item.question
    if ABOUT_WORDS.search(text):
        return []
    return [
        (start, end) for start, end in words(item) if _alone(text, start, end) and not named(text, start, end)
    ]


def _alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if before in ("-", "‐", *_APOSTROPHES) or after in ("-", "‐"):
        return False
    if after in _APOSTROPHES and text[end + 1 : end + 2].isalpha():
        return text[end + 1] == "s" and not text[end + 2 : end + 3].isalpha()
    return not (before in _QUOTES and after in _QUOTES)


def named(text: str, start: int, end: int) -> bool:
    """Whether a word looks like a name or a part of one, by its capital letter."""
    return text[start].isupper() and (not opens(text, start) or text[end + 1 : end + 2].isupper())


def opens(text: str, start: int) -> bool:
    """Whether a sentence begins at a character."""
    at = start - 1
    while at >= 0 and text[at] in " \t":
        at -= 1
    return at < 0 or text[at] in _OPENING


def listed(item: Item, table: Mapping[str, tuple[str, ...]]) -> list[Place]:
    """Places of the common words that stand in a table, in lower case, with what the table has for them."""
    text = item.question
    found: list[Place] = []
    for start, end in common_words(item):
        options = table.get(text[start:end].lower())
        if options:
            found.append(Place(start, end, tuple(cased(one, text[start:end]) for one in options)))
    return found


def free_matches(pattern: re.Pattern[str], item: Item) -> list[re.Match[str]]:
    """Matches in the question that hold no protected word, nor look at one in a group behind the match.

    At least one word of two letters has to be in the match or its groups: others are not known to be free.
    """
    starts: set[int] = set()
    found: list[re.Match[str]] = []
    for match in pattern.finditer(item.question):
        starts = starts or {start for start, _ in words(item)}
        end = max(match.end(group) for group in range(pattern.groups + 1))
        inside = [word.start() for word in _WORD.finditer(item.question, match.start(), end)]
        if inside and starts.issuperset(inside):
            found.append(match)
    return found


def cased(new: str, old: str) -> str:
    """A word with the capital letters of the one whose place it takes."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def replaced(item: Item, places: Sequence[Place], severity: float, rng: np.random.Generator) -> Variant:
    """The item with some of the places replaced.

    All random numbers are drawn whatever the severity, so that a stronger variant holds all edits of a
    weaker one.

    Args:
        item: The item.
        places: Where its question may be changed, in order and apart.
        severity: Chance of each place.
        rng: Randomness.

    Returns:
        The variant.
    """
    chance, pick = rng.random((2, len(places))).tolist()
    hit = [(place, which) for place, lot, which in zip(places, chance, pick, strict=True) if lot < severity]
    spans = [(place.start, place.end) for place, _ in hit]
    return rewritten(item, spans, [place.options[int(which * len(place.options))] for place, which in hit])
