"""Turns, on a clock that jumps."""

import asyncio

import pytest

from experiments.models.pace import Pace
from tests.virtual_time import run


def times(per_s: float, weights: list[float], corrections: dict[int, float] | None = None) -> list[float]:
    """When turns come that are all asked for at once; a correction is made 0.1 s after its turn."""
    seen: list[float] = []

    async def main() -> None:
        pace, loop = Pace(per_s), asyncio.get_running_loop()

        async def one(place: int, weight: float) -> None:
            await pace.turn(weight)
            seen.append(loop.time())
            if corrections and place in corrections:
                await asyncio.sleep(0.1)
                pace.correct(corrections[place])

        await asyncio.gather(*(one(place, weight) for place, weight in enumerate(weights)))

    run(main())
    return seen


def test_turns_are_evenly_spaced() -> None:
    assert times(2.0, [1.0] * 5) == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])


def test_a_heavier_turn_keeps_the_next_one_waiting() -> None:
    assert times(10.0, [1.0, 20.0, 5.0, 1.0]) == pytest.approx([0.0, 0.1, 2.1, 2.6])


def test_what_a_turn_did_not_use_comes_back() -> None:
    assert times(10.0, [10.0] * 4, dict.fromkeys(range(3), -9.0)) == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert times(10.0, [10.0] * 4)[-1] == pytest.approx(3.0)


def test_what_a_turn_used_besides_is_made_up_for() -> None:
    assert times(10.0, [1.0, 1.0, 1.0], {0: 10.0})[-1] >= 1.1


def test_an_idle_time_is_not_saved_up() -> None:
    async def main() -> list[float]:
        pace, loop = Pace(1.0), asyncio.get_running_loop()
        await asyncio.sleep(100)
        seen: list[float] = []
        for _ in range(3):
            await pace.turn()
            seen.append(loop.time())
        return seen

    assert run(main()) == pytest.approx([100.0, 101.0, 102.0])
