"""Two right-or-wrong results on the same items: McNemar's tests and intervals of paired proportions."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy import optimize, special

from stats.estimate import Estimate, check_level, record
from stats.intervals import wilson
from stats.pairs import pairs
from stats.tables import UnbalancedError


@dataclass(frozen=True)
class Counts:
    """A 2 × 2 table of paired results.

    Attributes:
        both: Items right at both levels.
        only_level: Items right at the level of interest alone.
        only_against: Items right at the other level alone.
        neither: Items wrong at both.
    """

    both: int
    only_level: int
    only_against: int
    neither: int

    @property
    def n(self) -> int:
        """Number of items."""
        return self.both + self.only_level + self.only_against + self.neither

    @property
    def difference(self) -> float:
        """Share right at the level of interest minus the other's."""
        return (self.only_level - self.only_against) / self.n


@dataclass(frozen=True)
class PairedProportions:
    """The comparison of two shares of right answers on the same items, items random.

    Attributes:
        factor: The column.
        level: The level of interest.
        against: The level it is compared with.
        counts: The 2 × 2 table.
        newcombe: Difference of the shares, Newcombe's interval.
        tango: The same difference, Tango's score interval.
        p_exact: McNemar's exact test, which never rejects too often and often too rarely.
        p_mid: Its mid-p version, which holds its level closely and is the one to use.
        p_chi2: The chi-square version without a continuity correction.
    """

    factor: str
    level: Hashable
    against: Hashable
    counts: Counts
    newcombe: Estimate
    tango: Estimate
    p_exact: float
    p_mid: float
    p_chi2: float

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def paired_proportions(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    confidence: float = 0.95,
) -> PairedProportions:
    """Compare the shares of right answers at two levels of a factor, one answer an item and level.

    Items without a counterpart are left out. For one template only: with several, answers to one item
    are not independent; then use `stats.compare.paired_effect`.

    Args:
        table: One row an item and level; it may hold further levels, which are ignored.
        value: The column of scores, each 0 or 1.
        item: The column that names the item.
        factor: The column whose levels are compared.
        level: The level of interest.
        against: The level it is compared with.
        confidence: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: An item has several rows with one of the levels, or no item has both.
        ValueError: A column is missing or has gaps, a level is unknown, or a score is neither 0 nor 1.
    """
    check_level(confidence, "confidence")
    found = pairs(table, value=value, item=item, factor=factor, level=level, against=against)
    pair = table[table[factor].isin([level, against])]
    twice = int(pair.duplicated([item, factor]).sum())
    if twice:
        raise UnbalancedError(
            f"{twice} rows repeat an {item!r} at one level of {factor!r}; McNemar's test takes one answer "
            "an item: keep one template, or use paired_effect"
        )
    if not pair[value].isin([0, 1]).all():
        raise ValueError(
            f"column {value!r} has to hold 0 (wrong) or 1 (right); average scores differ otherwise"
        )
    above, below = found.above > 0, found.below > 0
    counts = Counts(
        both=int((above & below).sum()),
        only_level=int((above & ~below).sum()),
        only_against=int((~above & below).sum()),
        neither=int((~above & ~below).sum()),
    )

    def estimate(ends: tuple[float, float], method: str) -> Estimate:
        n = {item: counts.n}
        return Estimate(counts.difference, *ends, confidence, method, (item,), n, None, found.note)

    exact, mid, chi2 = mcnemar_p(counts)
    return PairedProportions(
        factor=factor,
        level=level,
        against=against,
        counts=counts,
        newcombe=estimate(newcombe(counts, confidence), "Newcombe's paired score interval (method 10)"),
        tango=estimate(tango(counts, confidence), "Tango's score interval"),
        p_exact=exact,
        p_mid=mid,
        p_chi2=chi2,
    )


def mcnemar_p(counts: Counts) -> tuple[float, float, float]:
    """Exact, mid-p and chi-square p values that both levels are right equally often, two-sided.

    All depend on the b and c items alone that only one level got right (McNemar 1947, Psychometrika 12:153).
    Mid-p is the exact p less the probability of the outcome itself (Fagerland, Lydersen and Laake 2013, BMC
    Med. Res. Methodol. 13:91). All are 1 where b + c is 0.
    """
    from statsmodels.stats.contingency_tables import mcnemar

    b, c = counts.only_level, counts.only_against
    if b + c == 0:
        return 1.0, 1.0, 1.0
    table = [[counts.both, b], [c, counts.neither]]
    exact: Any = mcnemar(table, exact=True)
    chi2: Any = mcnemar(table, exact=False, correction=False)
    least = min(b, c)
    log_mass = special.gammaln(b + c + 1) - special.gammaln(b + 1) - special.gammaln(c + 1)
    mass = math.exp(float(log_mass) - (b + c) * math.log(2))
    mid = min(2 * float(special.bdtr(least, b + c, 0.5)) - mass, 1.0)
    return float(exact.pvalue), mid, float(chi2.pvalue)


def newcombe(counts: Counts, level: float = 0.95) -> tuple[float, float]:
    """Square-and-add interval of a paired difference: method 10 of Newcombe (1998), Stat. Med. 17:2635.

    Wilson's limits of both shares, combined with the correlation phi of the two results, whose numerator is
    brought n/2 nearer to 0 where it is positive.
    """
    check_level(level)
    a, b, c, d, n = counts.both, counts.only_level, counts.only_against, counts.neither, counts.n
    one, other = wilson(a + b, n, level), wilson(a + c, n, level)
    margins = math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    product = a * d - b * c
    phi = (max(product - n / 2, 0.0) if product > 0 else product) / margins if margins else 0.0

    def reach(near: float, far: float) -> float:
        return math.sqrt(max(near**2 - 2 * phi * near * far + far**2, 0.0))

    low = counts.difference - reach(one.value - one.low, other.high - other.value)
    high = counts.difference + reach(one.high - one.value, other.value - other.low)
    return max(low, -1.0), min(high, 1.0)


def tango(counts: Counts, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a paired difference (Tango 1998, Stat. Med. 17:891).

    The differences that the score test does not reject, the variance being the one of the most likely
    shares under each difference. Its coverage is near the nominal one from about 10 items on, also where
    shares are near 0 or 1.
    """
    check_level(level)
    b, c, n = counts.only_level, counts.only_against, counts.n
    z = float(special.ndtri((1 + level) / 2))

    def excess(difference: float) -> float:
        """The score statistic's numerator less z times its standard error, in either direction."""
        return (b - c - n * difference) ** 2 - z**2 * _null_variance(b, c, n, difference)

    def bound(end: float) -> float:
        # At the centre itself excess is 0 where the two results never differ, so the search starts beside it.
        start = counts.difference + 1e-9 * (end - counts.difference)
        if excess(end) <= 0:
            return end
        return float(optimize.brentq(excess, start, end, xtol=1e-13)) if excess(start) < 0 else start

    return bound(-1.0), bound(1.0)


def _null_variance(b: int, c: int, n: int, difference: float) -> float:
    """Variance of b - c at a given difference, the other shares being the most likely ones."""
    linear = (2 * n - b + c) * difference - b - c
    constant = -c * difference * (1 - difference)
    root = math.sqrt(max(linear**2 - 8 * n * constant, 0.0))
    share = (root - linear) / (4 * n)  # of items that only the other level gets right
    return max(n * (2 * share + difference * (1 - difference)), 0.0)
