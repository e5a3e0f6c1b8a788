"""Sending what is missing, each completion committed before it counts."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from experiments.models.protocol import Completion, Model, ModelError, UnusableModelError
from experiments.schema import ModelConfig
from experiments.store.completions import CompletionStore
from experiments.store.lock import paying_lock
from experiments.sweep.plan import ModelPlan
from experiments.sweep.progress import Advance

WAITING = 1000  # completions that may wait to be committed before the model has to pause


@dataclass(slots=True)
class Answers:
    """What a model answered.

    Attributes:
        completions: By request key: stored ones, new ones and failed ones.
        cached: How many were in the store.
        error: Why the model as a whole stopped answering; None if it did not.
        unusable: Whether it could not be asked at all with these settings.
    """

    completions: dict[str, Completion] = field(default_factory=dict[str, Completion])
    cached: int = 0
    error: str | None = None
    unusable: bool = False


def answer(
    plan: ModelPlan,
    store: CompletionStore,
    load: Callable[[ModelConfig], Model],
    show: Callable[[str, int], contextlib.AbstractContextManager[Advance]],
    say: Callable[[str], None],
) -> Answers:
    """Answers one model's requests from the store, and the rest by the model.

    The engine is loaded only if something is missing. Whatever ends this early, the completions that arrived
    until then are in the store.

    Args:
        plan: The model's requests.
        store: Where completions are looked up and committed.
        load: Loads the engine.
        show: Gives a progress display for a title and a count.
        say: Tells the user one line.
    """
    answers = Answers(completions=store.get([request.key for request in plan.requests]))
    answers.cached = len(answers.completions)
    if answers.cached == len(plan.requests):
        return answers
    waiting = (
        f"{plan.config.name}: another run is asking this model; waiting for it, so as to pay nothing twice"
    )
    with paying_lock(store.path, plan.identity, on_wait=lambda: say(waiting)):
        # What another run paid for while this one waited is there now.
        answers.completions = store.get([request.key for request in plan.requests])
        answers.cached = len(answers.completions)
        try:
            asyncio.run(_send(plan, store, load, show, answers))
        except ModelError as error:
            answers.error = str(error)
            answers.unusable = isinstance(error, UnusableModelError)
    return answers


async def _send(
    plan: ModelPlan,
    store: CompletionStore,
    load: Callable[[ModelConfig], Model],
    show: Callable[[str, int], contextlib.AbstractContextManager[Advance]],
    answers: Answers,
) -> None:
    missing = [request for request in plan.requests if request.key not in answers.completions]
    if not missing:
        return
    model = await asyncio.to_thread(load, plan.config)
    arrived: asyncio.Queue[Completion | None] = asyncio.Queue(WAITING)

    async def receive() -> None:
        async for completion in model.complete(missing):
            await arrived.put(completion)

    receiving = asyncio.create_task(receive())
    receiving.add_done_callback(lambda _: _wake(arrived))
    try:
        with show(plan.config.name, len(missing)) as advance:
            while (batch := await _next(arrived, receiving)) is not None:
                good = [done for done in batch if done.finish != "error"]
                store.put(plan.identity, good)
                answers.completions.update({done.key: done for done in batch})
                advance(len(batch), len(batch) - len(good))
        await receiving
    finally:
        receiving.cancel()
        with contextlib.suppress(asyncio.CancelledError, ModelError):
            await receiving
        await model.close()


def _wake(arrived: asyncio.Queue[Completion | None]) -> None:
    """Lets a waiting reader see that no more will come; a full queue has no waiting reader."""
    with contextlib.suppress(asyncio.QueueFull):
        arrived.put_nowait(None)


async def _next(
    arrived: asyncio.Queue[Completion | None], receiving: "asyncio.Task[None]"
) -> list[Completion] | None:
    """All completions that have arrived by now, at least one; None when no more will come."""
    if receiving.done() and arrived.empty():
        return None
    first = await arrived.get()
    batch = [first]
    while not arrived.empty():
        batch.append(arrived.get_nowait())
    real = [completion for completion in batch if completion is not None]
    return real or None


def revisions(completions: Mapping[str, Completion]) -> tuple[str, ...]:
    """What answered, as it says itself; more than one is a change of the model during the run."""
    return tuple(sorted({done.revision for done in completions.values() if done.revision}))
