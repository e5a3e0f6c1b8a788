"""The gate that every attempt goes through: so many at once, so many a minute, none during a rest."""

import asyncio
import re
from collections import deque
from collections.abc import Mapping

from experiments.models.openai_window import Window
from experiments.models.pace import Pace

_LONGEST_REST_S = 120.0  # that headers can make us wait; after that the server may say so itself
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s|$)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}


class Gate:
    """Lets attempts through in the order in which they come. It belongs to one event loop.

    Args:
        window: How many may be inside at once; it learns from what becomes of them.
        requests_per_minute: The most attempts begun a minute, evenly spaced; None for no limit.
        tokens_per_minute: The most tokens of attempts begun a minute; None for no limit.
    """

    def __init__(
        self, window: Window, requests_per_minute: float | None, tokens_per_minute: float | None
    ) -> None:
        self._window = window
        self._requests = Pace(requests_per_minute / 60) if requests_per_minute else None
        self._tokens = Pace(tokens_per_minute / 60) if tokens_per_minute else None
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._resume = 0.0
        self._clock = asyncio.get_running_loop().time

    async def enter(self, tokens: int) -> float:
        """Waits for a place, for the end of a rest, and for what the limits a minute allow.

        Args:
            tokens: An estimate of the tokens that the attempt will take.

        Returns:
            The event loop's time at which it was let through, for `leave`.
        """
        if self._inside < self._window.limit and not self._waiting:
            self._inside += 1
        else:
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._free()
                raise
        try:
            if self._requests is not None:
                await self._requests.turn()
            if self._tokens is not None:
                await self._tokens.turn(max(tokens, 1))
            while (wait := self._resume - self._clock()) > 0:
                await asyncio.sleep(wait)
        except asyncio.CancelledError:
            self._free()
            raise
        return self._clock()

    def leave(self, sent: float, *, answered: bool = False, overloaded: bool = False) -> None:
        """Gives the place back.

        Args:
            sent: What `enter` returned.
            answered: Whether there was an answer, so that its latency counts.
            overloaded: Whether the server said, or showed by silence, that it is asked too much.
        """
        if answered:
            self._window.answered(sent, self._clock())
        if overloaded:
            self._window.overloaded(sent, self._clock())
        self._free()

    def correct(self, estimated: int, used: int) -> None:
        """Accounts for the tokens that an attempt really took."""
        if self._tokens is not None and used:
            self._tokens.correct(used - max(estimated, 1))

    def rest(self, seconds: float) -> None:
        """Lets nothing through for so long."""
        self._resume = max(self._resume, self._clock() + seconds)

    def _free(self) -> None:
        self._inside -= 1
        while self._waiting and self._inside < self._window.limit:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)


def rest_s(headers: Mapping[str, str], tokens: int) -> float:
    """Seconds until, as its headers say, a server will take another request of so many tokens.

    `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests` (and the same with `tokens`) say
    how many fit, how many still do, and when all do again. In between they come back steadily, so that
    what is missing is there after its share of that time.

    Args:
        headers: Of an answer.
        tokens: That the next request is likely to take.

    Returns:
        0 if it will take one now or does not say.
    """
    longest = 0.0
    for kind, needed in (("requests", 1), ("tokens", max(tokens, 1))):
        remaining = _number(headers.get(f"x-ratelimit-remaining-{kind}"))
        if remaining is None or remaining < 0 or remaining >= needed:  # Azure says -1 for unknown
            continue
        reset = duration_s(headers.get(f"x-ratelimit-reset-{kind}", ""))
        if reset is None:
            continue
        gone = (_number(headers.get(f"x-ratelimit-limit-{kind}")) or 0.0) - remaining
        share = (needed - remaining) / gone if gone > 0 else 1.0
        longest = max(longest, reset * min(share, 1.0))
    return min(longest, _LONGEST_REST_S)


def duration_s(text: str) -> float | None:
    """Seconds in a duration such as "6m0s", "1.5s", "120ms" or "7"; None if it is none."""
    parts = _DURATION.findall(text.strip())
    if not parts or "".join(map("".join, parts)) != text.strip():
        return None
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
