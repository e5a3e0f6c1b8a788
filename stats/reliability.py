"""Intraclass correlations: how far raters (templates, graders, seeds) agree on the same subjects."""

from dataclasses import dataclass

import pandas as pd
from scipy import special

from stats.anova import mean_squares
from stats.estimate import Estimate, check_level, record
from stats.tables import full_cells


@dataclass(frozen=True)
class Reliability:
    """The six intraclass correlations of Shrout and Fleiss (1979), Psychological Bulletin 86:420.

    Attributes:
        icc1: One rater, raters nested in subjects.
        icc2: One rater, raters a sample, agreement in value; also called ICC(A,1).
        icc3: One rater, raters fixed, agreement up to each rater's own level; also called ICC(C,1).
        icc1k: Mean of the raters, as icc1.
        icc2k: Mean of the raters, as icc2.
        icc3k: Mean of the raters, as icc3; Cronbach's alpha.
    """

    icc1: Estimate
    icc2: Estimate
    icc3: Estimate
    icc1k: Estimate
    icc2k: Estimate
    icc3k: Estimate

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def intraclass(
    table: pd.DataFrame, *, value: str, subject: str, rater: str, level: float = 0.95
) -> Reliability:
    """Intraclass correlations of a full subject × rater table; rows of one cell are averaged.

    Args:
        table: One row an observation.
        value: The column of numbers.
        subject: The column of what is rated, such as the item.
        rater: The column of what rates, such as the template.
        level: Nominal coverage of the intervals.

    Raises:
        UnbalancedError: Some cells have no row.
        ValueError: A column is missing or has gaps, there are fewer than 2 subjects or raters, or all
            subjects have the same mean.
    """
    check_level(level)
    folded = full_cells(table, value=value, factors=(subject, rater))
    n, k = folded.mean.shape
    if n < 2 or k < 2:
        raise ValueError(f"at least 2 levels of {subject!r} and of {rater!r} are needed; got {n} and {k}")
    squares = mean_squares(folded.mean)
    between, raters, error = squares[0,].value, squares[1,].value, squares[0, 1].value
    upper = (1 + level) / 2  # special.fdtri is the F quantile
    within = (raters + (n - 1) * error) / n
    if between == 0:
        raise ValueError(f"{value!r} has the same mean at every level of {subject!r}: no correlation exists")

    def point(f: float) -> float:
        return (f - 1) / (f + k - 1)

    def stepped(icc: float) -> float:
        """Spearman and Brown's prophecy for the mean of k raters."""
        return k * icc / (1 + (k - 1) * icc)

    def ends(noise: float, df: float) -> tuple[float, float]:
        if noise == 0:
            return 1.0, 1.0
        f = between / noise
        low = f / float(special.fdtri(n - 1, df, upper))
        return point(low), point(f * float(special.fdtri(df, n - 1, upper)))

    icc2 = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    weight = n * (1 + (k - 1) * icc2) - k * icc2
    spread = (n - 1) * (k * icc2 * raters) ** 2 + (weight * error) ** 2
    df2 = (k - 1) * (n - 1) * (k * icc2 * raters + weight * error) ** 2 / spread if spread else float("inf")

    def ends2() -> tuple[float, float]:
        """Shrout and Fleiss's approximate interval of icc2."""
        if error == raters == 0:
            return 1.0, 1.0
        rest = k * raters + (k * n - k - n) * error
        down = float(special.fdtri(n - 1, df2, upper))
        up = float(special.fdtri(df2, n - 1, upper))
        low = n * (between - down * error) / (down * rest + n * between)
        return low, n * (up * between - error) / (rest + n * up * between)

    def estimate(value: float, bounds: tuple[float, float], random: tuple[str, ...], df: float) -> Estimate:
        return Estimate(value, *bounds, level, "F interval of Shrout and Fleiss", random, folded.n, df)

    both = (subject, rater)
    df1, df3 = float(n * (k - 1)), float((n - 1) * (k - 1))
    singles = (
        estimate((between - within) / (between + (k - 1) * within), ends(within, df1), both, df1),
        estimate(icc2, ends2(), both, df2),
        estimate((between - error) / (between + (k - 1) * error), ends(error, df3), (subject,), df3),
    )
    means = (
        estimate(stepped(one.value), (stepped(one.low), stepped(one.high)), one.random, df)
        for one, df in zip(singles, (df1, df2, df3), strict=True)
    )
    return Reliability(*singles, *means)
