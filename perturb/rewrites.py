"""Perturbations that exchange the whole question for one made beforehand: other words, another language.

What they change to comes with the draft. Models make it (`fathom rewrite`), or the benchmark has it.
"""

from dataclasses import replace
from typing import get_args

import numpy as np

from .draft import Draft, Edited
from .template import AnswerType
from .variant import Keeps, Perturbation

_SHOWN = 60  # characters of the new question in an edit


def rewritten(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Exchanges the question for one of those that come with the draft, each as likely as the others.

    Args:
        draft: The original, with its rewrites.
        severity: Chance of each item to get one.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without rewrites, or where the one drawn is the question itself.
    """
    chance, pick = rng.random(2)
    if chance >= severity or not draft.rewrites:
        return Edited(draft)
    place = int(pick * len(draft.rewrites))
    new, item = draft.rewrites[place], draft.item
    if new.text == item.question:
        return Edited(draft)
    shown = new.text if len(new.text) <= _SHOWN else new.text[:_SHOWN] + "…"
    told = f"question → {shown!r}, {place + 1} of {len(draft.rewrites)}"
    changed = replace(item, question=new.text, language=new.language or item.language)
    return Edited(replace(draft, item=changed), (told,))


# Of what an answer goes on with, each word counts; so does each line of a task in code.
_ASKING: tuple[AnswerType, ...] = tuple(
    kind for kind in get_args(AnswerType) if kind not in ("word", "code", "text")
)
# Three times as long is no paraphrase; between scripts, a character may stand for a word.
_BOUND, _BETWEEN_SCRIPTS = 2.0, 10.0


def _rewriting(name: str, severity: str, keeps: Keeps = "wording") -> Perturbation:
    return Perturbation(
        name,
        "rewriting",
        rewritten,
        "question",
        _ASKING,
        severity,
        bound=_BOUND if keeps == "wording" else _BETWEEN_SCRIPTS,
        keeps=keeps,
        given=True,
    )


REWRITES: tuple[Perturbation, ...] = (
    _rewriting("paraphrase", "chance of each item to get one of its paraphrases"),
    _rewriting("back_translation", "chance of each item to get one of its translations back"),
    _rewriting("translation", "chance of each item to get one of its translations", "figures"),
    _rewriting("language", "chance of each item to be asked in the language", "nothing"),
)
