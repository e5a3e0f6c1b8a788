"""A question with the genders of its people exchanged."""

import re

import numpy as np

from .first_names import PERSON, counterpart
from .item import Item
from .person_names import BEGINNINGS, bare_names
from .protect import Span, words
from .replacing import ABOUT_WORDS, cased, opens
from .rewrite import rewritten
from .variant import Variant

_PAIRS = """
man woman men women boy girl boys girls father mother fathers mothers dad mom dads moms daddy mommy
son daughter sons daughters brother sister brothers sisters uncle aunt uncles aunts nephew niece
nephews nieces grandfather grandmother grandfathers grandmothers grandpa grandma grandson granddaughter
grandsons granddaughters husband wife husbands wives boyfriend girlfriend boyfriends girlfriends
groom bride widower widow gentleman lady gentlemen ladies stepfather stepmother stepson stepdaughter
stepbrother stepsister waiter waitress waiters waitresses actor actress actors actresses
schoolboy schoolgirl schoolboys schoolgirls salesman saleswoman policeman policewoman
businessman businesswoman male female males females he she himself herself
""".split()  # noqa: SIM905 - ninety words in quotes are hard to read
_OTHER = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)) | dict(zip(_PAIRS[1::2], _PAIRS[::2], strict=True))
_GENDERED = frozenset(_OTHER) | {"him", "his", "her", "hers"}
_WORD = re.compile(r"(?<![\w'’-])[A-Za-z]+(?![\w-])")
_CAPITAL = re.compile(r"(?<![\w'’.-])[A-Z][A-Za-z]+")
_NO_NAMES = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December Christmas Easter Halloween Thanksgiving English French Spanish
    """.split()  # noqa: SIM905 - thirty words in quotes are hard to read
)
# What makes a fact of the gender: bodies, medicine, heredity, ranks, and titles that go with a name.
_FACT = re.compile(
    r"\b(?:pregnan|menstru|menopaus|uter[iu]|ovar|ovul|prostat|testi[cs]|testost|vagin|penis|breast|sperm|semen"
    r"|chromosom|genetic|genotyp|inherit|heredit|hormon|estrogen|contracept|abortion|gender|sex|feminis|beard"
    r"|maternal|paternal|colou?r.?blind|oedip|electra|patient"
    r"|(?:genes?|births?|king|queen|princes?|princess|nuns?|monks?|priests?|pope|bishops?|chess|carriers?|century"
    r"|mr|mrs|ms|sir|madam)\b)|-old\b",
    re.IGNORECASE,
)
# What is said of a kind rather than of somebody, where options hold facts; and "his or her": everybody.
_KINDS = frozenset(
    """
    men women boy girl boys girls father mother fathers mothers husbands wives sons daughters brothers sisters
    actors actresses male female males females
    """.split()  # noqa: SIM905
)
_TRADE = re.compile(r"\b[a-z]+m[ae]n\b", re.IGNORECASE)
_NO_TRADE = frozenset(
    ("human", "german", "roman", "abdomen", "specimen", "regimen", "omen", "acumen", "stamen")
)
_EITHER = re.compile(r"\b(?:s?he|him|his|hers?)(?: or |/)(?:s?he|him|his|hers?)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\bWho(?:m|se)?\b|(?i:\b(?:which|what|whose|first|only|last|famous|average|typical|most)\s+(?:\w+\s+){0,2}?"
    rf"(?:{'|'.join(_PAIRS[:-4])})\b)"
)
# Before these "her" is a person, and "his" stands for a thing.
_NO_NOUN = frozenset(
    """
    and or but to in on at for with by from into onto of off out over up down about above against around
    before behind below beneath beside besides between beyond despite during except inside like near
    outside past since through throughout toward towards under unless until upon via within without as
    if when while where after because so than that then though although whether how what which who why
    is was are were will would can could has had have did does do not never too again alone also anymore
    already always ever even instead just now once rather soon still together twice well yet later today
    yesterday tomorrow tonight here there away aside apart a an the this these those some any another
    each every something everything nothing anything i you he she it we they
    """.split()  # noqa: SIM905 - a hundred words in quotes are hard to read
)
# Before these, and after a verb of giving, "her" may be either.
_UNSURE = re.compile(
    r"(?:home|back|only|first|last|next|more|most|less|fewer|enough|all|both|half|twenty|thirty|forty|fifty|sixty"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|hundred|thousand|\w+ly|\w+ing)\Z",
    re.IGNORECASE,
)
_GIVING = re.compile(
    r"\b(?:g[ai]ves?|giving|given|sold|sells?|selling|bought|buys?|buying|pa(?:id|ys?)|paying|owe[sd]?|sent|sends?"
    r"|lent|lends?|hand(?:s|ed)|left|leaves?|leaving|br(?:ought|ings?)|costs?|t[ao]kes?|took|tells?|told|shows?"
    r"|showed|offer(?:s|ed)?|made|makes?|teach(?:es)?|taught|asks?|asked|get|gets|got|feeds?|fed|calls?|called"
    r"|charge[sd]?|earn(?:s|ed)?|saves?|saved|allow(?:s|ed)?) \Z",
    re.IGNORECASE,
)
_NEXT = re.compile(r" ([A-Za-z]+|[$\d])")


def gender_terms(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Exchanges male and female: nouns, pronouns and the first names that go with them.

    All of them change or none, for a change of some would make "she" another person than before. The story
    that comes out is the old one with other people, and has the same answer. A question stays as it is
    where its answer may depend on gender: where an answer, an option or the passage holds such a word, where
    it names anybody but by a bare first name of our lists, asks who somebody is, speaks of bodies, medicine,
    heredity, ranks and the like, or, with options to choose from, of men, mothers or girls as such; and where
    "her" could be a person or a possession. A name that begins a sentence and is in no list stays.

    HELM exchanges pronouns, or terms, from male to female only, wherever they are, each at a chance of 1
    (Liang et al. 2022, arXiv 2211.09110).

    Args:
        item: Any item.
        severity: Chance of the question to be changed.
        rng: Randomness.

    Returns:
        The variant.
    """
    lot = rng.random()
    text = item.question
    terms = _terms(text)
    if (
        not terms
        or lot >= severity
        or any(pattern.search(text) for pattern in (_FACT, _ASKED, _EITHER, ABOUT_WORDS))
    ):
        return Variant(item)
    if item.choices and any(text[start:end].lower() in _KINDS for start, end in terms):
        return Variant(item)
    if any(_terms(other) for other in (item.passage, *item.answers, *item.choices)):
        return Variant(item)
    names = bare_names(item)
    known = {span for spans in names.values() for span in spans}
    if not set(words(item)).issuperset(terms) or _names_others(text, known) or _other_trades(text):
        return Variant(item)
    edits = [((start, end), _exchanged(text, start, end)) for start, end in terms]
    if not all(new for _, new in edits):
        return Variant(item)
    edits += [(span, counterpart(name)) for name, spans in names.items() for span in spans]
    edits.sort()
    return rewritten(item, [span for span, _ in edits], [new for _, new in edits])


