"""What having questions rewritten would take, before anything is spent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from experiments.models.protocol import Completion, Request
from experiments.rewriting.wanted import Wanted, first_requests, second_requests
from experiments.schema import ModelConfig
from experiments.sweep.estimate import Estimate, ModelEstimate, of_model
from experiments.sweep.plan import ModelPlan
from experiments.sweep.spending import price, prices_of

_INSTRUCTION_TOKENS = 60  # of a request for a translation back, beside the text


def estimate(
    cells: int,
    wanted: Sequence[Wanted],
    models: Mapping[str, ModelConfig],
    get: Callable[[Sequence[str]], Mapping[str, Completion]],
) -> Estimate:
    """Counts what it would take; a reply still to come is taken to be as long as it may be.

    Args:
        cells: How many there are.
        wanted: The texts to be had.
        models: By identity.
        get: Looks requests up in the store, by key.
    """
    first = first_requests(wanted)
    stored = {identity: get(list(each)) for identity, each in first.items()}
    second = second_requests(wanted, stored)
    again = {identity: get(list(each)) for identity, each in second.items()}
    to_come = {
        (one.identity, one.request.key): one
        for one in wanted
        if one.twice and one.request.key not in stored[one.identity]
    }
    return Estimate(
        cells=cells,
        impossible=0,
        asked=len(wanted),
        models=tuple(
            _of_model(
                config,
                [*first[identity].values(), *second.get(identity, {}).values()],
                {**stored[identity], **again.get(identity, {})},
                [one for (of, _), one in to_come.items() if of == identity],
            )
            for identity, config in models.items()
        ),
    )


def _of_model(
    config: ModelConfig,
    requests: Sequence[Request],
    stored: Mapping[str, Completion],
    to_come: Sequence[Wanted],
) -> ModelEstimate:
    counted = of_model(ModelPlan(config, "", tuple(requests)), stored)
    prompt_tokens = counted.prompt_tokens + sum(
        _INSTRUCTION_TOKENS + one.request.max_tokens for one in to_come
    )
    completion_tokens = counted.completion_tokens + sum(one.back_limit for one in to_come)
    return replace(
        counted,
        unique=counted.unique + len(to_come),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        usd=price(prices_of(config), prompt_tokens, completion_tokens),
    )
