"""Perturbations of the worked examples before a question: which they are, how many, and in what order."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import get_args

import numpy as np

from .draft import Draft, Edited
from .exemplar_format import exemplar_format
from .exemplar_labels import exemplar_label_skew, exemplar_labels_balanced, exemplar_wrong_labels
from .exemplars import clashes
from .item import Item
from .template import AnswerType
from .variant import Change, Perturbation

LOOKED_AT = 2000  # items of the few-shot source that are compared with a question, the first ones
_SHOWN = 60  # characters of an exemplar's question in an edit
# A word; in Chinese and Japanese, which have no spaces, a character.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def exemplar_order(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Moves exemplars to other places (Lu et al. 2022, arXiv 2104.08786).

    Args:
        draft: The original.
        severity: Share of the exemplars that change place, at least two of them. At 1 every one of them does.
        rng: Randomness.

    Returns:
        The changed draft; unchanged with fewer than two exemplars.
    """
    old = draft.exemplars
    order = [int(place) for place in rng.permutation(len(old))]
    # Every chosen one takes the place of the next chosen one, in random order: none stays where it was.
    chosen = order[: max(2, round(severity * len(old)))] if len(old) > 1 else []
    source = dict(zip(chosen[1:] + chosen[:1], chosen, strict=True))
    return _edited(draft, [old[source.get(place, place)] for place in range(len(old))])


def exemplar_swap(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Exchanges exemplars for others of the few-shot source, of the same subject and kind.

    Args:
        draft: The original.
        severity: Share of the exemplars that are exchanged, rounded up.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without exemplars, or where the source holds no others.
    """
    exemplars = list(draft.exemplars)
    order, source = rng.permutation(len(exemplars)), rng.permutation(len(draft.pool))
    taken = {one.id for one in exemplars}
    for place in order[: math.ceil(severity * len(exemplars))]:
        others = (draft.pool[index] for index in source)
        alike = (one for one in others if _alike(exemplars[place], one) and _fits(draft, one))
        new = next((one for one in alike if one.id not in taken and not clashes((one,), (draft.item,))), None)
        if new is not None:
            taken.add(new.id)
            exemplars[place] = new
    return _edited(draft, exemplars)


def exemplar_nearest(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Exchanges exemplars for those that share most words with the question, the nearest of them last.

    After Liu et al. (2022, arXiv 2101.06804), with the Jaccard overlap of the questions' words in place of
    embeddings. Looks at the first 2,000 items of the few-shot source that are of the subject and kind of an
    exemplar; never takes the question itself.

    Args:
        draft: The original.
        severity: Share of the exemplars, rounded up, that are the nearest ones; they come last. The others
            are the first of the original exemplars.
        rng: Not used.

    Returns:
        The changed draft; unchanged without exemplars.
    """
    return _ranked(draft, severity, -1)


def exemplar_farthest(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Exchanges exemplars for those that share fewest words with the question; else as `exemplar_nearest`."""
    return _ranked(draft, severity, 1)


def exemplar_fewer(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Leaves out exemplars.

    Args:
        draft: The original.
        severity: Share of the exemplars that are left out, rounded up: at 1 none remains.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without exemplars.
    """
    old = draft.exemplars
    dropped = {int(place) for place in rng.permutation(len(old))[: math.ceil(severity * len(old))]}
    kept = tuple(one for place, one in enumerate(old) if place not in dropped)
    formats = tuple(one for place, one in enumerate(draft.exemplar_formats) if place not in dropped)
    edits = tuple(f"exemplar {place + 1} ({_shown(old[place])}) left out" for place in sorted(dropped))
    changed = replace(draft, exemplars=kept, exemplar_formats=formats)
    return Edited(changed, edits) if edits else Edited(draft)


def overlap(first: str, second: str) -> float:
    """Jaccard overlap of two texts' words, letter case apart: 0 (none shared) to 1 (the same words)."""
    one, other = _tokens(first), _tokens(second)
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)


@lru_cache(maxsize=1 << 14)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(text.casefold()))


def _ranked(draft: Draft, severity: float, sign: int) -> Edited:
    """Puts the first of the source, by overlap with the question, in the last places, the very first last."""
    old, item = draft.exemplars, draft.item
    count = math.ceil(severity * len(old))
    found = list(islice(_candidates(draft), LOOKED_AT))
    # Sorting is stable: of those that are equally near, the first in the source come first.
    found.sort(key=lambda one: sign * overlap(one.question, item.question))
    best = list(islice((one for one in found if not clashes((one,), (item,))), count))
    taken = {one.id for one in best}
    rest = [one for one in old if one.id not in taken][: len(old) - len(best)]
    return _edited(draft, [*rest, *reversed(best)])


