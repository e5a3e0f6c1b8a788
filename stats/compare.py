"""Paired effects: how much one level of a factor scores above another on the same items."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from stats.anova import crossed_mean
from stats.estimate import Estimate, FloatArray, check_level, record
from stats.intervals import FEWEST_TEMPLATES, constant, crossed_estimate, mean_estimate
from stats.tables import UnbalancedError, cells, check_known, factor_of, numbers


@dataclass(frozen=True)
class Effect:
    """The mean difference between two levels of a factor, on the items both were run on.

    Attributes:
        factor: The column.
        level: The level of interest.
        against: The level it is compared with.
        fixed: `value_level` - `value_against`, items random, the templates as they are.
        crossed: The same difference, items and templates random; None where there are no templates, the
            factor is the template itself, or there are fewer than 3.
        p_value: Two-sided, that the difference is 0; of `crossed` where it exists, else of `fixed`.
        p_adjusted: `p_value` adjusted for the number of levels compared; None where one was compared alone.
        value_level: Mean score at `level` over the cells compared.
        value_against: Mean score at `against` over the same cells.
    """

    factor: str
    level: Hashable
    against: Hashable
    fixed: Estimate
    crossed: Estimate | None
    p_value: float
    p_adjusted: float | None
    value_level: float
    value_against: float

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def paired_effect(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    template: str | None = None,
    confidence: float = 0.95,
) -> Effect:
    """Difference in mean score between two levels of a factor, paired by item (and template).

    Rows are averaged within item × template × level; cells only one of the levels has are left out, and
    so are items that then lack some of the templates (the note says how many). Fixed: t on the item means of
    the differences. Crossed: two-way EMS of the differences, Satterthwaite's t. Neither is transformed.

    Args:
        table: One row an observation; it may hold further levels, which are ignored.
        value: The column of scores.
        item: The column that names the item.
        factor: The column whose levels are compared.
        level: The level of interest.
        against: The level it is compared with.
        template: The column that names the template; may be `factor` itself, which is then paired by item.
        confidence: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: No item has both levels, or none has them with all templates shared.
        ValueError: A column is missing or has gaps, a level is unknown, or a single item with values outside
            [0, 1] is left.
    """
    check_level(confidence, "confidence")
    sides = factor_of(table, factor)
    for side in (level, against):
        check_known(side, sides.levels, factor)
    if level == against:
        raise ValueError(f"level and against are both {level!r}; two levels of {factor!r} are needed")
    paired_by = (item,) if template is None or template == factor else (item, template)
    pair = table[table[factor].isin([level, against])]
    folded = cells(pair, value=value, factors=(*paired_by, factor))
    first = folded.levels[-1].index(level)
    shape = (folded.mean.shape[0], -1, 2)
    mean, count = folded.mean.reshape(shape), folded.count.reshape(shape)

    shared = np.min(count, axis=2) > 0
    kept = shared.any(axis=0)
    complete = shared[:, kept].all(axis=1) & kept.any()
    if not complete.any():
        raise UnbalancedError(
            f"no {item} has both {level!r} and {against!r} of {factor!r}"
            + (f" with every {template} they share" if kept.any() else "")
        )
    grid = mean[complete][:, kept]
    left_out = int((~complete).sum())
    note = (
        f"{left_out} of {complete.size} {item} levels lack a counterpart and are left out" if left_out else ""
    )
    above, below = grid[..., first], grid[..., 1 - first]
    values = numbers(pair, value)
    bounds = (-1.0, 1.0) if values.min() >= 0 and values.max() <= 1 else None
    difference = above - below
    return _annotated(
        Effect(
            factor=factor,
            level=level,
            against=against,
            fixed=mean_estimate(
                difference.mean(axis=1),
                bounds=bounds,
                level=confidence,
                method="paired by item",
                item=item,
                n=dict(zip(paired_by, difference.shape, strict=False)),
                logit=False,
            ),
            crossed=crossed_estimate(
                difference, bounds=bounds, level=confidence, item=item, template=paired_by[-1], logit=False
            ),
            p_value=p_value(difference),
            p_adjusted=None,
            value_level=float(above.mean()),
            value_against=float(below.mean()),
        ),
        note,
    )


def paired_effects(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    against: Hashable,
    template: str | None = None,
    confidence: float = 0.95,
) -> tuple[Effect, ...]:
    """`paired_effect` of every other level of a factor, with p values adjusted by Holm's method.

    Holm (1979, Scand. J. Statist. 6:65) bounds the chance of any false finding among them all, whatever the
    dependence between comparisons that share their items. The intervals are not adjusted.

    Args:
        table: As in `paired_effect`.
        value: As in `paired_effect`.
        item: As in `paired_effect`.
        factor: As in `paired_effect`.
        against: The level all others are compared with.
        template: As in `paired_effect`.
        confidence: As in `paired_effect`.

    Returns:
        One effect a level other than `against`, in the levels' sorted order; empty if there is no other.
    """
    from statsmodels.stats.multitest import multipletests

    levels = factor_of(table, factor).levels
    check_known(against, levels, factor)
    effects = [
        paired_effect(
            table,
            value=value,
            item=item,
            factor=factor,
            level=level,
            against=against,
            template=template,
            confidence=confidence,
        )
        for level in levels
        if level != against
    ]
    if not effects:
        return ()
    adjusted = np.asarray(multipletests([effect.p_value for effect in effects], method="holm")[1], np.float64)
    return tuple(replace(effect, p_adjusted=float(p)) for effect, p in zip(effects, adjusted, strict=True))


def p_value(difference: FloatArray) -> float:
    """Two-sided p of a mean difference of 0.

    Crossed (items and templates random) where the shape allows it, else t over the items' means. Where all
    items differ by the same amount there is no variance to divide by, and p is that of the exact sign-flip
    test, 2^(1 - items).

    Args:
        difference: Shape (items, templates).
    """
    items, templates = difference.shape
    means = difference.mean(axis=1)
    if items >= 2 and templates >= FEWEST_TEMPLATES:
        crossed = crossed_mean(difference)
        mean, variance, df = crossed.value, crossed.variance, crossed.df
    elif items >= 2 and not constant(means):
        mean, variance, df = float(means.mean()), float(means.var(ddof=1)) / items, float(items - 1)
    else:
        mean, variance, df = float(means[0]), 0.0, float("inf")
    if variance == 0:
        return 1.0 if mean == 0 else 2.0 ** (1 - items)
    return float(2 * special.stdtr(df, -abs(mean) / np.sqrt(variance)))


def _annotated(effect: Effect, note: str) -> Effect:
    """The effect with `note` added to its estimates' notes."""
    if not note:
        return effect

    def noted(estimate: Estimate) -> Estimate:
        return replace(estimate, note="; ".join(filter(None, (note, estimate.note))))

    return replace(effect, fixed=noted(effect.fixed), crossed=effect.crossed and noted(effect.crossed))
