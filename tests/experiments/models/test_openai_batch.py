"""Batches: whole, paid for once, found again after a crash at any instant."""

import asyncio
import contextlib
import inspect
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.models.openai import OpenAIModel
from experiments.models.openai_batch_server import BatchServer
from experiments.models.openai_ledger import Ledger
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import Api
from tests.experiments.models.openai_asking import (
    KEY,
    KEY_ENV,
    ask,
    chat_request,
    model,
    questions,
    text_request,
    texts,
)
from tests.loopback import LoopbackServer
from tests.loopback_answers import Fault
from tests.loopback_batches import Batches


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr("experiments.models.openai_ask._FIRST_DELAY_S", 0.01)


def batched(server: LoopbackServer, folder: Path, **settings: Any) -> OpenAIModel:
    quick: dict[str, Any] = {"batch": True, "batch_folder": str(folder), "batch_poll_s": 0.01}
    return model(server.base_url, **(quick | settings))


def answers(requests: Sequence[Request], **settings: Any) -> dict[str, str]:
    """What the same server says without batches."""
    with LoopbackServer() as server:
        return texts(ask(model(server.base_url, **settings), requests))


def test_a_batch_gives_what_single_requests_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    requests = questions(60)
    with LoopbackServer() as server:
        got = ask(batched(server, tmp_path), requests)
        assert len(server.batches.batches) == 2  # one an interface
        assert sorted(server.batches.paid) == sorted(request.key for request in requests)
    assert texts(got) == answers(requests)
    for done in got.values():
        assert (done.finish, done.revision, done.completion_tokens) == ("stop", "loopback fp_loopback", 3)
    said = capsys.readouterr().err
    assert "batch batch_0: 30 requests submitted" in said
    assert "batch batch_0: completed, 30 of 30 requests" in said


def test_the_responses_interface_and_samples_go_in_batches_too(tmp_path: Path) -> None:
    with LoopbackServer() as server:
        got = ask(batched(server, tmp_path / "a", api=Api.responses), questions(6))
        assert len(server.batches.batches) == 1
    assert texts(got) == answers(questions(6), api=Api.responses)
    draws = [chat_request(f"d{seed}", "same", temperature=0.8, seed=seed) for seed in range(9)]
    with LoopbackServer() as server:
        got = ask(batched(server, tmp_path / "b", n=True), draws)
        assert len(server.batches.paid) == 1
    assert texts(got) == answers(draws, n=True)


def test_large_runs_are_cut_into_files_that_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.openai_batch._MOST_LINES", 7)
    requests = [text_request(f"k{i}", f"question {i}") for i in range(30)]
    with LoopbackServer() as server:
        got = ask(batched(server, tmp_path), requests)
        totals = [batch["request_counts"]["total"] for batch in server.batches.batches.values()]
    assert totals == [7, 7, 7, 7, 2]
    assert texts(got) == answers(requests)
    monkeypatch.setattr("experiments.models.openai_batch._MOST_BYTES", 500)
    with LoopbackServer() as server:
        ask(batched(server, tmp_path / "bytes"), requests)
        assert all(len(content) <= 500 for name, content in server.batches.files.items() if name == "file_0")
        assert len(server.batches.batches) > 5


@pytest.mark.parametrize("expire_rate", [0.3, 0.0])
def test_what_expires_or_fails_in_passing_goes_into_another_batch(tmp_path: Path, expire_rate: float) -> None:
    requests = questions(60)
    failures = 0

    def answer(prompt: str, body: dict[str, Any]) -> str:
        nonlocal failures
        if not expire_rate and failures < 25:
            failures += 1
            raise Fault(429 if failures % 2 else 500, "busy")
        return f"<{prompt}>"

    with LoopbackServer(batches=Batches(expire_rate=expire_rate), responder=answer) as server:
        got = ask(batched(server, tmp_path, retries=20), requests)
        assert len(server.batches.batches) > 2
        assert sorted(server.batches.paid) == sorted(request.key for request in requests)
    assert {done.finish for done in got.values()} == {"stop"}


def test_what_fails_for_good_fails_alone_and_is_not_asked_again(tmp_path: Path) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> Any:
        number = int(prompt.split()[-1])
        if number == 3:
            raise Fault(400, "prompt too long")
        if number == 4:
            raise Fault(400, "policy", code="content_filter")
        if number == 5:
            raise Fault(500, "out of memory")
        return f"answer {number}"

    with LoopbackServer(responder=answer) as server:
        got = ask(batched(server, tmp_path, retries=1), questions(8))
        assert len(server.batches.batches) == 3  # two interfaces, and one more try of the fifth
    assert got["k3"].error == "HTTP 400: prompt too long"
    assert got["k4"].finish == "refusal"
    assert got["k5"].error == "HTTP 500: out of memory (try 2)"
    assert all(got[f"k{i}"].text == f"answer {i}" for i in (0, 1, 2, 6, 7))


