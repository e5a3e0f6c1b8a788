"""Is a difference in score small enough not to matter: equivalence and non-inferiority."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
from scipy import special

from stats.anova import mean_squares
from stats.compare import crossed_difference, random_axes
from stats.crossed import Crossed, crossed_mean_of
from stats.design import half_width as crossed_half_width
from stats.estimate import Estimate, check_level, record
from stats.intervals import FEWEST_TEMPLATES, constant, mean_estimate
from stats.needed import Needed, needed
from stats.pairs import Pairs, pairs

Verdict = Literal["equivalent", "higher", "lower", "undecided"]


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of a difference in mean score against a margin.

    Attributes:
        factor: The column.
        level: The level of interest.
        against: The level it is compared with.
        margin: The greatest difference, in units of the score, that does not matter.
        alpha: Size of each one-sided test.
        difference: Mean score at `level` minus that at `against`, with the interval of coverage
            1 - 2 alpha that belongs to the tests; its `random` says over what it generalises.
        p_lower: One-sided, that the difference is -margin or less.
        p_upper: One-sided, that it is margin or more.
        p_equivalence: The greater of both: that the difference is not within the margin.
        equivalent: Whether `p_equivalence` is at most alpha.
        non_inferior: Whether `p_lower` is at most alpha: `level` is not worse by the margin or more.
        verdict: "equivalent"; "higher" or "lower" where the difference is beyond the margin at alpha;
            else "undecided".
        needed: About how many templates or items would end "undecided", if the estimates stayed as they are;
            exemplar seeds count as averaged. None where the verdict is another.
    """

    factor: str
    level: Hashable
    against: Hashable
    margin: float
    alpha: float
    difference: Estimate
    p_lower: float
    p_upper: float
    p_equivalence: float
    equivalent: bool
    non_inferior: bool
    verdict: Verdict
    needed: Needed | None

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def equivalence(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    factor: str,
    level: Hashable,
    against: Hashable,
    margin: float,
    template: str | None = None,
    exemplar_seed: str | None = None,
    alpha: float = 0.05,
) -> Equivalence:
    """Test whether two levels of a factor score alike up to a margin, paired by item and template.

    Two one-sided t tests (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657) on the crossed EMS variance
    of the differences, items and templates (and exemplar seeds, if given) random. They reject exactly where
    the interval of coverage 1 - 2 alpha lies within the margin, but for the case that all items differ by
    the same amount: then p is the chance that no item in as many shows what a difference at the margin
    needs, (1 - share of items)^items.

    A difference that is not significant is not equivalence; only this is. Without `template` the result
    holds for the templates that were asked and no others: simulated, such a test calls models equivalent
    four to five times too often where they react differently to templates.

    Args:
        table: One row an observation; it may hold further levels, which are ignored.
        value: The column of scores.
        item: The column that names the item.
        factor: The column whose levels are compared.
        level: The level of interest: the new model.
        against: The level it is compared with: the baseline.
        margin: The greatest difference that does not matter, above 0; choose it before looking.
        template: The column that names the template; None to treat the templates as they are.
        exemplar_seed: As in `stats.compare.paired_effect`.
        alpha: Size of each one-sided test, below 0.5.

    Raises:
        UnbalancedError: As `stats.compare.paired_effect`.
        ValueError: `margin` or `alpha` is out of range, a template column has fewer than 3 shared levels,
            there is a single item, a column is missing or has gaps, or a level is unknown.
    """
    check_alpha(alpha)
    if not 0 < margin < math.inf:
        raise ValueError(f"margin is the greatest difference that does not matter, above 0; got {margin!r}")
    found = pairs(
        table,
        value=value,
        item=item,
        factor=factor,
        level=level,
        against=against,
        template=template,
        exemplar_seed=exemplar_seed,
    )
    check_sample(found, template)
    difference, mean = difference_of(found, template, 1 - 2 * alpha)
    low, high = _tail(found, mean, margin, -1), _tail(found, mean, margin, 1)
    p = max(low, high)
    verdict: Verdict = "undecided"
    if p <= alpha:
        verdict = "equivalent"
    elif _tail(found, mean, -margin, -1) <= alpha:
        verdict = "higher"
    elif _tail(found, mean, -margin, 1) <= alpha:
        verdict = "lower"
    return Equivalence(
        factor=factor,
        level=level,
        against=against,
        margin=margin,
        alpha=alpha,
        difference=difference,
        p_lower=low,
        p_upper=high,
        p_equivalence=p,
        equivalent=p <= alpha,
        non_inferior=low <= alpha,
        verdict=verdict,
        needed=_needed(found, template, mean, margin, alpha) if verdict == "undecided" else None,
    )


