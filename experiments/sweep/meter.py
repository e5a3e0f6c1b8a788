"""One model's counts while it is asked: how many are done, how fast, at what price, and how long it takes."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

from experiments.models.protocol import Completion
from experiments.sweep.spending import Use

WINDOW_S = 30.0  # over which speeds are measured


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter shows at one moment.

    Attributes:
        model: The model's name.
        total: Distinct requests.
        cached: Those that the store answered, another run's answers waited for included.
        done: Those answered by the model in this run; failed ones are not among them.
        failed: Those that failed.
        requests_per_s: Over the last half minute, failures included.
        tokens_per_s: In and out, over the last half minute.
        tokens: In and out, of those answered in this run.
        usd: Price of those.
        elapsed_s: Seconds since the model's turn came.
        left_s: Seconds until it is through at that speed; None while nothing is known.
    """

    model: str
    total: int
    cached: int
    done: int
    failed: int
    requests_per_s: float
    tokens_per_s: float
    tokens: int
    usd: float
    elapsed_s: float
    left_s: float | None

    @property
    def finished(self) -> bool:
        """Whether every request has its answer or has failed."""
        return self.cached + self.done + self.failed >= self.total

    def as_dict(self) -> dict[str, object]:
        """For JSON, floats cut to what they mean."""
        rounded = {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return {"event": "progress", **rounded}


class Meter:
    """Counts what one model answers.

    Args:
        model: The model's name.
        changed: Called when there is something new to show.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, model: str, changed: Callable[["Meter"], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.model, self._changed, self._clock = model, changed, clock
        self._total = self._cached = self._done = self._failed = self._tokens = 0
        self._usd = 0.0
        self._began: float | None = None
        self._ended: float | None = None
        self._recent: deque[tuple[float, int, int]] = deque()  # time, answers and tokens until then

    def start(self, total: int, *, cached: int) -> None:
        """The model's turn has come."""
        self._total, self._cached, self._began = total, cached, self._clock()
        self._recent.append((self._began, 0, 0))
        self.show()

    def cached(self, more: int) -> None:
        """Another run has answered some of the requests."""
        self._cached += more
        if more:
            self.show()

    def add(self, done: Completion, use: Use) -> None:
        """One request was answered, or failed."""
        failed = done.finish == "error"
        self._failed += failed
        self._done += not failed
        self._tokens += use.tokens
        self._usd += use.usd

    def show(self) -> None:
        """Shows the counts, after some were added."""
        now = self._clock()
        self._recent.append((now, self._done + self._failed, self._tokens))
        while len(self._recent) > 2 and now - self._recent[1][0] >= WINDOW_S:
            self._recent.popleft()
        self._changed(self)

    def finish(self) -> None:
        """Nothing more will come."""
        self._ended = self._clock()
        self._changed(self)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._ended is not None

    def read(self) -> Reading:
        """The counts now."""
        now = self._clock() if self._ended is None else self._ended
        began = now if self._began is None else self._began
        since, answers, tokens = self._recent[0] if self._recent else (now, 0, 0)
        span = now - since
        done = self._done + self._failed
        rate = (done - answers) / span if span > 0 else 0.0
        left = self._total - self._cached - done
        return Reading(
            model=self.model,
            total=self._total,
            cached=self._cached,
            done=self._done,
            failed=self._failed,
            requests_per_s=rate,
            tokens_per_s=(self._tokens - tokens) / span if span > 0 else 0.0,
            tokens=self._tokens,
            usd=self._usd,
            elapsed_s=now - began,
            left_s=0.0 if left <= 0 else left / rate if rate > 0 else None,
        )
