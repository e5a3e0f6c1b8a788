"""What a plan rests on: variance components, and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Part:
    """One model's scores, or the differences of two models' scores.

    Attributes:
        name: What it is of.
        mean: The mean score or difference.
        variances: Components of a single score (or paired difference) by term, as `stats.design` takes them.
        sigma: σ between templates, a standard deviation in [0, 1].
        low: Lower end of its interval; None where it was stated, not estimated.
        high: Upper end of its interval; None likewise.
    """

    name: str
    mean: float
    variances: Mapping[str, float]
    sigma: float
    low: float | None = None
    high: float | None = None

    def at(self, sigma: float | None) -> "Part":
        """The same with another σ between templates; None leaves it."""
        if sigma is None:
            return self
        return replace(self, sigma=sigma, variances={**self.variances, "template": sigma**2})


@dataclass(frozen=True)
class Evidence:
    """What is known of one question's models on one task.

    Attributes:
        parts: One, or for a ranking one for each two neighbours.
        shared: Correlation of two models' template effects, for the comparison of their stability.
        level: Coverage of the intervals of σ.
    """

    parts: tuple[Part, ...]
    shared: float = 0.0
    level: float = 0.95

    @property
    def first(self) -> Part:
        """The only part, where there is one."""
        return self.parts[0]

    def at_high(self) -> "Evidence | None":
        """With every σ between templates at the upper end of its interval; None where there is none."""
        if any(part.high is None for part in self.parts):
            return None
        return replace(self, parts=tuple(part.at(part.high) for part in self.parts))

    def at_low(self) -> "Evidence | None":
        """With every σ between templates at the lower end of its interval; None where there is none."""
        if any(part.low is None for part in self.parts):
            return None
        return replace(self, parts=tuple(part.at(part.low) for part in self.parts))