def _candidates(draft: Draft) -> Iterator[Item]:
    """Items of the few-shot source that are like one of the exemplars, in order."""
    # One exemplar of a kind is enough to compare with: that with a worked solution, if one has it.
    models = {(one.subject, bool(one.choices)): one for one in sorted(draft.exemplars, key=_solved)}
    for one in draft.pool:
        model = models.get((one.subject, bool(one.choices)))
        if model is not None and _alike(model, one) and _fits(draft, one):
            yield one


def _solved(item: Item) -> bool:
    return bool(item.solution)


def _alike(old: Item, new: Item) -> bool:
    """Whether an item has an exemplar's subject, options if that has, and a worked solution if that has."""
    same = new.subject == old.subject and bool(new.choices) == bool(old.choices)
    return same and bool(new.solution) >= bool(old.solution)


def _fits(draft: Draft, new: Item) -> bool:
    """Whether an item can be shown as an exemplar."""
    return bool(new.choices or new.answers) and len(new.choices) <= len(draft.template.labels)


def _edited(draft: Draft, exemplars: Sequence[Item]) -> Edited:
    """The draft with other exemplars, as many as before, and which of them are others."""
    pairs = zip(draft.exemplars, exemplars, strict=True)
    edits = tuple(
        f"exemplar {place}: {_shown(old)} → {_shown(new)}"
        for place, (old, new) in enumerate(pairs, 1)
        if new != old
    )
    return Edited(replace(draft, exemplars=tuple(exemplars)), edits) if edits else Edited(draft)


def _shown(item: Item) -> str:
    return repr(item.question if len(item.question) <= _SHOWN else item.question[:_SHOWN] + "…")


_ANY: tuple[AnswerType, ...] = get_args(AnswerType)
_LABELLED: tuple[AnswerType, ...] = ("choice", "exam")
# A program that does another task, or a text without a right continuation, is no wrong answer.
_ANSWERED: tuple[AnswerType, ...] = tuple(kind for kind in _ANY if kind not in ("code", "text"))
_SHARE = "share of the exemplars that"
# Exemplars may stand before a question that is many times as short, and be exchanged for longer ones.
_BOUND = 50.0


def _exemplars(
    name: str,
    change: Change,
    severity: str,
    *,
    fits: tuple[AnswerType, ...] = _ANY,
    preserves: bool = True,
    by_item: bool = False,
    nested: bool = True,
) -> Perturbation:
    """A perturbation of the exemplars."""
    return Perturbation(
        name,
        "exemplars",
        change,
        "exemplars",
        fits,
        severity,
        preserves=preserves,
        bound=_BOUND,
        by_item=by_item,
        nested=nested,
    )


EXEMPLARS: tuple[Perturbation, ...] = (
    _exemplars("exemplar_order", exemplar_order, f"{_SHARE} change place", nested=False),
    _exemplars("exemplar_swap", exemplar_swap, f"{_SHARE} are exchanged for others"),
    _exemplars(
        "exemplar_nearest",
        exemplar_nearest,
        f"{_SHARE} are those most like the question",
        by_item=True,
        nested=False,
    ),
    _exemplars(
        "exemplar_farthest",
        exemplar_farthest,
        f"{_SHARE} are those least like the question",
        by_item=True,
        nested=False,
    ),
    _exemplars("exemplar_fewer", exemplar_fewer, f"{_SHARE} are left out"),
    _exemplars("exemplar_format", exemplar_format, f"{_SHARE} are written in another format"),
    _exemplars(
        "exemplar_labels_balanced",
        exemplar_labels_balanced,
        f"{_SHARE} have their right option where all places are right equally often",
        fits=_LABELLED,
    ),
    _exemplars(
        "exemplar_label_skew",
        exemplar_label_skew,
        f"{_SHARE} have their right option in one and the same place",
        fits=_LABELLED,
    ),
    _exemplars(
        "exemplar_wrong_labels",
        exemplar_wrong_labels,
        f"{_SHARE} are given a wrong answer",
        fits=_ANSWERED,
        preserves=False,
    ),
)
