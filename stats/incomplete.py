"""The mean of a grid of items × templates (× seeds) in which cells are missing."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from stats.reml import Fit, NotConvergedError, reml
from stats.tables import Cells, UnbalancedError
from stats.terms import Design, design


def incomplete_mean(
    folded: Cells, layout: Design, fixed: Collection[str] = (), near: Fit | None = None
) -> Fit:
    """Generalised least squares mean from a REML fit, with Satterthwaite's degrees of freedom.

    Every cell counts as one observation, however many rows it holds.

    Args:
        folded: The cells.
        layout: Its factors, none of them fixed; those with a single level are left out.
        fixed: The factors whose levels are as they are; the mean counts each of them alike.
        near: A fit of the same cells with other factors fixed, to start from, which spares time.

    Returns:
        The fit; `mean`, `variance` and `df` are what is asked for.

    Raises:
        UnbalancedError: REML does not converge.
    """
    several = [axis for axis, size in enumerate(folded.mean.shape) if size > 1]
    names = [layout.factors[axis] for axis in several]
    nested = {
        layout.factors[axis]: [layout.factors[above] for above in layout.parents[axis] if above in several]
        for axis in several
    }
    reduced = design(names, nested=nested, fixed=[name for name in fixed if name in names])
    shape = tuple(folded.mean.shape[axis] for axis in several)
    cells = replace(
        folded,
        factors=reduced.factors,
        levels=tuple(folded.levels[axis] for axis in several),
        mean=folded.mean.reshape(shape),
        count=np.minimum(folded.count, 1).reshape(shape),
        within=0.0,
    )
    try:
        return reml(cells, reduced, mean_only=True, start=near.by_term if near else None)
    except NotConvergedError as error:
        raise UnbalancedError(
            f"{error}; keep the levels that were all run, or score the missing rows"
        ) from None
