"""Sending what is missing: each completion is committed before it counts, and nothing is asked twice."""

import contextlib
import threading
from collections.abc import AsyncIterator, Generator, Sequence
from pathlib import Path

import pytest

from experiments.models.protocol import Completion, ModelError, Request
from experiments.schema import Backend, ModelConfig
from experiments.store.completions import CompletionStore, StoreError, open_store
from experiments.store.lock import paying_lock
from experiments.sweep.execute import Answers, answer, revisions
from experiments.sweep.plan import ModelPlan
from experiments.sweep.progress import Advance
from perturb.prompt import Prompt


def requests(count: int) -> tuple[Request, ...]:
    return tuple(Request(f"k{number}", Prompt(f"Q{number}"), 8) for number in range(count))


class Fake:
    """Answers in reverse order; breaks after `breaks_after` completions; fails the keys in `fails`."""

    def __init__(self, breaks_after: int | None = None, fails: Sequence[str] = ()) -> None:
        self.asked: list[str] = []
        self.closed = 0
        self.breaks_after = breaks_after
        self.fails = fails

    @property
    def identity(self) -> str:
        return "fake"

    async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        for number, request in enumerate(reversed(requests)):
            if number == self.breaks_after:
                raise ModelError("the server is gone")
            self.asked.append(request.key)
            if request.key in self.fails:
                yield Completion(request.key, "", "error", error="500")
            else:
                yield Completion(request.key, f"to {request.key}", "stop", revision="r1")

    async def close(self) -> None:
        self.closed += 1


class Shown:
    """Counts what a progress display would show."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done = self.failed = 0

    def __call__(self, title: str, total: int) -> contextlib.AbstractContextManager[Advance]:
        self.totals.append(total)
        return self._shown()

    @contextlib.contextmanager
    def _shown(self) -> Generator[Advance]:
        yield self._advance

    def _advance(self, done: int, failed: int) -> None:
        self.done += done
        self.failed += failed


def run(path: Path, model: Fake, count: int, shown: Shown | None = None) -> Answers:
    plan = ModelPlan(ModelConfig(name="fake", backend=Backend.simulated), "fake", requests(count))
    with open_store(path) as store:
        return answer(plan, store, lambda _: model, shown or Shown(), lambda _: None)


def test_every_request_is_answered_and_stored(tmp_path: Path) -> None:
    model, shown = Fake(), Shown()
    answers = run(tmp_path / "s.sqlite", model, 3000, shown)
    assert len(answers.completions) == 3000
    assert (answers.cached, answers.error) == (0, None)
    assert (shown.totals, shown.done, shown.failed) == ([3000], 3000, 0)
    assert model.closed == 1
    with open_store(tmp_path / "s.sqlite") as store:
        assert len(store.get([f"k{number}" for number in range(3000)])) == 3000


def test_a_second_run_asks_nothing_and_loads_no_engine(tmp_path: Path) -> None:
    run(tmp_path / "s.sqlite", Fake(), 5)
    second = Fake()
    answers = run(tmp_path / "s.sqlite", second, 5)
    assert (answers.cached, second.asked, second.closed) == (5, [], 0)
    assert answers.completions["k3"].text == "to k3"


def test_only_what_is_missing_is_asked(tmp_path: Path) -> None:
    run(tmp_path / "s.sqlite", Fake(), 5)
    model = Fake()
    answers = run(tmp_path / "s.sqlite", model, 8)
    assert sorted(model.asked) == ["k5", "k6", "k7"]
    assert (answers.cached, len(answers.completions)) == (5, 8)


def test_a_model_that_breaks_keeps_what_it_answered(tmp_path: Path) -> None:
    broken = Fake(breaks_after=4)
    answers = run(tmp_path / "s.sqlite", broken, 10)
    assert answers.error == "the server is gone"
    assert len(answers.completions) == 4
    assert broken.closed == 1
    rest = Fake()
    assert len(run(tmp_path / "s.sqlite", rest, 10).completions) == 10
    assert len(rest.asked) == 6


def test_failed_requests_are_asked_again_next_time(tmp_path: Path) -> None:
    shown = Shown()
    answers = run(tmp_path / "s.sqlite", Fake(fails=["k1", "k2"]), 5, shown)
    assert (shown.done, shown.failed) == (5, 2)
    assert answers.completions["k1"].error == "500"
    again = Fake()
    run(tmp_path / "s.sqlite", again, 5)
    assert sorted(again.asked) == ["k1", "k2"]


def test_a_store_that_cannot_be_written_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: CompletionStore, model: str, completions: object) -> None:
        raise StoreError("database or disk is full")

    monkeypatch.setattr(CompletionStore, "put", full)
    model = Fake()
    with pytest.raises(StoreError, match="full"):
        run(tmp_path / "s.sqlite", model, 3000)
    assert model.closed == 1
    assert len(model.asked) < 3000


def test_two_runs_at_once_pay_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    models = [Fake(), Fake()]
    threads = [threading.Thread(target=run, args=(path, model, 400)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(model.asked) for model in models) == [0, 400]


def test_who_waits_for_another_run_is_told(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    told = threading.Event()
    with paying_lock(store, "m", on_wait=lambda: None):
        waiting = threading.Thread(target=lambda: paying_lock(store, "m", on_wait=told.set).__enter__())
        waiting.start()
        assert told.wait(10)
        with paying_lock(
            store, "another model", on_wait=lambda: pytest.fail("models do not wait for one another")
        ):
            pass
    waiting.join(10)
    assert not waiting.is_alive()


def test_revisions_lists_what_answered() -> None:
    completions = {
        str(n): Completion(str(n), "", "stop", revision=r) for n, r in enumerate(["b", "a", "b", ""])
    }
    assert revisions(completions) == ("a", "b")
