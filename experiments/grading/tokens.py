"""Splitting an answer into tokens, in any script."""

import re
import string
import unicodedata

from .match import halfwidth

_ARTICLES = frozenset(("a", "an", "the"))
_THOUSANDS = re.compile(r"(?<=\d)[,٬\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212~〜～/]+")  # white space, dashes, slashes
_NUMBER = re.compile(r"(\d*)(?:[.٫](\d+))?")
_APOSTROPHE = re.compile(r"['’](?!\d)")
# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces. Their digits are digits.
_UNSPACED = re.compile(
    r"(?!\d)[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_ASCII_DROPPED = str.maketrans(dict.fromkeys([*string.punctuation, *map(chr, range(32)), "\x7f"]))


def tokens(text: str) -> list[str]:
    """A text's tokens for measuring overlap: words, numbers, and the characters of scripts without spaces.

    Small letters; no punctuation, symbols or invisible characters, but combining marks, which are part of
    many scripts' letters; no English articles. White space, dashes and slashes part words. A number is
    canonical, whatever digits it is written in: "1,000.50", "$1000.5" and "১০০০.৫" are "1000.5", and
    "007" is "7". In Chinese, Japanese, Thai, Lao, Khmer and Burmese every character is a token. A text of
    which nothing would be left ("The", "?") keeps its articles, or else its punctuation.

    >>> tokens("The U.S. paid $1,000.50 for a 20-yard field (1998).")
    ['us', 'paid', '1000.5', 'for', '20', 'yard', 'field', '1998']
    >>> tokens("北京市 3月")
    ['北', '京', '市', '3', '月']
    """
    text = _THOUSANDS.sub("", unicodedata.normalize("NFC", halfwidth(text).casefold()))
    words = [word for chunk in _BETWEEN.split(spaced(text)) for word in _words(chunk)]
    kept = [word for word in words if word not in _ARTICLES] or words
    return kept or text.rstrip(" .").split() or text.split()


def spaced(text: str) -> str:
    """The text with spaces around every character of a script that writes none, so that words can be told.

    >>> spaced("GDP是多少")
    'GDP 是  多  少 '
    """
    return text if text.isascii() else _UNSPACED.sub(r" \g<0> ", text)


def bag(text: str) -> frozenset[tuple[str, int]]:
    """The different tokens of a text, each with which occurrence it is.

    A word counts once, as in DROP's metric, so that occurrence is 0. Characters of a script without spaces
    are parts of words and recur by chance: they count as often as they occur.
    """
    seen: dict[str, int] = {}
    found: set[tuple[str, int]] = set()
    for token in tokens(text):
        occurrence = seen.get(token, 0)
        found.add((token, occurrence))
        if _UNSPACED.fullmatch(token):
            seen[token] = occurrence + 1
    return frozenset(found)


def is_number(token: str) -> bool:
    """Whether one of `tokens` is a number."""
    return token[0].isdecimal() and token.replace(".", "", 1).isdecimal()


def _words(chunk: str) -> list[str]:
    """The words between two gaps: one, or more where punctuation parts numbers ("9:30")."""
    if not any(map(str.isdecimal, chunk)):
        parts = [_bare(chunk)]
    else:
        chunk = _APOSTROPHE.sub("", chunk)  # "1920's" is "1920s"
        points = "".join(mark if _kept(mark) or mark in ".٫" else " " for mark in chunk)
        parts = [_number(part.rstrip(".٫")) for part in points.split()]
    return [part for part in parts if part]


def _number(word: str) -> str:
    number = _NUMBER.fullmatch(word)
    if not number or not word:
        return _bare(word)
    whole, decimals = _ascii(number[1]).lstrip("0") or "0", _ascii(number[2] or "").rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _bare(word: str) -> str:
    if word.isascii():
        return word.translate(_ASCII_DROPPED)
    return "".join(filter(_kept, word))


def _kept(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] in "LMN"
