"""A published number beside what came out when it was derived again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Check:
    """One published number.

    Attributes:
        name: What it is.
        source: Where it was published.
        expected: As it was published.
        obtained: As it came out here.
        tolerance: How far the two may be apart: half a unit of the last printed digit, and what else the
            source's rounding or a simulation allows for.
    """

    name: str
    source: str
    expected: float
    obtained: float
    tolerance: float

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.obtained - self.expected)

    @property
    def agrees(self) -> bool:
        """Whether the two are no further apart than the tolerance; never where nothing came out (NaN)."""
        return self.difference <= self.tolerance

    def as_dict(self) -> dict[str, object]:
        """The fields and the verdict as values that JSON can hold."""
        return {**asdict(self), "agrees": self.agrees}


@dataclass(frozen=True)
class Section:
    """The checks of one source.

    Attributes:
        title: What was derived again.
        checks: One by one.
        notes: What else the reader should know: what was missing, what follows from it.
    """

    title: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether there are checks and all of them agree."""
        return bool(self.checks) and all(check.agrees for check in self.checks)

    def as_dict(self) -> dict[str, object]:
        """The fields and the verdict as values that JSON can hold."""
        return {
            "title": self.title,
            "agrees": self.agrees,
            "notes": list(self.notes),
            "checks": [check.as_dict() for check in self.checks],
        }


def checks_of(
    source: str, expected: Mapping[str, float], obtained: Mapping[str, float], tolerance: float
) -> tuple[Check, ...]:
    """One check for each expected number, with what was obtained under the same name.

    Raises:
        KeyError: Nothing was obtained under a name.
    """
    return tuple(Check(name, source, value, obtained[name], tolerance) for name, value in expected.items())
