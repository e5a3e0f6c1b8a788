"""What requests cost, and the caps that hold while they are sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from experiments.models.protocol import Completion, Request
from experiments.schema import Backend, BudgetConfig, ModelConfig, PriceConfig

CHARACTERS_PER_TOKEN = 4.0  # rule of thumb for English; for a model that nothing is known of yet
_ENOUGH = 20  # answered requests from which on their own ratio is used


@dataclass(frozen=True, slots=True)
class Use:
    """What was sent or may be: requests, tokens in and out together, US dollars."""

    requests: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.requests + other.requests, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: "Use") -> "Use":
        return Use(self.requests - other.requests, self.tokens - other.tokens, self.usd - other.usd)


def prices_of(model: ModelConfig) -> PriceConfig:
    """What a model's tokens cost as it is asked: in a batch, at the price of that."""
    if model.backend is not Backend.openai or not model.openai.batch:
        return model.price
    prices, factor = model.price, model.price.batch
    cached = None if prices.cached_input is None else prices.cached_input * factor
    return replace(
        prices, input=prices.input * factor, output=prices.output * factor, cached_input=cached, batch=1.0
    )


def price(
    prices: PriceConfig, prompt_tokens: int, completion_tokens: int, *, cached_tokens: int = 0
) -> float:
    """US dollars for so many tokens.

    Args:
        prices: US dollars per million tokens.
        prompt_tokens: Tokens in, those that the provider had in its cache included.
        completion_tokens: Tokens out.
        cached_tokens: Those of the tokens in that the provider had in its cache.
    """
    cached_price = prices.input if prices.cached_input is None else prices.cached_input
    fresh = prices.input * (prompt_tokens - cached_tokens) + cached_price * cached_tokens
    return (fresh + prices.output * completion_tokens) / 1e6


def prompt_characters(request: Request) -> int:
    """Length of what a request sends."""
    prompt = request.prompt
    if prompt.text is not None:
        return len(prompt.text)
    return sum(len(message.content) for message in prompt.messages)


def characters_per_token(requests: Iterable[Request], answered: Mapping[str, Completion]) -> float:
    """How many characters a model's tokens have: of the requests that it has answered, else a rule of thumb.

    Args:
        requests: A model's requests.
        answered: Completions, by key; those whose engine did not count its tokens say nothing.
    """
    characters = tokens = count = 0
    for request in requests:
        done = answered.get(request.key)
        if done is not None and done.prompt_tokens and not request.options:
            characters += prompt_characters(request)
            tokens += done.prompt_tokens
            count += 1
    return characters / tokens if count >= _ENOUGH else CHARACTERS_PER_TOKEN


def most(request: Request, prices: PriceConfig, characters_per_token: float = CHARACTERS_PER_TOKEN) -> Use:
    """What a request may take: its prompt's estimated tokens, and as many tokens out as it allows."""
    prompt_tokens = round(prompt_characters(request) / characters_per_token)
    usd = price(prices, prompt_tokens, request.max_tokens)
    return Use(1, prompt_tokens + request.max_tokens, usd)


def real(done: Completion, prices: PriceConfig) -> Use:
    """What a completion took, as its engine counted."""
    usd = price(prices, done.prompt_tokens, done.completion_tokens, cached_tokens=done.cached_tokens)
    return Use(1, done.prompt_tokens + done.completion_tokens, usd)


class Spending:
    """What a run has used, what is under way, and whether another request fits under the caps.

    What is under way counts with the most it may take, and what has arrived with what its engine counted. So
    a cap is not exceeded while requests are under way, except by prompts with more tokens than estimated.

    Args:
        budget: The caps, which hold for the run as a whole.
    """

    def __init__(self, budget: BudgetConfig) -> None:
        self._budget = budget
        self._used = Use()
        self._under_way: dict[str, Use] = {}
        self._reserved = Use()

    @property
    def used(self) -> Use:
        """What has arrived; failed requests count as requests."""
        return self._used

    def reserve(self, key: str, use: Use) -> str | None:
        """Counts a request as under way, if it fits.

        Returns:
            None, or the cap under which it does not fit, in words.
        """
        after, budget = self._used + self._reserved + use, self._budget
        caps = (
            ("requests", after.requests, budget.requests),
            ("tokens", after.tokens, budget.tokens),
            ("usd", after.usd - 1e-9, budget.usd),
        )
        for name, amount, cap in caps:
            if cap is not None and amount > cap:
                return f"stopped before it could exceed budget.{name}={cap:g}"
        self._under_way[key] = use
        self._reserved += use
        return None

    def settle(self, done: Completion, prices: PriceConfig) -> Use:
        """Counts a completion in place of what was reserved for it; returns what it took."""
        self._reserved -= (reserved := self._under_way.pop(done.key, Use()))
        use = real(done, prices)
        if use.tokens == 0 and done.finish != "error":  # the engine does not count: the estimate stands
            use = reserved
        self._used += use
        return use

    def drop(self, key: str) -> None:
        """Forgets a request that was under way and of which nothing will come."""
        self._reserved -= self._under_way.pop(key, Use())
