"""White space: between words, within them, before punctuation, and around the question."""

from dataclasses import replace
from math import ceil

import numpy as np

from .draft import Draft, Edited
from .item import Item
from .protect import SPARED, gaps, marks, misspellable
from .rewrite import respelt, rewritten
from .variant import Variant

_EXTRA = (" ", "  ", "   ", "\n")  # white space added to a gap; a line break only where there is none yet
_SHORTEST = 4  # letters of a word that may be split
_MOST = 10  # spaces added to a gap at severity 1
# What is put around a question, layer by layer.
_LAYERS = (" ", " ", " ", "\n", '"')


def whitespace(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Adds white space between words, never within a word or a number.

    HELM's space makes every run of spaces 1 to `max_spaces` long (3 there), so that a share of
    1 - 1/`max_spaces` of the gaps is changed; PromptSuite's runs hold line breaks and tabs too.

    Args:
        item: Any item.
        severity: Chance of each gap between words to get one to three more spaces or a line break, each as
            likely as the others.
        rng: Randomness.

    Returns:
        The variant; its tokens are those of the original.
    """
    spans = gaps(item)
    new: list[str] = []
    for (start, end), chance, pick in zip(spans, *rng.random((2, len(spans))).tolist(), strict=True):
        gap = item.question[start:end]
        extra = _EXTRA[int(pick * len(_EXTRA))]
        if "\n" in gap and "\n" in extra:
            extra = " "  # two line breaks would look like the gap between two shots
        new.append(gap + extra if chance < severity else gap)
    return rewritten(item, spans, new)


def extra_spaces(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Makes every gap of spaces between words wider, all by as much.

    HELM's extra_space, whose `num_spaces` is one more than the spaces added: 2 up to severity 0.1, 3 up to
    0.2, 11 at 1. Nothing is drawn.

    Args:
        item: Any item.
        severity: Tenths of it are the spaces added to each gap, rounded up.
        rng: Not used.

    Returns:
        The variant, with one edit a space; its tokens are those of the original.
    """
    text = item.question
    added = ceil(round(_MOST * severity, 9))  # 0.7 * 10 is a little more than 7
    spans = [(start, end) for start, end in gaps(item) if not text[start:end].strip(" ")]
    if not (spans and added):
        return Variant(item)
    changed = rewritten(item, spans, [text[start:end] + " " * added for start, end in spans]).item
    edits = [f"space {n} added at character {end}" for _, end in spans for n in range(1, added + 1)]
    return Variant(changed, tuple(edits))


def split_word_spaces(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts a space within words (TextBugger's "insert", Li et al. 2019, arXiv 1812.05271).

    TextBugger splits the words a classifier heeds most, of up to six letters.

    Args:
        item: Any item.
        severity: Chance of each plain word of four letters or more to be split, anywhere but where one of
            its parts would be a negation or a number (of-ten, not-ice).
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, misspellable(item, _SHORTEST), severity, rng, _split)


def _split(word: str, place: float, pick: float) -> str:
    plain = word.lower()
    cuts = [at for at in range(1, len(word)) if plain[:at] not in SPARED and plain[at:] not in SPARED]
    if not cuts:
        return word
    at = cuts[int(place * len(cuts))]
    return f"{word[:at]} {word[at:]}"


def space_before_punctuation(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Puts a space before punctuation marks: "Who wrote it ?" (Brittlebench's punct_spaces).

    Args:
        item: Any item.
        severity: Chance of each mark at the end of a word (`protect.marks`).
        rng: Randomness.

    Returns:
        The variant.
    """
    return respelt(item, marks(item), severity, rng, lambda mark, place, pick: " " + mark)


def padding(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Puts spaces, line breaks and quotes before and after the question.

    Five layers lie around it at severity 1: three of spaces, one of line breaks and one of quotes, in an
    order that is drawn. Where quotes would mislead, because the question holds some, shows code, or is
    continued by the answer, they are spaces; in the last case nothing is put after it. A program that is to
    be gone on with is left as it is. (unitxt's AugmentPrefixSuffix draws lengths instead.)

    Args:
        draft: Any draft.
        severity: Share of the five layers, rounded up.
        rng: Randomness.

    Returns:
        The changed draft, with one edit a layer.
    """
    item, continued = draft.item, not draft.template.answer
    order = rng.permutation(len(_LAYERS)).tolist()[: ceil(round(severity * len(_LAYERS), 9))]
    if not item.question.strip() or (item.program is not None and item.program.prefix):
        return Edited(draft)
    plain = continued or item.program is not None or '"' in item.question
    text = item.question
    edits: list[str] = []
    for number, layer in enumerate(order, 1):
        pad = " " if plain and _LAYERS[layer] == '"' else _LAYERS[layer]
        text = pad + text + ("" if continued else pad)
        edits.append(f"layer {number}: {pad!r} before{'' if continued else ' and after'}")
    return Edited(replace(draft, item=replace(item, question=text)), tuple(edits))
