"""Slips of the hand in longer words, one a word: a wrong key, letters that change place, come or go.

In all of them severity is the chance of each plain word of four letters or more to be hit, at a place drawn
uniformly, never its first letter. Words that carry a number or a negation are spared, and no slip makes one
of another word. A word is hit independently of all others; nlpaug and TextAttack hit a fixed share of the
words of a text instead (`aug_word_p`, `pct_words_to_swap`), HELM and PromptSuite each letter on its own: with
their chance p a letter, a word of L letters is hit with chance 1 - (1 - p)^L, and perhaps more than once.
"""

import string

import numpy as np

from .item import Item
from .protect import SPARED, misspellable
from .rewrite import Spelling, respelt
from .variant import Variant

SHORTEST = 4  # letters; a slip in a shorter word too often makes another word of it
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    """Letters next to each letter on a QWERTY keyboard, whose rows are shifted by about half a key."""
    key = {letter: (row, column) for row, keys in enumerate(_ROWS) for column, letter in enumerate(keys)}
    beside = {(0, -1), (0, 1), (1, -1), (1, 0), (-1, 0), (-1, 1)}
    return {
        letter: "".join(other for other, (r, c) in key.items() if (r - row, c - column) in beside)
        for letter, (row, column) in key.items()
    }


NEIGHBOURS = _neighbours()
_OTHERS = {letter: string.ascii_lowercase.replace(letter, "") for letter in string.ascii_lowercase}


def keyboard_typo(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Replaces one letter of a word by its neighbour on the keyboard.

    As nlpaug's KeyboardAug with `aug_word_p` = severity, `aug_char_max` 1 and its `min_char` of 4, for
    letters only; HELM's typos (`prob` .1, .3 or .5) and PromptSuite's hit each letter by itself.

    Args:
        item: Any item.
        severity: Chance of each plain word of four letters or more to get one wrong letter, never the first.
            Words that carry a number or a negation are spared.
        rng: Randomness.

    Returns:
        The variant.
    """
    return _slip(item, severity, rng, lambda word, place, pick: _replaced(word, place, pick, NEIGHBOURS))


def substitute_letter(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Replaces one letter of a word by any other.

    As TextAttack's WordSwapRandomCharacterSubstitution with `skip_first_char`, for a share `severity` of the
    words, or nlpaug's RandomCharAug("substitute") with `aug_word_p` = severity and letters only.

    Args:
        item: Any item.
        severity: Chance of each longer word to be hit.
        rng: Randomness.

    Returns:
        The variant.
    """
    return _slip(item, severity, rng, lambda word, place, pick: _replaced(word, place, pick, _OTHERS))


def swap_letters(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Exchanges two different letters of a word that stand side by side.

    As TextAttack's WordSwapNeighboringCharacterSwap with `skip_first_char`, for a share `severity` of the
    words. PromptSuite exchanges each pair of characters with chance p (0.05), so that a word of L letters is
    hit with chance 1 - (1 - p)^(L - 1).

    Args:
        item: Any item.
        severity: Chance of each longer word to be hit.
        rng: Randomness.

    Returns:
        The variant.
    """
    return _slip(item, severity, rng, _swapped)


def delete_letter(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Leaves a letter of a word out.

    As TextAttack's WordSwapRandomCharacterDeletion with `skip_first_char`, for a share `severity` of the
    words.

    Args:
        item: Any item.
        severity: Chance of each longer word to be hit.
        rng: Randomness.

    Returns:
        The variant.
    """
    return _slip(item, severity, rng, _shortened)


def insert_letter(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts any letter after one of a word's letters.

    As TextAttack's WordSwapRandomCharacterInsertion with `skip_first_char`, for a share `severity` of the
    words, small letters only; and at the word's end too.

    Args:
        item: Any item.
        severity: Chance of each longer word to be hit.
        rng: Randomness.

    Returns:
        The variant.
    """
    return _slip(item, severity, rng, _lengthened)


def _slip(item: Item, severity: float, rng: np.random.Generator, spelling: Spelling) -> Variant:
    def careful(word: str, place: float, pick: float) -> str:
        new = spelling(word, place, pick)
        return word if new.lower() in SPARED else new

    return respelt(item, misspellable(item, SHORTEST), severity, rng, careful)


def _replaced(word: str, place: float, pick: float, table: dict[str, str]) -> str:
    at = 1 + int(place * (len(word) - 1))
    letters = table[word[at].lower()]
    letter = letters[int(pick * len(letters))]
    return word[:at] + (letter.upper() if word[at].isupper() else letter) + word[at + 1 :]


def _swapped(word: str, place: float, pick: float) -> str:
    pairs = [at for at in range(1, len(word) - 1) if word[at] != word[at + 1]]
    if not pairs:
        return word
    at = pairs[int(place * len(pairs))]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _shortened(word: str, place: float, pick: float) -> str:
    at = 1 + int(place * (len(word) - 1))
    return word[:at] + word[at + 1 :]


def _lengthened(word: str, place: float, pick: float) -> str:
    at = 1 + int(place * len(word))
    letter = string.ascii_lowercase[int(pick * 26)]
    return word[:at] + (letter.upper() if word.isupper() else letter) + word[at:]
