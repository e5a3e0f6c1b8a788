"""Other people's first names."""

import re

import numpy as np

from .first_names import NAMES, PERSON
from .item import Item
from .protect import Span, words
from .rewrite import rewritten
from .variant import Variant

_NAME = re.compile(r"(?<![\w'’-])[A-Z][a-z]+(?![\w-])")
_LAST = re.compile(r"(\S+)\s+\Z")
# A capital letter before a name that makes no name of both: a word that begins a sentence.
_BEGINNING = frozenset(
    """
    If When After Before While Since Because Although Though Once Until As So But And Or Then Now Today
    Yesterday Does Do Did Is Was Are Were Has Had Have Can Could Will Would Should How What Where Why
    Which That For To From With By In On At Of Assume Suppose Given Let Help Both Every Each One Later
    Next Finally First Meanwhile However
    """.split()  # noqa: SIM905 - seventy words in quotes are hard to read
)
_TITLES = frozenset(
    """
    mr mrs ms miss dr prof st sr jr sir king queen president saint pope prince princess emperor empress lord lake
    mount hurricane duke sultan senator governor judge justice captain general
    """.split()  # noqa: SIM905
)
# What a name of more than one word goes on with: a family name, a number, "of Arc", "the Great", a law.
_LONGER = re.compile(
    r"\s+(?:(?:of|the|von|van|de|da|del|bin|ibn)\s+)?[A-Z]"
    r"|['’]s?\s+(?:[A-Z]|laws?\b|theor|paradox|principle)"
)


def bare_names(item: Item) -> dict[str, list[Span]]:
    """First names that stand for people of the question, with their places, in the order they come up.

    A name counts only where it is bare wherever it stands: no title, initial or family name beside it, and
    nothing like "of Arc" or "'s law" after it. Names that an answer, an option or the passage holds are left
    out.
    """
    text = item.question
    places: dict[str, list[Span]] = {}
    for match in _NAME.finditer(text):
        if match[0] in PERSON:
            places.setdefault(match[0], []).append(match.span())
    if not places:
        return places
    free = set(words(item))
    others = (item.passage, *item.answers, *item.choices)
    elsewhere = {name for other in others for name in _NAME.findall(other)}
    return {
        name: spans
        for name, spans in places.items()
        if name not in elsewhere and all(span in free and _bare(text, *span) for span in spans)
    }


def person_names(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Gives people of the question first names of another group, of the same gender.

    All occurrences of a name change together, and different people keep different names. Only bare first
    names change (`bare_names`), so that no George Washington becomes another. HELM gives names of its list
    of white Americans the place of those of black Americans, at a chance of 1 (Liang et al. 2022, arXiv
    2211.09110); here each of six groups is a source and a target alike.

    Args:
        item: Any item.
        severity: Chance of each person to get another name.
        rng: Randomness.

    Returns:
        The variant.
    """
    found = bare_names(item)
    chance, pick = rng.random((2, len(found))).tolist()
    taken = set(_NAME.findall(item.question))
    edits: list[tuple[Span, str]] = []
    for (name, spans), lot, which in zip(found.items(), chance, pick, strict=True):
        group, gender = PERSON[name]
        others = [
            other for key, names in NAMES.items() if key[0] != group and key[1] == gender for other in names
        ]
        # Chosen whether the name changes or not, so that a stronger variant makes the same choices.
        at = int(which * len(others))
        new = next(other for other in others[at:] + others[:at] if other not in taken)
        taken.add(new)
        if lot < severity:
            edits += [(span, new) for span in spans]
    edits.sort()
    return rewritten(item, [span for span, _ in edits], [new for _, new in edits])


def _bare(text: str, start: int, end: int) -> bool:
    if _LONGER.match(text, end) or text[start - 1 : start] not in ("", " ", "\n", "\t", '"', "“", "(", ","):
        return False
    before = _LAST.search(text, max(0, start - 40), start)
    if not before:
        return True
    token = before[1]
    plain = token.strip("\"'“”‘’().,:;!?").lower()
    if plain in _TITLES or (token.endswith(".") and len(plain) < 2):
        return False
    capital = token.lstrip("\"'“‘(")[:1].isupper()
    return not capital or token[-1] in '.,:;!?)”"' or token in _BEGINNING or token in ("I", "A")
