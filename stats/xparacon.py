"""XParaCon: minus the logarithm of the standard deviation between templates."""

import math

import numpy as np
import pandas as pd

from stats.grid import Control, read_grid
from stats.measure import Sensitivity
from stats.sensitivity import grid_sigma


def xparacon(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    base: float = math.e,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> Sensitivity:
    """XParaCon of RoParQ (arXiv 2511.21568): -log of the SD of the accuracies of paraphrase variants.

    Larger is more robust. The SD is that with T - 1 in the denominator; the paper's abstract and summaries
    leave the logarithm's base and the denominator open, so compare numbers with others' only after checking
    theirs. Raw, floor, corrected and interval are those of `sigma_template`, each as -log: the floor is the
    most that noise lets anyone see, and corrected is inf where no variance is left beyond noise. `signed` is
    sigma_template's, a variance.

    Args:
        table: As in `stats.sensitivity.sensitivity`, and so the other arguments.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        base: Of the logarithm, above 1.
        control: Repeats of one prompt, whose noise makes the floor.
        rng: Makes the shuffles.
        level: Nominal coverage.
        draws: How many shuffles.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: The base is 1 or less, or as `stats.sensitivity.sensitivity`.
    """
    if base <= 1:
        raise ValueError(f"base of the logarithm has to be above 1; got {base!r}")
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    sigma = grid_sigma(grid)

    def consistency(spread: float) -> float:
        return math.inf if spread == 0 else -math.log(spread) / math.log(base)

    note = "no variance between templates is left beyond noise: infinite" if sigma.corrected == 0 else ""
    return Sensitivity(
        metric="xparacon",
        label="-log of the standard deviation between templates",
        raw=consistency(sigma.raw),
        floor=consistency(sigma.floor),
        corrected=consistency(sigma.corrected),
        low=consistency(sigma.high),
        high=consistency(sigma.low),
        level=level,
        p_value=sigma.p_value,
        detectable=sigma.detectable,
        method=f"-log of sigma_template: {sigma.method}",
        note="; ".join(filter(None, (sigma.note, note))),
        signed=sigma.signed,
    )
