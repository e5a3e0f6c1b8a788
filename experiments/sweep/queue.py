"""The queue of a run: models behind addresses side by side, embedded engines one after the other."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Generator, Mapping, Sequence

from rich.console import Console

from experiments.models.protocol import Completion
from experiments.models.registry import load
from experiments.schema import Backend, BudgetConfig, Progress
from experiments.store import tables
from experiments.store.claims import claims_on
from experiments.store.completions import CompletionStore
from experiments.sweep.execute import Answers, Desk, answer
from experiments.sweep.outgoing import Stop
from experiments.sweep.plan import ModelPlan
from experiments.sweep.progress import Display, display
from experiments.sweep.spending import Spending

REMOTE = frozenset({Backend.openai, Backend.perspective})
INTERRUPTED = 130


class Queue:
    """What a run asks, in as many rounds as it likes, under one budget.

    Args:
        store: Where completions are looked up and committed.
        budget: The run's caps.
        console: On standard error.
        progress: How progress is shown there.
    """

    def __init__(
        self, store: CompletionStore, budget: BudgetConfig, console: Console, progress: Progress
    ) -> None:
        self._store, self._console, self._progress = store, console, progress
        self._spending, self._stop = Spending(budget), Stop()

    def answer(
        self, models: Sequence[ModelPlan], stored: Mapping[str, Completion] | None = None
    ) -> dict[str, Answers]:
        """Answers every model's requests, from the store or by the model.

        The first Ctrl-C lets what is under way finish; the second ends the process at once, which the store
        survives as it survives anything. What exceeds a cap stops everything that comes after it.

        Args:
            models: The models with their requests.
            stored: What the store held of them when the run began; looked up if not given.

        Returns:
            By identity.

        Raises:
            KeyboardInterrupt: The user stopped the run, and what was under way is committed.
            StoreError: The store cannot be read or written.
        """
        if stored is None:
            stored = self._store.get([request.key for model in models for request in model.requests])
        if all(request.key in stored for model in models for request in model.requests):
            return {model.identity: _stored(model, stored) for model in models}
        with claims_on(self._store.path) as claims, display(self._console, self._progress) as shown:
            desk = Desk(self._store, claims, self._spending, self._stop, load, shown.say)
            return _answer_all(models, stored, desk, shown)


def _stored(model: ModelPlan, stored: Mapping[str, Completion]) -> Answers:
    return Answers({request.key: stored[request.key] for request in model.requests})


def _answer_all(
    models: Sequence[ModelPlan], stored: Mapping[str, Completion], desk: Desk, display: Display
) -> dict[str, Answers]:
    meters = {model.identity: display.meter(model.config.name) for model in models}
    answers: dict[str, Answers] = {}

    async def one(model: ModelPlan) -> None:
        answers[model.identity] = await answer(model, stored, desk, meters[model.identity])

    async def one_after_the_other(those: Sequence[ModelPlan]) -> None:
        for model in those:
            await one(model)

    async def everything() -> None:
        with _interruptible(desk.stop, display):
            async with asyncio.TaskGroup() as side_by_side:
                for model in models:
                    if model.config.backend in REMOTE:
                        side_by_side.create_task(one(model))
                embedded = [model for model in models if model.config.backend not in REMOTE]
                side_by_side.create_task(one_after_the_other(embedded))
                side_by_side.create_task(asyncio.to_thread(tables.load))  # while answers are waited for

    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(everything())
    except BaseExceptionGroup as group:
        raise _first(group) from None
    if desk.stop.interrupted:
        raise KeyboardInterrupt
    return {model.identity: answers[model.identity] for model in models}


def _new_loop() -> asyncio.AbstractEventLoop:
    """The event loop of uvloop where there is one, which there is not for Windows: it is the faster."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextlib.contextmanager
def _interruptible(stop: Stop, display: Display) -> Generator[None]:
    """Handles Ctrl-C for the length of a block; only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt() -> None:
        if stop.interrupted:
            display.leave()
            display.say("stopped at once; the same command goes on where it stopped")
            # An engine computing in a thread cannot be told to end, and Python would wait for it.
            os._exit(INTERRUPTED)
        stop.set("the run was interrupted", interrupted=True)
        display.say("stopping: what is under way is finished and kept; Ctrl-C again stops at once")

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
