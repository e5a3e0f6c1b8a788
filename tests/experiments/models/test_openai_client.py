"""A client that builds a request once: every further one is what the package would have built."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import httpx2
import pytest
from openai import AsyncOpenAI, HttpxBinaryResponseContent

from experiments.models.openai_client import Client

URL = "http://127.0.0.1:9/v1"
BODIES: list[dict[str, Any]] = [
    {"model": "m", "prompt": "one", "temperature": 0.0},
    {"model": "m", "prompt": 'Größe "🙂" \u2028\\', "stop": ["\n"], "seed": None, "logprobs": True},
    {"messages": [{"role": "user", "content": ""}], "n": 3, "top_p": 1e-07},
    {},
]
Sent = tuple[str, str, bytes, dict[str, str]]


def keep(client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Has a client answer its requests itself, and keeps these."""
    seen: list[Sent] = []

    async def send(request: httpx2.Request, **_: Any) -> httpx2.Response:
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        seen.append((request.method, str(request.url), request.read(), headers))
        return httpx2.Response(200, json={}, request=request)

    monkeypatch.setattr(client, "_send_request", send)
    return seen


async def post(client: AsyncOpenAI, body: Mapping[str, Any], **more: Any) -> None:
    address, options = f"{URL}/chat/completions", cast("Any", more)
    await client.post(address, cast_to=HttpxBinaryResponseContent, body=body, options=options)


def test_every_request_is_what_the_package_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both() -> tuple[list[Sent], list[Sent]]:
        async with (
            Client("secret", URL) as ours,
            AsyncOpenAI(api_key="secret", base_url=URL, max_retries=0, timeout=None) as theirs,
        ):
            seen = keep(ours, monkeypatch), keep(theirs, monkeypatch)
            for client in (ours, theirs):
                for body in BODIES:
                    await post(client, body)
            return seen

    ours, theirs = asyncio.run(both())
    varies = {"accept-encoding", "connection", "user-agent"}  # the HTTP client's own
    assert len(ours) == len(BODIES)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine[:3] == other[:3]
        assert {k: v for k, v in mine[3].items() if k not in varies} == {
            k: v for k, v in other[3].items() if k not in varies
        }
    assert ours[1][3]["authorization"] == "Bearer secret"


def test_a_request_that_differs_in_more_than_its_body_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> list[Sent]:
        async with Client("secret", URL) as client:
            seen = keep(client, monkeypatch)
            for body in BODIES[:2]:
                await post(client, body)
            await post(client, BODIES[0], headers={"X-Mine": "yes"})
            await post(client, BODIES[0], params={"page": "2"})
            await client.get(f"{URL}/models", cast_to=HttpxBinaryResponseContent)
            return seen

    *_, plain, named, paged, listed = asyncio.run(go())
    assert "x-mine" not in plain[3]
    assert named[3]["x-mine"] == "yes"
    assert paged[1].endswith("/chat/completions?page=2")
    assert listed[:3] == ("GET", f"{URL}/models", b"")


def test_a_key_that_names_one_request_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> list[Sent]:
        async with Client("secret", URL) as client:
            monkeypatch.setattr(client, "_idempotency_header", "Idempotency-Key")
            seen = keep(client, monkeypatch)
            for body in BODIES[:3]:
                await post(client, body)
            return seen

    keys = [headers["idempotency-key"] for *_, headers in asyncio.run(go())]
    assert len(set(keys)) == 3
