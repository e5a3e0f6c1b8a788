"""Faults of servers: whole, with the right counts, in time; failed requests are never answers."""

import asyncio
import time
from typing import Any

import pytest

from experiments.models.protocol import Completion, ModelError
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

EVERY = ("error", "drop", "malformed", "short", "stall", "drip", "empty", "page")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr("experiments.models.openai_ask._FIRST_DELAY_S", 0.01)


def clean(requests: int, **settings: Any) -> dict[str, str]:
    with LoopbackServer() as server:
        return texts(ask(model(server.base_url, **settings), questions(requests)))


@pytest.mark.parametrize(
    "faults",
    [
        *({f"{name}_rate": 0.3} for name in EVERY if name not in ("stall", "drip")),
        {"stall_rate": 0.05, "drip_rate": 0.05},
        {"error_rate": 0.3, "error_status": (429, 503), "retry_after": 0.02},
        {f"{name}_rate": 0.3 / len(EVERY) for name in EVERY},
    ],
    ids=lambda faults: "+".join(name.removesuffix("_rate") for name in faults),
)
def test_passing_faults_leave_no_trace(faults: dict[str, Any]) -> None:
    with LoopbackServer(**faults) as faulty:
        got = ask(model(faulty.base_url, concurrency=40, timeout_s=1.5, retries=20), questions(80))
        assert faulty.stats.ok >= 80  # more where this machine is so busy that an answer came too late
        assert faulty.stats.errors + faulty.stats.spoilt > 0
    assert {done.finish for done in got.values()} == {"stop"}
    assert texts(got) == clean(80)


def test_passing_faults_leave_no_trace_in_the_responses_interface() -> None:
    faults: dict[str, Any] = {f"{name}_rate": 0.3 / len(EVERY) for name in EVERY}
    with LoopbackServer(**faults) as faulty:
        asked = model(faulty.base_url, api=Api.responses, timeout_s=2.0, retries=20)
        got = ask(asked, questions(60))
        assert faulty.stats.ok >= 60
    assert texts(got) == clean(60, api=Api.responses)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"error_rate": 1.0, "error_status": (500,)}, "HTTP 500: injected (try 2)"),
        ({"drop_rate": 1.0}, "the connection was dropped (try 2)"),
        ({"short_rate": 1.0}, "the connection was dropped (try 2)"),
        ({"malformed_rate": 1.0}, "the answer is cut off or no JSON (try 2)"),
        ({"page_rate": 1.0}, "the answer is cut off or no JSON but text/html (try 2)"),
        ({"empty_rate": 1.0}, "the answer holds no completion (try 2)"),
        ({"stall_rate": 1.0}, "no answer within 0.3 s (try 2)"),
    ],
    ids=["error", "drop", "short", "malformed", "page", "empty", "stall"],
)
def test_a_lasting_fault_is_a_failed_completion_that_says_what_happened(
    faults: dict[str, Any], said: str
) -> None:
    with LoopbackServer(**faults) as server:
        limit_s = 0.3 if "stall_rate" in faults else 20.0
        got = ask(model(server.base_url, timeout_s=limit_s, retries=1), questions(3))
    assert {(done.finish, done.text, done.error) for done in got.values()} == {("error", "", said)}


def test_lasting_faults_of_some_requests_are_theirs_alone() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> Any:
        number = int(prompt.split()[-1])
        if number % 10 == 1:
            raise Fault(500, "out of memory")
        if number % 10 == 4:
            raise Fault(400, "prompt too long")
        if number % 10 == 8:
            return {"message": None, "text": None, "finish_reason": "error"}
        return f"answer {number}"

    with LoopbackServer(responder=answer, error_rate=0.05, drop_rate=0.05) as server:
        got = ask(model(server.base_url, retries=8), questions(100))
    failed = {key for key, done in got.items() if done.finish == "error"}
    assert failed == {f"k{number}" for number in range(100) if number % 10 in (1, 4, 8)}
    assert all(got[key].text == "" for key in failed)
    assert all(got[f"k{n}"].text == f"answer {n}" for n in range(100) if f"k{n}" not in failed)


