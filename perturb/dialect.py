"""Features of African American English in the place of those of Standard American English."""

import re

import numpy as np

from .item import Item
from .replacing import Place, cased, common_words, free_matches, replaced
from .variant import Variant

_WORDS = {
    "ask": "aks",
    "asks": "aks",
    "asked": "aksed",
    "asking": "aksin'",
    "mother": "mama",
    "mothers": "mamas",
    "father": "daddy",
    "fathers": "daddies",
    "grandmother": "big mama",
    "grandmothers": "big mamas",
    "brother": "brotha",
    "brothers": "brothas",
    "sister": "sista",
    "sisters": "sistas",
    "relatives": "kinfolk",
}
# Nouns and determiners after "going to", which then tells of a way and not of the future.
_WAY = (
    "the|a|an|his|her|my|our|your|their|its|this|that|these|those|school|work|bed|town|church|college|university"
    "|war|court|prison|jail|class|market|sleep"
)
_PATTERNS = re.compile(
    rf"""
    \b(?:
      (?P<gon>(?:he|she|they|we|you)\ (?:is|are)\ going\ to)(?=\ (?!(?:{_WAY})\b)([a-z]+))
      | (?P<copula>(?:he|she|they|we|you)\ (?:is|are)\ [a-z]{{0,15}}[aeiouy][a-z]{{0,15}}ing)\b
      | (?P<finna>(?:am|is|are|was|were)\ about\ to)(?=\ ([a-z]+))
      | (?P<tryna>trying\ to)(?=\ ([a-z]+))
      | (?P<level>(?:they|we|you)\ were)(?=\ ([a-z]+))
      | (?P<there>there\ (?:is|are))(?=\ (?!no\b|not\b)([A-Za-z]+))
      | (?P<all>you\ all)\b
      | (?P<aint>isn['’]t|aren['’]t|hasn['’]t|haven['’]t)\b
      | (?P<dont>doesn['’]t)\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STRESSED = re.compile(r"[^aeiouy]+ing|nothing", re.IGNORECASE)  # "king", "string" keep their sound


def dialect(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts features of African American English in the place of those of Standard American English.

    HELM replaces words by a list of Ziems et al. (2022, arXiv 2204.03031), every one it finds, at a chance of
    1 (Liang et al. 2022, arXiv 2211.09110). This one keeps to a few features that linguists describe (Green
    2002, *African American English*, chapters 2 to 4) and leaves out slang and spellings that only mimic an
    accent: the future with "gon" and "finna", no copula before a participle ("she runnin'"), "ain't", "don't"
    and "was" for all persons, "it's" for "there is", -in' for -ing, "tryna", "y'all", and fifteen words. A
    dialect is more than that: its grammar is not a set of replacements, and nobody uses every feature in
    every sentence. What is measured is how a model takes these features, not how it treats speakers.

    Args:
        item: Any item.
        severity: Chance of each place where one of the features fits.
        rng: Randomness.

    Returns:
        The variant.
    """
    text = item.question
    mark = "’" if "’" in text else "'"
    places = [
        Place(match.start(), match.end(), (_feature(match, mark),)) for match in free_matches(_PATTERNS, item)
    ]
    taken = {at for place in places for at in range(place.start, place.end)}
    for start, end in common_words(item):
        word = text[start:end]
        new = _WORDS.get(word.lower()) or _short(word, mark)
        if new and start not in taken:
            places.append(Place(start, end, (cased(new, word),)))
    return replaced(item, sorted(places, key=lambda place: place.start), severity, rng)


def _short(word: str, mark: str) -> str:
    """A word in -ing with -in', or nothing."""
    if len(word) < 5 or not word.lower().endswith("ing") or _STRESSED.fullmatch(word):
        return ""
    return word[:-1].lower() + mark


def _feature(match: re.Match[str], mark: str) -> str:
    text = match[0]
    first, _, rest = text.partition(" ")
    if match["gon"]:
        return first + " gon"
    if match["copula"]:
        verb = rest.partition(" ")[2]
        return f"{first} {_short(verb, mark) or verb}"
    if match["finna"]:
        return first + " finna"
    if match["tryna"]:
        return cased("tryna", text)
    if match["level"]:
        return first + " was"
    if match["there"]:
        return cased("it" + mark + "s", text)
    if match["all"]:
        return cased("y" + mark + "all", text)
    return cased(("ain" if match["aint"] else "don") + mark + "t", text)
