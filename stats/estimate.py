"""The estimate: a number that says how sure it is and over what it generalises."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its interval and what the interval means.

    Attributes:
        value: The point estimate, in the units of the value column.
        low: Lower end of the interval.
        high: Upper end of the interval.
        level: Nominal coverage of the interval, in (0, 1).
        method: How the interval was made, in words.
        random: The columns whose levels count as a sample of more such levels. Columns not named
            here are fixed: the interval holds for the levels that were seen and no others.
        n: How many levels of each factor the estimate rests on.
        df: Degrees of freedom of the t quantile; None where there is none.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    value: float
    low: float
    high: float
    level: float
    method: str
    random: tuple[str, ...]
    n: Mapping[str, int]
    df: float | None
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold; a number that is not finite becomes None."""
        return record(self)


def check_level(level: float, name: str = "level") -> None:
    """Raise ValueError unless `level` is a coverage strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"{name} is a coverage between 0 and 1, such as 0.95; got {level!r}")


def levels_in_words(count: int, factor: str) -> str:
    """A number of levels in words: "1 level of template", "2 levels of template"."""
    return f"{count} {'level' if count == 1 else 'levels'} of {factor}"


def record(result: object) -> dict[str, object]:
    """A dataclass instance, nested ones included, as a dictionary that JSON can hold.

    Tuples become lists, NumPy scalars Python ones, numbers that are not finite None, and levels of
    any other type their `str`.
    """
    if not is_dataclass(result):
        raise TypeError(f"a dataclass instance is wanted, got {type(result).__name__}")
    return {field.name: _plain(getattr(result, field.name)) for field in fields(result)}


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value):
        return record(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value)
