"""Perturbations of a multiple-choice item's options: their order, and how many there are.

Orders after DOVE (Habba et al. 2025, arXiv 2503.01622), the rotation after CircularEval (MMBench, Liu et al.
2024, arXiv 2307.06281), the right option's place after SCORE (Nalbandyan et al. 2025, arXiv 2503.00137).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .draft import Draft, Edited
from .item import Item
from .options import OPTIONS
from .references import movable, says_none
from .variant import Change, Perturbation, Variant, on_item

_HAN = re.compile("[\u3400-\u9fff]")


def option_order(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Moves options to other places; which of them is right follows.

    A last option that speaks of those above it ("none of the above") stays last. An item whose options name
    one another in any other way is left as it is: moved options would say something else.

    Args:
        item: Any item; one without choices has nothing to move.
        severity: Share of the movable options that change place, at least two of them when above 0. At 1
            every one of them does.
        rng: Randomness.

    Returns:
        The variant.
    """
    places = movable(item.choices)
    order = rng.permutation(places)
    count = 0 if severity <= 0 else max(2, round(severity * len(places)))
    if len(places) < 2 or count < 2:
        return Variant(item)
    # Every chosen option takes the place of the next chosen one, in random order: none stays where it was.
    chosen = [int(place) for place in order[:count]]
    source = dict(zip(chosen[1:] + chosen[:1], chosen, strict=True))
    return _arranged(item, [source.get(place, place) for place in range(len(item.choices))])


def order_circular(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Moves every option on by the same number of places, the last ones to the front.

    Args:
        item: Any item; what must not move stays, as in `option_order`.
        severity: How far round, as a share of the n - 1 rotations of n options that move them, at least one
            place. With four options 1/3, 2/3 and 1 are CircularEval's three rotations.
        rng: Unused: a rotation is not drawn.

    Returns:
        The variant.
    """
    places = movable(item.choices)
    shift = max(1, round(severity * (len(places) - 1)))
    return _moved(item, places, [*places[-shift:], *places[:-shift]])


def _sorted(key: Callable[[str], str | int], *, reverse: bool = False) -> Change:
    """A perturbation that puts options in the order of their texts' keys; equal ones keep theirs."""

    def change(item: Item, severity: float, rng: np.random.Generator) -> Variant:
        places = movable(item.choices)
        if rng.random() >= severity:
            return Variant(item)
        return _moved(
            item, places, sorted(places, key=lambda place: key(item.choices[place]), reverse=reverse)
        )

    return on_item(change)


def _gold_at(slot: int) -> Change:
    """A perturbation that puts the right option in a place, counted from 0 or from the end (-1).

    The others keep their order. An item with fewer places, or with several right options, is left.
    """

    def change(item: Item, severity: float, rng: np.random.Generator) -> Variant:
        places = movable(item.choices)
        if rng.random() >= severity or item.gold not in places or not -len(places) <= slot < len(places):
            return Variant(item)
        order = [place for place in places if place != item.gold]
        order.insert(slot if slot >= 0 else len(places) + slot, item.gold)
        return _moved(item, places, order)

    return on_item(change)


def none_of_the_above(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    """Adds a wrong last option, "None of the above"; in Chinese where the question is.

    Args:
        draft: Any draft.
        severity: Chance of the item to get it.
        rng: Randomness.

    Returns:
        The edited draft; unchanged where there are no options, where one says so already, or where the
        template has no label left.
    """
    item = draft.item
    full = not 0 < len(item.choices) < len(draft.template.labels)
    if rng.random() >= severity or full or any(map(says_none, item.choices)):
        return Edited(draft)
    text = "以上都不对" if _HAN.search(item.question) else "None of the above"
    changed = replace(item, choices=(*item.choices, text))
    return Edited(replace(draft, item=changed), (f"option {len(changed.choices)} ({text!r}) added",))


def drop_distractor(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Leaves out wrong options.

    Args:
        item: Any item. One whose options speak of one another is left, but for a last "none of the above",
            which is as right or wrong of fewer options.
        severity: Share of the wrong options that are left out: at least one, and one at least is kept.
        rng: Randomness.

    Returns:
        The variant.
    """
    choices = item.choices
    wrong = [place for place in range(len(choices)) if place != item.gold and place not in item.golds]
    order = rng.permutation(wrong)
    # All but the last may move: that one speaks of the others, as "all of the above" does.
    refers = len(movable(choices)) < len(choices) and not (movable(choices) and says_none(choices[-1]))
    if len(wrong) < 2 or refers:
        return Variant(item)
    count = min(len(wrong) - 1, max(1, round(severity * len(wrong))))
    dropped = sorted(int(place) for place in order[:count])
    return _arranged(item, [place for place in range(len(choices)) if place not in dropped])


def _moved(item: Item, places: Sequence[int], order: Sequence[int]) -> Variant:
    """The item with the options of some places in another order at these places."""
    source = dict(zip(places, order, strict=True))
    return _arranged(item, [source.get(place, place) for place in range(len(item.choices))])


def _arranged(item: Item, source: Sequence[int]) -> Variant:
    """The item with other options shown: for each place, the index of the option that comes there."""
    choices = tuple(item.choices[was] for was in source)
    if choices == item.choices:
        return Variant(item)
    now_at = {was: now for now, was in enumerate(source)}
    if len(choices) == len(item.choices):
        edits = [(was, f"→ place {now + 1}") for now, was in enumerate(source) if was != now]
    else:
        edits = [(was, "left out") for was in range(len(item.choices)) if was not in now_at]
    gold = None if item.gold is None else now_at[item.gold]
    golds = tuple(sorted(now_at[was] for was in item.golds))
    changed = replace(item, choices=choices, gold=gold, golds=golds)
    return Variant(changed, tuple(f"option {was + 1} ({item.choices[was]!r}) {edit}" for was, edit in edits))


_CHANCE = "chance of each item"


def _choices(name: str, change: Change, severity: str, *, nested: bool = True) -> Perturbation:
    # An option added to two of one character each is six edits a character.
    bound = 20.0 if change is none_of_the_above else 1.0
    fits = ("choice", "exam")
    return Perturbation(name, "choices", change, "choices", fits, severity, bound=bound, nested=nested)


_ORDERED = f"{_CHANCE} to have its options put in this order"
_PLACED = f"{_CHANCE} to have its right option put in this place"
CHOICES = (
    _choices("option_order", on_item(option_order), "share of the options that move", nested=False),
    _choices("order_alphabetical", _sorted(str.casefold), _ORDERED),
    _choices("order_alphabetical_reverse", _sorted(str.casefold, reverse=True), _ORDERED),
    _choices("order_length", _sorted(len), _ORDERED),
    _choices("order_length_reverse", _sorted(len, reverse=True), _ORDERED),
    _choices("order_circular", on_item(order_circular), "how far round the options move", nested=False),
    _choices("gold_first", _gold_at(0), _PLACED),
    _choices("gold_second", _gold_at(1), _PLACED),
    _choices("gold_third", _gold_at(2), _PLACED),
    _choices("gold_fourth", _gold_at(3), _PLACED),
    _choices("gold_last", _gold_at(-1), _PLACED),
    _choices("none_of_the_above", none_of_the_above, f"{_CHANCE} to get the option"),
    _choices("drop_distractor", on_item(drop_distractor), "share of the wrong options left out"),
    *OPTIONS,
)
