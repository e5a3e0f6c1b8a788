"""What a sweep would take, before anything is spent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from experiments.models.protocol import Completion
from experiments.report.numerals import usd
from experiments.schema import BudgetConfig, ModelConfig, PriceConfig
from experiments.sweep.ask import graders_of, max_tokens
from experiments.sweep.opinions import MAX_TOKENS, Opinions, asked_model
from experiments.sweep.plan import ModelPlan, Plan
from experiments.sweep.spending import (
    CHARACTERS_PER_TOKEN,
    characters_per_token,
    price,
    prices_of,
    prompt_characters,
)

OPINION_TOKENS = 400  # of the question put to a judge, without the answer that it is about


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
        characters_per_token: What the tokens in are estimated with: the model's own ratio where the store has
            answers of it, else a rule of thumb.
        price: The model's prices.
    """

    model: str
    unique: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    usd: float
    characters_per_token: float = CHARACTERS_PER_TOKEN
    price: PriceConfig = field(default_factory=PriceConfig)

    @property
    def to_send(self) -> int:
        """Requests that would be sent."""
        return self.unique - self.cached


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sweep would take.

    Attributes:
        cells: How many there are.
        impossible: Those of them that cannot be asked.
        asked: Questions, in all cells together.
        models: What each model's share would take.
        fewer_shots: Those of the questions that would be asked with fewer examples, since no more fit.
    """

    cells: int
    impossible: int
    asked: int
    models: tuple[ModelEstimate, ...]
    fewer_shots: int = 0
    left_out: int = 0  # questions that a sparse sample leaves out
    at_most: int | None = None  # of the questions, if a search asks only some

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


def estimate(
    plan: Plan, stored: Mapping[str, Completion], opinions: Opinions, replies: Mapping[str, Completion]
) -> Estimate:
    """Counts what a plan would take, given what the store holds.

    Args:
        plan: The sweep.
        stored: The completions that the store holds.
        opinions: What graders would ask other models about those.
        replies: What the store holds of that. About completions still to come the same is assumed as if each
            filled its token limit.
    """
    return Estimate(
        cells=len(plan.cells),
        impossible=sum(cell.error is not None for cell in plan.cells),
        asked=plan.asked,
        models=(
            *(of_model(model, stored) for model in plan.models),
            *_of_graders(plan, stored, opinions, replies),
        ),
        fewer_shots=sum(one.shots < cell.cell.config.shots for cell in plan.cells for one in cell.asked),
        left_out=plan.left_out,
    )


def _of_graders(
    plan: Plan, stored: Mapping[str, Completion], opinions: Opinions, replies: Mapping[str, Completion]
) -> Iterator[ModelEstimate]:
    """What graders would ask other models, by the model."""
    to_come: dict[str, set[tuple[str, int]]] = {}
    configs: dict[str, ModelConfig] = {}
    for cell in plan.cells:
        for name in graders_of(cell.cell.config) if cell.error is None else ():
            model = asked_model(cell.cell.config, name)
            if model is not None:
                configs[repr(model)] = model
                to_come.setdefault(repr(model), set()).update(
                    (asked.key, max_tokens(cell.cell.config))
                    for asked in cell.asked
                    if asked.key not in stored
                )
    known = {repr(model.config): model for model in opinions.models}
    for described, config in configs.items():
        now = known.get(described)
        counted = of_model(now or ModelPlan(config, "", ()), replies)
        further = to_come[described]
        prompt_tokens = counted.prompt_tokens + sum(OPINION_TOKENS + limit for _, limit in further)
        completion_tokens = counted.completion_tokens + len(further) * MAX_TOKENS
        yield replace(
            counted,
            model=f"{config.name} (grader)",
            unique=counted.unique + len(further),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            usd=price(prices_of(config), prompt_tokens, completion_tokens),
        )


def of_model(plan: ModelPlan, stored: Mapping[str, Completion]) -> ModelEstimate:
    """What one model's requests would take.

    Args:
        plan: The requests.
        stored: The completions that the store holds, by key.
    """
    missing = [request for request in plan.requests if request.key not in stored]
    per_token = characters_per_token(plan.requests, stored)
    prompt_tokens = round(sum(map(prompt_characters, missing)) / per_token)
    completion_tokens = sum(request.max_tokens for request in missing)
    return ModelEstimate(
        model=plan.config.name,
        unique=len(plan.requests),
        cached=len(plan.requests) - len(missing),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        usd=price(prices_of(plan.config), prompt_tokens, completion_tokens),
        characters_per_token=per_token,
        price=plan.config.price,
    )


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
        raise BudgetError(f"the sweep may cost {usd(what.usd)}, budget.usd is {usd(budget.usd)}")