def test_a_server_that_dies_and_comes_back_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.openai_ask._FIRST_DELAY_S", 0.2)
    got: list[Completion] = []

    async def run() -> None:
        with LoopbackServer(latency_ms=5) as first:
            stream = model(first.base_url, concurrency=8, retries=10).complete(questions(200))
            got.append(await anext(stream))
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.3)
        with LoopbackServer(port=first.port):
            got.append(await waiting)
            async for completion in stream:
                got.append(completion)

    asyncio.run(run())
    assert len({done.key for done in got}) == len(got) == 200
    assert {done.finish for done in got} == {"stop"}


def test_a_server_that_sends_on_is_not_followed() -> None:
    with (
        LoopbackServer() as other,
        LoopbackServer(
            error_rate=1.0, error_status=(307,), headers={"location": f"{other.base_url}/completions"}
        ) as server,
        pytest.raises(ModelError, match=r"sends on to another address \(307\): set model\.openai\.base_url"),
    ):
        ask(model(server.base_url), questions(1))
    assert other.stats.requests == 0


def test_json_is_read_whatever_the_server_calls_it() -> None:
    with LoopbackServer(content_type="text/plain; charset=utf-8") as server:
        got = ask(model(server.base_url), questions(4))
    assert texts(got) == clean(4)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 200_000, b"null", b"7"])
def test_bytes_that_are_no_answer_fail_their_request(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(value: object) -> bytes:
        return body

    monkeypatch.setattr("tests.loopback.as_json", spoilt)
    with LoopbackServer() as server:
        got = ask(model(server.base_url, retries=0), questions(1))
    assert (got["k0"].finish, got["k0"].text) == ("error", "")


def test_headers_that_say_that_nothing_is_left_hold_up_the_next_request() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "100ms"}
    with LoopbackServer(headers=headers) as server:
        started = time.monotonic()
        ask(model(server.base_url, concurrency=1), questions(5))
    assert time.monotonic() - started >= 0.4


def test_a_limit_a_minute_counts_retries_too() -> None:
    with LoopbackServer(fail_first=1, error_status=(500,)) as server:
        started = time.monotonic()
        ask(model(server.base_url, requests_per_minute=600.0), questions(3))
        assert server.stats.requests == 6
    assert time.monotonic() - started >= 0.5


def test_a_filtered_prompt_is_a_refusal() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if "bomb" in prompt:
            raise Fault(400, "The prompt triggered the policy", code="content_filter", param="prompt")
        return "fine"

    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url), [text_request("b", "bomb"), text_request("g", "good")])
        assert server.stats.requests == 2
    assert [(got[key].finish, got[key].text, got[key].error) for key in "bg"] == [
        ("refusal", "", None),
        ("stop", "fine", None),
    ]


def test_a_parameter_that_is_not_taken_stops_the_run_with_the_key_to_set() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if "max_tokens" in body:
            raise Fault(
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model.",
                code="unsupported_parameter",
                param="max_tokens",
            )
        return "fine"

    asked = [chat_request(f"k{i}", f"question {i}") for i in range(50)]
    with LoopbackServer(responder=answer) as server:
        with pytest.raises(ModelError, match=r"set model\.openai\.max_tokens_field=max_completion_tokens"):
            ask(model(server.base_url), asked)
        assert server.stats.requests < len(asked)
        got = ask(model(server.base_url, max_tokens_field="max_completion_tokens"), asked)
    assert {done.text for done in got.values()} == {"fine"}


def test_a_forbidden_prompt_fails_alone_once_others_were_answered() -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if prompt.endswith(" 7"):
            raise Fault(403, "flagged")
        return "fine"

    with LoopbackServer(responder=answer) as server:
        got = ask(model(server.base_url, concurrency=1), questions(9))
    assert {key: done.error for key, done in got.items() if done.error} == {"k7": "HTTP 403: flagged"}


def test_a_server_that_is_always_alive_and_never_done_is_left_after_the_time_limit() -> None:
    with LoopbackServer(drip_rate=1.0) as server:
        got = ask(model(server.base_url, timeout_s=0.3, retries=0), questions(2))
    assert {done.error for done in got.values()} == {"no answer within 0.3 s (try 1)"}
