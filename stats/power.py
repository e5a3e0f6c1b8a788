"""Power and sample size: crossed designs in closed form, McNemar's test, and published formulas."""

import math

from scipy import optimize, special

from stats.design import Sizes, Variances, degrees_of_freedom, mean_variance


def power(variances: Variances, sizes: Sizes, *, difference: float, alpha: float = 0.05) -> float:
    """Chance that a true mean difference is found by the crossed two-sided t test.

    The noncentral t distribution with the standard error and Satterthwaite's degrees of freedom that the
    design has at the given components (`stats.design`). With few templates and a template component that
    is not the whole of the variance it is approximate, as the t test itself.

    Args:
        variances: Components of the paired differences by term, as `stats.components` finds them on a
            table of differences. Those of one model's scores are far too large.
        sizes: Levels of each factor, 2 or more, and of "replicate" where a cell is asked more than once.
        difference: The true mean difference, in units of the score.
        alpha: Size of the test.

    Raises:
        ValueError: `alpha` is out of range, or as `stats.design.degrees_of_freedom`.
    """
    _check_chance(alpha, "alpha")
    variance, df = mean_variance(variances, sizes), degrees_of_freedom(variances, sizes)
    if variance == 0:
        return 1.0 if difference else alpha
    return t_power(abs(difference) / math.sqrt(variance), df, alpha)


def detectable(variances: Variances, sizes: Sizes, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The least mean difference that a design finds with a given power.

    Args:
        variances: As in `power`.
        sizes: As in `power`.
        power: The wanted chance, above alpha.
        alpha: Size of the test.

    Raises:
        ValueError: As `power`, or the wanted power is not between alpha and 1.
    """
    _check_power(power, alpha)
    variance, df = mean_variance(variances, sizes), degrees_of_freedom(variances, sizes)
    if variance == 0:
        return 0.0
    most = 1.0
    while t_power(most, df, alpha) < power:
        most *= 2
    steps = optimize.brentq(lambda ratio: t_power(ratio, df, alpha) - power, 0.0, most, xtol=1e-12)
    return float(steps) * math.sqrt(variance)


def t_power(ratio: float, df: float, alpha: float) -> float:
    """Chance that a two-sided t test rejects where the true difference is `ratio` standard errors."""
    critical = -float(special.stdtrit(df, alpha / 2))
    if math.isinf(df):
        return float(special.ndtr(ratio - critical) + special.ndtr(-ratio - critical))

    def below(point: float) -> float:
        chance = float(special.nctdtr(df, ratio, point))
        return 0.0 if math.isnan(chance) else chance  # SciPy gives NaN where the tail has no digit left

    return 1 - below(critical) + below(-critical)


def mcnemar_items(
    only_level: float, only_against: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Number of items for McNemar's test, one template (Connor 1987, Biometrics 43:207).

    n = (z_alpha/2 √p_d + z_power √(p_d - d²))² / d² with p_d the sum and d the difference of the two shares.

    Args:
        only_level: Share of items that one model alone gets right.
        only_against: Share that the other alone gets right; not the same.
        power: The wanted chance to find the difference.
        alpha: Size of the two-sided test.

    Returns:
        The number, not rounded up.

    Raises:
        ValueError: The shares are equal, negative or sum to more than 1, or a chance is out of range.
    """
    _check_power(power, alpha)
    apart, difference = only_level + only_against, only_level - only_against
    if min(only_level, only_against) < 0 or apart > 1 or difference == 0:
        raise ValueError(
            f"two different shares that sum to 1 at most are needed; got {only_level!r} and {only_against!r}"
        )
    near, far = -float(special.ndtri(alpha / 2)), float(special.ndtri(power))
    return (near * math.sqrt(apart) + far * math.sqrt(apart - difference**2)) ** 2 / difference**2


def paired_items(
    difference: float,
    *,
    between: float,
    within: tuple[float, float],
    replicates: tuple[int, int] = (1, 1),
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Number of items for a paired difference with repeated samples (Miller 2024, arXiv 2411.00640).

    n = (z_alpha/2 + z_power)² (ω² + σ_A²/K_A + σ_B²/K_B) / d². The templates are as they are: nothing in it
    says how the difference changes with them; for that use `detectable` or `stats.plan.cheapest`.

    Args:
        difference: The true mean difference, not 0.
        between: ω², the variance between items of the difference of their expected scores.
        within: σ², the mean variance of one sample of an item, of either model.
        replicates: K, the samples of each item, of either model.
        power: The wanted chance to find the difference.
        alpha: Size of the two-sided test.

    Returns:
        The number, not rounded up.

    Raises:
        ValueError: A value is out of range.
    """
    _check_power(power, alpha)
    if difference == 0 or min(between, *within) < 0 or min(replicates) < 1:
        raise ValueError(
            "difference other than 0, variances of 0 or more and replicates of 1 or more are needed; got "
            f"{difference!r}, {between!r}, {within!r}, {replicates!r}"
        )
    z = float(special.ndtri(power) - special.ndtri(alpha / 2))
    noise = sum(variance / count for variance, count in zip(within, replicates, strict=True))
    return z**2 * (between + noise) / difference**2


def unpaired_items(one: float, other: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Items each for two shares measured on different items (statsmodels' formula, as R's power.prop.test).

    For published scores whose items nobody has; the same items need far fewer: `mcnemar_items`.

    Args:
        one: A share of right answers.
        other: The other share, not the same.
        power: The wanted chance to find the difference.
        alpha: Size of the two-sided test.

    Returns:
        The number a side, not rounded up.

    Raises:
        ValueError: A share or a chance is out of range, or the shares are equal.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    _check_power(power, alpha)
    if not (0 <= one <= 1 and 0 <= other <= 1) or one == other:
        raise ValueError(f"two different shares in [0, 1] are needed; got {one!r} and {other!r}")
    return float(
        samplesize_proportions_2indep_onetail(one - other, other, power, alpha=alpha, alternative="two-sided")
    )


def _check_chance(chance: float, name: str) -> None:
    if not 0 < chance < 1:
        raise ValueError(f"{name} is a chance between 0 and 1; got {chance!r}")


def _check_power(power: float, alpha: float) -> None:
    _check_chance(alpha, "alpha")
    if not alpha < power < 1:
        raise ValueError(f"power is a chance between alpha ({alpha!r}) and 1; got {power!r}")
