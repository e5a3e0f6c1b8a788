"""The control arm: a sample of a sweep's greedy prompts, asked again to measure the engine's own noise."""

from collections.abc import Sequence
from dataclasses import replace

from experiments.models.protocol import Request
from experiments.schema import ControlConfig
from experiments.sweep.ask import Asked
from experiments.sweep.keys import request_key
from experiments.sweep.plan import ModelPlan, Plan, PlannedCell


def with_control(plan: Plan, control: ControlConfig) -> Plan:
    """Adds the control arm to a plan.

    For each model and task, `control.items` of the prompts asked at temperature 0 are drawn, each distinct
    prompt being as likely as any other, and asked `control.replicates - 1` more times. Keys are hashes, so
    those with the lowest are a random sample; it is the same one in every run, and a sweep with further cells
    mostly keeps it.

    Args:
        plan: The sweep.
        control: How large the arm is.

    Returns:
        The plan with the arm's questions after each cell's own; the same plan if there is to be none.
    """
    if control.replicates < 2 or control.items < 1:
        return plan
    asked: dict[tuple[str, str], dict[str, tuple[int, Asked]]] = {}
    for place, cell in enumerate(plan.cells):
        sampling = cell.cell.config.sampling
        if sampling.temperature > 0 or (sampling.engine_noise and sampling.replicate > 0):
            continue
        group = asked.setdefault((cell.identity, cell.cell.config.task.name), {})
        for one in cell.asked:
            group.setdefault(one.key or one.options_key, (place, one))
    requests = {model.identity: {one.key: one for one in model.requests} for model in plan.models}
    further: dict[int, list[Asked]] = {}
    added: dict[str, dict[str, Request]] = {}
    for (identity, _), group in asked.items():
        for key in sorted(group)[: control.items]:
            place, one = group[key]
            for repeat in range(1, control.replicates):
                again = {
                    name: _again(identity, requests[identity], getattr(one, name), repeat, added)
                    for name in ("key", "options_key")
                }
                further.setdefault(place, []).append(
                    replace(one, replicate=one.replicate + repeat, control=True, **again)
                )
    return Plan(
        tuple(_longer(cell, further.get(place, ())) for place, cell in enumerate(plan.cells)),
        tuple(_more(model, added.get(model.identity, {})) for model in plan.models),
    )


def _again(
    identity: str, requests: dict[str, Request], key: str, repeat: int, added: dict[str, dict[str, Request]]
) -> str:
    """Adds the same request under a key of its own, and returns that key."""
    if not key:
        return ""
    first = requests[key]
    # A simulated respondent is the engine, and is told that it is asked again.
    tags = {**first.tags, "repeat": str(repeat)} if first.tags else first.tags
    other = request_key(
        identity,
        first.prompt,
        max_tokens=first.max_tokens,
        temperature=first.temperature,
        top_p=first.top_p,
        seed=first.seed,
        logprobs=first.logprobs,
        options=first.options,
        tags=tags,
        repeat=repeat,
    )
    if other not in requests:
        added.setdefault(identity, {})[other] = replace(first, key=other, tags=tags)
    return other


def _longer(cell: PlannedCell, more: Sequence[Asked]) -> PlannedCell:
    return replace(cell, asked=(*cell.asked, *more)) if more else cell


def _more(model: ModelPlan, added: dict[str, Request]) -> ModelPlan:
    """Repeats come after everything else, lest they meet their first answer in one batch."""
    return replace(model, requests=(*model.requests, *added.values()))
