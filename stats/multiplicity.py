"""Families of comparisons: every pair of models, or all against one, with errors controlled over all."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from stats.compare import Effect, paired_effect
from stats.crossed import crossed_correlation
from stats.estimate import Estimate, FloatArray, check_level, record
from stats.intervals import FEWEST_TEMPLATES
from stats.tables import check_known, factor_of, full_cells

Method = Literal["holm", "bh", "max-t"]

MOST_ENUMERATED = 16  # items up to which all sign flips are gone through
CHUNK = 1_000_000  # signs at once


@dataclass(frozen=True)
class Family:
    """Comparisons that are read together.

    Attributes:
        effects: One a comparison, `p_adjusted` set.
        simultaneous: For each, the interval that together with all others covers at `level`; empty
            for "bh", which makes no such promise.
        method: How p values were adjusted.
        level: Nominal coverage.
    """

    effects: tuple[Effect, ...]
    simultaneous: tuple[Estimate, ...]
    method: Method
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row a comparison."""
        rows: list[dict[str, object]] = []
        for index, effect in enumerate(self.effects):
            shown = effect.crossed or effect.fixed
            row: dict[str, object] = {
                "level": effect.level,
                "against": effect.against,
                "difference": shown.value,
                "low": shown.low,
                "high": shown.high,
                "random": ", ".join(shown.random),
                "p_value": effect.p_value,
                "p_adjusted": effect.p_adjusted,
            }
            if self.simultaneous:
                row |= {
                    "simultaneous_low": self.simultaneous[index].low,
                    "simultaneous_high": self.simultaneous[index].high,
                }
            rows.append(row)
        return pd.DataFrame(rows)

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def compare_all(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    rng: np.random.Generator,
    against: Hashable | None = None,
    template: str | None = None,
    exemplar_seed: str | None = None,
    method: Method = "max-t",
    confidence: float = 0.95,
    draws: int = 20_000,
) -> Family:
    """Compare every pair of levels of a factor, or all with one, and adjust for their number.

    * "max-t": the chance that any comparison of the family would reach so far were all levels alike, their
      correlation through shared items and templates taken into account (Westfall and Young 1993; single
      step). Where templates are random the t statistics are taken to have a Gaussian copula with the
      crossed EMS correlation of the mean differences; where only items are, the signs of whole items are
      flipped (all 2^items of them up to 16 items), which is exact for symmetric differences.
    * "holm": Holm (1979), for any dependence; a little blunter.
    * "bh": Benjamini and Hochberg (1995): the expected share of false findings among the findings, for
      looking around. Its findings are not certain one by one.

    Args:
        table: One row an observation.
        value: The column of scores.
        item: The column that names the item.
        factor: The column whose levels are compared.
        rng: Makes the draws of "max-t".
        against: The level all others are compared with; None for every pair.
        template: As in `stats.compare.paired_effect`.
        exemplar_seed: As in `stats.compare.paired_effect`.
        method: How p values are adjusted.
        confidence: Nominal coverage of the intervals, each alone and all together.
        draws: How many, for "max-t".

    Raises:
        UnbalancedError: As `stats.compare.paired_effect`; for "max-t" also where any cell has no row.
        ValueError: There are fewer than 2 levels, `method` is unknown, a column is missing or has gaps.
    """
    check_level(confidence, "confidence")
    if method not in ("holm", "bh", "max-t"):
        raise ValueError(f"method is one of holm, bh, max-t; got {method!r}")
    levels = factor_of(table, factor).levels
    if len(levels) < 2:
        raise ValueError(f"column {factor!r} has one level, {next(iter(levels))!r}: nothing to compare")
    if against is not None:
        check_known(against, levels, factor)
        sides = [(level, against) for level in levels if level != against]
    else:
        sides = list(combinations(levels, 2))

    def effect(level: Hashable, other: Hashable, confidence: float) -> Effect:
        return paired_effect(
            table,
            value=value,
            item=item,
            factor=factor,
            level=level,
            against=other,
            template=template,
            exemplar_seed=exemplar_seed,
            confidence=confidence,
        )

    effects = [effect(level, other, confidence) for level, other in sides]
    p_values = [one.p_value for one in effects]
    single: float | None = None  # coverage of each interval, for all to cover together
    if method == "max-t":
        others = (name for name in (template, exemplar_seed) if name is not None and name != factor)
        folded = full_cells(table, value=value, factors=(item, *others, factor))
        places = {level: place for place, level in enumerate(folded.levels[-1])}
        grids = np.moveaxis(folded.mean, -1, 0)
        differences = np.stack([grids[places[level]] - grids[places[other]] for level, other in sides])
        if effects[0].crossed is not None:
            if differences.ndim == 4 and differences.shape[3] < FEWEST_TEMPLATES:
                differences = differences.mean(axis=3)
            adjusted, single = copula_max(p_values, crossed_correlation(differences), confidence, rng, draws)
        else:
            means = differences.reshape(*differences.shape[:2], -1).mean(axis=2)
            adjusted, single = flipped_max(means, confidence, rng, draws)
    else:
        adjusted = adjust(p_values, method)
        single = 1 - (1 - confidence) / len(effects) if method == "holm" else None
    simultaneous = [effect(level, other, single) for level, other in sides] if single is not None else []
    return Family(
        tuple(
            replace(one, p_adjusted=max(float(p), one.p_value))
            for one, p in zip(effects, adjusted, strict=True)
        ),
        tuple(
            replace(one.crossed or one.fixed, level=confidence, method=_together(one, len(effects)))
            for one in simultaneous
        ),
        method,
        confidence,
    )


