"""A question with the genders of its people exchanged."""

import re

import numpy as np

from .first_names import PERSON, counterpart
from .item import Item
from .person_names import bare_names
from .protect import Span, words
from .replacing import cased, opens
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
# What makes a fact of the gender: bodies, medicine, law and religion, ranks, and titles that go with a name.
_FACT = re.compile(
    r"\b(?:pregnan|menstru|menopaus|uter[iu]|ovar|ovul|prostat|testi[cs]|testost|vagin|penis|breast|sperm|semen"
    r"|birth|chromosom|genes?\b|genetic|genotyp|inherit|heredit|hormon|estrogen|contracept|abortion|gender|sex"
    r"|feminis|beard|king|queen|prince|nuns?\b|monk|priest|pope|bishop|chess|patient|year-old|century|mr|mrs|ms"
    r"|miss|sir|madam)\b|\b(?:maternal|paternal|carrier|colou?r.?blind|statistic|average|typical|oedip|electra)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\bWho(?:m|se)?\b|(?i:\b(?:which|what|whose|first|only|last|famous)\s+(?:\w+\s+){0,2}?"
    rf"(?:{'|'.join(_OTHER)})\b)"
)
# After these "her" is a person, and "his" stands alone.
_NO_NOUN = frozenset(
    """
    and or but to in on at for with by from into that if when as the a an how what about so because than is was are
    were will would can could has had have did does do not then while after before until up down out off over back
    away home there here today yesterday tomorrow some any more another each every all both nothing everything
    something who which where why this these those i you he she it we they
    """.split()  # noqa: SIM905
)
_GIVING = re.compile(
    r"\b(?:g[ai]ves?|giving|given|sold|sells?|bought|buys?|pa(?:id|ys?)|owe[sd]?|sent|sends?|lent|lends?"
    r"|hand(?:s|ed)|left|leaves?|br(?:ought|ings?)|costs?|t[oa]kes?|took|tells?|told) \Z",
    re.IGNORECASE,
)
_NEXT = re.compile(r" ([A-Za-z]+|\d)")


def gender_terms(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Exchanges male and female: nouns, pronouns and the first names that go with them.

    All of them change or none, for a change of some would make "she" another person than before. The story
    that comes out is the old one with other people, and has the same answer. A question stays as it is
    where its answer may depend on gender: where an answer, an option or the passage holds such a word, where
    it names anybody but by a bare first name of our lists, asks who somebody is, or speaks of bodies,
    medicine, heredity, ranks, averages and the like.

    HELM exchanges pronouns, or terms, from male to female only, wherever they are, each at a chance of 1
    (Liang et al. 2022, arXiv 2211.09110).

    Args:
        item: Any item.
        severity: Chance of the question to be changed.
        rng: Randomness.

    Returns:
        The variant; applied twice at severity 1 it is the original, but for "her" and "his" where English
        does not tell a person from a possession.
    """
    lot = rng.random()
    text = item.question
    terms = _terms(text)
    if not terms or lot >= severity or _FACT.search(text) or _ASKED.search(text):
        return Variant(item)
    if any(_terms(other) for other in (item.passage, *item.answers, *item.choices)):
        return Variant(item)
    names = bare_names(item)
    free = set(words(item))
    known = {span for spans in names.values() for span in spans}
    if not free.issuperset(terms) or _names_others(text, known):
        return Variant(item)
    edits: list[tuple[Span, str]] = [((start, end), _exchanged(text, start, end)) for start, end in terms]
    edits += [(span, counterpart(name)) for name, spans in names.items() for span in spans]
    edits.sort()
    return rewritten(item, [span for span, _ in edits], [new for _, new in edits])


def _terms(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text) if match[0].lower() in _GENDERED]


def _names_others(text: str, known: set[Span]) -> bool:
    """Whether a capital letter within a sentence, or a name of our lists that is not bare, tells of somebody."""
    for match in _CAPITAL.finditer(text):
        start, end = match.span()
        if match.span() in known or match[0] in _NO_NAMES:
            continue
        if not opens(text, start) or match[0] in PERSON or text[end + 1 : end + 2].isupper():
            return True
    return False


def _exchanged(text: str, start: int, end: int) -> str:
    word = text[start:end]
    plain = word.lower()
    if plain in _OTHER:
        return cased(_OTHER[plain], word)
    if plain in ("him", "hers"):
        return cased({"him": "her", "hers": "his"}[plain], word)
    after = _NEXT.match(text, end)
    person = after is None or after[1].lower() in _NO_NOUN
    if after is not None and after[1].isdigit():
        person = bool(_GIVING.search(text, max(0, start - 12), start))
    if plain == "her":
        return cased("him" if person else "his", word)
    return cased("hers" if person and not (after and after[1].isdigit()) else "her", word)
