"""What requests cost, and caps that hold while they are under way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.models.protocol import Completion, Request
from experiments.schema import BudgetConfig, PriceConfig
from experiments.sweep.spending import (
    CHARACTERS_PER_TOKEN,
    Spending,
    Use,
    characters_per_token,
    most,
    price,
    real,
)
from perturb.prompt import Message, Prompt

PRICES = PriceConfig(input=2.0, output=8.0, cached_input=0.5)


def test_prices_are_a_million_tokens() -> None:
    assert price(PRICES, 1_000_000, 0) == 2.0
    assert price(PRICES, 0, 500_000) == 4.0
    assert price(PRICES, 1000, 10, cached_tokens=600) == pytest.approx((400 * 2 + 600 * 0.5 + 10 * 8) / 1e6)
    assert price(PriceConfig(2.0, 8.0), 1000, 10, cached_tokens=600) == price(PriceConfig(2.0, 8.0), 1000, 10)


def test_a_request_may_take_its_prompt_and_its_limit() -> None:
    chat = Request("k", Prompt(None, (Message("system", "x" * 30), Message("user", "x" * 10))), 16)
    assert most(chat, PRICES) == Use(1, 26, price(PRICES, 10, 16))
    assert most(chat, PRICES, characters_per_token=2.0).tokens == 36


def test_the_ratio_of_answered_requests_replaces_the_rule_of_thumb() -> None:
    requests = [Request(f"k{n}", Prompt("x" * 30), 8) for n in range(30)]
    answered = {request.key: Completion(request.key, "", "stop", prompt_tokens=12) for request in requests}
    assert characters_per_token(requests, answered) == 2.5
    few = dict(list(answered.items())[:19])
    assert characters_per_token(requests, few) == CHARACTERS_PER_TOKEN
    uncounted = {key: Completion(key, "", "stop") for key in answered}
    assert characters_per_token(requests, uncounted) == CHARACTERS_PER_TOKEN


def done(key: str, tokens: int) -> Completion:
    return Completion(key, "", "stop", prompt_tokens=tokens)


def test_what_is_under_way_counts_with_the_most_it_may_take() -> None:
    spending = Spending(BudgetConfig(tokens=100))
    assert spending.reserve("a", Use(1, 60)) is None
    assert spending.reserve("b", Use(1, 41)) == "stopped before it could exceed budget.tokens=100"
    assert spending.reserve("b", Use(1, 40)) is None
    spending.settle(done("a", 10), PRICES)
    assert spending.reserve("c", Use(1, 50)) is None
    spending.drop("c")
    assert spending.reserve("d", Use(1, 50)) is None
    assert spending.used == Use(1, 10, real(done("a", 10), PRICES).usd)


def test_an_engine_that_does_not_count_is_charged_the_estimate() -> None:
    spending = Spending(BudgetConfig())
    spending.reserve("a", Use(1, 60, 0.5))
    assert spending.settle(Completion("a", "x", "stop"), PRICES) == Use(1, 60, 0.5)
    spending.reserve("b", Use(1, 60, 0.5))
    assert spending.settle(Completion("b", "", "error", error="500"), PRICES) == Use(1)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1), st.integers(0, 3)), max_size=60),
    st.integers(0, 400),
)
def test_no_cap_is_exceeded_by_what_takes_at_most_its_estimate(
    asked: list[tuple[int, float, int]], cap: int
) -> None:
    """Requests go out and come back in any order; each takes some share of the most it may."""
    spending = Spending(BudgetConfig(tokens=cap, requests=30))
    under_way: list[tuple[str, int]] = []
    for number, (tokens, share, comes_back) in enumerate(asked):
        if spending.reserve(str(number), Use(1, tokens)) is None:
            under_way.append((str(number), max(1, round(tokens * share))))
        for key, real_tokens in under_way[:comes_back]:
            spending.settle(done(key, real_tokens), PRICES)
        del under_way[:comes_back]
    for key, real_tokens in under_way:
        spending.settle(done(key, real_tokens), PRICES)
    assert spending.used.tokens <= cap
    assert spending.used.requests <= 30
