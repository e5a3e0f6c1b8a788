"""Graders of the next word of a text."""

import re
import unicodedata
from itertools import islice

from perturb import Item, Prompt

from .extract import final, first_line, without_lead
from .reading import NOTHING, Reading

# A word has letters or digits, and may hold single apostrophes and hyphens: "o'clock", "well-being".
_WORD = re.compile(r"[^\W_]+(?:['’‘-][^\W_]+)*")
_NAMED = re.compile(r"\b(?:word|answer|completion|blank)\b[^.!?\n]{0,60}?\b(?:is|be)\b\s*:?", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”«]\s*([^\W_]+(?:['’‘-][^\W_]+)*)[.,!?]?\s*[\"“”»]")


def word_first(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if the text goes on with a reference: its first word, as a whole.

    Letter case and punctuation around the word are left aside, so that "Sign." is "sign"; "signs", "sign's"
    and "sign-post" are other words. A reference that is several words ("thought...Tess") needs as many.

    Where the word stands: at the start of the first line, or behind the cue if a final sentence was asked
    for. A repeated lead ("A:") is no part of it.

    Source: Paperno et al. 2016 (LAMBADA), arXiv 1606.06031, where the last word is to be met exactly.
    """
    stretch = first_line(text) if prompt.cue is None else final(text, prompt)
    if stretch is None:
        return NOTHING
    line = without_lead(stretch.line)
    references = [_words(reference) for reference in item.answers]
    most = max(map(len, references), default=0)
    found = list(islice(_WORD.finditer(line), most))
    if not found:
        return Reading(None, signed=stretch.signed, open=stretch.open)
    written = [_plain(match[0]) for match in found]
    correct = any(reference == written[: len(reference)] for reference in references if reference)
    unfinished = stretch.open and found[-1].end() == len(line)  # "sig" may have become "sign"
    return Reading(found[0][0], correct, stretch.signed, unfinished)


def word_last(text: str, item: Item, prompt: Prompt) -> Reading:
    """Right if `word_first` is, or if a reference is the word that the first line names or ends with.

    Lenient, for chat models that write a sentence ('The next word is "sign".'): what counts is the word
    behind "word is" or "answer is", else the only one in quotes, else the last one. Behind a cue the whole
    line counts in this way.
    """
    first = word_first(text, item, prompt)
    stretch = first_line(text) if prompt.cue is None else final(text, prompt)
    if first.correct or stretch is None:
        return first
    named = list(_NAMED.finditer(stretch.line))
    quoted = set(_QUOTED.findall(stretch.line))
    if named or len(quoted) == 1:
        meant = stretch.line[named[-1].end() :] if named else quoted.pop()
        again = word_first(meant, item, _OPENING)
        return Reading(again.extracted or first.extracted, again.correct, stretch.signed, stretch.open)
    words = _words(stretch.line)
    references = [_words(reference) for reference in item.answers]
    correct = any(reference == words[-len(reference) :] for reference in references if reference)
    return Reading(words[-1] if words else None, correct, stretch.signed, stretch.open)


_OPENING = Prompt("")


def _words(text: str) -> list[str]:
    return [_plain(word) for word in _WORD.findall(text)]


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word.casefold()).replace("’", "'").replace("‘", "'")
