"""What a sweep would take, before anything is spent."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.models.protocol import Completion, Request
from experiments.schema import BudgetConfig, PriceConfig
from experiments.sweep.plan import ModelPlan, Plan

CHARACTERS_PER_TOKEN = 4.0  # rule of thumb for English; only what is said before sending rests on it


class BudgetError(Exception):
    """The sweep would exceed a cap; nothing was sent."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """What one model's share would take.

    Attributes:
        model: The model's name.
        unique: Distinct requests.
        cached: Those that the store answers.
        prompt_tokens: Estimated tokens in, of those still to send.
        completion_tokens: Most tokens out, of those still to send: the limit of each.
        usd: Upper estimate of the price of those, at the model's configured prices.
    """

    model: str
    unique: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    usd: float

    @property
    def to_send(self) -> int:
        """Requests that would be sent."""
        return self.unique - self.cached


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sweep would take."""

    cells: int
    impossible: int
    asked: int
    models: tuple[ModelEstimate, ...]

    @property
    def to_send(self) -> int:
        """Requests that would be sent, over all models."""
        return sum(model.to_send for model in self.models)

    @property
    def tokens(self) -> int:
        """Upper estimate of tokens in and out."""
        return sum(model.prompt_tokens + model.completion_tokens for model in self.models)

    @property
    def usd(self) -> float:
        """Upper estimate of the price."""
        return sum(model.usd for model in self.models)


def prompt_characters(request: Request) -> int:
    """Length of what a request sends."""
    prompt = request.prompt
    return len(prompt.text or "") + sum(len(message.content) for message in prompt.messages)


def estimate(plan: Plan, stored: Mapping[str, Completion]) -> Estimate:
    """Counts what a plan would take, given what the store holds."""
    return Estimate(
        cells=len(plan.cells),
        impossible=sum(cell.error is not None for cell in plan.cells),
        asked=plan.asked,
        models=tuple(_of_model(model, stored) for model in plan.models),
    )


def _of_model(plan: ModelPlan, stored: Mapping[str, Completion]) -> ModelEstimate:
    missing = [request for request in plan.requests if request.key not in stored]
    prompt_tokens = round(sum(map(prompt_characters, missing)) / CHARACTERS_PER_TOKEN)
    completion_tokens = sum(request.max_tokens for request in missing)
    return ModelEstimate(
        model=plan.config.name,
        unique=len(plan.requests),
        cached=len(plan.requests) - len(missing),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        usd=price(plan.config.price, prompt_tokens, completion_tokens),
    )


def price(prices: PriceConfig, prompt_tokens: int, completion_tokens: int) -> float:
    """US dollars for so many tokens."""
    return (prices.input * prompt_tokens + prices.output * completion_tokens) / 1e6


def check_budget(what: Estimate, budget: BudgetConfig) -> None:
    """Refuses a sweep whose upper estimate exceeds a cap.

    Raises:
        BudgetError: If it does; the message names the cap and what the sweep would take.
    """
    if budget.requests is not None and what.to_send > budget.requests:
        raise BudgetError(
            f"the sweep would send {what.to_send:,} requests, budget.requests is {budget.requests:,}"
        )
    if budget.tokens is not None and what.tokens > budget.tokens:
        raise BudgetError(f"the sweep may take {what.tokens:,} tokens, budget.tokens is {budget.tokens:,}")
    if budget.usd is not None and what.usd > budget.usd:
        raise BudgetError(f"the sweep may cost ${what.usd:.2f}, budget.usd is ${budget.usd:.2f}")
