"""Progress: a table on a terminal, lines elsewhere, JSON on request."""

import io
import json

import pytest
from rich.console import Console

from experiments.models.protocol import Completion
from experiments.schema import Progress
from experiments.sweep.meter import Meter
from experiments.sweep.progress import Display, display, duration
from experiments.sweep.spending import Use


def play(shown: Display) -> None:
    """One model through, with a failure, and a remark."""
    meter: Meter = shown.meter("some-model")
    meter.start(4, cached=1)
    shown.say("a [remark]")
    for number in range(3):
        failed = number == 2
        meter.add(
            Completion(str(number), "", "error" if failed else "stop", error="500" if failed else None),
            Use(1, 0 if failed else 1000, 0 if failed else 0.25),
        )
        meter.show()
    meter.finish()


def played(kind: Progress, *, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100, quiet=kind is Progress.json)
    with display(console, kind) as shown:
        play(shown)
    return file.getvalue()


@pytest.mark.parametrize("kind", [Progress.auto, Progress.lines])
def test_off_a_terminal_a_model_that_is_through_is_one_line(kind: Progress) -> None:
    remark, line = played(kind).splitlines()
    assert remark == "a [remark]"
    assert line.startswith("some-model: 4 of 4 requests, 1 from the store, 1 failed, ")
    assert "$0.5000" in line


def test_json_is_one_object_a_line_and_nothing_else() -> None:
    remark, progress = map(json.loads, played(Progress.json).splitlines())
    assert remark == {"event": "remark", "text": "a [remark]"}
    expected = {"event": "progress", "model": "some-model", "total": 4, "cached": 1, "done": 2, "failed": 1}
    assert expected.items() <= progress.items()
    assert (progress["tokens"], progress["usd"], progress["left_s"]) == (2000, 0.5, 0.0)


def test_on_a_terminal_it_is_a_table_and_the_cursor_comes_back() -> None:
    text = played(Progress.auto, terminal=True)
    for title in ("done", "stored", "failed", "req/s", "tok/s", "USD", "left"):
        assert title in text
    assert "some-model" in text
    assert "a [remark]" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_table_that_is_left_shows_the_cursor_again() -> None:
    file = io.StringIO()
    with display(Console(file=file, force_terminal=True), Progress.auto) as shown:
        shown.leave()
        assert "\x1b[?25h" in file.getvalue()


def test_durations_are_read_at_a_glance() -> None:
    assert [duration(seconds) for seconds in (None, 0, 41.4, 185, 7800)] == [
        "?",
        "0 s",
        "41 s",
        "3:05",
        "2:10:00",
    ]
