"""How much the score depends on the template: raw, the noise floor, and what is left."""

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd

from stats.drop_rate import first_template, grid_drop_rate
from stats.grid import Control, Grid, read_grid
from stats.kurtosis import main_effect_df
from stats.measure import Sensitivity
from stats.mls import Part, mls_interval
from stats.shuffles import spread_p

MOST_SIGMA = 0.5  # of anything that lies between 0 and 1 (Popoviciu 1935)


def sensitivity(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    reference: Hashable | None = None,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> tuple[Sensitivity, ...]:
    """Template sensitivity measured three ways, each raw, with its noise floor, and corrected.

    * `sigma_template`: the standard deviation of scores between templates like those seen (templates
      random). Raw is the SD of the template means, the floor sqrt(MS_IT / items), corrected
      sqrt((MS_T - MS_IT) / items) or 0, with a modified large-sample interval (with degrees of freedom
      lowered by the kurtosis of the template means, `stats.kurtosis`) and the F test MS_T / MS_IT (where
      MS_IT is 0, the shuffles below). Its p value gives the verdict `detectable`.
      `signed` is the variance (MS_T - MS_IT) / items before it is cut off at 0, an unbiased estimate.
    * `spread`: greatest minus least mean of the templates seen (FormatSpread, arXiv 2310.11324; items
      random). The floor and the p value come from shuffling the templates within each item. Corrected is
      the spread of the template means shrunk towards their mean so that their variance is the noise-free
      one (constrained empirical Bayes, Louis 1984, JASA 79:393; Ghosh 1992, JASA 87:533), so it is never
      negative and with equal templates positive on average. The interval is that of the true spread under
      the empirical-Bayes posterior, the two variances drawn from their chi-square distributions in each
      draw. `signed` is raw - floor, which is 0 on average with equal templates, but below the true spread
      with unequal ones: the shuffles hold their differences too, and noise adds less to a large spread.
    * `pdr`, the performance drop rate of PromptBench: see `stats.drop_rate.drop_rate`.

    Noise is what differs between templates within an item beyond the template's own level: sampling noise
    and item × template interaction together. Rows of one cell are averaged first.

    With a `control` arm noise is the variance between repeats of one identical prompt instead. What an item
    makes of a template then counts as effect, so the items are fixed: the verdict and the first two metrics
    are about these items. A floor of 0 (greedy decoding that repeats itself) is possible.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        reference: The template `pdr` drops from; by default that of the table's first row.
        higher_is_better: False where scores are errors; only `pdr` depends on it.
        control: Repeats of one identical prompt: a table with the columns `value` and `item`, or the name of
            a true/false column that marks such rows in `table`.
        rng: Makes the shuffles and the posterior draws.
        level: Nominal coverage of the intervals; 1 - level is the size of the tests.
        draws: How many shuffles and posterior draws.

    Returns:
        The three metrics, in the order above.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: There are fewer than 2 templates or items, `reference` is no template, the control arm
            repeats nothing, or a column is missing or has gaps.
    """
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    reference = first_template(table, template, control) if reference is None else reference
    return (
        grid_sigma(grid),
        _spread(grid, rng),
        grid_drop_rate(grid, reference, template, higher_is_better=higher_is_better),
    )


def grid_sigma(grid: Grid) -> Sensitivity:
    """`sigma_template` of a table that was read."""
    items = len(grid.values)
    plus = Part(grid.between.value / items, main_effect_df(grid.values, 1))
    minus = Part(grid.noise.value / items, grid.noise.df)
    low, high = mls_interval([plus], [minus], grid.level)
    most = MOST_SIGMA if grid.values.min() >= 0 and grid.values.max() <= 1 else math.inf
    return Sensitivity(
        metric="sigma_template",
        label="standard deviation between templates",
        raw=math.sqrt(plus.value),
        floor=math.sqrt(minus.value),
        corrected=math.sqrt(max(plus.value - minus.value, 0.0)),
        low=math.sqrt(max(low, 0.0)),
        high=min(math.sqrt(max(high, 0.0)), most),
        level=grid.level,
        p_value=grid.p_value,
        detectable=grid.detectable,
        method="EMS, modified large-sample interval, F test; "
        + ("templates random, noise of the control arm" if grid.controlled else "items and templates random"),
        note=grid.note,
        signed=plus.value - minus.value,
    )


def _spread(grid: Grid, rng: np.random.Generator) -> Sensitivity:
    items, draws = len(grid.values), len(grid.null)
    between, noise = grid.between, grid.noise
    deviations = grid.values.mean(axis=0) - grid.values.mean()
    raw = float(np.ptp(deviations)) if between.value else 0.0
    reliability = max(0.0, 1 - noise.value / between.value) if between.value else 0.0
    corrected = raw * math.sqrt(reliability)

    noises = noise.value * noise.df / rng.chisquare(noise.df, draws) / items
    totals = between.value * between.df / rng.chisquare(between.df, draws) / items
    true = np.maximum(totals - noises, 0.0)
    shrink = np.divide(true, true + noises, out=np.zeros(draws), where=true > 0)[:, np.newaxis]
    scatter = np.sqrt(shrink * noises[:, np.newaxis])
    posterior = np.ptp(shrink * deviations + scatter * rng.standard_normal(grid.null.shape), axis=1)
    low, high = np.quantile(posterior, [(1 - grid.level) / 2, (1 + grid.level) / 2])
    floor = float(np.ptp(grid.null, axis=1).mean())
    noise_of = (
        "noise of the control arm; items fixed" if grid.controlled else "shuffles within item; items random"
    )
    return Sensitivity(
        metric="spread",
        label="best minus worst template",
        raw=raw,
        floor=floor,
        corrected=corrected,
        low=min(float(low), corrected),
        high=max(float(high), corrected),
        level=grid.level,
        p_value=spread_p(grid.values, grid.null),
        detectable=grid.detectable,
        method=f"template means shrunk by their reliability, empirical-Bayes posterior interval, {noise_of}",
        note=grid.note,
        signed=raw - floor,
    )
