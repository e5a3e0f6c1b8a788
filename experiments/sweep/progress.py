"""Progress with a time of arrival: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import time
from collections.abc import Callable, Generator
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

SECONDS_BETWEEN_LINES = 15.0


class Advance(Protocol):
    """Says that some more are done."""

    def __call__(self, done: int, failed: int) -> None:
        """Adds to the counts."""
        ...


@contextlib.contextmanager
def progress(console: Console, title: str, total: int) -> Generator[Advance]:
    """Shows how far `total` requests are for the length of a block."""
    if console.is_terminal:
        with _bar(console, title, total) as advance:
            yield advance
    else:
        yield _lines(console, title, total, time.monotonic)


@contextlib.contextmanager
def _bar(console: Console, title: str, total: int) -> Generator[Advance]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total, failed="")
        failures = 0

        def advance(done: int, failed: int) -> None:
            nonlocal failures
            failures += failed
            bar.update(task, advance=done, failed=f"[red]{failures} failed" if failures else "")

        yield advance


def _lines(console: Console, title: str, total: int, clock: Callable[[], float]) -> Advance:
    start = said = clock()
    finished = failures = 0

    def advance(done: int, failed: int) -> None:
        nonlocal said, finished, failures
        finished += done
        failures += failed
        now = clock()
        if finished == total or now - said >= SECONDS_BETWEEN_LINES:
            said = now
            elapsed = now - start
            left = elapsed / finished * (total - finished)
            trouble = f", {failures} failed" if failures else ""
            console.print(
                f"{title}: {finished:,} of {total:,} requests{trouble}, {elapsed:.0f} s, "
                f"about {left:.0f} s left",
                highlight=False,
            )

    return advance
