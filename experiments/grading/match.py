"""Normalising and comparing answers."""

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

_PUNCTUATION = string.punctuation + "‘’“”´«»„…¡¿–—"
_SPACED = str.maketrans(dict.fromkeys(_PUNCTUATION, " "))
_DROPPED = str.maketrans(dict.fromkeys(_PUNCTUATION, ""))
_ARTICLES = frozenset(("a", "an", "the"))
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_MINUS = re.compile(r"(?<![\w.,)])[-−](?=\.?\d)")


def normalise(text: str) -> str:
    """TriviaQA's normalisation: small letters, punctuation to spaces, no articles, single spaces.

    Three things differ from the official script, so that different answers stay different: thousands
    separators are dropped ("1,000" is "1000"), a number keeps its sign, and a text of which nothing would be
    left ("The The", "?") keeps its articles, or its punctuation.

    Source: Joshi et al. 2017 (TriviaQA), evaluation script.

    >>> normalise('"The  Beatles".'), normalise("1,000"), normalise("A")
    ('beatles', '1000', 'a')
    """
    return _normalised(text, _SPACED)


def normalise_joined(text: str) -> str:
    """SQuAD's and Natural Questions' normalisation: the same, but punctuation leaves no space.

    A text with digits keeps the spaces: "2.5" is not "25".

    Source: Rajpurkar et al. 2016 (SQuAD), evaluation script.

    >>> normalise_joined("U.S."), normalise_joined("2.5")
    ('us', '2 5')
    """
    digits = any(character.isdigit() for character in text)
    return _normalised(text, _SPACED if digits else _DROPPED)


def _normalised(text: str, table: Mapping[int, str]) -> str:
    text = unicodedata.normalize("NFC", text).lower()
    if "," in text:
        text = _THOUSANDS.sub("", text)
    if "-" in text or "−" in text:
        text = _MINUS.sub("minus ", text)
    words = text.translate(table).split()
    kept = " ".join([word for word in words if word not in _ARTICLES])
    return kept or " ".join(words) or " ".join(text.split())


@lru_cache(maxsize=65536)
def aliases(answers: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """References in TriviaQA's and in SQuAD's normalisation, without empty ones; remembered for each item."""
    spaced = frozenset(map(normalise, answers)) - {""}
    return spaced, frozenset(map(normalise_joined, answers)) - {""}


def is_alias(text: str, answers: tuple[str, ...]) -> bool:
    """Whether a text is one of the references, in either normalisation."""
    spaced, joined = aliases(answers)
    return normalise(text) in spaced or normalise_joined(text) in joined


def contains_alias(text: str, answers: tuple[str, ...]) -> bool:
    """Whether a text holds one of the references as whole words, and not right after "not".

    Any more distant denial counts as an occurrence: "It was never Paris" holds "Paris".
    """
    for normal, references in zip((normalise, normalise_joined), aliases(answers), strict=True):
        padded = f" {normal(text)} "
        for reference in references:
            found = padded.find(f" {reference} ")
            while found >= 0:
                if not padded[:found].endswith(" not"):
                    return True
                found = padded.find(f" {reference} ", found + 1)
    return False


_NUMBER = re.compile(
    r"""
    (?<!\w)(?<!\d\.)                                  # not within a word (H2O), nor the 2 of version 1.5.2
    (?P<sign>[-−–](?:\\?[$€£¥])?|\\?[$€£¥][-−–]?)?
    (?:
        (?<!\d/)(?:(?P<whole>\d{1,9})[ ])?(?P<over>\d{1,9})/(?P<under>\d{1,9})(?![/\d])
      | \\[dt]?frac\{(?P<top>\d{1,9})\}\{(?P<bottom>\d{1,9})\}
      | (?P<decimal>(?:\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)
        (?:[eE](?P<power>[+-]?\d{1,2})(?!\w))?
    )
    """,
    re.VERBOSE,
)
_SEPARATORS = re.compile("[,\u00a0\u202f\u2009]")
_LONGEST = 100  # digits; a model that loops writes thousands, and they are no number worth reading


def numbers(text: str) -> Iterator[tuple[Fraction, int, int]]:
    r"""The numbers in a text, with where each begins and ends.

    Read are signs (also "−"), decimals, thousands separators, fractions ("3/4", "1 3/4", "\frac{3}{4}") and
    powers of ten ("1e3"). Currency, per cent signs and units are left aside: "75%" is 75. Not read are words
    ("eighteen") and digits within words ("H2O").

    >>> [str(value) for value, _, _ in numbers("-$1,200.50 is 3/4 of it.")]
    ['-2401/2', '3/4']
    """
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is not None:
            negative = any(sign in (match["sign"] or "") for sign in "-−–")
            yield (-value if negative else value), match.start(), match.end()


def _value(match: re.Match[str]) -> Fraction | None:
    if match.end() - match.start() > _LONGEST:
        return None
    if match["decimal"]:
        return Fraction(_SEPARATORS.sub("", match["decimal"])) * Fraction(10) ** int(match["power"] or 0)
    top, bottom = int(match["over"] or match["top"]), int(match["under"] or match["bottom"])
    return int(match["whole"] or 0) + Fraction(top, bottom) if bottom else None


@lru_cache(maxsize=65536)
def values(answers: tuple[str, ...]) -> frozenset[Fraction]:
    """The references as numbers: the first number of each; empty if none holds a number."""
    return frozenset(found[0][0] for found in map(list, map(numbers, answers)) if found)


_EDGES = " \t\r\n\"'`“”‘’.,;:!?*"


def option_text(text: str) -> str:
    """An option's text for comparison: small letters, single spaces, no quotes or full stop around it.

    Milder than `normalise`, since options may differ by a sign or an article only.

    >>> option_text(' "The  Moon". ')
    'the moon'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split()).strip(_EDGES)


@lru_cache(maxsize=65536)
def option_texts(choices: tuple[str, ...]) -> tuple[str, ...]:
    """An item's options for comparison, by `option_text`; remembered for each item."""
    return tuple(map(option_text, choices))
