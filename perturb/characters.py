"""All perturbations of a question's characters."""

from typing import get_args

from .lettercase import case as case
from .lettercase import lower, random_case, title, upper
from .lookalikes import bidi, homoglyph, invisible, ocr
from .punctuation import drop_punctuation, swap_punctuation
from .slips import NEIGHBOURS as NEIGHBOURS
from .slips import delete_letter, insert_letter, substitute_letter, swap_letters
from .slips import keyboard_typo as keyboard_typo
from .spacing import extra_spaces, padding, space_before_punctuation, split_word_spaces
from .spacing import whitespace as whitespace
from .template import AnswerType
from .variant import Change, Perturbation, on_item

_ANY: tuple[AnswerType, ...] = get_args(AnswerType)


def _one(name: str, change: Change, severity: str, bound: float) -> Perturbation:
    return Perturbation(name, "characters", change, "question", _ANY, severity, bound=bound)


CHARACTERS: tuple[Perturbation, ...] = (
    _one("keyboard_typo", on_item(keyboard_typo), "chance of each longer word to get one wrong letter", 0.5),
    _one(
        "substitute_letter",
        on_item(substitute_letter),
        "chance of each longer word to have a letter replaced by any other",
        0.5,
    ),
    _one(
        "swap_letters",
        on_item(swap_letters),
        "chance of each longer word to have two neighbouring letters exchanged",
        0.5,
    ),
    _one("delete_letter", on_item(delete_letter), "chance of each longer word to lose a letter", 0.5),
    _one("insert_letter", on_item(insert_letter), "chance of each longer word to get a letter more", 0.5),
    _one("ocr", on_item(ocr), "chance of each longer word to be misread as by character recognition", 0.5),
    _one(
        "homoglyph",
        on_item(homoglyph),
        "chance of each word to get a letter of another script that looks alike",
        0.5,
    ),
    _one("invisible", on_item(invisible), "chance of each word to get a character that does not show", 0.5),
    _one("bidi", on_item(bidi), "chance of each word to be stored backwards and shown as it was", 3.0),
    _one("case", on_item(case), "chance of each word to be written in another letter case", 1.0),
    _one(
        "random_case", on_item(random_case), "chance of each letter to change between small and capital", 1.0
    ),
    _one("upper", on_item(upper), "chance of each word to be written in capitals", 1.0),
    _one("lower", on_item(lower), "chance of each word to be written in small letters", 1.0),
    _one("title", on_item(title), "chance of each word to get a capital first letter and no other", 1.0),
    _one("whitespace", on_item(whitespace), "chance of each gap between words to become a longer one", 3.0),
    _one(
        "extra_spaces",
        on_item(extra_spaces),
        "tenths of it are the spaces added to each gap between words",
        5.0,
    ),
    _one(
        "split_word_spaces",
        on_item(split_word_spaces),
        "chance of each longer word to be split by a space",
        0.5,
    ),
    _one(
        "space_before_punctuation",
        on_item(space_before_punctuation),
        "chance of each punctuation mark to get a space before it",
        1.0,
    ),
    _one(
        "drop_punctuation", on_item(drop_punctuation), "chance of each punctuation mark to be left out", 1.0
    ),
    _one(
        "swap_punctuation",
        on_item(swap_punctuation),
        "chance of each punctuation mark to become another",
        1.0,
    ),
    _one(
        "padding",
        padding,
        "share of five layers of spaces, a line break and quotes around the question",
        10.0,
    ),
)
