"""Sending what is missing: each completion is committed before it counts, and nothing is asked twice."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.models.protocol import Completion, ModelError, Request
from experiments.schema import Backend, BudgetConfig, ModelConfig, PriceConfig
from experiments.store.claims import claims_on
from experiments.store.completions import CompletionStore, StoreError, open_store
from experiments.store.lock import EngineLock
from experiments.sweep.execute import Answers, Desk, answer, revisions
from experiments.sweep.meter import Meter
from experiments.sweep.outgoing import Stop
from experiments.sweep.plan import ModelPlan
from experiments.sweep.spending import Spending
from perturb.prompt import Prompt


def requests(numbers: Sequence[int]) -> tuple[Request, ...]:
    return tuple(Request(f"k{number}", Prompt(f"Q{number}"), 8) for number in numbers)


class Fake:
    """Answers in reverse order; breaks after `breaks_after` completions; fails the keys in `fails`."""

    def __init__(
        self,
        breaks_after: int | None = None,
        fails: Sequence[str] = (),
        before: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.asked: list[str] = []
        self.closed = 0
        self.breaks_after = breaks_after
        self.fails = fails
        self.before = before

    @property
    def identity(self) -> str:
        return "fake"

    async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        for number, request in enumerate(requests):
            await asyncio.sleep(0)
            if number == self.breaks_after:
                raise ModelError("the server is gone")
            self.before(request.key)
            self.asked.append(request.key)
            if request.key in self.fails:
                yield Completion(request.key, "", "error", error="500")
            else:
                yield Completion(request.key, f"to {request.key}", "stop", 10, 5, revision="r1")

    async def close(self) -> None:
        self.closed += 1


class Run:
    """One run's answers, and what its meter showed and its user was told."""

    def __init__(self, budget: BudgetConfig | None = None, backend: Backend = Backend.simulated) -> None:
        self.stop, self.spending = Stop(), Spending(budget or BudgetConfig())
        self.meter = Meter("fake", lambda _: None)
        self.said: list[str] = []
        self.backend = backend

    def __call__(self, path: Path, model: Fake, wanted: int | Sequence[int]) -> Answers:
        numbers = range(wanted) if isinstance(wanted, int) else wanted
        asked = requests(numbers)
        config = ModelConfig(name="fake", backend=self.backend, price=PriceConfig(1.0, 2.0))
        plan = ModelPlan(config, "fake", asked)
        with open_store(path) as store, claims_on(path) as claims:
            desk = Desk(store, claims, self.spending, self.stop, lambda _: model, self.said.append, 0.01)
            stored = store.get([request.key for request in asked])
            return asyncio.run(answer(plan, stored, desk, self.meter))


def run(path: Path, model: Fake, wanted: int | Sequence[int]) -> Answers:
    return Run()(path, model, wanted)


def test_every_request_is_answered_and_stored(tmp_path: Path) -> None:
    model, this = Fake(), Run()
    answers = this(tmp_path / "s.sqlite", model, 3000)
    assert len(answers.completions) == len(answers.paid) == 3000
    assert answers.error is None
    shown = this.meter.read()
    assert (shown.total, shown.done, shown.cached, shown.failed) == (3000, 3000, 0, 0)
    assert (shown.tokens, shown.usd) == (45_000, pytest.approx(3000 * 20 / 1e6))
    assert model.closed == 1
    with open_store(tmp_path / "s.sqlite") as store:
        assert len(store.get([f"k{number}" for number in range(3000)])) == 3000


def test_a_second_run_asks_nothing_and_loads_no_engine(tmp_path: Path) -> None:
    run(tmp_path / "s.sqlite", Fake(), 5)
    second, this = Fake(), Run()
    answers = this(tmp_path / "s.sqlite", second, 5)
    assert (this.meter.read().cached, second.asked, second.closed) == (5, [], 0)
    assert answers.completions["k3"].text == "to k3"
    assert answers.paid == set()


def test_only_what_is_missing_is_asked(tmp_path: Path) -> None:
    run(tmp_path / "s.sqlite", Fake(), 5)
    model = Fake()
    answers = run(tmp_path / "s.sqlite", model, 8)
    assert sorted(model.asked) == ["k5", "k6", "k7"]
    assert (sorted(answers.paid), len(answers.completions)) == (["k5", "k6", "k7"], 8)


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
    this = Run()
    answers = this(tmp_path / "s.sqlite", Fake(fails=["k1", "k2"]), 5)
    shown = this.meter.read()
    assert (shown.done, shown.failed) == (3, 2)
    assert answers.completions["k1"].error == "500"
    assert "k1" not in answers.paid
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


def together(*runs: Callable[[], Answers]) -> list[Answers]:
    """Runs them in threads of their own, and gives their answers in order."""
    answers: dict[int, Answers] = {}

    def put(number: int, each: Callable[[], Answers]) -> None:
        answers[number] = each()

    threads = [threading.Thread(target=put, args=pair) for pair in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers[number] for number in range(len(runs))]


