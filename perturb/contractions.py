"""Contractions: "it is" becomes "it's", and back where it is sure what was contracted."""

import re

import numpy as np

from .item import Item
from .replacing import Place, cased, free_matches, opens, replaced
from .variant import Variant

# "Have" is an auxiliary before these: "I've seen", but not "I've a dog".
_DONE = (
    "been|had|done|seen|gone|got|given|taken|made|become|come|known|found|written|won|always|never|already"
)
# The word after a pair says how to read it; it is looked at, not replaced.
_LONG = re.compile(
    rf"""
    \b(?:
      (?:(?:it|that|what|where|who|how|there|here|he|she)\ is | I\ am | (?:they|we|you)\ are
        | (?:I|you|he|she|it|we|they|who)\ will | (?:I|you|he|she|we|they)\ would)(?=\ ([A-Za-z]+))
      | (?:(?:I|you|we|they)\ have | (?:it|he|she|that|who|what)\ has)(?=\ ({_DONE})\b)
      | (?P<verb>is|are|was|were|do|does|did|has|have|had|would|could|should|need|will)
        \ not(?=\ (?!only\b|just\b|merely\b)([A-Za-z]+))
      | (?P<can>cannot)(?=\ (?!but\b|help\b)([A-Za-z]+))
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT = re.compile(
    r"""
    \b(?:
      (?P<subject>I|you|he|she|it|we|they|that|what|where|who|how|there|here|let)
      ['’](?P<tail>s|m|re|ve|ll|d)(?=\ (?P<next>[A-Za-z]+))
      | (?P<verb>is|are|was|were|do|does|did|has|have|had|would|could|should|need|ca|wo)n['’]t\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LAST = re.compile(r"([A-Za-z]+) \Z")
_NEXT = re.compile(r" ([A-Za-z]+)")

_TAILS = {"is": "s", "am": "m", "are": "re", "will": "ll", "would": "d", "has": "s", "have": "ve"}
_TAKES = {
    "m": ("am", {"i"}),
    "re": ("are", {"you", "we", "they"}),
    "ve": ("have", {"i", "you", "we", "they"}),
    "ll": ("will", {"i", "you", "he", "she", "it", "we", "they", "who"}),
}
_PRONOUNS = {"i", "you", "he", "she", "it", "we", "they", "there"}
_ASKING = {"why", "how", "when", "where", "what", "whom"}
_PREPOSITIONS = {"in", "of", "on", "for", "with", "by", "from", "to", "at"}
_HAS = {"been", "got", "had", "become"}
_PARTICIPLES = {
    "made",
    "found",
    "known",
    "done",
    "gone",
    "won",
    "come",
    "built",
    "held",
    "kept",
    "lost",
    "left",
}
_WOULD = {"like", "love", "prefer", "rather", "be", "have", "need", "want"}


def contraction(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Contracts pairs of words that are contracted in speech.

    A pronoun and its verb ("it is", "they have been") or a verb and "not" ("does not", "cannot"). A pair
    stays as it is where it ends a clause ("what it is"), and "have" where it is the main verb. CheckList
    (Ribeiro et al. 2020, arXiv 2005.04118) and HELM (Liang et al. 2022, arXiv 2211.09110) do so too.

    Args:
        item: Any item.
        severity: Chance of each such pair to be contracted.
        rng: Randomness.

    Returns:
        The variant.
    """
    mark = "’" if "’" in item.question else "'"
    places: list[Place] = []
    for match in free_matches(_LONG, item):
        first, _, second = match[0].partition(" ")
        if match["can"]:
            new = cased("can", first) + mark + "t"
        elif match["verb"]:
            stem = "wo" if first.lower() == "will" else first
            new = cased(stem, first) + "n" + mark + "t"
        else:
            new = first + mark + _TAILS[second.lower()]
        places.append(Place(match.start(), match.end(), (new,)))
    return replaced(item, places, severity, rng)


def expansion(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes contractions out.

    What could be read in two ways is left alone: a possessive 's, 's before a participle (is or has), 'd
    before most verbs (had or would), and "n't" before its subject ("Isn't it …?", "Why don't cats …?").

    Args:
        item: Any item.
        severity: Chance of each such contraction to be written out.
        rng: Randomness.

    Returns:
        The variant.
    """
    places: list[Place] = []
    for match in free_matches(_SHORT, item):
        new = _negation(match) if match["verb"] else _verb(match)
        if new:
            places.append(Place(match.start(), match.end(), (new,)))
    return replaced(item, places, severity, rng)


def _negation(match: re.Match[str]) -> str:
    text, verb = match.string, match["verb"]
    after = _NEXT.match(text, match.end())
    inverted = _before(match) in _ASKING or (after is not None and after[1].lower() in _PRONOUNS)
    if inverted or opens(text, match.start()):
        return ""
    return {"ca": "cannot", "wo": "will not"}.get(verb.lower(), verb + " not")


def _verb(match: re.Match[str]) -> str:
    subject, tail, after = match["subject"], match["tail"].lower(), match["next"].lower()
    who = subject.lower()
    if who == "let":
        return subject + " us" if tail == "s" else ""
    if tail in _TAKES:
        verb, subjects = _TAKES[tail]
        return f"{subject} {verb}" if who in subjects else ""
    if tail == "d":
        verb = "had" if after in {"better", "been"} else "would" if after in _WOULD else ""
        return f"{subject} {verb}" if verb and who in _PRONOUNS else ""
    # "In it's own way" is a slip for "its"; "what's he want" is "does".
    unsure = after.endswith(("ed", "en")) or after in _PARTICIPLES or after in {"he", "she", "you", "they"}
    if who in {"i", "you", "we", "they"} or (who == "it" and _before(match) in _PREPOSITIONS):
        return ""
    if after in _HAS:
        return f"{subject} has"
    return "" if unsure else f"{subject} is"


def _before(match: re.Match[str]) -> str:
    """The word before a match, in lower case; empty if there is none."""
    found = _LAST.search(match.string, max(0, match.start() - 30), match.start())
    return found[1].lower() if found else ""
