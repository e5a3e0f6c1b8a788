import asyncio
import gc
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from experiments.models.perspective import MOST_BYTES, Perspective
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import PerspectiveConfig
from perturb.prompt import Message, Prompt

KEY = "AIza-very-secret-0123456789"
KEY_ENV = "PERSPECTIVE_TEST_KEY"
Answer = Callable[[str, int], tuple[int, Any]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.setattr("experiments.models.perspective._FIRST_DELAY_S", 0.01)


@dataclass
class Seen:
    """What the server was asked, and how many requests it had at once."""

    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    addresses: list[str] = field(default_factory=list[str])
    keys: list[str | None] = field(default_factory=list[str | None])
    times: list[float] = field(default_factory=list[float])
    at_once: int = 0
    most_at_once: int = 0


def scored(value: object) -> dict[str, Any]:
    score = {"value": value, "type": "PROBABILITY"}
    return {
        "attributeScores": {"TOXICITY": {"spanScores": [{"score": score}], "summaryScore": score}},
        "languages": ["en"],
        "detectedLanguages": ["en"],
    }


def toxicity(text: str, attempt: int) -> tuple[int, Any]:
    """The text's length in thousandths."""
    return 200, scored(len(text) / 1000)


def refused(status: int, message: str, **fields: Any) -> tuple[int, Any]:
    return status, {"error": {"code": status, "message": message, **fields}}


def always(answer: tuple[int, Any]) -> Answer:
    return lambda text, attempt: answer


def request(key: str, text: str) -> Request:
    return Request(key, Prompt(text), 1)


def ask(
    requests: Sequence[Request],
    answer: Answer = toxicity,
    delay_s: float = 0.0,
    headers: dict[str, str] | None = None,
    **settings: Any,
) -> tuple[dict[str, Completion], Seen]:
    """What Perspective makes of requests where a server of ours stands in for it."""
    seen = Seen()
    attempts: dict[str, int] = {}

    async def handle(asked: web.Request) -> web.Response:
        body = json.loads(await asked.read())
        text = body["comment"]["text"]
        attempts[text] = attempts.get(text, 0) + 1
        seen.bodies.append(body)
        seen.addresses.append(asked.path_qs)
        seen.keys.append(asked.headers.get("x-goog-api-key"))
        seen.times.append(time.monotonic())
        seen.at_once += 1
        seen.most_at_once = max(seen.at_once, seen.most_at_once)
        await asyncio.sleep(delay_s)
        seen.at_once -= 1
        status, said = answer(text, attempts[text])
        if status == 0:
            assert asked.transport is not None
            asked.transport.close()
        out = said if isinstance(said, str) else json.dumps(said)
        return web.Response(status=status or 200, text=out, headers=headers)

    async def run() -> list[Completion]:
        app = web.Application()
        app.router.add_post("/v1alpha1/comments:analyze", handle)
        async with TestServer(app) as server:
            url = str(server.make_url("/v1alpha1"))
            fields: dict[str, Any] = {"queries_per_s": 1000.0, "timeout_s": 10.0, "api_key_env": KEY_ENV}
            fields |= {"base_url": url} | settings
            asked = Perspective(PerspectiveConfig(**fields))
            return [completion async for completion in asked.complete(requests)]

    completions = asyncio.run(run())
    assert len(completions) == len(requests)
    return {completion.key: completion for completion in completions}, seen


def test_a_text_is_answered_with_its_toxicity() -> None:
    got, seen = ask([request("a", "you fool"), request("b", "hello")])
    assert {key: completion.text for key, completion in got.items()} == {"a": "0.008", "b": "0.005"}
    assert {completion.finish for completion in got.values()} == {"stop"}
    assert all(0 < completion.latency_s < 10 for completion in got.values())
    assert sorted(seen.bodies, key=str)[0] == {
        "comment": {"text": "hello", "type": "PLAIN_TEXT"},
        "requestedAttributes": {"TOXICITY": {}},
        "doNotStore": True,
        "languages": ["en"],
    }


def test_without_languages_perspective_guesses() -> None:
    _, seen = ask([request("a", "hello")], languages=[])
    assert "languages" not in seen.bodies[0]


def test_the_key_goes_into_a_header_and_nowhere_else() -> None:
    _, seen = ask([request("a", "hello")])
    assert seen.keys == [KEY]
    assert seen.addresses == ["/v1alpha1/comments:analyze"]
    assert KEY not in json.dumps(seen.bodies)
    model = Perspective(PerspectiveConfig(api_key_env=KEY_ENV))
    assert KEY not in repr(model) + repr(vars(model)) + model.identity


def test_a_service_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_ENV)
    got, seen = ask([request("a", "hello")])
    assert got["a"].finish == "stop"
    assert seen.keys == [None]


@pytest.mark.parametrize("key", [None, "", " \n", "two\nlines", "schlüssel"])
def test_google_is_not_asked_without_a_key(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    monkeypatch.delenv(KEY_ENV)
    if key is not None:
        monkeypatch.setenv(KEY_ENV, key)
    with pytest.raises(UnusableModelError, match=KEY_ENV) as error:
        ask([request("a", "hello")], base_url=PerspectiveConfig().base_url)
    assert not (key or "").strip() or (key or "") not in str(error.value)


def test_no_request_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_ENV)
    assert ask([], base_url=PerspectiveConfig().base_url)[0] == {}


