import math

import pytest

from experiments.report import numerals
from stats.estimate import Estimate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.385, "38.5"),
        (-0.004, "−0.4"),
        (-0.0001, "0.0"),
        (0.0, "0.0"),
        (None, "–"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_hundredths(value: float | None, text: str) -> None:
    assert numerals.hundredths(value) == text


def test_signed_hundredths_show_both_signs() -> None:
    assert [numerals.hundredths(value, signed=True) for value in (0.081, -0.081, 0.0)] == [
        "+8.1",
        "−8.1",
        "0.0",
    ]


@pytest.mark.parametrize(("p", "text"), [(0.0004, "p < 0.001"), (0.0123, "p = 0.012"), (1.0, "p = 1.000")])
def test_p_values(p: float, text: str) -> None:
    assert numerals.p_value(p).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.25, "4.2 s"), (83.2, "1 min 23 s"), (3599.6, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert numerals.duration(seconds).replace("\u00a0", " ") == text


@pytest.mark.parametrize(("usd", "text"), [(0, "$0"), (0.0123, "$0.0123"), (1234.5, "$1,234.50")])
def test_money(usd: float, text: str) -> None:
    assert numerals.usd(usd) == text


def test_amounts_that_are_not_known_are_dashes_and_so_are_sums_with_them() -> None:
    assert numerals.usd(None) == numerals.count(None) == numerals.duration(None) == "–"
    assert numerals.total([1, 2, 3]) == 6
    assert numerals.total([]) == 0
    assert numerals.total([1.5, None]) is None


def test_intervals_percent_points_and_counts() -> None:
    estimate = Estimate(0.5, 0.03, 0.132, 0.95, "", (), {}, None)
    assert numerals.interval(estimate) == "[3.0,\u00a013.2]"
    assert numerals.interval(estimate, signed=True) == "[+3.0,\u00a0+13.2]"
    assert numerals.percent(0.5) == "50.0\u00a0%"
    assert numerals.points(-0.01) == "1.0\u00a0point"
    assert numerals.many(1, "cell") == "1 cell"
    assert numerals.many(1200, "cell") == "1,200 cells"
