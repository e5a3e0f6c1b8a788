"""Counting while a model is asked."""

import pytest

from experiments.models.protocol import Completion
from experiments.sweep.meter import Meter
from experiments.sweep.spending import Use


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def answered(meter: Meter, count: int, tokens: int = 10) -> None:
    for _ in range(count):
        meter.add(Completion("k", "x", "stop"), Use(1, tokens, 0.01))
    meter.show()


def test_counts_speeds_and_the_time_left() -> None:
    clock, shown = Clock(), list[Meter]()
    meter = Meter("m", shown.append, clock)
    meter.start(100, cached=20)
    assert meter.read().left_s is None
    clock.now += 10
    answered(meter, 19)
    meter.add(Completion("k", "", "error", error="500"), Use(1))
    meter.cached(10)
    reading = meter.read()
    assert (reading.done, reading.failed, reading.cached, reading.total) == (19, 1, 30, 100)
    assert (reading.requests_per_s, reading.tokens_per_s) == (2.0, 19.0)
    assert reading.usd == pytest.approx(0.19)
    assert (reading.elapsed_s, reading.left_s) == (10.0, 25.0)
    assert len(shown) == 3
    assert not reading.finished


def test_speeds_are_those_of_the_last_half_minute() -> None:
    clock = Clock()
    meter = Meter("m", lambda _: None, clock)
    meter.start(1000, cached=0)
    for _ in range(60):
        clock.now += 1
        answered(meter, 1)
    for _ in range(30):
        clock.now += 1
        answered(meter, 10)
    assert meter.read().requests_per_s == pytest.approx(10)
    clock.now += 30  # nothing comes any more
    assert meter.read().requests_per_s < 6


def test_the_clock_stands_when_nothing_more_will_come() -> None:
    clock = Clock()
    meter = Meter("m", lambda _: None, clock)
    meter.start(2, cached=0)
    clock.now += 4
    answered(meter, 2)
    meter.finish()
    clock.now += 100
    reading = meter.read()
    assert (reading.elapsed_s, reading.left_s, reading.requests_per_s) == (4.0, 0.0, 0.5)
    assert meter.over
    assert reading.finished


def test_a_meter_can_be_read_before_its_turn() -> None:
    reading = Meter("m", lambda _: None).read()
    assert (reading.total, reading.elapsed_s, reading.requests_per_s) == (0, 0.0, 0.0)