def test_a_parameter_that_is_not_taken_stops_the_run(tmp_path: Path) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        raise Fault(400, "Unsupported parameter: 'max_tokens'", "unsupported_parameter", "max_tokens")

    with (
        LoopbackServer(responder=answer) as server,
        pytest.raises(ModelError, match=r"set model\.openai\.max_tokens_field=max_completion_tokens"),
    ):
        ask(batched(server, tmp_path), questions(4))


def test_a_batch_that_is_not_accepted_stops_the_run_in_the_servers_words(tmp_path: Path) -> None:
    refusing = Batches(invalid="Enqueued token limit reached")
    with LoopbackServer(batches=refusing) as server:
        with pytest.raises(ModelError, match=r"did not accept batch batch_0: Enqueued token limit reached"):
            ask(batched(server, tmp_path), questions(1))
        assert list(tmp_path.iterdir()) == []  # nothing is paid, so that it may be submitted again
        refusing.invalid = ""
        assert ask(batched(server, tmp_path), questions(1))["k0"].finish == "stop"


def stopped(asked: OpenAIModel, requests: Sequence[Request], folder: Path) -> list[Completion]:
    """What a run gets that is stopped as soon as its batch has a name."""
    got: list[Completion] = []
    ledger = Ledger(folder, asked.identity)

    async def run() -> None:
        async for completion in asked.complete(requests):
            got.append(completion)

    async def limited() -> None:
        task = asyncio.create_task(run())
        while not any(submission.batch for submission in ledger.submissions()):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(limited())
    return got


class Killed(BaseException):
    """The process ends here."""


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ends the process at a step: each call to the server or the disk is one before and one after it."""
    steps = [0]

    def pass_step() -> None:
        steps[0] += 1
        if steps[0] == step:
            raise Killed

    def watched(owner: type, name: str) -> None:
        real = getattr(owner, name)

        async def later(*arguments: Any) -> Any:
            pass_step()
            got = await real(*arguments)
            pass_step()
            return got

        def now(*arguments: Any) -> Any:
            pass_step()
            real(*arguments)
            pass_step()

        monkeypatch.setattr(owner, name, later if inspect.iscoroutinefunction(real) else now)

    for name in ("upload", "submit", "look", "lines"):
        watched(BatchServer, name)
    watched(Ledger, "write")
    return steps


def test_a_process_killed_at_any_instant_pays_once(tmp_path: Path) -> None:
    requests = questions(4)
    expected = answers(requests)
    step, whole = 1, False
    while not whole:
        with LoopbackServer() as server:
            asked = batched(server, tmp_path / str(step))
            with pytest.MonkeyPatch.context() as patched:
                steps = kill_at(step, patched)
                with contextlib.suppress(Killed):
                    ask(asked, requests)
                whole = steps[0] < step
            assert texts(ask(asked, requests)) == expected
            assert sorted(server.batches.paid) == sorted(expected)
        step += 1
    assert step > 20


def test_a_run_that_was_stopped_while_waiting_is_taken_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Batches(polls=None)
    requests = [text_request(f"k{i}", f"question {i}") for i in range(20)]
    with LoopbackServer(batches=slow) as server:
        assert stopped(batched(server, tmp_path), requests, tmp_path) == []
        assert "batch batch_0: goes on at the server" in capsys.readouterr().err
        assert len(slow.batches) == 1
        slow.polls = 0
        more = [*requests, text_request("k20", "question 20")]
        got = ask(batched(server, tmp_path), more)
        assert sorted(slow.paid) == sorted(request.key for request in more)
        assert len(slow.batches) == 2  # the new request has its own
    assert "batch batch_0 was submitted before" in capsys.readouterr().err
    assert texts(got) == answers(more)


def test_a_network_that_is_away_for_a_while_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.models.openai_batch._MOST_MISSED", 10**6)
    requests = [text_request(f"k{i}", f"question {i}") for i in range(4)]
    slow = Batches(polls=None)

    async def run() -> list[Completion]:
        with LoopbackServer(batches=slow) as first:
            asked = batched(first, tmp_path)
            task = asyncio.create_task(gather(asked))
            ledger = Ledger(tmp_path, asked.identity)
            while not any(submission.batch for submission in ledger.submissions()):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        slow.polls = 0
        with LoopbackServer(port=first.port, batches=slow):
            return await task

    async def gather(asked: OpenAIModel) -> list[Completion]:
        return [done async for done in asked.complete(requests)]

    got = {done.key: done for done in asyncio.run(run())}
    assert texts(got) == answers(requests)
    assert len(slow.batches) == 1


def test_a_network_that_stays_away_ends_the_run_and_not_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.models.openai_batch._MOST_MISSED", 3)
    slow = Batches(polls=None)
    with LoopbackServer(batches=slow) as server:
        asked = batched(server, tmp_path)
        stopped(asked, questions(1), tmp_path)
    with pytest.raises(ModelError, match=r"batch batch_0 4 times in a row .* the same command collects"):
        ask(asked, questions(1))
    slow.polls = 0
    with LoopbackServer(port=server.port, batches=slow):
        assert ask(asked, questions(1))["k0"].finish == "stop"
    assert slow.paid == ["k0"]


def test_what_a_cancelled_batch_answered_is_kept_and_the_rest_asked_again(tmp_path: Path) -> None:
    slow = Batches(polls=None)
    requests = [text_request(f"k{i}", f"question {i}") for i in range(4)]
    with LoopbackServer(batches=slow) as server:
        stopped(batched(server, tmp_path), requests, tmp_path)
        answered = {"choices": [{"text": "early", "finish_reason": "stop"}], "model": "loopback"}
        line = {"custom_id": "k1", "response": {"status_code": 200, "body": answered}, "error": None}
        slow.files["early"] = json.dumps(line).encode() + b"\nno line\n[]\n"
        slow.batches["batch_0"] |= {"status": "cancelled", "output_file_id": "early"}
        slow.polls = 0
        got = ask(batched(server, tmp_path), requests)
    assert texts(got) == answers(requests) | {"k1": "early"}
    assert sorted(slow.paid) == ["k0", "k2", "k3"]


def test_answers_that_came_to_no_store_are_fetched_again(tmp_path: Path) -> None:
    requests = questions(20)
    with LoopbackServer() as server:
        first = ask(batched(server, tmp_path), requests)
        assert ask(batched(server, tmp_path), requests) == first
        assert ask(batched(server, tmp_path), requests[5:9]) == {f"k{i}": first[f"k{i}"] for i in range(5, 9)}
        assert len(server.batches.paid) == 20


def test_a_batch_whose_beginning_was_never_confirmed_is_found_by_its_mark(tmp_path: Path) -> None:
    """As when the connection, or this process, ends between the server's beginning and its word of it."""
    requests = [text_request(f"k{i}", f"question {i}") for i in range(5)]
    with LoopbackServer(drop_batches=1) as server:
        got = ask(batched(server, tmp_path), requests)
        assert len(server.batches.batches) == 1
        assert texts(got) == answers(requests)
        ledger = Ledger(tmp_path, batched(server, tmp_path).identity)
        (submission,) = ledger.submissions()
        ledger.write(replace(submission, batch=None, collected=False))
        assert texts(ask(batched(server, tmp_path), requests)) == texts(got)
        assert len(server.batches.batches) == 1
        ledger.write(replace(submission, token="unknown", batch=None, collected=False))
        ledger.forget(submission)
        assert texts(ask(batched(server, tmp_path), requests)) == texts(got)
        assert len(server.batches.batches) == 2  # one that never got through is submitted


