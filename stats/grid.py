"""An items × templates table with its noise and the verdict on its templates."""

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.anova import MeanSquare, mean_squares
from stats.components import f_test
from stats.estimate import FloatArray, check_level
from stats.intervals import ENOUGH_TEMPLATES
from stats.shuffles import shuffled_means, spread_p
from stats.tables import cells, column, factor_of, full_cells

Control = pd.DataFrame | str


@dataclass(frozen=True)
class Grid:
    """What the metrics of one table share.

    Attributes:
        values: Mean score of each cell, shape (items, templates).
        items: The levels of the first axis.
        templates: The levels of the second.
        between: Mean square of templates, of `values`.
        noise: Mean square that `between` has the expectation of when templates are equal: that of the
            item × template interaction, or the variance of a cell between repeats of one prompt.
        null: Template means as they would fall were all templates equal, shape (draws, templates).
        p_value: Of sigma_template's test.
        level: Nominal coverage of intervals; 1 - level is the size of the test.
        detectable: Whether `p_value` is below 1 - level.
        controlled: Whether `noise` is that of a control arm, so that the items count as fixed.
        note: What the reader should be warned of.
    """

    values: FloatArray
    items: tuple[Hashable, ...]
    templates: tuple[Hashable, ...]
    between: MeanSquare
    noise: MeanSquare
    null: FloatArray
    p_value: float
    level: float
    detectable: bool
    controlled: bool
    note: str


def read_grid(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float,
    draws: int,
) -> Grid:
    """Fold a table and test its templates.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        control: Repeats of one identical prompt: a table with the columns `value` and `item`, or the name of
            a true/false column that marks such rows in `table`.
        rng: Makes the draws of `null`.
        level: Nominal coverage of intervals.
        draws: How many rows `null` has.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: There are fewer than 2 templates or items, the control arm repeats nothing, or a column is
            missing or has gaps.
    """
    check_level(level)
    if draws < 1:
        raise ValueError(f"draws has to be at least 1; got {draws}")
    table, repeats = split_control(table, control)
    folded = full_cells(table, value=value, factors=(item, template))
    values = folded.mean
    items, templates = values.shape
    if templates < 2 or items < 2:
        raise ValueError(
            f"at least 2 levels of {template!r} and of {item!r} are needed; got {templates} and {items}"
        )
    squares = mean_squares(values)
    between, noise = squares[1,], squares[0, 1]
    asked = items
    if repeats is None:
        null = shuffled_means(values, rng=rng, draws=draws)
        # Without noise the F ratio is infinite however few the items; the shuffles know how few they are.
        p = f_test([between], [noise]) if noise.value else spread_p(values, null)
        flat = between.value + noise.value == 0
    else:
        single = control_noise(repeats, value=value, item=item)
        asked = len(set(folded.levels[0]) & set(factor_of(repeats, item).levels))
        noise = MeanSquare(single.value * float((1 / folded.count).mean()), single.df)
        scale = math.sqrt(noise.value / items)
        null = values.mean() + scale * rng.standard_normal((draws, templates))
        p, flat = f_test([between], [noise]), False
    return Grid(
        values=values,
        items=folded.levels[0],
        templates=folded.levels[1],
        between=between,
        noise=noise,
        null=null,
        p_value=p,
        level=level,
        detectable=p < 1 - level,
        controlled=repeats is not None,
        note=_caution(
            templates,
            template,
            flat=flat,
            still=repeats is not None and noise.value == 0,
            part="" if asked == items else f"{asked} of {items} levels of {item}",
        ),
    )


def split_control(table: pd.DataFrame, control: Control | None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The table without its control arm, and the control arm; None where there is none.

    Raises:
        ValueError: `control` is no true/false column, or marks no row or all of them.
    """
    if control is None or isinstance(control, pd.DataFrame):
        return table, control
    marked = column(table, control)
    if not marked.isin([True, False]).all():
        raise ValueError(f"column {control!r} has to hold true (a repeat of one prompt) or false")
    marked = marked.astype(bool)
    if marked.all() or not marked.any():
        raise ValueError(f"column {control!r} marks {'every row' if marked.all() else 'no row'} as a repeat")
    return table[~marked], table[marked]


def control_noise(repeats: pd.DataFrame, *, value: str, item: str) -> MeanSquare:
    """Variance of one answer's score between repeats of the same prompt, pooled over items.

    Args:
        repeats: One row a repeat.
        value: The column of scores.
        item: The column that names the item; items asked once say nothing.

    Raises:
        ValueError: No item was asked twice, or a column is missing or has gaps.
    """
    folded = cells(repeats, value=value, factors=(item,))
    df = int((folded.count - 1).sum())
    if df < 1:
        raise ValueError(
            f"the control arm asks no {item} twice with the same prompt: repeat each at least once"
        )
    return MeanSquare(folded.within / df, df)


def _caution(templates: int, template: str, *, flat: bool, still: bool, part: str) -> str:
    notes: list[str] = []
    if flat:
        return f"every item got the same value with every {template}: there is no noise to measure against"
    if still:
        notes.append("repeats of one prompt never differ: every difference between templates is real here")
    if part:
        notes.append(f"the control arm has {part}, whose noise stands for all")
    if templates < ENOUGH_TEMPLATES:
        notes.append(f"only {templates} levels of {template}: {ENOUGH_TEMPLATES} or more pin it down better")
    return "; ".join(notes)
