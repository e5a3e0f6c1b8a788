"""The cheapest design that meets a want, within the items, templates and seeds that there are."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from experiments.planning.wanted import Wanted
from stats.design import REPLICATE
from stats.intervals import ENOUGH_TEMPLATES, FEWEST_TEMPLATES

LEAST_ITEMS = 20  # fewer are no sample of a benchmark
MOST_TEMPLATES = 1000  # beyond them a number of templates is no plan
MOST_ITEMS = 10_000_000  # nor is a number of items beyond these
_TRIES, _MORE = 5, 0.005  # searches for a simulated power, and how much more than what lacks each is to have
_STEP = 1.1  # from one number of items looked at to the next


@dataclass(frozen=True)
class Room:
    """The most that a design may have.

    Attributes:
        items: Items of the task.
        templates: Templates that fit it.
        exemplar_seeds: Draws of exemplars; None where they are not varied.
        replicates: Samples of a cell; 1 where they cannot be told from the rest, or nothing is sampled.
    """

    items: int
    templates: int
    exemplar_seeds: int | None = None
    replicates: int = 1

    @property
    def least_templates(self) -> int:
        """The fewest templates that are planned: with fewer, intervals hold less often than they should."""
        return min(ENOUGH_TEMPLATES, self.templates)

    @property
    def whole(self) -> dict[str, int]:
        """The largest design."""
        return self.sizes(self.items, self.templates, self.exemplar_seeds or 1, self.replicates)

    def sizes(self, items: int, templates: int, exemplar_seeds: int, replicates: int) -> dict[str, int]:
        """A design as `stats.design` takes it; exemplar seeds are left out where they are not varied."""
        seeds = {} if self.exemplar_seeds is None else {"exemplar_seed": exemplar_seeds}
        return {"item": items, "template": templates, **seeds, REPLICATE: replicates}


def cheapest(wanted: Wanted, room: Room) -> Mapping[str, int] | None:
    """The design with the fewest requests that meets a want; None where none does.

    All numbers of templates, exemplar seeds and replicates are gone through; for each the least number of
    items is looked for, no further than would be cheaper than the best so far.

    Args:
        wanted: What is to be shown.
        room: The most there is.
    """
    if not wanted.simulated:
        return _cheapest(wanted, room)
    asked = wanted
    for _ in range(_TRIES):
        found = _cheapest(asked, room)
        if found is None:
            break
        short = wanted.target - wanted.sure(found)
        if short <= 0:
            return found
        asked = replace(asked, target=min(asked.target + short + _MORE, 1.0))
    return room.whole if wanted.met(wanted.sure(room.whole)) else None


def _cheapest(wanted: Wanted, room: Room) -> Mapping[str, int] | None:
    if wanted.simulated and not wanted.met(wanted.reach(room.whole)):
        return None
    best: dict[str, int] | None = None
    seeds = [1] if room.exemplar_seeds is None else range(FEWEST_TEMPLATES, room.exemplar_seeds + 1)
    combinations = itertools.product(
        range(room.least_templates, room.templates + 1), seeds, range(1, room.replicates + 1)
    )
    for combination in sorted(combinations, key=math.prod):
        each = math.prod(combination)
        most = room.items if best is None else min(room.items, (math.prod(best.values()) - 1) // each)
        items = _fewest_items(wanted, room, combination, most)
        if items is not None:
            best = room.sizes(items, *combination)
    return best


def _fewest_items(wanted: Wanted, room: Room, rest: tuple[int, int, int], most: int) -> int | None:
    def met(items: int) -> bool:
        return wanted.met(wanted.reach(room.sizes(items, *rest)))

    least = min(LEAST_ITEMS, room.items)
    if most < least or not wanted.met(wanted.bound(room.sizes(most, *rest))):
        return None
    if wanted.simulated:
        return _first(met, least, most) if met(most) else None
    # More items may widen a t interval, as they leave a few templates a larger part of the variance: so the
    # first number of items that does is looked for from below, not halved down to.
    low = least - 1
    for items in _grown(least, most):
        if met(items):
            return _first(met, low + 1, items)
        low = items
    return None


def _grown(least: int, most: int) -> Iterator[int]:
    count = least
    while count < most:
        yield count
        count = max(count + 1, int(count * _STEP))
    yield most


def _first(met: Callable[[int], bool], least: int, most: int) -> int:
    """The least number from which on something holds, known to hold at `most`."""
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if met(middle) else (middle + 1, most)
    return most


def templates_needed(wanted: Wanted, room: Room) -> int | None:
    """Fewest templates that would do with all items, seeds and replicates; None above 1,000."""
    return _needed(wanted, room, "template", MOST_TEMPLATES)


def items_needed(wanted: Wanted, room: Room) -> int | None:
    """Fewest items that would do with all templates, seeds and replicates; None where no number does."""
    return _needed(wanted, room, "item", MOST_ITEMS)


def seeds_needed(wanted: Wanted, room: Room) -> int | None:
    """Fewest exemplar seeds that would do with all else; None above 1,000, or where they are not varied."""
    return None if room.exemplar_seeds is None else _needed(wanted, room, "exemplar_seed", MOST_TEMPLATES)


def more_of_both(wanted: Wanted, room: Room) -> Mapping[str, int] | None:
    """The cheapest design with more items and more templates than there are; None where none is thinkable.

    Looked for among up to twice as many templates as it takes with no end of items. Simulated wants are left
    out, which would take too long.
    """
    if wanted.simulated:
        return None

    def met(templates: int) -> bool:
        return wanted.met(wanted.bound({**room.whole, "template": templates}))

    if not met(MOST_TEMPLATES):
        return None
    least = _first(met, room.templates, MOST_TEMPLATES)
    return cheapest(wanted, replace(room, items=MOST_ITEMS, templates=2 * least))


def _needed(wanted: Wanted, room: Room, name: str, limit: int) -> int | None:
    def met(count: int) -> bool:
        return wanted.met(wanted.reach({**room.whole, name: count}))

    few = many = room.whole[name] + 1  # as many as there are do not: that is why it is asked
    while not met(many):
        if many >= limit:
            return None
        few, many = many + 1, min(2 * many, limit)
    return _first(met, few, many)
