"""What a sweep is to show, and how near a design of a given size comes to it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.planning.evidence import Evidence
from stats.design import Sizes, floor, half_width
from stats.power import power, t_power
from stats.prospects import RUNS, order_chance, sigma_interval, stability_power, tost_power

ENDLESS = 10**9  # items, for what is left however many there are
SURE_RUNS = 4000  # simulated sweeps behind a power that is shown: it is off by 0.013 at most
SEED = 20240517  # of simulated powers, so that the same question gets the same plan


@dataclass(frozen=True)
class Wanted(ABC):
    """A property of a sweep and the value that it is to have.

    Attributes:
        evidence: What is known.
        level: Coverage of the sweep's intervals; its tests have the size 1 - level.
        target: The wanted value, in [0, 1].
    """

    evidence: Evidence
    level: float
    target: float

    @property
    @abstractmethod
    def measure(self) -> str:
        """What is measured, for axes and tables."""

    @property
    def less(self) -> bool:
        """Whether less of it is better."""
        return False

    @property
    def simulated(self) -> bool:
        """Whether `reach` takes a simulation, a tenth of a second or so; it is then monotone in items."""
        return False

    @abstractmethod
    def reach(self, sizes: Sizes) -> float:
        """What a design of these sizes is expected to have."""

    def sure(self, sizes: Sizes) -> float:
        """The same from a longer simulation with other draws, where `reach` is one.

        The cheapest of many designs whose powers are estimated is one whose power came out too high.
        """
        return self.reach(sizes)

    @abstractmethod
    def bound(self, sizes: Sizes) -> float:
        """What no number of items can better, the rest of the design as it is."""

    def met(self, value: float) -> bool:
        """Whether a value is as good as the target."""
        return value <= self.target if self.less else value >= self.target


@dataclass(frozen=True)
class ScoreWidth(Wanted):
    """Half the width of the interval of the mean score, templates random."""

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "half width of the interval, points"

    @property
    def less(self) -> bool:
        """As in `Wanted`."""
        return True

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return half_width(self.evidence.first.variances, sizes, self.level)

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`: the normal quantile, which no t quantile is below, times σ_template / √T."""
        return _normal((1 + self.level) / 2) * _left(self.evidence.first.variances, sizes)


@dataclass(frozen=True)
class SigmaWidth(Wanted):
    """Half the width of the interval of σ, of the factor (templates or exemplar seeds) with the wider one."""

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "half width of the interval of σ, points"

    @property
    def less(self) -> bool:
        """As in `Wanted`."""
        return True

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        variances = self.evidence.first.variances
        ends = [
            sigma_interval(variances, sizes, factor, self.level)
            for factor in ("template", "exemplar_seed")
            if factor in sizes
        ]
        return max((high - low) / 2 for low, high in ends)

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return self.reach({**sizes, "item": ENDLESS})


@dataclass(frozen=True)
class DifferencePower(Wanted):
    """The power to find a difference of two models.

    Attributes:
        difference: The true difference, above 0.
    """

    difference: float

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "power, %"

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        variances = self.evidence.first.variances
        return power(variances, sizes, difference=self.difference, alpha=1 - self.level)

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        error = _left(self.evidence.first.variances, sizes)
        return t_power(self.difference / error, math.inf, 1 - self.level) if error else 1.0


@dataclass(frozen=True)
class SamePower(Wanted):
    """The power to show that two equally good models are so, or that one is not worse.

    Attributes:
        margin: The greatest difference that does not matter.
        one_sided: Whether only "not worse" is to be shown.
    """

    margin: float
    one_sided: bool

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "power, %"

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return tost_power(
            self.evidence.first.variances,
            sizes,
            margin=self.margin,
            alpha=1 - self.level,
            one_sided=self.one_sided,
        )

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        error = _left(self.evidence.first.variances, sizes)
        if not error:
            return 1.0
        miss = float(special.ndtr(_normal(self.level) - self.margin / error))
        return max(0.0, 1 - miss * (1 if self.one_sided else 2))


@dataclass(frozen=True)
class StablePower(Wanted):
    """The power to show that two equally stable models are so, or that one is no less stable.

    Attributes:
        margin: The ratio of σ, above 1, that does not matter.
        one_sided: Whether only "not less stable" is to be shown.
    """

    margin: float
    one_sided: bool

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "power, %"

    @property
    def simulated(self) -> bool:
        """As in `Wanted`."""
        return True

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return self._power(sizes, SEED, RUNS)

    def sure(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return self._power(sizes, SEED + 1, SURE_RUNS)

    def _power(self, sizes: Sizes, seed: int, runs: int) -> float:
        return stability_power(
            self.evidence.first.variances,
            sizes,
            margin=self.margin**2,
            rng=np.random.default_rng(seed),
            shared=self.evidence.shared,
            alpha=1 - self.level,
            one_sided=self.one_sided,
            runs=runs,
        )

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return self.reach({**sizes, "item": ENDLESS})


@dataclass(frozen=True)
class OrderChance(Wanted):
    """The chance that a sweep ranks the models as they are ranked now."""

    @property
    def measure(self) -> str:
        """As in `Wanted`."""
        return "chance of this order, %"

    def reach(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return order_chance([(part.mean, part.variances) for part in self.evidence.parts], sizes)

    def bound(self, sizes: Sizes) -> float:
        """As in `Wanted`."""
        return self.reach({**sizes, "item": ENDLESS})


def _left(variances: Mapping[str, float], sizes: Sizes) -> float:
    """Standard error that is left however many items are asked."""
    return floor(variances, {**sizes, "item": 1}, more="item")


def _normal(chance: float) -> float:
    return float(special.ndtri(chance))
