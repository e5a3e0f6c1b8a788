"""Perturbations of what the worked examples answer: where their right option stands, and wrong answers."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from .draft import Draft, Edited
from .item import Item
from .references import movable


def exemplar_labels_balanced(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Spreads the exemplars' right options over the places: at severity 1, as evenly as their number allows.

    A right option changes places with the one that stands where it goes. Exemplars whose options speak of one
    another stay as they are. Zhao et al. (2021, arXiv 2102.09690) found that models prefer the labels that
    are frequent among exemplars.

    Args:
        draft: The original.
        severity: Share of the exemplars that get their new place, rounded up.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without exemplars whose options can be moved.
    """
    start, order, places = rng.random(), _order(draft, rng), _places(draft)
    return _moved(draft, severity, order, [int(start * places) + turn for turn in range(len(order))])


def exemplar_label_skew(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Puts the exemplars' right options all in the same place, which is drawn.

    Sources, arguments and result as for `exemplar_labels_balanced`.
    """
    pick, order, places = rng.random(), _order(draft, rng), _places(draft)
    return _moved(draft, severity, order, [int(pick * places)] * len(order))


def exemplar_wrong_labels(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Gives exemplars a wrong answer: another option, or the answer of another item of the few-shot source.

    After Min et al. (2022, arXiv 2202.12837), who draw labels at random; here a drawn one is never right. A
    worked solution stays as it is, so that with chain of thought only the final sentence is wrong.

    Args:
        draft: The original.
        severity: Share of the exemplars that are given a wrong answer, rounded up.
        rng: Randomness.

    Returns:
        The changed draft; unchanged without exemplars, or where no wrong answer can be found.
    """
    exemplars, edits = list(draft.exemplars), list[str]()
    order, picks = rng.permutation(len(exemplars)), rng.random(len(exemplars))
    source = draft.pool or draft.exemplars
    other: list[int] = rng.permutation(len(source)).tolist()
    for index in order[: math.ceil(severity * len(exemplars))]:
        old = exemplars[index]
        new = _wrong(old, float(picks[index]), _from(source, other, float(picks[index])))
        if new is not None:
            exemplars[index] = new
            edits.append(f"exemplar {index + 1}: {_answer(old)!r} → {_answer(new)!r}")
    return _edited(draft, exemplars, edits)


def _order(draft: Draft, rng: np.random.Generator) -> list[int]:
    """The exemplars whose right option can be moved, in random order."""
    exemplars = draft.exemplars
    order = (int(index) for index in rng.permutation(len(exemplars)))
    return [index for index in order if exemplars[index].gold in movable(exemplars[index].choices)]


def _places(draft: Draft) -> int:
    """How many places every exemplar with options has for them."""
    return min((len(movable(one.choices)) for one in draft.exemplars if movable(one.choices)), default=1)


def _moved(draft: Draft, severity: float, order: Sequence[int], places: Sequence[int]) -> Edited:
    """Moves the right option of a share of the exemplars to a place each, counted round."""
    exemplars, edits, count = list(draft.exemplars), list[str](), _places(draft)
    for index, place in list(zip(order, places, strict=True))[: math.ceil(severity * len(order))]:
        old, new = exemplars[index], place % count
        if old.gold is None or old.gold == new:
            continue
        choices = list(old.choices)
        choices[new], choices[old.gold] = choices[old.gold], choices[new]
        exemplars[index] = replace(old, choices=tuple(choices), gold=new)
        edits.append(f"exemplar {index + 1}: right option {old.gold + 1} → place {new + 1}")
    return _edited(draft, exemplars, edits)


def _from(items: Sequence[Item], order: Sequence[int], start: float) -> Iterator[Item]:
    """Items in an order, beginning at a share of it and going on round to the beginning."""
    first = int(start * len(items))
    return (items[order[(first + step) % len(items)]] for step in range(len(items)))


def _wrong(item: Item, pick: float, others: Iterable[Item]) -> Item | None:
    """The item with a wrong answer; None if there is none for it."""
    if item.choices:
        right = {item.choices[index] for index in item.right}
        wrong = [index for index, text in enumerate(item.choices) if text not in right]
        if not wrong:
            return None
        index = wrong[int(pick * len(wrong))]
        answers = (item.choices[index],)
        if item.golds:
            return replace(item, golds=(index,), answers=answers)
        return replace(item, gold=index, answers=answers)
    right = {_plain(answer) for answer in item.answers}
    if not right:
        return None
    for other in others:
        same = other.subject == item.subject and not other.choices
        if same and other.answers and _plain(other.answers[0]) not in right:
            return replace(item, answers=(other.answers[0],))
    return None


def _answer(item: Item) -> str:
    golds = item.right
    return ", ".join(item.choices[index] for index in golds) if golds else item.answers[0]


def _plain(answer: str) -> str:
    """An answer in small letters, without what two ways of writing the same answer differ in."""
    folded = "".join(answer.casefold().split())
    return "".join(filter(str.isalnum, folded)) or folded


def _edited(draft: Draft, exemplars: Sequence[Item], edits: Sequence[str]) -> Edited:
    return Edited(replace(draft, exemplars=tuple(exemplars)), tuple(edits)) if edits else Edited(draft)
