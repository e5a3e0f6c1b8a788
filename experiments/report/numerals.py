"""How numbers are written: scores in percent, differences in points, p values, counts, times."""

import math
from collections.abc import Iterable
from typing import Protocol, overload

NOTHING = "–"  # where there is no number
MINUS = "−"
SPACE = "\u00a0"  # a number and its unit stay on one line
SMALLEST_P = 0.001
MINUTE, HOUR = 60.0, 3600.0


class Interval(Protocol):
    """Anything with two ends."""

    @property
    def low(self) -> float:
        """Lower end."""
        ...

    @property
    def high(self) -> float:
        """Upper end."""
        ...


def hundredths(value: float | None, *, signed: bool = False) -> str:
    """100 × value with one decimal: "38.5"; a true minus sign; "–" for no number, "∞" for an open end."""
    if value is None or math.isnan(value):
        return NOTHING
    sign = MINUS if value < 0 else "+" if signed else ""
    if math.isinf(value):
        return f"{sign}∞"
    digits = f"{abs(100 * value):.1f}"
    return digits if digits == "0.0" else sign + digits


def plain(value: float | None) -> str:
    """A number that is no score, with two decimals: "3.21"; "–" for no number, "∞" for an open end."""
    if value is None or not math.isfinite(value):
        return hundredths(value)
    digits = f"{abs(value):.2f}"
    return digits if digits == "0.00" or value > 0 else MINUS + digits


def percent(value: float | None) -> str:
    """A score in [0, 1] as "38.5 %"."""
    text = hundredths(value)
    return text if text == NOTHING else f"{text}{SPACE}%"


def points(value: float | None) -> str:
    """A difference of scores as "1.0 point" or "8.1 points", without its sign."""
    text = hundredths(None if value is None else abs(value))
    return text if text == NOTHING else f"{text}{SPACE}{'point' if text == '1.0' else 'points'}"


def interval(ends: Interval, *, signed: bool = False) -> str:
    """An interval of scores or differences as "[3.0, 13.2]"."""
    return f"[{hundredths(ends.low, signed=signed)},{SPACE}{hundredths(ends.high, signed=signed)}]"


def bare_p(p: float | None) -> str:
    """A p value as "<0.001" or "0.012"."""
    if p is None or math.isnan(p):
        return NOTHING
    return f"<{SMALLEST_P}" if p < SMALLEST_P else f"{p:.3f}"


def p_value(p: float | None) -> str:
    """A p value as "p < 0.001" or "p = 0.012"."""
    text = bare_p(p)
    return f"p{SPACE}<{SPACE}{text[1:]}" if text.startswith("<") else f"p{SPACE}={SPACE}{text}"


def coverage(level: float) -> str:
    """An interval's level as "95 %"."""
    return f"{100 * level:g}{SPACE}%"


def count(n: int | None) -> str:
    """A whole number with separated thousands; "–" where it is not known."""
    return NOTHING if n is None else f"{n:,}"


def many(n: int, one: str, several: str = "") -> str:
    """A number of things: "1 cell", "1,200 cells"."""
    return f"{count(n)} {one if n == 1 else several or one + 's'}"


@overload
def total(parts: Iterable[int | None]) -> int | None: ...
@overload
def total(parts: Iterable[float | None]) -> float | None: ...
def total(parts: Iterable[float | None]) -> float | None:
    """The sum of amounts; None if one of them is not known."""
    found: list[float] = []
    for part in parts:
        if part is None:
            return None
        found.append(part)
    return sum(found)


def usd(amount: float | None) -> str:
    """Money: cents where there are any, else as many digits as it takes; "–" where it is not known."""
    if amount is None:
        return NOTHING
    if amount == 0:
        return "$0"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.3g}"


def duration(seconds: float | None) -> str:
    """A time span as "4.2 s", "3 min 20 s" or "2 h 5 min"; "–" where it is not known."""
    if seconds is None:
        return NOTHING
    if seconds < MINUTE:
        return f"{seconds:.1f}{SPACE}s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // 60}{SPACE}min {whole % 60}{SPACE}s"
    return f"{whole // 3600}{SPACE}h {whole % 3600 // 60}{SPACE}min"


def finite(value: object) -> object:
    """A value as JSON has it: plain Python, None for a number that is not finite."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
