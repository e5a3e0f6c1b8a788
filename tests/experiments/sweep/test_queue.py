"""The queue: who is asked beside whom, and what ends it."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from experiments.models.protocol import Completion, Model, Request
from experiments.schema import Backend, BudgetConfig, ModelConfig, Progress
from experiments.store.completions import CompletionStore, StoreError, open_store
from experiments.sweep.plan import ModelPlan
from experiments.sweep.queue import Queue
from perturb.prompt import Prompt


class Log:
    """Loads models that write down when they were asked, and wait for one another if told to."""

    def __init__(self, meet: int = 0) -> None:
        self.events: list[str] = []
        self.meet = meet
        self.here = 0

    def load(self, config: ModelConfig) -> Model:
        log = self

        class Asked:
            @property
            def identity(self) -> str:
                return config.name

            async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
                log.events.append(f"{config.name} begins")
                log.here += 1
                while log.here < log.meet:
                    await asyncio.sleep(0.01)
                for request in requests:
                    await asyncio.sleep(0)
                    yield Completion(request.key, "x", "stop", 1, 1)
                log.events.append(f"{config.name} ends")

            async def close(self) -> None:
                pass

        return Asked()


def plans(**backends: Backend) -> list[ModelPlan]:
    return [
        ModelPlan(
            ModelConfig(name, backend), name, tuple(Request(f"{name}{n}", Prompt("Q"), 8) for n in range(3))
        )
        for name, backend in backends.items()
    ]


@pytest.fixture
def queue_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[CompletionStore, Log, BudgetConfig], Queue]:
    def make(store: CompletionStore, log: Log, budget: BudgetConfig) -> Queue:
        monkeypatch.setattr("experiments.sweep.queue.load", log.load)
        return Queue(store, budget, Console(file=io.StringIO()), Progress.lines)

    return make


MakeQueue = Callable[[CompletionStore, Log, BudgetConfig], Queue]


def test_models_behind_addresses_are_asked_side_by_side(tmp_path: Path, queue_on: MakeQueue) -> None:
    log = Log(meet=3)  # each waits until all three have begun
    with open_store(tmp_path / "s.sqlite") as store:
        answers = queue_on(store, log, BudgetConfig()).answer(
            plans(a=Backend.openai, b=Backend.perspective, c=Backend.simulated)
        )
    assert {name: len(each.completions) for name, each in answers.items()} == {"a": 3, "b": 3, "c": 3}
    assert sorted(log.events[:3]) == ["a begins", "b begins", "c begins"]


def test_embedded_engines_are_asked_one_after_the_other(tmp_path: Path, queue_on: MakeQueue) -> None:
    log = Log()
    with open_store(tmp_path / "s.sqlite") as store:
        queue_on(store, log, BudgetConfig()).answer(
            plans(a=Backend.llamacpp, b=Backend.simulated, c=Backend.vllm)
        )
    assert log.events == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


def test_what_the_store_holds_loads_nothing(tmp_path: Path, queue_on: MakeQueue) -> None:
    log, models = Log(), plans(a=Backend.openai, b=Backend.llamacpp)
    with open_store(tmp_path / "s.sqlite") as store:
        queue_on(store, log, BudgetConfig()).answer(models)
        log.events.clear()
        answers = queue_on(store, log, BudgetConfig()).answer(models)
    assert log.events == []
    assert all(len(each.completions) == 3 and not each.paid for each in answers.values())


def test_a_cap_holds_over_all_models_and_rounds(tmp_path: Path, queue_on: MakeQueue) -> None:
    with open_store(tmp_path / "s.sqlite") as store:
        queue = queue_on(store, Log(), BudgetConfig(requests=4))
        answers = queue.answer(plans(a=Backend.simulated, b=Backend.simulated, c=Backend.simulated))
        assert [len(answers[name].paid) for name in "abc"] == [3, 1, 0]
        assert answers["a"].error is None
        for name in "bc":
            assert answers[name].error == "stopped before it could exceed budget.requests=4"
        later = queue.answer(plans(d=Backend.simulated))
        assert later["d"].error == "stopped before it could exceed budget.requests=4"


def test_a_store_that_breaks_ends_every_model(
    tmp_path: Path, queue_on: MakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: CompletionStore, model: str, completions: object) -> None:
        raise StoreError("database or disk is full")

    monkeypatch.setattr(CompletionStore, "put", full)
    with (
        open_store(tmp_path / "s.sqlite") as store,
        pytest.raises(StoreError, match="full"),
    ):
        queue_on(store, Log(), BudgetConfig()).answer(plans(a=Backend.openai, b=Backend.openai))


def test_a_run_in_a_thread_has_no_ctrl_c_of_its_own(tmp_path: Path, queue_on: MakeQueue) -> None:
    answered: list[int] = []
    with open_store(tmp_path / "s.sqlite") as store:
        queue = queue_on(store, Log(), BudgetConfig())
        thread = threading.Thread(
            target=lambda: answered.append(len(queue.answer(plans(a=Backend.openai))["a"].completions))
        )
        thread.start()
        thread.join(60)
    assert answered == [3]
