"""The gate, on a clock that jumps."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.models.openai_gate import Gate, duration_s, rest_s
from experiments.models.openai_window import Window
from tests.virtual_time import run


def begun(
    gate_of: tuple[int, float | None, float | None], attempts: int, *, tokens: int, used: int, lasts: float
) -> list[float]:
    """When attempts begin that all want to at once, each of which lasts so long and takes so many tokens."""
    seen: list[float] = []

    async def main() -> None:
        ceiling, requests_per_minute, tokens_per_minute = gate_of
        gate = Gate(Window(ceiling), requests_per_minute, tokens_per_minute)

        async def one() -> None:
            sent = await gate.enter(tokens)
            seen.append(sent)
            await asyncio.sleep(lasts)
            gate.correct(tokens, used)
            gate.leave(sent, answered=True)

        await asyncio.gather(*(one() for _ in range(attempts)))

    run(main())
    return seen


def test_as_many_are_inside_as_the_window_allows() -> None:
    seen = begun((3, None, None), 9, tokens=1, used=1, lasts=1.0)
    assert seen == pytest.approx([0, 0, 0, 1, 1, 1, 2, 2, 2])


def test_requests_a_minute_are_never_exceeded() -> None:
    seen = begun((8, 30.0, None), 100, tokens=1, used=1, lasts=0.1)
    assert seen[-1] == pytest.approx(99 * 2.0)
    for start in seen:
        assert sum(start <= moment < start + 59.9 for moment in seen) <= 30


def test_tokens_a_minute_are_never_exceeded() -> None:
    seen = begun((8, None, 6000.0), 60, tokens=500, used=500, lasts=0.1)
    for start in seen:
        assert 500 * sum(start <= moment < start + 59.9 for moment in seen) <= 6000


def test_tokens_that_were_estimated_but_not_used_do_not_hold_up_the_next() -> None:
    """At 100 tokens a second, 200 requests of an estimated 500 take 1,000 s and those of 10 take 20 s."""
    seen = begun((8, None, 6000.0), 200, tokens=500, used=10, lasts=0.2)
    assert 20 <= seen[-1] < 100
    assert begun((8, None, 6000.0), 200, tokens=500, used=500, lasts=0.2)[-1] == pytest.approx(995)


def test_nothing_is_let_through_during_a_rest() -> None:
    async def main() -> list[float]:
        gate, seen = Gate(Window(4), None, None), list[float]()
        gate.rest(30.0)
        gate.rest(5.0)  # a shorter one does not end a longer one
        for _ in range(2):
            seen.append(await gate.enter(1))
        return seen

    assert run(main()) == pytest.approx([30.0, 30.0])


@pytest.mark.parametrize("resting", [False, True])
def test_who_gives_up_waiting_leaves_no_place_behind(resting: bool) -> None:
    async def main() -> None:
        gate = Gate(Window(1), None, None)
        sent = await gate.enter(1)
        if resting:
            gate.leave(sent)
            gate.rest(100.0)
        waiting = [asyncio.create_task(gate.enter(1)) for _ in range(3)]
        await asyncio.sleep(1)
        for task in waiting[:2]:
            task.cancel()
        if not resting:
            gate.leave(sent)
        assert await waiting[2] >= 1

    run(main())


def test_the_places_follow_the_window() -> None:
    async def main() -> tuple[int, int]:
        window = Window(64)
        gate, most, inside = Gate(window, None, None), 0, 0

        async def one() -> None:
            nonlocal most, inside
            sent = await gate.enter(1)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(1.0)
            inside -= 1
            gate.leave(sent, answered=True)

        await asyncio.gather(*(one() for _ in range(300)))
        return most, window.limit

    assert run(main()) == (64, 64)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("120ms", 0.12),
        ("1h2m3.5s", 3723.5),
        ("7", 7),
        ("2m59.56s", 179.56),
        ("0s", 0),
    ],
)
def test_durations_are_read_in_their_usual_spellings(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1d", "2026-11-25T00:00:00Z"])
def test_what_is_no_duration_is_not_guessed_at(text: str) -> None:
    assert duration_s(text) is None


def limits(kind: str, limit: str | None, remaining: str, reset: str) -> dict[str, str]:
    found = {f"x-ratelimit-remaining-{kind}": remaining, f"x-ratelimit-reset-{kind}": reset}
    return found if limit is None else found | {f"x-ratelimit-limit-{kind}": limit}


def test_headers_that_say_that_nothing_is_left_are_heeded() -> None:
    assert rest_s({}, 100) == 0
    assert rest_s(limits("requests", "500", "499", "120ms"), 100) == 0
    # 500 come back in 60 s, so that one is there after 0.12 s.
    assert rest_s(limits("requests", "500", "0", "60s"), 100) == pytest.approx(0.12)
    assert rest_s(limits("requests", None, "0", "5s"), 100) == 5
    # 900 of 1000 are gone and back in 9 s: the 100 that are missing take 1 s.
    assert rest_s(limits("tokens", "1000", "100", "9s"), 200) == pytest.approx(1.0)
    assert rest_s(limits("tokens", "1000", "100", "9s"), 50) == 0
    assert rest_s(limits("tokens", "1000", "0", "4h"), 1000) == 120
    assert rest_s(limits("requests", "500", "0", "tomorrow"), 1) == 0
    assert rest_s(limits("requests", "many", "none", "1s"), 1) == 0
    assert rest_s(limits("tokens", "-1", "-1", "7"), 1) == 0


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e5),
    st.integers(1, 10**6),
    st.sampled_from(["requests", "tokens"]),
)
def test_a_rest_is_never_longer_than_until_everything_is_back_nor_than_two_minutes(
    limit: float, remaining: float, reset: float, tokens: int, kind: str
) -> None:
    rest = rest_s(limits(kind, f"{limit:.3f}", f"{remaining:.3f}", f"{reset:.3f}s"), tokens)
    assert 0 <= rest <= min(120, reset + 0.001)


@given(st.text())
def test_headers_may_hold_anything(text: str) -> None:
    assert rest_s(limits("requests", text, text, text), 1) >= 0
    assert (duration_s(text) or 0.0) >= 0
