"""The cheapest sweep that tells what is wanted: how many items, templates and replicates."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.design import REPLICATE, Sizes, Variances, expected_squares, floor, mean_variance
from stats.estimate import FloatArray, check_level, record
from stats.intervals import FEWEST_TEMPLATES

MOST_DESIGNS = 100_000  # combinations of levels looked at, items not counted


@dataclass(frozen=True)
class Plan:
    """A design and what it costs and tells.

    Attributes:
        sizes: Levels of each factor.
        requests: Their product times the number of models.
        price: Of all requests.
        half_width: Of the interval it is expected to give.
        detectable: The difference it finds with the wanted power; None where no power was asked for.
        floor: Half width that is left with the same templates (and seeds) however many items are asked,
            their number taken as known: more items cannot beat it.
    """

    sizes: Mapping[str, int]
    requests: int
    price: float
    half_width: float
    detectable: float | None
    floor: float

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def cheapest(
    variances: Variances,
    *,
    most: Sizes,
    price: float,
    half_width: float | None = None,
    difference: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
    models: int = 1,
    item: str = "item",
) -> Plan:
    """The design with the fewest requests whose interval or power suffices, every factor random.

    All numbers of templates, seeds and replicates up to `most` are gone through; for each the least number
    of items is found that meets the target with Satterthwaite's t. A target is either the half width of
    the interval or a difference to be found with a given power (z_power and t quantiles added, which is the
    noncentral t to within about 1 % of the difference above 8 degrees of freedom).

    The plan is as good as the components: from a pilot with few templates σ²_template is little more than
    a guess; plan with the upper end of its interval (`stats.components`) to be safe.

    Args:
        variances: Components by term (`stats.design`); of the paired differences to compare two models.
        most: The most levels of each factor that can be had; "replicate" where cells may be repeated.
        price: Of one request.
        half_width: The wanted half width; or None.
        difference: The difference to be found; or None. Exactly one of both is given.
        power: The wanted chance to find `difference`.
        level: Nominal coverage of the interval; 1 - level is the size of the test.
        models: How many models are asked, 2 for a comparison.
        item: The factor that is cheap to add levels of.

    Raises:
        ValueError: No design within `most` suffices (the message names the best there is), both or no
            target is given, or a number is out of range.
    """
    check_level(level)
    if (half_width is None) == (difference is None):
        raise ValueError("give either half_width or difference as the target")
    target = abs(half_width if half_width is not None else difference or 0.0)
    if not target > 0 or not price >= 0 or models < 1 or not 0.5 <= power < 1:
        raise ValueError(
            "target above 0, price of 0 or more, models of 1 or more and power in [0.5, 1) are needed; got "
            f"{target!r}, {price!r}, {models!r}, {power!r}"
        )
    if item not in most:
        raise ValueError(f"most gives no number of {item!r}; it has {', '.join(most)}")
    mean_variance(variances, most)  # names every factor, or says which is missing
    others = [name for name in most if name != item]
    for name in (item, *others):
        if name != REPLICATE and most[name] < FEWEST_TEMPLATES:
            raise ValueError(
                f"fewer than {FEWEST_TEMPLATES} levels of {name!r} are no sample; got {most[name]}"
            )
    ranges = [range(1 if name == REPLICATE else FEWEST_TEMPLATES, most[name] + 1) for name in others]
    if math.prod(len(one) for one in ranges) > MOST_DESIGNS:
        raise ValueError(f"more than {MOST_DESIGNS} combinations of {', '.join(others)}: lower most")
    best: dict[str, int] | None = None
    for combination in itertools.product(*ranges):
        sizes = dict(zip(others, combination, strict=True))
        each = math.prod(combination)
        # Only a cheaper design is of interest.
        limit = most[item] if best is None else (math.prod(best.values()) - 1) // each
        found = _fewest(variances, sizes, item, min(limit, most[item]), target, level, difference and power)
        if found is not None:
            best = {item: found, **sizes}
    if best is None:
        reach = float(_reach(variances, most, item, np.array([most[item]]), level, difference and power)[0])
        left = _floor(variances, most, item, level)
        cause = f"; more {item}s alone never get below {left:.3g}" if left >= target else ""
        raise ValueError(
            f"no design within {dict(most)} reaches {target:g}: all of it gives {reach:.3g}{cause}"
        )
    requests = models * math.prod(best.values())
    count = np.array([best[item]])
    return Plan(
        sizes=best,
        requests=requests,
        price=price * requests,
        half_width=float(_reach(variances, best, item, count, level, None)[0]),
        detectable=(
            float(_reach(variances, best, item, count, level, power)[0]) if difference is not None else None
        ),
        floor=_floor(variances, best, item, level),
    )


def _floor(variances: Variances, sizes: Sizes, item: str, level: float) -> float:
    return float(special.ndtri((1 + level) / 2)) * floor(variances, sizes, more=item)


def _fewest(
    variances: Variances,
    sizes: Mapping[str, int],
    item: str,
    most: int,
    target: float,
    level: float,
    power: float | None,
) -> int | None:
    """The least number of items that meets the target; not bisected, as more items may widen a t interval.

    Where few templates carry little of the variance, more items leave those templates' few degrees of
    freedom a larger part of it.
    """
    quantile = float(special.ndtri((1 + level) / 2)) + (float(special.ndtri(power)) if power else 0.0)
    left = floor(variances, {**sizes, item: 1}, more=item) ** 2
    room = (target / quantile) ** 2 - left
    if room <= 0:
        return None
    # No t quantile is below the normal one, so fewer items than these cannot do.
    first = max(FEWEST_TEMPLATES, math.ceil((mean_variance(variances, {**sizes, item: 1}) - left) / room))
    step = 64
    while first <= most:
        counts = np.arange(first, min(first + step, most + 1))
        enough = np.flatnonzero(_reach(variances, sizes, item, counts, level, power) <= target)
        if enough.size:
            return int(counts[enough[0]])
        first, step = first + step, 2 * step
    return None


def _reach(
    variances: Variances,
    sizes: Mapping[str, int],
    item: str,
    counts: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    level: float,
    power: float | None,
) -> FloatArray:
    """Half width of the interval, or with a power the difference found, for several numbers of items."""
    rest = {name: size for name, size in sizes.items() if name != item}
    # With one item the components that hold items are at their largest; they shrink as 1 / items.
    fixed = floor(variances, {**rest, item: 1}, more=item) ** 2
    variance = fixed + (mean_variance(variances, {**rest, item: 1}) - fixed) / counts
    one, two = (expected_squares(variances, {**rest, item: count}) for count in (1, 2))
    cells = counts * math.prod(size for name, size in rest.items() if name != REPLICATE)
    spread = np.zeros(counts.size)
    for names, square in one.items():
        # Every mean square is linear in the number of items.
        value = square + (two[names] - square) * (counts - 1)
        df = math.prod(rest[name] - 1 for name in names if name != item)
        spread += value**2 / (df * (counts - 1) if item in names else df)
    total = cells * variance
    df = np.divide(total**2, spread, out=np.full(counts.size, math.inf), where=spread > 0)
    quantile = special.stdtrit(df, (1 + level) / 2)
    if power:
        quantile = quantile + special.stdtrit(df, power)
    return np.asarray(quantile * np.sqrt(variance), dtype=np.float64)
