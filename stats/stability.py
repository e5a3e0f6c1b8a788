"""Is one model as stable under changes of the template as another: the ratio of their template variances."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from stats.anova import mean_squares
from stats.equivalence import check_alpha, check_sample
from stats.estimate import Estimate, FloatArray, record
from stats.intervals import ENOUGH_TEMPLATES
from stats.kurtosis import excess_kurtosis, tailed_df
from stats.needed import MOST_ITEMS, MOST_TEMPLATES, Needed, needed
from stats.pairs import pairs

_TRIED = 4000  # draws that try a number out

Verdict = Literal["more stable", "equivalent", "less stable", "undecided"]


@dataclass(frozen=True)
class Stability:
    """The template variance of one level of a factor over that of another, and what it shows.

    Attributes:
        factor: The column.
        level: The level of interest: the new model.
        against: The level it is compared with: the baseline.
        margin: The ratio of variances, above 1, that does not matter, in either direction.
        alpha: Size of each one-sided test.
        ratio: σ²_template at `level` over that at `against`, with the interval of coverage 1 - 2 alpha that
            belongs to the tests; items and templates random. An upper end without bound is infinite.
        sigma_level: Standard deviation between templates at `level`, 0 where its estimate is negative.
        sigma_against: The same at `against`.
        p_equivalence: That the ratio is not within the margin.
        p_more: One-sided, that `level` is no more stable (the ratio is 1 or more).
        p_less: One-sided, that it is no less stable.
        verdict: "equivalent" where the interval lies within the margin; else "more stable" where it lies
            below 1, "less stable" where above; else "undecided".
        needed: About how many templates or items would end "undecided", if the estimates stayed as they are;
            None where the verdict is another, or a variance is 0 and nothing can be said.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    factor: str
    level: Hashable
    against: Hashable
    margin: float
    alpha: float
    ratio: Estimate
    sigma_level: float
    sigma_against: float
    p_equivalence: float
    p_more: float
    p_less: float
    verdict: Verdict
    needed: Needed | None
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def stability(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    margin: float,
    rng: np.random.Generator,
    alpha: float = 0.05,
    draws: int = 20_000,
) -> Stability:
    """Compare how much two models' scores vary between templates, both asked the same items and templates.

    A model's σ²_template is (variance of its template means) - MS_item×template / items. The interval of the
    ratio is a generalised one (Weerahandi 1993, JASA 88:899): the 2 × 2 covariance of the two models'
    template means, which holds their pairing, is drawn from its fiducial distribution (the Bartlett
    decomposition of a Wishart matrix, half of the draws with either model first), the noise of each from a
    scaled inverse chi-square, and their quantiles give its ends. Template effects with heavy tails make a
    variance less certain: the degrees of freedom are lowered by the excess kurtosis κ of the template
    means, the mean of both models' where above 0, to 2 / (2/(T - 1) + κ/T) (after Shoemaker 2003, The
    American Statistician 57:105). Where the noise could be all there is, the
    drawn variance is 0; a ratio 0/0 counts as 0 for the lower end and as infinite for the upper one, so that
    two models of no measurable sensitivity are "undecided", not alike.

    Simulated, either end misses in about 5 % of sweeps where template effects are normal, and in up to 8 or
    9 % where they are strongly skewed or a few templates are bad (docs/calibration_comparisons.md): few
    templates hardly show their kurtosis, so look at them first. The interval is for a ratio; whether both
    variances are small enough not to matter is a question for `stats.sensitivity`.

    Args:
        table: One row an observation; it may hold further levels, which are ignored.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template; 3 or more levels shared.
        factor: The column whose levels are compared.
        level: The level of interest: the new model.
        against: The level it is compared with: the baseline.
        margin: The greatest ratio of variances that does not matter, above 1; choose it before looking.
        rng: Makes the draws.
        alpha: Size of each one-sided test, below 0.5.
        draws: How many; with 20,000 an end of the interval is off by about 0.5 % of its width in logarithms.

    Raises:
        UnbalancedError: As `stats.compare.paired_effect`.
        ValueError: `margin`, `alpha` or `draws` is out of range, there are fewer than 3 shared templates or
            2 items, a column is missing or has gaps, or a level is unknown.
    """
    check_alpha(alpha)
    if not 1 < margin < math.inf:
        raise ValueError(f"margin is a ratio of variances, above 1, such as 2; got {margin!r}")
    if draws < 1:
        raise ValueError(f"draws has to be at least 1; got {draws}")
    found = pairs(
        table, value=value, item=item, factor=factor, level=level, against=against, template=template
    )
    check_sample(found, template)
    spreads = template_spreads(found.above, found.below)
    low_draws, high_draws = ratio_draws(spreads, rng, draws)
    low, high = _ends(low_draws, high_draws, alpha)
    one, other = spreads.components
    templates = found.above.shape[1]
    verdict = _verdict(low, high, margin)
    notes = [found.note]
    if templates < ENOUGH_TEMPLATES:
        notes.append(f"only {templates} levels of {template}: {ENOUGH_TEMPLATES} or more say far more")
    if one == 0 or other == 0:
        who = " and ".join(repr(name) for name, variance in ((level, one), (against, other)) if variance == 0)
        notes.append(f"no variance between templates could be told from noise for {who}")
    return Stability(
        factor=factor,
        level=level,
        against=against,
        margin=margin,
        alpha=alpha,
        ratio=Estimate(
            one / other if other else (math.inf if one else math.nan),
            low,
            high,
            1 - 2 * alpha,
            "EMS, generalised interval of a ratio of paired variances",
            (item, template),
            found.n,
            None,
        ),
        sigma_level=math.sqrt(one),
        sigma_against=math.sqrt(other),
        p_equivalence=max(float((low_draws <= 1 / margin).mean()), float((high_draws >= margin).mean())),
        p_more=float((high_draws >= 1).mean()),
        p_less=float((low_draws <= 1).mean()),
        verdict=verdict,
        needed=ratio_needed(spreads, margin, alpha, rng) if verdict == "undecided" else None,
        note="; ".join(filter(None, notes)),
    )


