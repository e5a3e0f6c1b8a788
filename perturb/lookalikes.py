"""Text that looks the same, or nearly so, and is other characters: what people read and models do not.

Imperceptible changes follow Boucher et al. 2021 (Bad Characters, arXiv 2106.09898): homoglyphs, invisible
characters and reordering. Their fourth kind, deletions (a stray letter and a backspace after it), is left
out: only some terminals obey a backspace, everywhere else the stray letter shows, and some servers refuse
control characters. Words that carry a negation or a number are spared here too, since the claim that a
question is the same must hold for what the model reads.
"""

import numpy as np

from .item import Item
from .protect import SPARED, misspellable
from .rewrite import respelt
from .variant import Variant

_SHORTEST = 2  # letters of a word that goes on looking the same
_SHORTEST_OCR = 4  # letters of a word that does not

# Cyrillic and Greek letters that most fonts draw as the Latin one.
HOMOGLYPHS = {
    "a": "\u0430",
    "c": "\u0441",
    "d": "\u0501",
    "e": "\u0435",
    "h": "\u04bb",
    "i": "\u0456",
    "j": "\u0458",
    "o": "\u043e\u03bf",
    "p": "\u0440",
    "q": "\u051b",
    "s": "\u0455",
    "v": "\u03bd",
    "w": "\u051d",
    "x": "\u0445",
    "y": "\u0443",
    "A": "\u0410\u0391",
    "B": "\u0412\u0392",
    "C": "\u0421",
    "E": "\u0415\u0395",
    "H": "\u041d\u0397",
    "I": "\u0406\u0399",
    "J": "\u0408",
    "K": "\u041a\u039a",
    "M": "\u041c\u039c",
    "N": "\u039d",
    "O": "\u041e\u039f",
    "P": "\u0420\u03a1",
    "S": "\u0405",
    "T": "\u0422\u03a4",
    "W": "\u051c",
    "X": "\u0425\u03a7",
    "Y": "\u03a5",
    "Z": "\u0396",
}
# Zero-width space, non-joiner and joiner, soft hyphen: none of them shows within a word.
INVISIBLE = "\u200b\u200c\u200d\u00ad"
# A right-to-left override, in an isolate; without that, neighbouring words would change places.
BACKWARDS, END = "\u2066\u202e", "\u202c\u2069"

# What character recognition reads for what; digits only ever in words.
CONFUSIONS = {
    "B": ("8",),
    "G": ("6",),
    "I": ("l", "1"),
    "O": ("0", "Q"),
    "Q": ("O",),
    "S": ("5",),
    "Z": ("2",),
    "b": ("6",),
    "c": ("e",),
    "cl": ("d",),
    "d": ("cl",),
    "e": ("c",),
    "g": ("9",),
    "l": ("I", "1"),
    "m": ("rn",),
    "o": ("0",),
    "rn": ("m",),
    "s": ("5",),
    "vv": ("w",),
    "w": ("vv",),
    "z": ("2",),
}
# Words that these would make of others (close, dose): a reader could not tell that anything is wrong.
_REAL = frozenset(
    """
    academics academies arcs bums burns caloric calorie cars case cased cases casing cast caster caters
    cats check checked checks cheek cheeked cheeks chum churn clam clamp clamping clan clang clank clans
    clash clashed clashes clashing clays clean cleans clear clearest clearly clears cleft clench click
    clicked clicking clicks cliff clime cling clings clipped clipping clips clock clocked clocking clocks
    clogged clogging clogs clone close closed closes closing cloth clots clough clove clover cloves clown
    clowning clowns clubs clues clump clumps clung cluster clusters clutch comer comers corner corners
    cornet corning damp damping dams dank dapper dare dark dash dashed dashes dashing dean deans dear
    dearest dearly dears deft dench dick dicked dicking dicks dimes ding dings dint dipped dipper dipping
    dips dive dock docked docking docks docs does dogged dogging dogs done dose dosed doses dosing doth
    dots dotted dough dove dover doves down downing downs dubbed dubbing dubs duck duct dues duet duets
    dump dumped dumping dumps dung duster dusters dutch eared earl early earp ears ease eased eases easing
    east easter easts eater eaters eats eaves economics economies elan element elements eons eric erie
    gamer gamers garner garners harmonics harmonies home homed homer horne horned horner loma mace marc
    mare modem modems modern moderns ores peck pecks peek peeks pics pies relics relies scaled scaling
    scam scams scan scar scared scaring scars scat scrum sealed sealing seam seams sean sear seared
    searing sears seat secs sees serum specifics specifies steams stem stern sterns thorn tics ties turns
    yams yarns zine
    """.split()  # noqa: SIM905 - so many words in quotes are hard to read
)
_MISLEADING = _REAL | SPARED


