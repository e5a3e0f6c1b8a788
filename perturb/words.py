"""Perturbations of a question's words: the family in one tuple."""

from typing import get_args

from .contractions import contraction, expansion
from .fillers import filler
from .misspellings import misspelling
from .spelling_variants import american, british
from .synonyms import synonym
from .template import AnswerType
from .variant import Perturbation, on_item
from .word_edges import drop_stop_words, merge_words, split_word
from .wordnet import synonym_wordnet

_ANY: tuple[AnswerType, ...] = get_args(AnswerType)
_CHANGES = (
    (misspelling, "chance of each of 603 often misspelled words to be misspelled", 1.0),
    (contraction, "chance of each pair such as 'it is' or 'does not' to be contracted", 1.0),
    (expansion, "chance of each contraction such as 'it's' or 'doesn't' to be written out", 1.0),
    (filler, "chance of each gap between two plain words to get a filler such as 'um'", 7.0),
    (synonym, "chance of each word that has synonyms in the list to be replaced by a synonym", 3.0),
    (british, "chance of each American spelling to become the British one", 1.0),
    (american, "chance of each British spelling to become the American one", 1.0),
    (merge_words, "chance of each space between two plain words to be dropped", 1.0),
    (split_word, "chance of each word of six letters or more to be split in two", 1.0),
    (drop_stop_words, "chance of each article, 'is', 'are', 'also' and the like to be left out", 1.0),
)

WORDS = (
    *(
        Perturbation(change.__name__, "words", on_item(change), "question", _ANY, severity, bound=bound)
        for change, severity, bound in _CHANGES
    ),
    Perturbation(
        "synonym_wordnet",
        "words",
        synonym_wordnet,
        "question",
        _ANY,
        "chance of each word that WordNet has synonyms of to be replaced by one",
        bound=8.0,
    ),
)
