"""Other people's first names."""

import re

import numpy as np

from .first_names import NAMES, PERSON
from .item import Item
from .protect import Span, words
from .replacing import ABOUT_WORDS
from .rewrite import rewritten
from .variant import Variant

_NAME = re.compile(r"(?<![\w'’-])[A-Z][a-z]+(?![\w-])")
_LAST = re.compile(r"(\S+)\s+\Z")
# A capital letter before a name that makes no name of both: a word that begins a sentence.
BEGINNINGS = frozenset(
    """
    If When After Before While Since Because Although Though Once Until As So But And Or Then Now Today
    Yesterday Does Do Did Is Was Are Were Has Had Have Can Could Will Would Should How What Where Why
    Which That For To From With By In On At Of Assume Suppose Given Let Help Both Every Each One Later
    Next Finally First Meanwhile However
    """.split()  # noqa: SIM905 - seventy words in quotes are hard to read
)
_TITLES = frozenset(
    """
    mr mrs ms miss dr prof st sr jr sir king queen president saint pope prince princess emperor empress
    lord lake mount hurricane duke sultan senator governor judge justice captain general
    """.split()  # noqa: SIM905
)
# What a name of more than one word goes on with: a family name, a number, "of Arc", "the Great", a law.
_LONGER = re.compile(
    r"\s+(?:(?:of|the|von|van|de|da|del|bin|ibn)\s+)?[A-Z]"
    r"|['’]s?\s+(?:[A-Z]|laws?\b|theor|paradox|principle)"
)

# People known by one name: "according to Thomas", "the Gospel of John", "Michael (1987)".
_KNOWN = re.compile(
    r"\b(?:according to|by|character|hero|heroine|(?:gospel|book|epistle|laws?|theor(?:y|em)|story|life"
    r"|works?|philosophy|views?) of) \Z",
    re.IGNORECASE,
)
_YEAR = re.compile(r"['’s]*,? \(\d")
_PARTNER = re.compile(r"([A-Z][a-z]+),? (?:and|or|&) \Z"), re.compile(r" (?:and|or|&) ([A-Z][a-z]+)")


def bare_names(item: Item) -> dict[str, list[Span]]:
    """First names that stand for people of the question, with their places, in the order they come up.

    A name counts only where it is bare wherever it stands: no title, initial or family name beside it, and
    nothing like "of Arc" or "'s law" after it, nor a word that tells of somebody known ("according to
    Thomas"). Names that an answer, an option or the passage holds are left out, and so are all names of a
    question about the form of words, or about formulas in which their initials stand.
    """
    text = item.question
    places: dict[str, list[Span]] = {}
    for match in _NAME.finditer(text):
        if match[0] in PERSON:
            places.setdefault(match[0], []).append(match.span())
    if not places or ABOUT_WORDS.search(text):
        return {}
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
        new = next(
            other for other in [*others[at:], *others[:at], name] if other == name or other not in taken
        )
        taken.add(new)
        if lot < severity:
            edits += [(span, new) for span in spans]
    edits.sort()
    return rewritten(item, [span for span, _ in edits], [new for _, new in edits])


def _bare(text: str, start: int, end: int) -> bool:
    early = max(0, start - 40)
    if text[start - 1 : start] not in ("", " ", "\n", "\t", '"', "“", "(", ",") or _KNOWN.search(
        text, early, start
    ):
        return False
    if _LONGER.match(text, end) or _YEAR.match(text, end):
        return False
    # Moses and Aaron, Laurel and Hardy: beside a name that is in no list a name may be a famous one.
    for partner in (_PARTNER[0].search(text, early, start), _PARTNER[1].match(text, end)):
        if partner and partner[1] not in PERSON and partner[1] not in BEGINNINGS:
            return False
    before = _LAST.search(text, early, start)
    if not before:
        return True
    token = before[1]
    plain = token.strip("\"'“”‘’().,:;!?").lower()
    if plain in _TITLES or (token.endswith(".") and len(plain) < 2):
        return False
    capital = token.lstrip("\"'“‘(")[:1].isupper()
    return not capital or token[-1] in '.,:;!?)”"' or token in BEGINNINGS or token in ("I", "A")