def ocr(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Makes an error of character recognition in words: modern, rnodern; gold, go1d.

    One error a word, at any of its letters or pairs of letters that are taken for others (`CONFUSIONS`), none
    of which makes another ordinary word. As nlpaug's OcrAug with `aug_word_p` = severity and `aug_char_max`
    1, but never in numbers.

    Args:
        item: Any item.
        severity: Chance of each plain word of four letters or more to be misread; words that carry a number
            or a negation are spared.
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, misspellable(item, _SHORTEST_OCR), severity, rng, _misread)


def _misread(word: str, place: float, pick: float) -> str:
    readings = [
        [word[:at] + new + word[at + length :] for new in CONFUSIONS[word[at : at + length]]]
        for at in range(len(word))
        for length in (1, 2)
        if at + length <= len(word) and word[at : at + length] in CONFUSIONS
    ]
    safe = [[new for new in made if new.lower() not in _MISLEADING] for made in readings]
    safe = [made for made in safe if made]
    if not safe:
        return word
    made = safe[int(place * len(safe))]
    return made[int(pick * len(made))]


def homoglyph(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Writes a letter of a word as the Cyrillic or Greek one that looks the same.

    As TextAttack's WordSwapHomoglyphSwap for a share `severity` of the words, whose table holds look-alikes
    from other scripts and digits too.

    Args:
        item: Any item.
        severity: Chance of each plain word to get one such letter; words that carry a number or a negation
            are spared.
        rng: Randomness.

    Returns:
        The variant; it reads the same.
    """
    return respelt(item, misspellable(item, _SHORTEST), severity, rng, _disguised)


def _disguised(word: str, place: float, pick: float) -> str:
    places = [at for at, letter in enumerate(word) if letter in HOMOGLYPHS]
    if not places:
        return word
    at = places[int(place * len(places))]
    letters = HOMOGLYPHS[word[at]]
    return word[:at] + letters[int(pick * len(letters))] + word[at + 1 :]


def invisible(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts a character that does not show within words.

    As TextAttack's WordSwapInvisibleCharacters for a share `severity` of the words, with the soft hyphen
    beside its three characters of no width.

    Args:
        item: Any item.
        severity: Chance of each plain word to get one between two of its letters; words that carry a number
            or a negation are spared.
        rng: Randomness.

    Returns:
        The variant; it reads the same.
    """
    return respelt(item, misspellable(item, _SHORTEST), severity, rng, _hiding)


def _hiding(word: str, place: float, pick: float) -> str:
    at = 1 + int(place * (len(word) - 1))
    return word[:at] + INVISIBLE[int(pick * len(INVISIBLE))] + word[at:]


def bidi(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Stores words backwards, within controls that have them shown from right to left, and so as they were.

    Boucher et al. exchange two neighbouring characters with ten controls around them; a whole word needs
    four: an isolate from left to right, an override from right to left, and their ends (Unicode annex 9).

    Args:
        item: Any item.
        severity: Chance of each plain word; words that carry a number or a negation are spared.
        rng: Randomness.

    Returns:
        The variant; it reads the same wherever the bidirectional algorithm is obeyed.
    """
    return respelt(item, misspellable(item, _SHORTEST), severity, rng, _backwards)


def _backwards(word: str, place: float, pick: float) -> str:
    return BACKWARDS + word[::-1] + END
