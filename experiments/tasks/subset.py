"""A random part of a benchmark, in which every subject has its share."""

from collections.abc import Sequence

import numpy as np

from perturb.item import Item


def subset(items: Sequence[Item], limit: int | None, seed: int) -> tuple[Item, ...]:
    """Draws a random part of the items, stratified by subject.

    The n items of a subject are put in random order, and the one at rank r (from 0) gets the key (r + u) / n,
    where u is drawn once a subject, uniformly from [0, 1). The `limit` items with the smallest keys are kept.
    Below any bound on the keys lies each subject's exact share of items give or take at most one; of S >= 2
    subjects, one with the share p of all items therefore gets p * limit items give or take at most
    1 + p * (S - 2), which is less than two where all have the same size. That u is random lets small subjects
    in as well where `limit` is smaller than S.

    Args:
        items: What to draw from; without subjects it is a single stratum.
        limit: How many to keep, 0 or more; all of them if None or larger than there are.
        seed: With the same seed and items, a smaller part lies within a larger one.

    Returns:
        The part, in the order of `items`.
    """
    if limit is None or limit >= len(items):
        return tuple(items)
    rng = np.random.default_rng(seed)
    strata: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        strata.setdefault(item.subject, []).append(index)
    keys = np.empty(len(items))
    for indices in strata.values():
        order = rng.permutation(len(indices))
        keys[np.asarray(indices)[order]] = (np.arange(len(indices)) + rng.random()) / len(indices)
    kept = np.sort(np.argsort(keys, kind="stable")[:limit])
    return tuple(items[index] for index in kept)
