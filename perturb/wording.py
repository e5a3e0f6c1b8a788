"""What of a question's wording carries its meaning exactly: numbers, code, blanks, and words that negate."""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from .item import Item

_NOTABLE = re.compile(r"[\d_@`$\\{<\[/]")  # most questions hold none of these

# What is compared to the letter. Every alternative begins with a certain character, which makes it fast.
_LITERAL = re.compile(
    r"""
    ```.*?``` | `[^`\n]+`                             # code
    | \$\$.+?\$\$ | \\\(.+?\\\) | \\\[.+?\\\]         # LaTeX
    | \\begin\{(\w+\*?)\}.+?\\end\{\1\} | \[asy\].+?\[/asy\]
    | \$(?=\S)(?=[^$\n]*[\\^_={}])[^$\n]*\$           # two prices in a sentence are none
    | \$[^\s$]+\$ | \\[A-Za-z]+
    | \{[^{}\n]*\} | <[^<>\s][^<>\n]*> | \[[A-Z_]+\]  # placeholders
    | https?://\S*[\w/] | www\.\S*[\w/]              # addresses, without the full stop after them
    | \d+(?:[.,]\d+)*
    | ^\([A-Z]\)[^\n]*                               # an option that the question itself lists
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SPACED = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")  # between thousands
_NAME = re.compile(r"\w*_\w*|[\w.+-]+@[\w-]+\.\w+")  # names in code, blanks to fill in, e-mail addresses

# Apostrophes vanish, so that "don't" is one word in whatever way it is written.
_BREAKS = str.maketrans(dict.fromkeys(string.punctuation + "“”‘–—…¿¡«»", " ") | {"'": None, "’": None})
_ENGLISH = """
    not cannot cant wont dont doesnt didnt isnt arent aint wasnt werent hasnt havent hadnt shant
    wouldnt couldnt shouldnt mustnt neednt mightnt
    false incorrect wrong untrue
    no none nothing nobody nowhere neither nor never without except unless least non
"""
_OTHERS = """
    nicht kein keine keinen keiner nie niemals ohne
    pas jamais sans aucun aucune
    nunca sin ni nadie
"""
_SAME = {"false": "false", "incorrect": "false", "wrong": "false", "untrue": "false", "cannot": "not"}
_NEGATIONS = {word: "not" if word.endswith("nt") else _SAME.get(word, word) for word in _ENGLISH.split()}
_CHINESE = "不没未无非否勿莫"
_COUNTS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
    dozen half twice thrice
"""
_WEIGHTY = {**{word: word for word in (_OTHERS + _COUNTS).split()}, **_NEGATIONS}
_WORDS = frozenset(_WEIGHTY)  # asked about most questions, for which a set is faster
_NEGATING = frozenset(_NEGATIONS.values()) | frozenset(_CHINESE)

_CAPITAL = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]\w*")
_BEGINS = re.compile(r"(?:\A|[.?!:;\n\"“(…])\s*\Z")

_PROGRAM = re.compile(r"^[ \t]*(?:assert\b|>>>).*(?:\n[ \t]*(?!>>>)[^\s>].*)?", re.MULTILINE)
_DOCSTRING = re.compile(r'"""|' + "'''")


def literals(text: str) -> list[str]:
    """Numbers, code, LaTeX, placeholders and addresses, in order; after them names in code and blanks."""
    if not _NOTABLE.search(text) and "www." not in text:
        return []
    found = [match[0] for match in _LITERAL.finditer(text)]
    return found + _NAME.findall(text) if "_" in text or "@" in text else found


def figures(text: str) -> Counter[str]:
    """What stays as it is in another language: numbers, code, placeholders and addresses, however often.

    Numbers are written with ASCII digits, without marks between thousands, and with a decimal point.
    """
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)
    digits = _SPACED.sub("", digits)
    return Counter(_figure(one) if one[0].isdecimal() else one for one in literals(digits))


def _figure(number: str) -> str:
    """A number without marks between thousands; its decimal mark is a point."""
    *groups, last = re.split("[.,]", number)
    marks = {one for one in number if one in ".,"}
    # The last mark is a decimal one if it is of another kind than those before, or no three digits follow.
    decimal = len(marks) == 2 or (len(groups) == 1 and len(last) != 3)
    last = last.rstrip("0") if decimal else last
    return "".join(groups) + "." * (decimal and last != "") + last


def names(text: str) -> list[str]:
    """Words with a capital letter within a sentence: names, mostly (in German, all nouns)."""
    found = (match for match in _CAPITAL.finditer(text) if not _BEGINS.search(text, 0, match.start()))
    return [match[0] for match in found if match[0] != "I"]


def asks(text: str) -> bool:
    """Whether there is a question mark in a text."""
    return any(mark in text for mark in "?？؟")


def weighty(text: str) -> list[str]:
    """Negations and numbers in words, in order; those that say the same ("isn't", "is not") as one word.

    Negations are known in English, German, French, Spanish and Chinese, numbers in English.
    """
    words = text.lower().translate(_BREAKS).split()
    found = [] if _WORDS.isdisjoint(words) else [_WEIGHTY[word] for word in words if word in _WEIGHTY]
    if not text.isascii():
        found += [character for character in text if character in _CHINESE]
    return found


def negations(weighty: Sequence[str]) -> list[str]:
    """Those of the words that negate in English or Chinese."""
    return [word for word in weighty if word in _NEGATING]


def missing(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """What of one sequence is not found in another, which may hold more but must keep the order."""
    if old == new:
        return []
    rest = iter(new)
    for text in old:
        if text not in rest:
            # A changed order leaves nothing out: then the one that is out of place is named.
            return list((Counter(old) - Counter(new)).elements()) or [text]
    return []


def occurrences(text: str, words: str) -> int:
    """How often some words occur in a text, not as a part of longer words.

    Scripts without spaces between words have no longer words in this sense.
    """
    count, at = 0, text.find(words)
    while words and at >= 0:
        end = at + len(words)
        count += not (_joined(text[at - 1 : at + 1]) if at else False) and not _joined(
            text[end - 1 : end + 1]
        )
        at = text.find(words, at + 1)
    return count


def _joined(pair: str) -> bool:
    """Whether two characters are letters or digits of one word."""
    return len(pair) == 2 and pair.isalnum() and max(pair) < "\u0e00"


def program(item: Item, text: str) -> list[str]:
    """The lines of a programming question that are code: its tests, examples, and all but the docstring.

    White space within a line does not count; at its beginning it does in a program to go on with.
    """
    begun = item.program is not None and bool(item.program.prefix)
    pieces = _DOCSTRING.split(text) if begun else ["", text]
    lines = [line for piece in pieces[::2] for line in piece.splitlines()]
    found = [
        line[: len(line) - len(line.lstrip())] + " ".join(line.split()) for line in lines if line.strip()
    ]
    for match in _PROGRAM.finditer("\n".join(pieces[1::2])):
        found.extend(" ".join(line.split()) for line in match[0].splitlines())
    return found
