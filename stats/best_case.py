"""The best template and how near the average one comes: MaxP, AvgP, saturation and CPS."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stats.estimate import FloatArray
from stats.grid import Control, read_grid
from stats.intervals import crossed_estimate, mean_estimate, missing_crossed
from stats.measure import Sensitivity
from stats.ordered import ordered
from stats.shuffles import resampled_means


def best_case(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2000,
) -> tuple[Sensitivity, ...]:
    """The metrics of Mizrahi et al. (2024, arXiv 2401.00595).

    * `max_p`: the score of the best template.
    * `avg_p`: the mean over templates. It is free of the winner's curse, so floor and corrected equal raw;
      its interval is that of `stats.intervals.score`, items and templates random.
    * `saturation`: 1 - (max_p - avg_p); 1 where no template is better than the average.
    * `cps`, the combined performance score: saturation × max_p.

    The best of many noisy means is too high: floors are what equal templates would give, `corrected` takes
    the bias out as the bootstrap over items shows it. Intervals of `max_p` and `saturation` are simultaneous
    over templates (conservative). That of `cps` holds all values of (1 - gap) (mean + gap) with the gap
    between best and mean in its interval and the mean in its own; items random, templates as they are. All
    depend on how many templates were tried; for comparisons between sets of templates use
    `stats.worst_case.worst_of_k`.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores, in [0, 1].
        item: The column that names the item.
        template: The column that names the template.
        higher_is_better: False where scores are errors: best is then the least, and saturation and CPS are
            those of 1 - score.
        control: Repeats of one prompt, whose noise makes the floor; see `stats.grid.read_grid`.
        rng: Makes the draws.
        level: Nominal coverage.
        draws: How many.

    Returns:
        The four metrics, in the order above.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: A score lies outside [0, 1], or as `stats.sensitivity.sensitivity`.
    """
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    if grid.values.min() < 0 or grid.values.max() > 1:
        raise ValueError(f"saturation and CPS are for scores in [0, 1]; column {value!r} has others")
    if not higher_is_better:
        grid = replace(grid, values=1 - grid.values, null=1 - grid.null)
    templates = len(grid.templates)
    greatest = np.zeros(templates)
    greatest[-1] = 1.0
    best = ordered(grid, greatest, rng=rng)
    gap = ordered(grid, greatest, rng=rng, centred=True)
    mean = float(grid.values.mean())
    crossed = crossed_estimate(
        grid.values, bounds=(0.0, 1.0), level=level, item=item, template=template, logit=True
    )

    drawn = resampled_means(grid.values, rng=rng, draws=draws)
    scores = _cps(drawn.max(axis=1), drawn.mean(axis=1))
    cps = float(_cps(best.raw, mean))
    corrected = 2 * cps - float(scores.mean())
    ends = mean_estimate(
        grid.values.mean(axis=1), bounds=(0.0, 1.0), level=level, method="", item=item, n={}, logit=False
    )
    low_gap, high_gap = max(gap.low, 0.0), max(gap.high, 0.0)
    low = min(float(_cps(ends.low + one, ends.low)) for one in (low_gap, high_gap))
    # (1 - gap) (mean + gap) is largest at a gap of (1 - mean) / 2.
    turn = min(max((1 - ends.high) / 2, low_gap), high_gap)
    high = float(_cps(ends.high + turn, ends.high))
    floor = float(_cps(grid.null.max(axis=1), grid.null.mean(axis=1)).mean())

    def measure(
        metric: str, label: str, numbers: tuple[float, float, float, float, float], method: str, note: str
    ) -> Sensitivity:
        raw, floor, corrected, low, high = numbers
        if metric in {"max_p", "avg_p"} and not higher_is_better:
            raw, floor, corrected, low, high = 1 - raw, 1 - floor, 1 - corrected, 1 - high, 1 - low
        return Sensitivity(
            metric=metric,
            label=label,
            raw=raw,
            floor=floor,
            corrected=corrected,
            low=low,
            high=high,
            level=level,
            p_value=grid.p_value,
            detectable=grid.detectable,
            method=method,
            note="; ".join(filter(None, (grid.note, note))),
            signed=raw - floor,
        )

    fixed = "bootstrap bias correction, simultaneous max-t interval; items random, templates as they are"
    return (
        measure(
            "max_p", "best template", (best.raw, best.floor, best.corrected, best.low, best.high), fixed, ""
        ),
        measure(
            "avg_p",
            "mean over templates",
            (mean, mean, mean, crossed.low, crossed.high)
            if crossed
            else (mean, mean, mean, -math.inf, math.inf),
            crossed.method + "; items and templates random" if crossed else "mean over templates",
            "" if crossed else missing_crossed(grid.values, template),
        ),
        measure(
            "saturation",
            "1 - (best template - mean over templates)",
            (1 - gap.raw, 1 - gap.floor, min(1.0, 1 - gap.corrected), 1 - gap.high, min(1.0, 1 - gap.low)),
            fixed,
            "",
        ),
        measure(
            "cps",
            "combined performance score: saturation × best template",
            (cps, floor, corrected, low, high),
            "bootstrap bias correction, interval from those of mean and gap; items random, templates fixed",
            "",
        ),
    )


def _cps(best: ArrayLike, mean: ArrayLike) -> FloatArray:
    top = np.asarray(best, np.float64)
    return (1 - (top - np.asarray(mean, np.float64))) * top
