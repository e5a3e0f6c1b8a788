"""Paired effects: how much one level of a factor scores above another on the same items."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stats.crossed import Crossed, crossed_mean_of
from stats.estimate import Estimate, FloatArray, check_level, levels_in_words, record
from stats.intervals import (
    ENOUGH_TEMPLATES,
    FEWEST_TEMPLATES,
    constant,
    crossed_estimate,
    mean_estimate,
    within,
)
from stats.pairs import Pairs, pairs
from stats.tables import check_known, factor_of


@dataclass(frozen=True)
class Effect:
    """The mean difference between two levels of a factor, on the items both were run on.

    Attributes:
        factor: The column.
        level: The level of interest.
        against: The level it is compared with.
        fixed: `value_level` - `value_against`, items random, the templates as they are.
        crossed: The same difference, items, templates and (where given, and 3 or more) exemplar seeds
            random; None where there are no templates, the factor is the template itself, or there are
            fewer than 3.
        p_value: Two-sided, that the difference is 0; of `crossed` where it exists, else of `fixed`.
        p_adjusted: `p_value` adjusted for the number of levels compared; None where one was compared alone.
        value_level: Mean score at `level` over the cells compared.
        value_against: Mean score at `against` over the same cells.
        note: Why `crossed` is missing though a template was named, and what helps; else empty.
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
    note: str = ""

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
    exemplar_seed: str | None = None,
    replicate: str | None = None,
    confidence: float = 0.95,
) -> Effect:
    """Difference in mean score between two levels of a factor, paired by item (and template).

    Rows are averaged within item × template (× exemplar seed) × level; cells only one of the levels has are
    left out, and so are items that then lack some of the templates (the note says how many). Fixed: t on
    the item means of the differences. Crossed: EMS of the differences with every axis random,
    Satterthwaite's t (`stats.crossed`). Neither is transformed.

    Do not use it for models that were asked different items: their difference is not paired.

    Args:
        table: One row an observation; it may hold further levels, which are ignored.
        value: The column of scores.
        item: The column that names the item.
        factor: The column whose levels are compared.
        level: The level of interest.
        against: The level it is compared with.
        template: The column that names the template; may be `factor` itself, which is then paired by item.
        exemplar_seed: The column that names the draw of exemplars, shared by all items: a crossed factor.
            Below 3 levels they count as fixed.
        replicate: The column that numbers repeated samples of one cell. They are averaged: their noise is
            part of what is left between items and templates, and says nothing of either.
        confidence: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: No item has both levels, or none has them with all templates shared.
        ValueError: A column is missing or has gaps, a level is unknown, a replicate occurs twice in a cell,
            or a single item with values outside [0, 1] is left.
    """
    check_level(confidence, "confidence")
    found = pairs(
        table,
        value=value,
        item=item,
        factor=factor,
        level=level,
        against=against,
        template=template,
        exemplar_seed=exemplar_seed,
        replicate=replicate,
    )
    difference = found.difference
    means = difference.reshape(len(difference), -1).mean(axis=1)
    crossed = crossed_difference(found, confidence) if template in found.names else None
    missing = ""
    if crossed is None and template in found.names:
        missing = (
            f"{levels_in_words(difference.shape[1], template)} cannot speak for others: "
            f"run {FEWEST_TEMPLATES} or more, better {ENOUGH_TEMPLATES}"
            if difference.shape[1] < FEWEST_TEMPLATES
            else f"a single {item} says nothing about others: run more"
        )
    return _annotated(
        Effect(
            factor=factor,
            level=level,
            against=against,
            fixed=mean_estimate(
                means,
                bounds=found.bounds,
                level=confidence,
                method="paired by item",
                item=item,
                n=found.n,
                logit=False,
            ),
            crossed=crossed,
            p_value=p_value(random_axes(difference) if template in found.names else means[:, np.newaxis]),
            p_adjusted=None,
            value_level=float(found.above.mean()),
            value_against=float(found.below.mean()),
            note=missing,
        ),
        found.note,
    )