def adjust(p_values: Sequence[float], method: Literal["holm", "bh"]) -> FloatArray:
    """Adjusted p values, in the order given.

    Args:
        p_values: Of all comparisons of a family.
        method: "holm" or "bh", as in `compare_all`.
    """
    from statsmodels.stats.multitest import multipletests

    name = {"holm": "holm", "bh": "fdr_bh"}[method]
    return np.asarray(multipletests(np.asarray(p_values), method=name)[1], np.float64)


def copula_max(
    p_values: Sequence[float], correlation: FloatArray, level: float, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, float]:
    """Chance that any of several dependent p values is as small as each, and the level that covers all.

    Args:
        p_values: Two-sided, shape (comparisons,).
        correlation: Of the statistics behind them, under a Gaussian copula.
        level: Nominal coverage of all intervals together.
        rng: Makes the draws.
        draws: How many.

    Returns:
        Adjusted p values, and the coverage each interval needs alone.
    """
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    greatest = np.sort(np.abs(rng.standard_normal((draws, len(values))) @ root.T).max(axis=1))
    scores = -special.ndtri(np.maximum(np.asarray(p_values), 1e-300) / 2)
    above = draws - np.searchsorted(greatest, scores)
    critical = float(np.quantile(greatest, level, method="higher"))
    return (1 + above) / (1 + draws), 1 - 2 * float(special.ndtr(-critical))


def flipped_max(
    means: FloatArray, level: float, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, float]:
    """Max-t p values from flipping the sign of all differences of an item together.

    Args:
        means: Difference of each item, shape (comparisons, items).
        level: Nominal coverage of all intervals together.
        rng: Makes the flips, where there are more than 16 items.
        draws: How many.

    Returns:
        Adjusted p values, and the coverage each t interval needs alone.
    """
    items = means.shape[1]
    squares = np.square(means).sum(axis=1)[:, np.newaxis]

    def t_squared(totals: FloatArray) -> FloatArray:
        """From sums over items, shape (comparisons, flips); the sum of squares never changes."""
        variance = (squares - totals**2 / items) / max(items - 1, 1)
        zero = variance <= 1e-12 * squares
        infinite = np.where(np.abs(totals) > 0, np.inf, 0.0)
        return np.divide(totals**2 / items, variance, out=infinite, where=~zero)

    observed = t_squared(means.sum(axis=1)[:, np.newaxis])[:, 0]
    if items <= MOST_ENUMERATED:
        codes = np.arange(2**items)
        signs = 1.0 - 2.0 * (codes[:, np.newaxis] >> np.arange(items) & 1)
        null = t_squared(means @ signs.T).max(axis=0)
        extra = 0
    else:
        null = np.empty(draws)
        step = max(1, CHUNK // items)
        for start in range(0, draws, step):
            chunk = null[start : start + step]
            signs = 1.0 - 2.0 * rng.integers(0, 2, (len(chunk), items))
            chunk[:] = t_squared(means @ signs.T).max(axis=0)
        extra = 1  # the table itself is one of the flips
    null = np.sort(null)
    # Another flip may equal the observed one but for rounding; it must count.
    above = null.size - np.searchsorted(null, observed * (1 - 1e-9))
    critical = float(np.sqrt(np.quantile(null, level, method="higher")))
    single = 1 - 2 * float(special.stdtr(max(items - 1, 1), -critical))
    return (extra + above) / (extra + null.size), min(single, 1 - 1e-12)


def _together(effect: Effect, comparisons: int) -> str:
    return f"{(effect.crossed or effect.fixed).method}, simultaneous for {comparisons} comparisons"
