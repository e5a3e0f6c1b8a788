"""Normalising and comparing answers."""

import math
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


@lru_cache(maxsize=1024)  # several graders ask for the same text in turn
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


@lru_cache(maxsize=1024)  # several graders ask for the same text in turn
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


# Fullwidth forms, as models write them in Chinese: （Ｂ） is (B), １８ is 18.
_HALFWIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {ord("￥"): "¥"}
_MARKS = _HALFWIDTH | {ord("٫"): ".", ord("٬"): ","}


def halfwidth(text: str) -> str:
    """The text with fullwidth letters, digits and marks as plain ones; as long as before."""
    return text if text.isascii() else text.translate(_HALFWIDTH)


# How languages write thousands and decimals. In the second notation just three digits after a comma or point
# are thousands, whichever of the two it is: models write "70,000" in German too.
_POINT = (r"\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+", r"\.")
_COMMA = (r"[1-9]\d{0,2}(?P<mark>[.,\u0020\u00a0\u202f\u2009])\d{3}(?:(?P=mark)\d{3})*", "[.,]")
_INDIAN = (rf"(?:\d{{1,2}}(?:,\d{{2}})+,\d{{3}}|{_POINT[0]})", r"\.")
_NOTATIONS = {
    **dict.fromkeys(("de", "es", "fr", "ru"), _COMMA),
    **dict.fromkeys(("bn", "te", "hi"), _INDIAN),
}
_SCALES = {"千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


@lru_cache(maxsize=4)
def _number(grouped: str, point: str) -> re.Pattern[str]:
    return re.compile(
        rf"""
        (?=[-−–$€£¥₹৳฿₽\\.,\d¼-¾⅐-⅞])  # for speed only
        (?<![\dA-Za-z_ªµºÀ-ÖØ-öø-ԯ¹²³])(?<!\d{point})  # not within a word (H2O), nor the 2 of version 1.5.2
        (?P<sign>[-−–](?:\\?[$€£¥₹৳฿₽])?|\\?[$€£¥₹৳฿₽][-−–]?)?
        (?:
            (?<!\d/)(?:(?P<whole>\d{{1,9}})[ ])?(?P<over>\d{{1,9}})/(?P<under>\d{{1,9}})(?![/\d])
          | \\[dt]?frac\{{(?P<top>\d{{1,9}})\}}\{{(?P<bottom>\d{{1,9}})\}}
          | (?P<beside>\d{{1,9}}[ ]?)?(?P<vulgar>[¼-¾⅐-⅞])
          | (?=\d|{point}\d)(?P<digits>{grouped}(?!\d)|\d*)(?:{point}(?P<decimals>\d+))?
            (?:[eE](?P<power>[+-]?\d{{1,2}})(?!\w)|(?P<scale>[千]?[万萬亿億]|千(?![克米瓦卡赫])))?
        )
        """,
        re.VERBOSE,
    )


_LONGEST = 100  # digits; a model that loops writes thousands, and they are no number worth reading


def numbers(text: str, language: str = "") -> Iterator[tuple[Fraction, int, int]]:
    r"""The numbers in a text, with where each begins and ends.

    Read are signs (also "−"), decimals, thousands separators, fractions ("3/4", "1 3/4", "\frac{3}{4}", "½"),
    powers of ten ("1e3"), the digits of all scripts ("১৮"), and the Chinese and Japanese 万, 千, 亿 and 億
    after digits ("3万", "1万2千"). Currency, per cent signs and units are left aside: "75%" is 75. Not read
    are words ("eighteen", "十八"; of "3 million" the 3) and digits within words ("H2O").

    Args:
        text: Any text.
        language: The code of the language it is in, as far as known. In German, Spanish, French and Russian
            ("de", "es", "fr", "ru") "2,5" has a decimal comma, "2.5" a decimal point, and "1.000", "1,000"
            and "1 000" are a thousand. In Bengali, Telugu and Hindi ("bn", "te", "hi") "1,00,000" is 100000.

    >>> [str(value) for value, _, _ in numbers("-$1,200.50 is 3/4 of it.")]
    ['-2401/2', '3/4']
    >>> [str(value) for value, _, _ in numbers("1.200,50 Euro", "de")]
    ['2401/2']
    """
    if not text.isascii():
        text = text.translate(_MARKS)
    pending: tuple[Fraction, int, int, int] | None = None  # "1万", which "2千" may follow
    for match in _number(*_NOTATIONS.get(language, _POINT)).finditer(text):
        value = _value(match)
        if value is None:
            continue
        start, end = match.span()
        if pending is None and not match["scale"]:
            yield value, start, end
            continue
        scale = _scale(match["scale"])
        if pending is not None:
            total, first, last, greater = pending
            if last == start and not match["sign"] and value < greater:
                value, start, scale = value + total, first, min(scale, greater)
            else:
                yield total, first, last
        pending = (value, start, end, scale) if scale > 1 else None
        if pending is None:
            yield value, start, end
    if pending is not None:
        yield pending[:3]


def _scale(marks: str | None) -> int:
    return math.prod(_SCALES[mark] for mark in marks or "")


def _value(match: re.Match[str]) -> Fraction | None:
    if match.end() - match.start() > _LONGEST:
        return None
    if match["digits"] is not None:
        whole = re.sub(r"\D", "", match["digits"])
        value = Fraction(f"{whole or 0}.{match['decimals']}") if match["decimals"] else Fraction(int(whole))
        if match["power"] or match["scale"]:
            value *= Fraction(10) ** int(match["power"] or 0) * _scale(match["scale"])
    elif match["vulgar"]:
        top, _, bottom = unicodedata.normalize("NFKC", match["vulgar"]).partition("⁄")
        value = int(match["beside"] or 0) + Fraction(int(top), int(bottom))
    else:
        top, bottom = int(match["over"] or match["top"]), int(match["under"] or match["bottom"])
        if not bottom:
            return None
        value = int(match["whole"] or 0) + Fraction(top, bottom)
    return -value if any(sign in (match["sign"] or "") for sign in "-−–") else value


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
    """An item's options for comparison, by `halfwidth` and `option_text`; remembered for each item."""
    return tuple(option_text(halfwidth(choice)) for choice in choices)
