"""Synonyms of a large dictionary, which comes with the draft."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .draft import Draft, Edited
from .replacing import TIED, common_words
from .synonyms import synonym

# Words that a dictionary has with meanings they rarely carry: "who" the organization, "in" the element.
CLOSED = frozenset(
    """
    a an the this that these those such what which who whom whose when where why how whether
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves one ones someone somebody something
    anyone anybody anything everyone everybody everything other others another same own
    be am is are was were been being do does did doing done have has had having
    can could may might must shall should will would ought need dare used get gets got let lets
    of in on at by for with about against between among into through during to from up down out off again
    across along around behind beside besides beyond despite inside near onto outside past per since than
    toward towards upon via within amid regarding concerning like as
    and or if because while although though so yet then also too very just there here now ever still even
    much many more most few several both half quite rather almost enough
    mr mrs ms dr st please
    """.split()  # noqa: SIM905 - so many words in quotes are hard to read
)


def synonym_wordnet(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Replaces words by WordNet's synonyms (HELM, Liang et al. 2022, arXiv 2211.09110).

    As there, a word that WordNet knows is replaced with a certain chance by any other word of any of its
    senses, in its base form, so that many a sentence is odd or wrong afterwards ("would determine again"):
    `synonym` is for those that say the same. HELM has a model tell nouns from verbs; here a word gets the
    synonyms of all its parts of speech, and words of closed classes (which, of, must) stay, as do words of
    counting, comparing and negating. "A" and "an" stay right.

    Args:
        draft: Any draft; `synonyms` is the dictionary.
        severity: Chance of each word with synonyms to be replaced; HELM's is 0.5.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without a dictionary, or without a word that it knows.
    """
    item = draft.item
    found = {item.question[start:end].lower() for start, end in common_words(item)}
    table = {word: options for word in found if (options := _usable(word, draft.synonyms))}
    variant = synonym(item, severity, rng, table)
    return Edited(replace(draft, item=variant.item), variant.edits) if variant.edits else Edited(draft)


def _usable(word: str, synonyms: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if word in CLOSED or word in TIED:
        return ()
    return tuple(one for one in synonyms.get(word, ()) if TIED.isdisjoint(one.lower().split()))