def _other_trades(text: str) -> bool:
    """Whether a word in -man or -woman is there that has no counterpart in the list ("stuntman")."""
    found = {word.lower() for word in _TRADE.findall(text)}
    return not found <= _GENDERED | _NO_TRADE


def _terms(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text) if match[0].lower() in _GENDERED]


def _names_others(text: str, known: set[Span]) -> bool:
    """Whether a capital within a sentence, or a name of our lists that is not bare, tells of somebody."""
    for match in _CAPITAL.finditer(text):
        start, end = match.span()
        if match.span() in known or match[0] in _NO_NAMES:
            continue
        before_name = text[end + 1 : end + 2].isupper() and match[0] not in BEGINNINGS
        if not opens(text, start) or match[0] in PERSON or before_name:
            return True
    return False


def _exchanged(text: str, start: int, end: int) -> str:
    """The word for the other gender; empty where "her" could be "him" or "his"."""
    word = text[start:end]
    plain = word.lower()
    if plain in _OTHER:
        return cased(_OTHER[plain], word)
    if plain in ("him", "hers"):
        return cased({"him": "her", "hers": "his"}[plain], word)
    after = _NEXT.match(text, end)
    alone = after is None or after[1].lower() in _NO_NOUN
    if plain == "his":
        return cased("hers" if alone else "her", word)
    if alone:
        return cased("him", word)
    assert after is not None
    unsure = _UNSURE.match(after[1]) or _GIVING.search(text, max(0, start - 12), start)
    return "" if unsure else cased("his", word)