def _ends(low_draws: FloatArray, high_draws: FloatArray, alpha: float) -> tuple[float, float]:
    """The ends of the interval of a ratio that was drawn with 0/0 as 0, and as infinity."""
    low = float(np.quantile(low_draws, alpha, method="lower"))
    return low, float(np.quantile(high_draws, 1 - alpha, method="higher"))


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if 1 / margin < low and high < margin:
        return "equivalent"
    if high < 1:
        return "more stable"
    return "less stable" if low > 1 else "undecided"


@dataclass(frozen=True)
class Spreads:
    """How the template means of two models vary.

    Attributes:
        total: Variance of each one's template means, noise included.
        covariance: Of one's template means with the other's.
        noise: What noise contributes to each one's `total`: MS_item×template / items.
        items: Number of items.
        templates: Number of templates.
        kurtosis: Excess kurtosis of the template means, 0 where it is below or cannot be told.
    """

    total: tuple[float, float]
    covariance: float
    noise: tuple[float, float]
    items: int
    templates: int
    kurtosis: float = 0.0

    @property
    def df(self) -> float:
        """Degrees of freedom of the total variances."""
        return tailed_df(self.templates, self.kurtosis)

    @property
    def components(self) -> tuple[float, float]:
        """The template variance of each, 0 where its estimate is negative."""
        one, other = (max(total - noise, 0.0) for total, noise in zip(self.total, self.noise, strict=True))
        return one, other


def template_spreads(above: FloatArray, below: FloatArray) -> Spreads:
    """The spreads of two items × templates arrays that share both axes."""
    items, templates = above.shape
    one, other = mean_squares(above), mean_squares(below)
    covariance = float(np.cov(above.mean(axis=0), below.mean(axis=0))[0, 1])
    return Spreads(
        total=(one[1,].value / items, other[1,].value / items),
        covariance=covariance,
        noise=(one[0, 1].value / items, other[0, 1].value / items),
        items=items,
        templates=templates,
        kurtosis=max((excess_kurtosis(above.mean(axis=0)) + excess_kurtosis(below.mean(axis=0))) / 2, 0.0),
    )