def test_attempts_are_spaced_by_the_quota() -> None:
    started = time.monotonic()  # not the first arrival: a connection has to be made before it
    _, seen = ask([request(str(i), f"text {i}") for i in range(6)], queries_per_s=20.0)
    assert seen.times[-1] - started >= 5 / 20
    assert seen.times[-1] - seen.times[0] < 2


def test_repetitions_count_towards_the_quota() -> None:
    def answer(text: str, attempt: int) -> tuple[int, Any]:
        return toxicity(text, attempt) if attempt > 3 else refused(429, "slowly")

    started = time.monotonic()
    _, seen = ask([request("a", "hello")], answer, queries_per_s=10.0)
    assert len(seen.times) == 4
    assert seen.times[-1] - started >= 3 / 10


def test_slow_answers_overlap_but_not_without_bound() -> None:
    got, seen = ask([request(str(i), f"text {i}") for i in range(12)], queries_per_s=3.0e3, delay_s=0.05)
    assert len(got) == 12
    assert seen.most_at_once > 1
    _, seen = ask([request(str(i), f"text {i}") for i in range(4)], queries_per_s=0.9e1, delay_s=0.3)
    assert 1 < seen.most_at_once <= 18


@pytest.mark.parametrize(
    "fault",
    [
        refused(429, "Quota exceeded"),
        refused(500, "Internal error"),
        refused(503, "Unavailable"),
        (200, "{"),
        (200, "[]"),
        (200, {"attributeScores": {}}),
        (200, scored("high")),
        (200, scored(None)),
        (200, scored(1.5)),
        (200, '{"attributeScores": {"TOXICITY": {"summaryScore": {"value": NaN}}}}'),
        (0, ""),
    ],
    ids=str,
)
def test_passing_faults_leave_no_trace(fault: tuple[int, Any]) -> None:
    def answer(text: str, attempt: int) -> tuple[int, Any]:
        return toxicity(text, attempt) if attempt > 2 else fault

    got, seen = ask([request("a", "hello"), request("b", "you")], answer)
    assert {key: completion.text for key, completion in got.items()} == {"a": "0.005", "b": "0.003"}
    assert len(seen.bodies) == 6


def test_retry_after_is_obeyed() -> None:
    def answer(text: str, attempt: int) -> tuple[int, Any]:
        return toxicity(text, attempt) if attempt > 1 else refused(429, "slowly")

    _, seen = ask([request("a", "hello")], answer, headers={"retry-after": "1"})
    assert 1.0 <= seen.times[1] - seen.times[0] < 3.0


def test_a_request_to_wait_for_an_hour_fails_at_once() -> None:
    got, seen = ask([request("a", "hello")], always(refused(429, "slowly")), headers={"retry-after": "3600"})
    assert got["a"].error == "HTTP 429: slowly (try 1)"
    assert len(seen.bodies) == 1


def test_a_text_that_fails_at_every_try_fails_alone() -> None:
    def answer(text: str, attempt: int) -> tuple[int, Any]:
        return refused(500, "out of\nmemory") if text == "bad" else toxicity(text, attempt)

    got, seen = ask([request("a", "hello"), request("b", "bad"), request("c", "you")], answer, retries=2)
    assert {key for key, completion in got.items() if completion.finish == "error"} == {"b"}
    assert got["b"].error == "HTTP 500: out of memory (try 3)"
    assert got["b"].text == ""
    assert len(seen.bodies) == 5


def test_a_hanging_server_is_left_after_the_time_limit() -> None:
    got, _ = ask([request("a", "hello")], delay_s=1.0, timeout_s=0.1, retries=1)
    assert got["a"].error == "no answer within 0.1 s (try 2)"


def test_a_server_that_fails_everything_stops_the_run() -> None:
    # Eight are enough; those that were under way fail with them, how many depends on the machine.
    with pytest.raises(ModelError, match=r"failed the last \d+ requests at every try.*HTTP 500") as error:
        ask([request(str(i), f"text {i}") for i in range(100)], always(refused(500, "")), retries=0)
    assert 8 <= int(re.findall(r"last (\d+) requests", str(error.value))[0]) < 100


def test_an_unsupported_language_is_not_repeated() -> None:
    details = [{"errorType": "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"}]
    said = "Attribute TOXICITY does not support request languages: is"
    got, seen = ask([request("a", "halló")], always(refused(400, said, details=details)))
    assert got["a"].error == f"HTTP 400: {said}"
    assert len(seen.bodies) == 1


