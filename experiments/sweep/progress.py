"""Progress, model by model: a moving table on a terminal, a line now and then elsewhere, or JSON."""

import contextlib
import json
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from experiments.schema import Progress
from experiments.sweep.meter import Meter, Reading

SECONDS_BETWEEN_LINES = 15.0
SECONDS_BETWEEN_OBJECTS = 1.0


class Display(Protocol):
    """Where meters and remarks are shown."""

    def meter(self, model: str) -> Meter:
        """A meter that is shown here."""
        ...

    def say(self, line: str) -> None:
        """Shows one line."""
        ...

    def leave(self) -> None:
        """Gives the terminal back as it was."""
        ...


@contextlib.contextmanager
def display(console: Console, kind: Progress) -> Generator[Display]:
    """Shows progress for the length of a block.

    Args:
        console: On standard error.
        kind: How.
    """
    if kind is Progress.json:
        yield _Throttled(
            lambda reading: say_json(console, reading.as_dict()),
            _json_remark(console),
            SECONDS_BETWEEN_OBJECTS,
        )
    elif kind is Progress.auto and console.is_terminal:
        table = _LiveTable(console)
        with table.live:
            yield table
    else:
        say = _printer(console)
        yield _Throttled(lambda reading: say(line(reading)), say, SECONDS_BETWEEN_LINES)


def say_json(console: Console, fields: Mapping[str, Any]) -> None:
    """Writes one JSON object on a line of its own, whatever the terminal's width."""
    console.file.write(json.dumps(fields) + "\n")
    console.file.flush()


def line(reading: Reading) -> str:
    """A meter's reading as one line of text."""
    failed = f", {reading.failed:,} failed" if reading.failed else ""
    cached = f", {reading.cached:,} from the store" if reading.cached else ""
    left = f", about {duration(reading.left_s)} left" if reading.left_s else ""
    return (
        f"{reading.model}: {reading.done + reading.cached + reading.failed:,} of {reading.total:,} requests"
        f"{cached}{failed}, {reading.requests_per_s:.1f} requests/s, {reading.tokens_per_s:,.0f} tokens/s, "
        f"${reading.usd:.4f}, {duration(reading.elapsed_s)}{left}"
    )


def duration(seconds: float | None) -> str:
    """Seconds as a person reads them: 41 s, 3:05, 2:10:00; "?" where unknown."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _printer(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(text, highlight=False, markup=False, soft_wrap=True)


def _json_remark(console: Console) -> Callable[[str], None]:
    return lambda text: say_json(console, {"event": "remark", "text": text})


class _Throttled:
    """Shows a meter now and then, and once more when it is through."""

    def __init__(
        self,
        show: Callable[[Reading], None],
        say: Callable[[str], None],
        every_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._show, self._say, self._every_s, self._clock = show, say, every_s, clock
        self._shown: dict[str, float] = {}

    def meter(self, model: str) -> Meter:
        self._shown[model] = self._clock()
        return Meter(model, self._changed, self._clock)

    def say(self, line: str) -> None:
        self._say(line)

    def leave(self) -> None:
        pass

    def _changed(self, meter: Meter) -> None:
        now = self._clock()
        if meter.over or now - self._shown[meter.model] >= self._every_s:
            self._shown[meter.model] = now
            self._show(meter.read())


class _LiveTable:
    """A table with a line a model, drawn anew four times a second."""

    def __init__(self, console: Console) -> None:
        self._meters: list[Meter] = []
        self._say = _printer(console)
        self.live = Live(get_renderable=self.render, console=console, refresh_per_second=4)

    def meter(self, model: str) -> Meter:
        meter = Meter(model, lambda _: None)
        self._meters.append(meter)
        return meter

    def say(self, line: str) -> None:
        self._say(line)

    def leave(self) -> None:
        self.live.stop()

    def render(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("model", overflow="ellipsis", max_width=28, no_wrap=True)
        for title in ("done", "of", "stored", "failed", "req/s", "tok/s", "USD", "time", "left"):
            table.add_column(title, justify="right", no_wrap=True)
        for meter in self._meters:
            reading = meter.read()
            table.add_row(
                Text(reading.model),
                f"{reading.done:,}",
                f"{reading.total:,}",
                f"{reading.cached:,}",
                Text(f"{reading.failed:,}", style="red" if reading.failed else ""),
                f"{reading.requests_per_s:.1f}",
                f"{reading.tokens_per_s:,.0f}",
                f"{reading.usd:.4f}",
                duration(reading.elapsed_s),
                "" if meter.over else duration(reading.left_s),
            )
        return table
