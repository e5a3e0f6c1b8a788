"""How many requests may be under way at once: found out while asking, below the user's ceiling."""

from dataclasses import dataclass

_START = 8
_LESS = 0.7  # of the window, after a sign of overload
_PAYS = 0.25  # of a growth's share has to come back as throughput: doubling has to give a quarter more
_PATIENCE = 3  # rounds that a trial gets before it is called off
_MEMORY = 8  # rounds that a mean latency goes back
_MOST_ROUNDS = 64  # between two trials


@dataclass(slots=True)
class _Level:
    """A size of the window, and the mean latency while it was held."""

    limit: int
    latency: float = 0.0
    rounds: int = 0

    @property
    def throughput(self) -> float:
        """Answers a second, by Little's law."""
        return self.limit / max(self.latency, 1e-9)

    def learn(self, latency: float) -> None:
        """Adds a round."""
        self.rounds += 1
        self.latency += (latency - self.latency) / min(self.rounds, _MEMORY)


class Window:
    """The number of requests that may be under way.

    It begins at 8 and is doubled, on trial, as long as that pays: throughput, which by Little's law is the
    window over the mean latency, has to rise by a quarter or more. A server that only queues what is too much
    is therefore not asked much more than it can do. A trial that does not pay is called off and made again
    after twice as many rounds as before, since latencies vary.

    After a sign of overload (429, 503, a time-out) the window shrinks to 70 % and from then on grows by one a
    round until the next: additive increase, multiplicative decrease (Chiu and Jain 1989), as in TCP.

    A round is as many answers as the window, 8 at least, to requests sent since the window last changed.

    Args:
        ceiling: The most there may ever be, 1 or more.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._base = _Level(min(ceiling, _START))
        self._trial: _Level | None = None
        self._overloaded = False
        self._wait, self._next_wait = 0, 1  # rounds until the next trial, and after the next failed one
        self._began = 0.0
        self._answers, self._seconds = 0, 0.0

    @property
    def limit(self) -> int:
        """The window."""
        return (self._trial or self._base).limit

    def answered(self, sent: float, now: float) -> None:
        """Learns that a request sent at `sent` was answered `now` (seconds of any one clock)."""
        if sent < self._began:
            return
        self._answers += 1
        self._seconds += now - sent
        if self._answers >= max(self.limit, _START):
            latency = self._seconds / self._answers
            self._begin(now)
            self._judge(latency)

    def overloaded(self, sent: float, now: float) -> None:
        """Learns that the server did not take, or not bear, a request sent at `sent`."""
        if sent < self._began:  # sent before the window was last changed, which was for the same reason
            return
        self._overloaded = True
        self._base, self._trial = _Level(max(1, int(self.limit * _LESS))), None
        self._begin(now)

    def _judge(self, latency: float) -> None:
        """Ends a round."""
        base, trial = self._base, self._trial
        if self._overloaded:
            self._base = _Level(min(base.limit + 1, self._ceiling))
        elif trial is None:
            base.learn(latency)
            self._wait -= 1
            self._try(base)
        else:
            trial.learn(latency)
            if trial.throughput >= base.throughput * (1 + _PAYS * (trial.limit / base.limit - 1)):
                self._try(trial)
            elif trial.rounds >= _PATIENCE:
                self._trial = None
                self._wait, self._next_wait = self._next_wait, min(2 * self._next_wait, _MOST_ROUNDS)

    def _try(self, base: _Level) -> None:
        """Goes on from a level, to twice as much if that is allowed and due."""
        self._base, self._trial = base, None
        if self._wait <= 0 and base.limit < self._ceiling:
            self._trial = _Level(min(2 * base.limit, self._ceiling))

    def _begin(self, now: float) -> None:
        self._began = now
        self._answers, self._seconds = 0, 0.0
