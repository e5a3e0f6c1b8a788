"""Cohen's h: the distance of two proportions on the arcsine scale, and unitxt's normalised form."""

import math
from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
from scipy import special

from stats.estimate import Estimate, check_level, record
from stats.tables import UnbalancedError, cells, check_known, factor_of


@dataclass(frozen=True)
class CohenH:
    """The distance between two levels of a factor.

    Attributes:
        h: 2 asin √p_level - 2 asin √p_against, in [-π, π]; .2, .5, .8 are called small, medium and large.
        normalised: h / π, in [-1, 1], as unitxt reports it.
        level: The level of interest.
        against: The level it is compared with.
    """

    h: Estimate
    normalised: Estimate
    level: Hashable
    against: Hashable

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def cohen_h(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    confidence: float = 0.95,
) -> CohenH:
    """Cohen's h (Cohen 1988, ch. 6) between the mean scores of two levels, paired by item.

    h stretches differences near 0 and 1. The interval is the delta method on the items' paired differences,
    t; where a mean is exactly 0 or 1 the derivative does not exist and the interval is the wider one for
    unpaired items, h ± z √(2 / items), as the note says. Items random, all else as it is. The difference in
    points, with its test, is `stats.compare.paired_effect`.

    Args:
        table: One row an observation.
        value: The column of scores, in [0, 1].
        item: The column that names the item.
        factor: The column whose levels are compared, such as the template.
        level: The level of interest.
        against: The level it is compared with.
        confidence: Nominal coverage.

    Raises:
        UnbalancedError: No item has both levels.
        ValueError: A score lies outside [0, 1], a level is unknown, there are fewer than 2 items, or a
            column is missing.
    """
    check_level(confidence, "confidence")
    for side in (level, against):
        check_known(side, factor_of(table, factor).levels, factor)
    pair = table[table[factor].isin([level, against])]
    folded = cells(pair, value=value, factors=(item, factor))
    both = (folded.count > 0).all(axis=1)
    if not both.any():
        raise UnbalancedError(f"no {item} has both {level!r} and {against!r} of {factor!r}")
    above, below = (folded.mean[both, folded.levels[1].index(side)] for side in (level, against))
    n = int(both.sum())
    p, q = float(above.mean()), float(below.mean())
    if n < 2 or min(above.min(), below.min()) < 0 or max(above.max(), below.max()) > 1:
        raise ValueError(f"Cohen's h needs 2 items or more with scores in [0, 1] in column {value!r}")
    h = 2 * math.asin(math.sqrt(p)) - 2 * math.asin(math.sqrt(q))
    note, df = "", float(n - 1)
    if 0 < p < 1 and 0 < q < 1:
        part = above / math.sqrt(p * (1 - p)) - below / math.sqrt(q * (1 - q))
        reach = float(special.stdtrit(df, (1 + confidence) / 2)) * float(part.std(ddof=1)) / math.sqrt(n)
    else:
        reach, df = float(special.ndtri((1 + confidence) / 2)) * math.sqrt(2 / n), math.inf
        note = "a mean is exactly 0 or 1: the interval is the wider one for unpaired items"
    low, high = max(-math.pi, h - reach), min(math.pi, h + reach)

    def estimate(scale: float) -> Estimate:
        ends = (h * scale, low * scale, high * scale)
        method = "Cohen's h, delta method, paired by item"
        return Estimate(*ends, confidence, method, (item,), {item: n}, df if df < math.inf else None, note)

    return CohenH(estimate(1.0), estimate(1 / math.pi), level, against)
