"""The worst case over templates: the expected worst of k, and the mean of the worst share."""

from dataclasses import replace

import numpy as np
import pandas as pd

from stats.estimate import FloatArray
from stats.grid import Control, Grid, read_grid
from stats.measure import Sensitivity
from stats.ordered import ordered, worst_of_k_weights, worst_share_weights

METHOD = "bootstrap bias correction, simultaneous max-t interval; items random, templates as they are"


def worst_of_k(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    k: int,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> Sensitivity:
    """Expected score of the worst of k templates drawn from those seen.

    A U-statistic over the template means (see `stats.ordered.worst_of_k_weights`). For a fixed k it does not
    fall because more templates were run, as the plain minimum (k = the number of templates) does. The floor
    is what equal templates would give; `corrected` takes the winner's curse out, `low` is a simultaneous
    lower bound (conservative: simulated coverage .97 to 1.0 for
    a nominal .95). `signed`, raw - floor, is at most 0 but for
    chance where templates differ.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        k: 1 (the mean) to the number of templates (the least).
        higher_is_better: False where scores are errors, whose worst is the greatest.
        control: Repeats of one prompt, whose noise makes the floor; see `stats.grid.read_grid`.
        rng: Makes the draws.
        level: Nominal coverage.
        draws: How many.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: k is out of range, or as `stats.sensitivity.sensitivity`.
    """
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    weights = worst_of_k_weights(len(grid.templates), k)
    return _worst(grid, weights, "worst_of_k", f"expected worst of {k} templates", higher_is_better, rng)


def worst_share(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    share: float = 0.25,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> Sensitivity:
    """CVaR: the mean score of the worst `share` of the templates (`stats.ordered.worst_share_weights`).

    Args:
        table: As in `worst_of_k`, and so the other arguments.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        share: In (0, 1].
        higher_is_better: False where scores are errors.
        control: Repeats of one prompt.
        rng: Makes the draws.
        level: Nominal coverage.
        draws: How many.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: `share` is out of range, or as `worst_of_k`.
    """
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    weights = worst_share_weights(len(grid.templates), share)
    size = share * len(grid.templates)
    counted = "the worst one" if size <= 1 else f"{size:g} of {len(grid.templates)}"
    label = f"mean of the worst {100 * share:g} % of templates: {counted}"
    return _worst(grid, weights, "cvar", label, higher_is_better, rng)


def _worst(
    grid: Grid,
    weights: FloatArray,
    metric: str,
    label: str,
    higher_is_better: bool,
    rng: np.random.Generator,
) -> Sensitivity:
    if not higher_is_better:
        grid = replace(grid, values=-grid.values, null=-grid.null)
    found = ordered(grid, weights, rng=rng)
    raw, floor, corrected, low, high = found.raw, found.floor, found.corrected, found.low, found.high
    if not higher_is_better:
        raw, floor, corrected, low, high = -raw, -floor, -corrected, -high, -low
    return Sensitivity(
        metric=metric,
        label=label,
        raw=raw,
        floor=floor,
        corrected=corrected,
        low=low,
        high=high,
        level=grid.level,
        p_value=grid.p_value,
        detectable=grid.detectable,
        method=METHOD,
        note=grid.note,
        signed=raw - floor,
    )