def test_two_runs_at_once_pay_once_for_what_they_share(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    one, two = Fake(), Fake()
    first, second = together(lambda: run(path, one, range(400)), lambda: run(path, two, range(200, 600)))
    assert len(one.asked) + len(two.asked) == len({*one.asked, *two.asked}) == 600
    assert len(first.completions) == len(second.completions) == 400
    assert not first.paid & second.paid


def test_another_runs_requests_are_waited_for_and_its_failures_tried_here(tmp_path: Path) -> None:
    path, begun, go = tmp_path / "s.sqlite", threading.Event(), threading.Event()

    def hold(_: str) -> None:
        begun.set()
        go.wait(30)

    slow, quick, this = Fake(fails=["k3"], before=hold), Fake(), Run()

    def second() -> Answers:
        begun.wait(30)
        threading.Timer(0.2, go.set).start()
        return this(path, quick, 5)

    first, answers = together(lambda: run(path, slow, 5), second)
    assert first.completions["k3"].error == "500"
    assert quick.asked == ["k3"]
    assert (sorted(answers.completions), sorted(answers.paid)) == ([f"k{n}" for n in range(5)], ["k3"])
    assert this.said == ["fake: another run is sending 5 of the same requests; waiting for it"]
    assert this.meter.read().cached == 4


def test_another_runs_other_requests_are_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(path), claims_on(path) as others:
        others.take(["k7", "k8"])
        assert len(run(path, Fake(), 5).completions) == 5


def test_an_engine_that_another_run_has_loaded_is_waited_for(tmp_path: Path) -> None:
    path, model, this = tmp_path / "s.sqlite", Fake(), Run(backend=Backend.llamacpp)
    with EngineLock(path, "fake") as lock, open_store(path) as store:
        assert lock.take()
        threading.Timer(
            0.2, lambda: store.put("fake", [Completion(f"k{n}", "theirs", "stop") for n in range(5)])
        ).start()
        answers = this(path, model, 5)  # ends while the lock is held: all is answered
    assert {done.text for done in answers.completions.values()} == {"theirs"}
    assert model.closed == 0
    assert this.said == [
        "fake: another run has this engine loaded; waiting for it, so as not to load it twice"
    ]


def test_a_stop_finishes_what_is_under_way_and_keeps_it(tmp_path: Path) -> None:
    this = Run()

    def interrupt(key: str) -> None:
        if key == "k3":
            this.stop.set("the run was interrupted", interrupted=True)

    model = Fake(before=interrupt)
    answers = this(tmp_path / "s.sqlite", model, 100)
    assert model.asked == ["k0", "k1", "k2", "k3"]
    assert sorted(answers.paid) == ["k0", "k1", "k2", "k3"]
    assert answers.error == "the run was interrupted"
    rest = Fake()
    run(tmp_path / "s.sqlite", rest, 100)
    assert len(rest.asked) == 96


@pytest.mark.parametrize(
    ("budget", "sent", "cap"),
    [
        (BudgetConfig(requests=7), 7, "budget.requests=7"),
        # A request takes 15 tokens and is expected to take at most 8: the seventh ends at 105.
        (BudgetConfig(tokens=100), 7, "budget.tokens=100"),
        (BudgetConfig(usd=100e-6), 5, "budget.usd=0.0001"),
    ],
)
def test_a_cap_stops_a_run_that_takes_more_than_estimated(
    tmp_path: Path, budget: BudgetConfig, sent: int, cap: str
) -> None:
    this, model = Run(budget), Fake()
    answers = this(tmp_path / "s.sqlite", model, 100)
    assert answers.error == f"stopped before it could exceed {cap}"
    assert len(answers.paid) == len(model.asked) == sent
    assert this.spending.used.requests == sent
    with claims_on(tmp_path / "s.sqlite") as others:
        assert len(others.take([f"k{number}" for number in range(100)]).mine) == 100 - len(model.asked)


def test_a_run_that_lost_its_claims_sends_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def hold(self: object) -> bool:
        asked.append(True)
        return len(asked) <= 3

    monkeypatch.setattr("experiments.store.claims.Claims.hold", hold)
    model = Fake()
    answers = run(tmp_path / "s.sqlite", model, 10)
    assert len(model.asked) == 3
    assert "stood still" in str(answers.error)


def test_revisions_lists_what_answered() -> None:
    completions = {
        str(n): Completion(str(n), "", "stop", revision=r) for n, r in enumerate(["b", "a", "b", ""])
    }
    assert revisions(completions) == ("a", "b")


def test_a_model_that_changes_under_way_is_told_of_once(tmp_path: Path) -> None:
    class Changing(Fake):
        async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
            async for done in super().complete(requests):
                yield replace(done, revision="r2" if done.key in ("k2", "k3") else "r1")

    run = Run()
    run(tmp_path / "s", Changing(), [0])
    assert run.said == []
    run(tmp_path / "s", Changing(), 5)
    assert run.said == ["fake: answered by r2 now, before by r1"]
    run(tmp_path / "s", Changing(), 6)  # the store knows both
    assert len(run.said) == 1
