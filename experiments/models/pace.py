"""Spacing things evenly over time, so that no quota is overrun however many want to begin."""

import asyncio
import contextlib


class Pace:
    """Turns, in the order asked for, at most so many a second on average; what was not used is not saved up.

    It belongs to one event loop.

    Args:
        per_s: Weight of the turns in a second, above 0.
    """

    def __init__(self, per_s: float) -> None:
        self._gap = 1.0 / per_s
        self._next = 0.0
        self._first = asyncio.Lock()
        self._sooner = asyncio.Event()

    async def turn(self, weight: float = 1.0) -> None:
        """Waits until it may begin; the next turn is later by the weight over `per_s`."""
        clock = asyncio.get_running_loop().time
        async with self._first:
            while (wait := self._next - clock()) > 0:
                self._sooner.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._sooner.wait()
            self._next = clock() + weight * self._gap

    def correct(self, weight: float) -> None:
        """Puts the next turn off, or with a negative weight brings it forward: a past one was misjudged."""
        self._next += weight * self._gap
        self._sooner.set()
