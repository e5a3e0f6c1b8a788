"""How many requests may be under way at once: found out while asking, below the user's ceiling."""

from dataclasses import dataclass

_START = 8
_LESS = 0.7  # of the window, after a sign of overload
_PAYS = 0.25  # of a growth's share has to come back as throughput: doubling has to give a quarter more
_PATIENCE = 3  # rounds that a doubled window gets before it is taken back
_SMOOTH = 0.3  # weight of the newest round in a mean latency


@dataclass(slots=True)
class _Level:
    """A window that was held for some rounds, and the mean latency there; 0 before the first round."""

    limit: int
    latency: float = 0.0
    rounds: int = 0

    @property
    def throughput(self) -> float:
        """Answers a second, by Little's law."""
        return self.limit / max(self.latency, 1e-9)


class Window:
    """The number of requests that may be under way: additive increase, multiplicative decrease.

    It doubles from 8 as long as doubling pays: throughput, which by Little's law is the window over the mean
    latency, must rise by a quarter or more; a server that only queues what is too much is not asked more. It
    shrinks to 70 % after a sign of overload (429, 503, a time-out) and then grows by one a round; growth that
    does not pay is taken back. A round is as many answers as the window, 8 at least, to requests sent since
    the window last changed. (The rules for overload are those of TCP, Chiu and Jain 1989; those for latency
    are in the spirit of TCP Vegas, Brakmo et al. 1994.)

    Args:
        ceiling: The most there may ever be, 1 or more.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self.limit = min(ceiling, _START)
        self._doubling = True
        self._anchor: _Level | None = None  # the window that growth is measured against
        self._level = _Level(self.limit)
        self._began = 0.0
        self._answers, self._seconds = 0, 0.0

    def answered(self, sent: float, now: float) -> None:
        """Learns that a request sent at `sent` was answered `now` (seconds of any one clock)."""
        if sent < self._began or self.limit == self._ceiling == 1:
            return
        self._answers += 1
        self._seconds += now - sent
        if self._answers >= max(self.limit, _START):
            self._judge(self._seconds / self._answers, now)

    def overloaded(self, sent: float, now: float) -> None:
        """Learns that the server did not take, or not bear, a request sent at `sent`."""
        if sent < self._began:  # sent before the window was last changed, which was for the same reason
            return
        self._doubling, self._anchor = False, None
        self._move(max(1, int(self.limit * _LESS)), 0.0, now)

    def _judge(self, latency: float, now: float) -> None:
        """Ends a round."""
        level, anchor = self._level, self._anchor
        level.latency = latency if not level.rounds else level.latency + _SMOOTH * (latency - level.latency)
        level.rounds += 1
        if anchor is None or level.limit == anchor.limit:
            anchor, paid = level, True
        else:
            share = level.limit / anchor.limit - 1
            paid = level.throughput >= anchor.throughput * (1 + _PAYS * share)
        self._anchor = level if self._doubling and paid else anchor
        if self._doubling and paid:
            self._move(min(2 * level.limit, self._ceiling), 0.0, now)
        elif self._doubling and level.rounds < _PATIENCE:
            self._round(now)
        elif self._doubling:
            self._doubling = False
            self._move(anchor.limit, anchor.latency, now)
        elif paid:
            self._move(min(level.limit + 1, self._ceiling), level.latency, now)
        else:
            self._move(max(level.limit - 1, anchor.limit), level.latency, now)

    def _move(self, limit: int, latency: float, now: float) -> None:
        """Sets the window; `latency` is what is known of the mean latency there, 0 for nothing."""
        if limit != self.limit:
            self.limit = limit
            self._level = _Level(limit, latency, 1 if latency else 0)
        self._round(now)

    def _round(self, now: float) -> None:
        self._began = now
        self._answers, self._seconds = 0, 0.0
