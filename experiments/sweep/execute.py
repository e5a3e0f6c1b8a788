"""Sending what is missing, each completion committed before it counts."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from experiments.models.protocol import Completion, Model, ModelError, Request, UnusableModelError
from experiments.schema import Backend, ModelConfig
from experiments.store.claims import Claims
from experiments.store.completions import CompletionStore
from experiments.store.lock import EngineLock
from experiments.sweep.meter import Meter
from experiments.sweep.outgoing import Outgoing, Stop
from experiments.sweep.plan import ModelPlan
from experiments.sweep.spending import Spending, Use, characters_per_token, most, prices_of

WAITING = 256  # answers that may wait to be committed before the model has to pause
ENGINES = frozenset({Backend.llamacpp, Backend.vllm, Backend.classifier})  # run in this process
POLL_S = 0.5
COMMIT_EVERY_S = 0.02  # commits are not closer than this: a flush to disk costs as much as sending a request

Arrival = tuple[Completion, Use]


@dataclass(slots=True)
class Answers:
    """What a model answered.

    Attributes:
        completions: By request key: stored ones, new ones and failed ones.
        paid: Keys of the completions that this run paid for.
        error: Why the model as a whole stopped answering; None if it did not.
        unusable: Whether it could not be asked at all with these settings.
    """

    completions: dict[str, Completion] = field(default_factory=dict[str, Completion])
    paid: set[str] = field(default_factory=set[str])
    error: str | None = None
    unusable: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What all models of a run share.

    Attributes:
        store: Where completions are looked up and committed.
        claims: This run's claims on requests.
        spending: What the run uses, under its caps.
        stop: Ends sending.
        load: Loads an engine.
        say: Tells the user one line.
        poll_s: Seconds between two looks at what other runs have answered.
    """

    store: CompletionStore
    claims: Claims
    spending: Spending
    stop: Stop
    load: Callable[[ModelConfig], Model]
    say: Callable[[str], None]
    poll_s: float = POLL_S


async def answer(plan: ModelPlan, stored: Mapping[str, Completion], desk: Desk, meter: Meter) -> Answers:
    """Answers one model's requests from the store, and the rest by the model.

    A request that another run is sending is waited for, and sent here if that run gives it up or dies. The
    engine is loaded only if something is to be sent. Whatever ends this early, the completions that arrived
    until then are in the store.

    Args:
        plan: The model's requests.
        stored: Those of their completions that the store held when the run began.
        desk: What the run's models share.
        meter: Counts what is done.

    Raises:
        StoreError: The store cannot be read or written.
    """
    answers = Answers(
        {request.key: stored[request.key] for request in plan.requests if request.key in stored}
    )
    missing = {request.key: request for request in plan.requests if request.key not in stored}
    meter.start(len(plan.requests), cached=len(answers.completions))
    with EngineLock(desk.store.path, plan.identity) as engine:
        told = False
        while missing and desk.stop.reason is None:
            may_load = plan.config.backend not in ENGINES or engine.take()
            mine = await _claim(missing, desk, answers, meter, may_claim=may_load)
            if mine:
                await _answered_by_model(plan, mine, desk, answers, meter)
                if answers.error is not None:
                    break
                for request in mine:
                    if request.key in answers.completions or desk.stop.reason is None:
                        del missing[request.key]
            elif missing:
                if not told:
                    desk.say(_waiting(plan, len(missing), may_load))
                told = True
                await asyncio.sleep(desk.poll_s)
    if missing and answers.error is None:
        answers.error = desk.stop.reason
    meter.finish()
    return answers


def _waiting(plan: ModelPlan, missing: int, may_load: bool) -> str:
    if may_load:
        return f"{plan.config.name}: another run is sending {missing:,} of the same requests; waiting for it"
    return (
        f"{plan.config.name}: another run has this engine loaded; waiting for it, so as not to load it twice"
    )


async def _claim(
    missing: dict[str, Request], desk: Desk, answers: Answers, meter: Meter, *, may_claim: bool
) -> list[Request]:
    """What is ours to send now; what others have answered meanwhile goes from the missing to the answers."""
    keys = list(missing)
    if may_claim:
        taken = await asyncio.to_thread(desk.claims.take, keys)
        keys, mine = list(taken.answered), taken.mine
    else:
        mine = frozenset[str]()
    found = await asyncio.to_thread(desk.store.get, keys)
    answers.completions.update(found)
    for key in found:
        del missing[key]
    meter.cached(len(found))
    return [request for key, request in missing.items() if key in mine]


