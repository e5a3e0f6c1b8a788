"""Two levels of a factor (two models, say) on the items, templates and exemplar seeds both were run with."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import FloatArray
from stats.tables import UnbalancedError, cells, check_known, column, factor_of, numbers


@dataclass(frozen=True)
class Pairs:
    """Two levels of a factor on the cells both have.

    Attributes:
        above: Scores at the level of interest, one axis an entry of `names`: items first.
        below: Scores at the level it is compared with, same shape.
        names: The columns the axes stand for.
        bounds: The least and greatest difference possible; None where scores leave [0, 1].
        n: Levels of each axis; with a replicate column also the fewest replicates of a cell.
        note: How many items were left out; else empty.
    """

    above: FloatArray
    below: FloatArray
    names: tuple[str, ...]
    bounds: tuple[float, float] | None
    n: dict[str, int]
    note: str

    @property
    def difference(self) -> FloatArray:
        """`above` - `below`."""
        return self.above - self.below


def pairs(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    template: str | None = None,
    exemplar_seed: str | None = None,
    replicate: str | None = None,
) -> Pairs:
    """The cells that two levels of a factor share, as arrays; the arguments are those of `paired_effect`."""
    sides = factor_of(table, factor)
    for side in (level, against):
        check_known(side, sides.levels, factor)
    if level == against:
        raise ValueError(f"level and against are both {level!r}; two levels of {factor!r} are needed")
    others = (name for name in (template, exemplar_seed) if name is not None and name != factor)
    names = (item, *others)
    pair = table[table[factor].isin([level, against])]
    folded = cells(pair, value=value, factors=(*names, factor))
    first = folded.levels[-1].index(level)
    shape = folded.mean.shape
    flat = (shape[0], -1, 2)
    mean, count = folded.mean.reshape(flat), folded.count.reshape(flat)

    shared = np.min(count, axis=2) > 0
    # A level (of template, of exemplar seed) is kept where some item has both sides with it.
    seen = shared.any(axis=0).reshape(shape[1:-1])
    axes = range(seen.ndim)
    kept = [seen.any(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    whole = np.zeros_like(seen)
    whole[np.ix_(*kept)] = True
    columns = whole.ravel() if kept else seen.ravel()
    complete = shared[:, columns].all(axis=1) & columns.any()
    if not complete.any():
        raise UnbalancedError(
            f"no {item} has both {level!r} and {against!r} of {factor!r}"
            + (f" with every {' × '.join(names[1:])} they share" if columns.any() else "")
        )
    sizes = tuple(int(axis.sum()) for axis in kept)
    both = mean[complete][:, columns].reshape((-1, *sizes, 2))
    n = dict(zip(names, both.shape, strict=False))
    if replicate is not None:
        _check_distinct(pair, (*names, factor), replicate)
        n["replicate"] = int(count[complete][:, columns].min())
    left_out = int((~complete).sum())
    note = (
        f"{left_out} of {complete.size} {item} levels lack a counterpart and are left out" if left_out else ""
    )
    values = numbers(pair, value)
    bounds = (-1.0, 1.0) if values.min() >= 0 and values.max() <= 1 else None
    return Pairs(both[..., first], both[..., 1 - first], names, bounds, n, note)


def _check_distinct(pair: pd.DataFrame, names: tuple[str, ...], replicate: str) -> None:
    """Raise ValueError where a replicate occurs twice in one cell."""
    column(pair, replicate)
    twice = int(pair.duplicated([*names, replicate]).sum())
    if twice:
        raise ValueError(
            f"{twice} rows repeat a {replicate!r} within {' × '.join(names)}; every replicate of a cell "
            "needs its own number, or name the factor that tells these rows apart"
        )