def test_a_batch_of_another_account_is_not_paid_for_again_unasked(tmp_path: Path) -> None:
    slow = Batches(polls=None)
    with LoopbackServer(batches=slow) as server:
        stopped(batched(server, tmp_path), questions(1), tmp_path)
        slow.batches.clear()
        with pytest.raises(ModelError, match=r"knows no batch batch_0: .* another key\? .* delete .*\.json"):
            ask(batched(server, tmp_path), questions(1))


def test_a_server_that_fails_now_and_then_delays_a_batch_and_no_more(tmp_path: Path) -> None:
    requests = questions(10)
    with LoopbackServer(filed_drop_rate=0.4) as server:
        got = ask(batched(server, tmp_path, retries=40), requests)
        assert sorted(server.batches.paid) == sorted(request.key for request in requests)
        assert server.stats.spoilt > 0
    assert texts(got) == answers(requests)


def test_what_cannot_go_in_a_batch_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with LoopbackServer() as server:
        with pytest.raises(UnusableModelError, match="likelihoods"):
            ask(batched(server, tmp_path), [replace(text_request("k", "Q"), options=("a", "b"))])
        assert server.stats.requests == 0
        got = ask(batched(server, tmp_path), [text_request("bad", "\ud800"), text_request("good", "x")])
    assert got["good"].finish == "stop"
    assert "surrogate" in (got["bad"].error or "")


def test_a_server_without_batches_is_named(tmp_path: Path) -> None:
    with (
        LoopbackServer(has_batches=False) as server,
        pytest.raises(ModelError, match=r"has no Batch API \(404\): set model\.openai\.batch=false"),
    ):
        ask(batched(server, tmp_path), questions(1))


def test_azures_batches_name_its_addresses(tmp_path: Path) -> None:
    with LoopbackServer() as server:
        root = server.base_url.removesuffix("/v1")
        for version, address in (("2024-10-21", "/completions"), (None, "/v1/completions")):
            asked = batched(server, tmp_path, base_url=None, azure_endpoint=root, azure_api_version=version)
            ask(asked, questions(1))
            *_, batch = server.batches.batches.values()
            assert batch["endpoint"] == address
            (line,) = server.batches.files[batch["input_file_id"]].splitlines()
            assert json.loads(line)["url"] == address
