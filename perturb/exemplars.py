"""Exemplars: which worked examples stand before a question, and in what order."""

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from .item import Item


def draw(
    pool: Sequence[Item], k: int, rng: np.random.Generator, *, exclude: Collection[Item] = ()
) -> tuple[Item, ...]:
    """Draws exemplars at random, without replacement, in random order.

    Draws are nested: with a generator of the same seed and the same pool, the exemplars of a smaller `k` are
    the first ones of a larger `k`, so that a sweep over shots adds examples and exchanges none.

    Args:
        pool: Items to draw from, in a fixed order: the task's few-shot source.
        k: How many, from 0.
        rng: Randomness; advances by the same amount whatever `k`.
        exclude: Items that must not be shown: those that will be asked. An item of the pool is left out if
            it is one of them in the sense of `clashes`.

    Returns:
        The exemplars, in the order shown.

    Raises:
        ValueError: There are fewer than `k` items to draw from.
    """
    if k < 0:
        raise ValueError(f"shots is {k}, expected 0 or more")
    order = rng.permutation(len(pool))
    if k == 0:
        return ()
    taken = _Asked(exclude)
    allowed = [pool[index] for index in order if pool[index] not in taken] if exclude else None
    available = len(pool) if allowed is None else len(allowed)
    if k > available:
        asked = f" ({len(pool) - available} more are asked themselves)" if available < len(pool) else ""
        raise ValueError(f"{k} shots asked for, but the pool holds {available} exemplars{asked}")
    return tuple(allowed[:k]) if allowed is not None else tuple(pool[index] for index in order[:k])


def clashes(exemplars: Sequence[Item], items: Collection[Item]) -> tuple[Item, ...]:
    """The exemplars that are among the items: same id, or same question with the same options and passage.

    Letter case, white space and the order of options do not make a question another one; other options do.
    """
    asked = _Asked(items)
    return tuple(exemplar for exemplar in exemplars if exemplar in asked)


def apart(exemplars: Sequence[Item], items: Collection[Item]) -> tuple[Item, ...]:
    """The exemplars that are not among the items, in the sense of `clashes`, in their order."""
    asked = _Asked(items)
    return tuple(exemplar for exemplar in exemplars if exemplar not in asked)


def check_apart(exemplars: Sequence[Item], items: Collection[Item]) -> None:
    """Checks that no exemplar gives away an item's answer.

    Raises:
        ValueError: Naming the first exemplar that is among the items.
    """
    found = clashes(exemplars, items)
    if found:
        raise ValueError(
            f"exemplar {found[0].id!r} ({found[0].question[:60]!r}) is also an item that is asked "
            f"({len(found)} of {len(exemplars)} exemplars are); draw them from a split that shares no item"
        )


class _Asked:
    """The items asked, by id and by question."""

    def __init__(self, items: Collection[Item]) -> None:
        self.ids = {item.id for item in items}
        self.questions = {_question(item) for item in items}

    def __contains__(self, item: Item) -> bool:
        return item.id in self.ids or _question(item) in self.questions


def _question(item: Item) -> Hashable:
    return " ".join(item.question.casefold().split()), frozenset(item.choices), item.passage