def ratio_draws(spreads: Spreads, rng: np.random.Generator, draws: int) -> tuple[FloatArray, FloatArray]:
    """Draws of the ratio of template variances, with 0/0 as 0 and as infinity; shapes (draws,).

    Exchanging the two models gives the reciprocals of the same draws in the other order.
    """
    half = (draws + 1) // 2
    df, seen = spreads.df, spreads.templates - 1
    first, second = rng.chisquare(df, half), rng.chisquare(df * (seen - 1) / seen, half)
    between = rng.standard_normal(half)
    noise_df = seen * (spreads.items - 1)
    noises = rng.chisquare(noise_df, (2, half)) / noise_df

    def variances(one: int, noises: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Template variances of model `one` and of the other, the former's drawn first."""
        lead, follow = spreads.total[one] * df, spreads.total[1 - one] * df
        slope = spreads.covariance * df / math.sqrt(lead) if lead else 0.0
        rest = math.sqrt(max(follow - slope**2, 0.0))
        drawn = slope / np.sqrt(first) - rest * between / np.sqrt(first * second)
        totals = lead / first, drawn**2 + rest**2 / second
        own, others = spreads.noise[one] / noises[0], spreads.noise[1 - one] / noises[1]
        return np.maximum(totals[0] - own, 0.0), np.maximum(totals[1] - others, 0.0)

    top, bottom = variances(0, noises)
    turned_bottom, turned_top = variances(1, noises)
    top, bottom = np.concatenate([top, turned_top]), np.concatenate([bottom, turned_bottom])
    infinite = np.full(top.size, math.inf)
    ratio = np.divide(top, bottom, out=infinite, where=bottom > 0)
    return np.where(top > 0, ratio, 0.0), ratio


def ratio_needed(spreads: Spreads, margin: float, alpha: float, rng: np.random.Generator) -> Needed | None:
    """What would decide, from the variance of the logarithm of the ratio by the delta method.

    That is too hopeful where a template variance may be hardly more than noise, so that each number is tried
    out on draws, and raised by a tenth until they decide.
    """
    one, other = spreads.components
    if one == 0 or other == 0:
        return None
    distance = abs(math.log(one / other))

    def half_width(templates: int, items: float) -> float:
        noises = [noise * spreads.items / items for noise in spreads.noise]
        relative = [1 + noise / true for noise, true in zip(noises, (one, other), strict=True)]
        shared = spreads.covariance**2 / (one * other)
        between = relative[0] ** 2 + relative[1] ** 2 - 2 * min(shared, relative[0] * relative[1])
        within = sum((ratio - 1) ** 2 for ratio in relative) / max(items - 1, 1) / (templates - 1)
        tails = spreads.kurtosis / templates
        variance = between * (2 / (templates - 1) + tails) + 2 * within
        return float(special.stdtrit(templates - 2, 1 - alpha)) * math.sqrt(variance)

    room = max(distance, math.log(margin) - distance)
    hoped = needed(half_width, room, templates=spreads.templates, items=spreads.items)

    def decides(sample: Spreads) -> bool:
        low, high = _ends(*ratio_draws(sample, rng, _TRIED), alpha)
        return _verdict(low, high, margin) != "undecided"

    def with_templates(count: int) -> Spreads:
        return replace(spreads, templates=count)

    def with_items(count: int) -> Spreads:
        noise = spreads.noise[0] * spreads.items / count, spreads.noise[1] * spreads.items / count
        total = one + noise[0], other + noise[1]
        most = math.sqrt(total[0] * total[1])  # a covariance of equal answers has their noise in it
        covariance = min(max(spreads.covariance, -most), most)
        return replace(spreads, total=total, covariance=covariance, noise=noise, items=count)

    return Needed(
        _raised(hoped.templates, MOST_TEMPLATES, lambda count: decides(with_templates(count))),
        _raised(hoped.items, MOST_ITEMS, lambda count: decides(with_items(count))),
    )


def _raised(count: int | None, most: int, decides: Callable[[int], bool]) -> int | None:
    """The first of this number and those a tenth larger each that decides; None where none does."""
    while count is not None and count <= most:
        if decides(count):
            return count
        count += max(count // 10, 1)
    return None
