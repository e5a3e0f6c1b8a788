"""The window, against simulated servers on a simulated clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from experiments.models.openai_window import Window


@dataclass
class Simulated:
    """How a run went: seconds taken, requests turned down, the window over the last half of the answers."""

    seconds: float
    refused: int
    mean_window: float


def run(
    ceiling: int,
    latency: Callable[[int], float],
    *,
    requests: int = 4000,
    places: int = 10**9,
    servers: int = 10**9,
    spread: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Asks a server as many requests at once as the window allows.

    Args:
        ceiling: The window's.
        latency: Mean seconds that an answer takes, by the number of requests under way.
        requests: How many have to be answered.
        places: More than these at once are turned down at once.
        servers: More than these at once wait their turn.
        spread: Coefficient of variation of the seconds (lognormal).
        seed: Of the draws.
    """
    rng, window, now = np.random.default_rng(seed), Window(ceiling), 0.0
    sigma = np.sqrt(np.log1p(spread**2))
    busy_until = [0.0] * servers if servers < 10**9 else []
    heapq.heapify(busy_until)
    under_way: list[tuple[float, float, bool]] = []
    answered = refused = 0
    sizes: list[int] = []
    while answered < requests:
        while len(under_way) < window.limit:
            if len(under_way) >= places:
                heapq.heappush(under_way, (now + 0.01, now, False))
                continue
            takes = latency(len(under_way) + 1) * float(rng.lognormal(-(sigma**2) / 2, sigma))
            start = max(now, heapq.heappop(busy_until)) if busy_until else now
            if servers < 10**9:
                heapq.heappush(busy_until, start + takes)
            heapq.heappush(under_way, (start + takes, now, True))
        now, sent, good = heapq.heappop(under_way)
        if good:
            answered += 1
            sizes.append(window.limit)
            window.answered(sent, now)
        else:
            refused += 1
            window.overloaded(sent, now)
        assert 1 <= window.limit <= ceiling
    return Simulated(now, refused, float(np.mean(sizes[len(sizes) // 2 :])))


def flat(under_way: int) -> float:
    return 1.0


SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_a_server_that_takes_everything_is_used_up_to_the_ceiling(spread: float, seed: int) -> None:
    got = run(64, flat, spread=spread, seed=seed)
    assert got.mean_window > 60
    assert got.seconds < 1.25 * 4000 / 64


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_a_server_that_batches_is_used_though_its_answers_slow_down(spread: float, seed: int) -> None:
    """At 64 at once an answer takes twice as long as at 8, and there are four times as many."""
    got = run(64, lambda under_way: 1 + under_way / 48, spread=spread, seed=seed)
    assert got.mean_window > 55


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("servers", [1, 4, 20])
def test_a_server_that_only_queues_is_not_asked_much_more(servers: int, seed: int) -> None:
    got = run(256, flat, servers=servers, seed=seed)
    assert got.mean_window < 3 * max(servers, 8)
    assert got.seconds < 1.2 * 4000 / servers


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("places", [2, 12, 50])
def test_a_server_that_turns_requests_down_is_seldom_asked_too_much(places: int, seed: int) -> None:
    got = run(256, flat, places=places, seed=seed)
    assert got.refused < 0.15 * 4000
    assert got.seconds < 1.5 * 4000 / places


def test_what_was_sent_before_the_window_shrank_does_not_shrink_it_again() -> None:
    window = Window(32)
    for _ in range(8):
        window.overloaded(sent=0.5, now=1.0)
    assert window.limit == 5
    window.overloaded(sent=1.0, now=2.0)
    assert window.limit == 3


def test_the_window_never_closes() -> None:
    window = Window(32)
    for second in range(20):
        window.overloaded(sent=float(second), now=float(second))
    assert window.limit == 1


def test_the_ceiling_is_kept_from_the_first_request_on() -> None:
    assert Window(1).limit == 1
    assert Window(5).limit == 5
    assert Window(500).limit == 8
