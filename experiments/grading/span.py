"""Graders of spans: words of a passage, or a short answer scored by its overlap with the references."""

from functools import lru_cache

from perturb import Item, Prompt

from .extract import final
from .reading import NOTHING, Reading
from .short import answers
from .tokens import bag, is_number, tokens

_Bag = frozenset[tuple[str, int]]


def span_exact(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the answer has the same tokens in the same order as one of the references, and no others.

    Where the answer stands: after the cue or another sign of a final answer, up to the end of the line or of
    a sentence; where no final sentence was asked for and there is no sign, it is the first line. Letter case,
    punctuation and English articles are left aside (`tokens.tokens`).
    """
    stretch = final(text, prompt)
    if stretch is None:
        return NOTHING
    references = _references(item.answers)
    correct = any(tokens(answer) in references for answer in answers(stretch))
    return Reading(stretch.line, correct, stretch.signed, stretch.open)


def span_f1(text: str, item: Item, prompt: Prompt) -> Reading:
    """The best F1 of the answer's tokens with those of a reference, by DROP's rules.

    F1 = 2 |P ∩ G| / (|P| + |G|) for the predicted tokens P and a reference's G, and 0 if G holds numbers and
    P none of them. A word counts once; in a script without spaces the characters are the tokens, and count as
    often as they occur. The answer is one span, and so is a reference: one that lists several spans is a
    single string ("Denmark and Sweden").

    Where the answer stands: as for `span_exact`. Of an answer behind a sign the sentence that fits best
    counts; of a first line all does, since a long answer is an unsure one.

    Source: Dua et al. 2019 (DROP), arXiv 1903.00161, section 5, and its evaluation script. Three things
    differ: punctuation at a number's edge is no part of it (that script reads "12.3." as 123), every kind of
    dash parts words, and F1 is not rounded.
    """
    stretch = final(text, prompt)
    if stretch is None:
        return NOTHING
    predicted, references = map(bag, answers(stretch)), _bags(item.answers)
    best = max((overlap(guess, reference) for guess in predicted for reference in references), default=0.0)
    correct = best == 1
    return Reading(stretch.line, correct, stretch.signed, stretch.open, partial=0.0 if correct else best)


def overlap(predicted: _Bag, reference: _Bag) -> float:
    """F1 of two bags of tokens, in [0, 1]; 0 if the reference has numbers and the prediction none of them."""
    numbers = {token for token in reference if is_number(token[0])}
    if numbers and not numbers & predicted:
        return 0.0
    size = len(predicted) + len(reference)
    return 2 * len(predicted & reference) / size if size else 0.0


@lru_cache(maxsize=65536)
def _references(references: tuple[str, ...]) -> tuple[list[str], ...]:
    return tuple(found for found in map(tokens, references) if found)


@lru_cache(maxsize=65536)
def _bags(references: tuple[str, ...]) -> tuple[_Bag, ...]:
    return tuple(found for found in map(bag, references) if found)