async def _answered_by_model(
    plan: ModelPlan, requests: Sequence[Request], desk: Desk, answers: Answers, meter: Meter
) -> None:
    """Sends requests; claims on what was not answered are given up, whatever ends it."""
    try:
        await _send(plan, requests, desk, answers, meter)
    except ModelError as error:
        answers.error = str(error)
        answers.unusable = isinstance(error, UnusableModelError)
    finally:
        unanswered = [request.key for request in requests if request.key not in answers.paid]
        for key in unanswered:
            desk.spending.drop(key)
        desk.claims.release(unanswered)


async def _send(
    plan: ModelPlan, requests: Sequence[Request], desk: Desk, answers: Answers, meter: Meter
) -> None:
    model = await asyncio.to_thread(desk.load, plan.config)
    outgoing = Outgoing(requests, _gate(plan, desk, characters_per_token(plan.requests, answers.completions)))
    arrived: asyncio.Queue[Arrival | None] = asyncio.Queue(WAITING)
    prices = prices_of(plan.config)
    seen = set(revisions(answers.completions))

    async def receive() -> None:
        async for done in model.complete(outgoing):
            # Counted at once, not when committed: meanwhile further requests go out under the caps.
            await arrived.put((done, desk.spending.settle(done, prices)))

    receiving = asyncio.create_task(receive())
    receiving.add_done_callback(lambda _: _wake(arrived))
    try:
        clock = asyncio.get_running_loop().time
        while (batch := await _next(arrived, receiving)) is not None:
            began = clock()
            good = [done for done, _ in batch if done.finish != "error"]
            # In a thread: while the disk is written, requests go out and answers come in.
            await asyncio.to_thread(desk.store.put, plan.identity, good)
            answers.completions.update((done.key, done) for done, _ in batch)
            answers.paid.update(done.key for done in good)
            for revision in revisions({done.key: done for done in good}):
                if seen and revision not in seen:
                    desk.say(
                        f"{plan.config.name}: answered by {revision} now, before by {', '.join(sorted(seen))}"
                    )
                seen.add(revision)
            for done, use in batch:
                meter.add(done, use)
            meter.show()
            await asyncio.sleep(began + COMMIT_EVERY_S - clock())
        await receiving
    finally:
        receiving.cancel()
        with contextlib.suppress(asyncio.CancelledError, ModelError):
            await receiving
        await model.close()


def _gate(plan: ModelPlan, desk: Desk, per_token: float) -> Callable[[Request], bool]:
    """Whether a request may go out: not after a stop, over a cap, or on claims that another run took over."""
    let_out: set[str] = set()
    prices = prices_of(plan.config)

    def may_send(request: Request) -> bool:
        if desk.stop.reason is None and not desk.claims.hold():
            desk.stop.set("this run stood still so long that another may have taken its requests over")
        if desk.stop.reason is not None:
            return False
        if request.key not in let_out:
            use = most(request, prices, per_token)
            if cap := desk.spending.reserve(request.key, use):
                desk.stop.set(cap)
                return False
            let_out.add(request.key)
        return True

    return may_send


def _wake(arrived: asyncio.Queue[Arrival | None]) -> None:
    """Lets a waiting reader see that no more will come; a full queue has no waiting reader."""
    with contextlib.suppress(asyncio.QueueFull):
        arrived.put_nowait(None)


async def _next(
    arrived: asyncio.Queue[Arrival | None], receiving: "asyncio.Task[None]"
) -> list[Arrival] | None:
    """All completions that have arrived by now, at least one; None when no more will come."""
    if receiving.done() and arrived.empty():
        return None
    first = await arrived.get()
    batch = [first]
    while not arrived.empty():
        batch.append(arrived.get_nowait())
    return [arrival for arrival in batch if arrival is not None] or None


def revisions(completions: Mapping[str, Completion]) -> tuple[str, ...]:
    """What answered, as it says itself; more than one is a change of the model during the run."""
    return tuple(sorted({done.revision for done in completions.values() if done.revision}))