def crossed_difference(found: Pairs, confidence: float) -> Estimate | None:
    """The mean difference of pairs with items, templates and exemplar seeds random.

    None below 3 templates (the second axis) or 2 items; exemplar seeds (the third) below 3 are averaged
    and so fixed, which the note says.
    """
    grid = random_axes(found.difference)
    estimate = crossed_estimate(
        grid.reshape(*grid.shape[:2], -1).mean(axis=2),
        bounds=found.bounds,
        level=confidence,
        item=found.names[0],
        template=found.names[1],
        logit=False,
    )
    if estimate is None:
        return None
    estimate = replace(estimate, n=found.n)
    if grid.ndim > 2:
        estimate = replace(estimate, random=found.names)
    elif found.difference.ndim > 2:
        seeds = found.difference.shape[2]
        fixed = f"{levels_in_words(seeds, found.names[2])} taken as fixed: run {FEWEST_TEMPLATES} or more"
        estimate = replace(estimate, note="; ".join(filter(None, (estimate.note, fixed))))
    mean = crossed_mean_of(grid)
    if mean.variance == 0:
        return estimate
    half, df = mean.half_width(confidence), mean.df_for((1 - confidence) / 2)
    low, high = within(mean.value - half, mean.value + half, found.bounds)
    return replace(estimate, low=low, high=high, df=df)


def paired_effects(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    against: Hashable,
    template: str | None = None,
    exemplar_seed: str | None = None,
    replicate: str | None = None,
    confidence: float = 0.95,
) -> tuple[Effect, ...]:
    """`paired_effect` of every other level of a factor, with p values adjusted by Holm's method.

    Holm (1979, Scand. J. Statist. 6:65) bounds the chance of any false finding among them all, whatever the
    dependence between comparisons that share their items. The intervals are not adjusted. For all pairs of
    levels, other adjustments and simultaneous intervals see `stats.multiplicity.compare_all`.

    Args:
        table: As in `paired_effect`.
        value: As in `paired_effect`.
        item: As in `paired_effect`.
        factor: As in `paired_effect`.
        against: The level all others are compared with.
        template: As in `paired_effect`.
        exemplar_seed: As in `paired_effect`.
        replicate: As in `paired_effect`.
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
            exemplar_seed=exemplar_seed,
            replicate=replicate,
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

    Crossed (every axis random) where the shape allows it, else t over the items' means. Where all
    items differ by the same amount there is no variance to divide by, and p is that of the exact sign-flip
    test, 2^(1 - items).

    Args:
        difference: Shape (items, templates) or (items, templates, exemplar seeds).
    """
    items = len(difference)
    means = difference.reshape(items, -1).mean(axis=1)
    if items >= 2 and min(difference.shape[1:]) >= FEWEST_TEMPLATES:
        mean = crossed_mean_of(difference)
    elif items >= 2 and not constant(means):
        mean = Crossed(float(means.mean()), float(means.var(ddof=1)) / items, float(items - 1))
    else:
        mean = Crossed(float(means[0]), 0.0, float("inf"))
    if mean.variance == 0:
        return 1.0 if mean.value == 0 else 2.0 ** (1 - items)
    return 2 * mean.tail(abs(mean.value))


def random_axes(difference: FloatArray) -> FloatArray:
    """The differences with exemplar seeds, the third axis, averaged where they are too few to be a sample."""
    few = difference.ndim > 2 and difference.shape[2] < FEWEST_TEMPLATES
    return difference.mean(axis=2) if few else difference


def _annotated(effect: Effect, note: str) -> Effect:
    """The effect with `note` added to its estimates' notes."""
    if not note:
        return effect

    def noted(estimate: Estimate) -> Estimate:
        return replace(estimate, note="; ".join(filter(None, (note, estimate.note))))

    return replace(effect, fixed=noted(effect.fixed), crossed=effect.crossed and noted(effect.crossed))