def check_alpha(alpha: float) -> None:
    """Raise ValueError unless `alpha` is the size of a one-sided test."""
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is the size of a one-sided test, between 0 and 0.5; got {alpha!r}")


def check_sample(found: Pairs, template: str | None) -> None:
    """Raise ValueError where the levels are too few to be a sample of more."""
    items = len(found.above)
    if items < 2:
        raise ValueError(f"a single {found.names[0]} says nothing about others: run more")
    if template in found.names and found.above.shape[1] < FEWEST_TEMPLATES:
        raise ValueError(
            f"{found.above.shape[1]} level(s) of {template} are shared and say nothing about others: run "
            f"{FEWEST_TEMPLATES} or more, or leave out template for a result on these templates alone"
        )


def difference_of(found: Pairs, template: str | None, level: float) -> tuple[Estimate, Crossed]:
    """The mean difference with its interval, and the mean, variance and df that it rests on."""
    check_level(level)
    if template in found.names:
        crossed = crossed_difference(found, level)
        assert crossed is not None  # check_sample
        estimate, mean = crossed, crossed_mean_of(random_axes(found.difference))
    else:
        means = found.difference.reshape(len(found.difference), -1).mean(axis=1)
        item = found.names[0]
        estimate = mean_estimate(
            means,
            bounds=found.bounds,
            level=level,
            method="paired by item",
            item=item,
            n=found.n,
            logit=False,
        )
        spread = 0.0 if constant(means) else float(means.var(ddof=1)) / means.size
        mean = Crossed(float(means.mean()), spread, means.size - 1.0)
    note = "; ".join(filter(None, (found.note, estimate.note)))
    return replace(estimate, note=note), mean


def _tail(found: Pairs, mean: Crossed, margin: float, side: int) -> float:
    """One-sided p that side × difference is margin or more."""
    beyond = margin - side * mean.value
    return mean.tail(beyond) if mean.variance > 0 else _kept(found, mean, margin, side) ** len(found.above)


def _kept(found: Pairs, mean: Crossed, margin: float, side: int) -> float:
    """Of differences that are all the same: what each item leaves of the one-sided p of `_tail`."""
    beyond = margin - side * mean.value
    if beyond <= 0:
        return 1.0
    if found.bounds is None:
        return 0.5  # the exact sign-flip test can give no less
    share = beyond / (1 - side * mean.value) if side * mean.value < 1 else 1.0
    return 1 - min(share, 1.0)


def _needed(found: Pairs, template: str | None, mean: Crossed, margin: float, alpha: float) -> Needed:
    """What would bring the margin out of the interval."""
    if mean.variance == 0:
        return _needed_of_constant(found, mean, margin, alpha)
    room = abs(margin - abs(mean.value))
    difference = found.difference.reshape(len(found.difference), -1)
    items = len(difference)
    if template not in found.names:
        variance = float(difference.mean(axis=1).var(ddof=1))

        def narrow(_: int, count: float) -> float:
            return float(special.stdtrit(count - 1, 1 - alpha)) * math.sqrt(variance / count)

        return replace(needed(narrow, room, templates=1, items=items), templates=None)
    grid = found.difference.reshape(*found.difference.shape[:2], -1).mean(axis=2)
    templates = grid.shape[1]
    squares = mean_squares(grid)
    noise = squares[0, 1].value
    variances = {
        "item": max(squares[0,].value - noise, 0.0) / templates,
        "template": max(squares[1,].value - noise, 0.0) / items,
        "item × template": noise,
    }

    def half_width(count: int, others: float) -> float:
        if math.isinf(others):
            return float(special.stdtrit(count - 1, 1 - alpha)) * math.sqrt(variances["template"] / count)
        return crossed_half_width(variances, {"item": int(others), "template": count}, 1 - 2 * alpha)

    return needed(half_width, room, templates=templates, items=items)


def _needed_of_constant(found: Pairs, mean: Crossed, margin: float, alpha: float) -> Needed:
    """Where all differences are the same, as of two models that answer alike, only items count."""
    within = max(_kept(found, mean, margin, -1), _kept(found, mean, margin, 1))
    kept = min(within, _kept(found, mean, -margin, -1), _kept(found, mean, -margin, 1))
    if kept == 1:
        return Needed(None, None)
    return Needed(None, max(math.ceil(math.log(alpha) / math.log(kept)), len(found.above) + 1))