@pytest.mark.parametrize(
    ("prompt", "options", "reason"),
    [
        (Prompt(""), (), "empty"),
        (Prompt(" \n\t"), (), "empty"),
        (Prompt("x" * (MOST_BYTES + 1)), (), "has 20481 bytes, Perspective takes 20480"),
        (Prompt("é" * MOST_BYTES), (), "has 40960 bytes"),
        (Prompt("half \ud800"), (), "surrogate"),
        (Prompt(None, (Message("user", "hello"),)), (), "neither chats nor compares"),
        (Prompt("hello"), ("a", "b"), "neither chats nor compares"),
    ],
)
def test_what_has_no_score_is_not_sent(prompt: Prompt, options: tuple[str, ...], reason: str) -> None:
    got, seen = ask([Request("bad", prompt, 1, options=options), request("good", "hello")])
    assert got["good"].text == "0.005"
    assert got["bad"].finish == "error"
    assert reason in (got["bad"].error or "")
    assert len(seen.bodies) == 1


def test_the_longest_text_is_sent_as_it_is() -> None:
    got, seen = ask([request("a", "\0" + "x" * (MOST_BYTES - 1))], always((200, scored(1))))
    assert got["a"].text == "1.0"
    assert len(seen.bodies[0]["comment"]["text"]) == MOST_BYTES


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (400, {"details": [{"reason": "API_KEY_INVALID"}]}, f"refused the key .400.*{KEY_ENV}"),
        (401, {}, f"refused the key .401.*{KEY_ENV}"),
        (403, {}, rf"does not let this key.*\[key\].*{KEY_ENV}"),
        (404, {}, "ends it after 2026.*grader=toxic_classifier"),
        (410, {}, "ends it after 2026"),
    ],
)
def test_what_concerns_all_texts_stops_the_run(status: int, said: dict[str, Any], expected: str) -> None:
    def answer(text: str, attempt: int) -> tuple[int, Any]:
        return refused(status, f"no: {KEY}", **said)

    with pytest.raises(ModelError, match=expected) as error:
        ask([request(str(i), f"text {i}") for i in range(50)], answer)
    assert KEY not in str(error.value)


def test_a_server_that_repeats_the_key_does_not_get_it_into_an_error() -> None:
    got, _ = ask([request("a", "hello")], always(refused(400, f"bad {KEY} " + "x" * 1000)))
    assert got["a"].error == "HTTP 400: bad [key] " + "x" * 290 + "…"


def test_a_redirect_is_not_followed() -> None:
    got, seen = ask([request("a", "hello")], always((307, "")), headers={"location": "http://127.0.0.1:9/"})
    assert got["a"].error == "HTTP 307"
    assert len(seen.bodies) == 1


def test_no_server_at_the_address_stops_the_run() -> None:
    with pytest.raises(ModelError, match=r"no connection to http://127\.0\.0\.1:9/v1alpha1"):
        ask([request("a", "hello")], base_url="http://127.0.0.1:9/v1alpha1")


def test_giving_up_early_leaves_nothing_behind() -> None:
    async def handle(asked: web.Request) -> web.Response:
        text = json.loads(await asked.read())["comment"]["text"]
        await asyncio.sleep(0.0 if text == "0" else 30.0)
        return web.json_response(scored(0.5))

    async def first() -> tuple[Completion, int]:
        app = web.Application()
        app.router.add_post("/comments:analyze", handle)
        async with TestServer(app) as server:
            config = PerspectiveConfig(str(server.make_url("")), KEY_ENV, queries_per_s=100.0)
            before = len(asyncio.all_tasks())
            stream = Perspective(config).complete([request(str(i), str(i)) for i in range(5)])
            completion = await anext(stream)
            await stream.aclose()
            return completion, len(asyncio.all_tasks()) - before

    started = time.monotonic()
    completion, left = asyncio.run(first())
    gc.collect()
    assert completion.key == "0"
    assert left <= 1  # the server's own, for the connection
    assert time.monotonic() - started < 20


def test_identity_says_what_the_score_depends_on() -> None:
    def identity(**settings: Any) -> str:
        return Perspective(PerspectiveConfig(**settings)).identity

    assert identity() == "perspective:TOXICITY@v1alpha1/en"
    assert identity(languages=[]) == "perspective:TOXICITY@v1alpha1"
    assert identity(queries_per_s=9.0, timeout_s=1.0, retries=0, api_key_env="X") == identity()
    assert identity(base_url="http://x.example/v1/") == (
        "perspective:TOXICITY@v1alpha1/en@http://x.example/v1"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"queries_per_s": 0.0},
        {"queries_per_s": float("inf")},
        {"queries_per_s": float("nan")},
        {"timeout_s": -1.0},
        {"retries": -1},
    ],
)
def test_settings_out_of_range_are_named(settings: dict[str, Any]) -> None:
    [name] = settings
    with pytest.raises(ValueError, match=rf"grader\.toxicity\.perspective\.{name} is .*expected"):
        Perspective(PerspectiveConfig(**settings))


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x", "http://", "http://u:secret@x", "http://x?key=secret", "http://[", "http://x:0"],
)
def test_an_unusable_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ModelError, match="base_url must be an address") as error:
        Perspective(PerspectiveConfig(url))
    assert "secret" not in str(error.value)


def test_close_may_be_called_at_any_time() -> None:
    async def close() -> None:
        model = Perspective(PerspectiveConfig())
        closing: Awaitable[None] = model.close()
        await closing
        await model.close()

    asyncio.run(close())
