"""The performance drop rate: how much of a reference template's score is lost with the others."""

import math
from collections.abc import Hashable
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from stats.compare import p_value
from stats.estimate import FloatArray, check_level, record
from stats.grid import Control, Grid, read_grid
from stats.intervals import fieller
from stats.measure import Sensitivity
from stats.tables import check_known, full_cells


@dataclass(frozen=True)
class TemplateDrop:
    """The drop from the reference to one template.

    Attributes:
        template: The template.
        value: Its mean score.
        reference_value: The reference's mean score.
        drop: 1 - value / reference_value; -inf where only the reference's score is 0, 0 where both are.
            With lower scores better its sign is reversed, so that a positive drop is always a loss.
        low: Lower end of Fieller's interval; -inf where the reference's score cannot be told from 0.
        high: Upper end; inf where `low` is -inf.
        p_value: Of the paired t test over items.
    """

    template: Hashable
    value: float
    reference_value: float
    drop: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class DropRates:
    """One drop a template other than the reference; not adjusted for their number.

    Attributes:
        rows: The drops, in the templates' sorted order.
        reference: The template they are drops from.
        level: Nominal coverage of the intervals.
    """

    rows: tuple[TemplateDrop, ...]
    reference: Hashable
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row a template, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def drop_rate(
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
) -> Sensitivity:
    """PDR of PromptBench (arXiv 2306.04528), over the mean of the other templates: 1 - others / reference.

    Items random, templates as they are. Corrected takes out the bias of a ratio (Beale 1962); the floor is
    the mean drop from any template to the others when all are equal. Fieller's interval, paired t test. A
    ratio to a score near 0 has no bounds, and the note says so. Not for scores that can be negative.

    Args:
        table: As in `stats.sensitivity.sensitivity`, and so the other arguments.
        value: The column of scores, none negative.
        item: The column that names the item.
        template: The column that names the template.
        reference: The template to drop from; by default that of the table's first row.
        higher_is_better: False where scores are errors: a rise is then the drop, others / reference - 1.
        control: Repeats of one prompt, whose noise makes the floor; see `stats.grid.read_grid`.
        rng: Makes the draws of the floor.
        level: Nominal coverage.
        draws: How many.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: As `stats.sensitivity.sensitivity`.
    """
    grid = read_grid(
        table, value=value, item=item, template=template, control=control, rng=rng, level=level, draws=draws
    )
    reference = first_template(table, template, control) if reference is None else reference
    return grid_drop_rate(grid, reference, template, higher_is_better=higher_is_better)


def drop_rates(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    reference: Hashable | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> DropRates:
    """The drop from the reference to each other template, paired by item, with Fieller's interval.

    Args:
        table: One row an observation; every item has to be there with every template.
        value: The column of scores, none negative.
        item: The column that names the item.
        template: The column that names the template.
        reference: The template to drop from; by default that of the table's first row.
        higher_is_better: As in `drop_rate`.
        level: Nominal coverage of each interval alone.

    Raises:
        UnbalancedError: Some item × template cells have no row.
        ValueError: `reference` is no template, there are fewer than 2 items, or a column is missing.
    """
    check_level(level)
    folded = full_cells(table, value=value, factors=(item, template))
    names = folded.levels[1]
    reference = table[template].iloc[0] if reference is None else reference
    check_known(reference, names, template)
    at = folded.mean[:, names.index(reference)]
    rows = [
        _template_drop(name, folded.mean[:, index], at, level, higher_is_better)
        for index, name in enumerate(names)
        if name != reference
    ]
    return DropRates(tuple(rows), reference, level)


def _template_drop(
    name: Hashable, scores: FloatArray, at: FloatArray, level: float, higher_is_better: bool
) -> TemplateDrop:
    low, high = _interval(scores, at, level, higher_is_better)
    top, bottom = float(scores.mean()), float(at.mean())
    drop = _oriented(_drop(top, bottom), higher_is_better)
    return TemplateDrop(name, top, bottom, drop, low, high, p_value((at - scores)[:, np.newaxis]))


def grid_drop_rate(grid: Grid, reference: Hashable, template: str, *, higher_is_better: bool) -> Sensitivity:
    """`drop_rate` of a table that was read."""
    check_known(reference, grid.templates, template)
    position, (items, templates) = grid.templates.index(reference), grid.values.shape
    reference = grid.templates[position]  # a level may equal the argument and still read better
    at, others = grid.values[:, position], np.delete(grid.values, position, axis=1).mean(axis=1)
    top, bottom = float(others.mean()), float(at.mean())
    covariance, variance = (float(entry) for entry in np.cov(others, at)[1] / items)
    low, high = _interval(others, at, grid.level, higher_is_better)
    notes = [grid.note] if grid.note else []
    bounded = math.isfinite(low)
    if not bounded:  # nor does the bias correction, an expansion around a reference well above 0, make sense
        notes.append(f"the score with {reference!r} cannot be told from 0, so the drop rate has no bounds")

    # Every column of a draw is as good a reference as any other, so all of them are used.
    total = grid.null.sum(axis=1, keepdims=True)
    rest = (total - grid.null) / (templates - 1)
    null = 1 - np.divide(rest, grid.null, out=np.ones_like(rest), where=grid.null > 0)
    raw, floor = _drop(top, bottom), float(null.mean())
    corrected = _drop(top * bottom + covariance, bottom**2 + variance) if bounded else raw
    raw, floor, corrected = (_oriented(one, higher_is_better) for one in (raw, floor, corrected))
    return Sensitivity(
        metric="pdr",
        label=f"performance drop rate from {reference}",
        raw=raw,
        floor=floor,
        corrected=corrected,
        low=low,
        high=high,
        level=grid.level,
        p_value=p_value((at - others)[:, np.newaxis]),
        detectable=grid.detectable,
        method="ratio of means, Beale's correction, Fieller's interval, paired t test; items random",
        note="; ".join(notes),
        signed=raw - floor,
    )


def first_template(table: pd.DataFrame, template: str, control: Control | None) -> Hashable:
    """The template of the table's first row that is not of the control arm."""
    rows = table[~table[control].astype(bool)] if isinstance(control, str) else table
    return rows[template].iloc[0]


def _interval(
    scores: FloatArray, at: FloatArray, level: float, higher_is_better: bool
) -> tuple[float, float]:
    low, high = fieller(scores, at, level)
    return (1 - high, 1 - low) if higher_is_better else (low - 1, high - 1)


def _oriented(drop: float, higher_is_better: bool) -> float:
    return drop if higher_is_better or drop == 0 else -drop


def _drop(top: float, bottom: float) -> float:
    """1 - top / bottom; 0 where both are 0, and -inf where only the bottom is."""
    if bottom == 0:
        return 0.0 if top == 0 else -math.inf
    return 1 - top / bottom
