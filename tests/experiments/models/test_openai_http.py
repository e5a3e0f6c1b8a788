"""The short way to a server: what goes out and comes back is what httpx would send and give."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from aiohttp import ClientConnectorError, web
from openai import APIConnectionError, AsyncOpenAI, HttpxBinaryResponseContent, RateLimitError

from experiments.models.openai_http import HttpClient

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncGenerator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def ask(url: str, http: httpx2.AsyncClient, body: dict[str, object]) -> HttpxBinaryResponseContent:
    async with AsyncOpenAI(api_key="secret", base_url=url, max_retries=0, http_client=http) as client:
        return await client.post(f"{url}/chat/completions", cast_to=HttpxBinaryResponseContent, body=body)


def test_sends_what_the_packages_own_client_sends() -> None:
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def keep(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.path, await request.read(), headers))
        return web.json_response({})

    async def both() -> None:
        async with served(keep) as url:
            await ask(url, HttpClient(), {"prompt": "Größe 🙂"})
            await AsyncOpenAI(api_key="secret", base_url=url).post(
                "/chat/completions", cast_to=object, body={"prompt": "Größe 🙂"}
            )

    asyncio.run(both())
    ours, theirs = seen
    assert ours[:3] == theirs[:3]
    # They differ in how the body may be compressed, and the connection is kept in any case.
    varies = {"accept-encoding", "connection", "x-stainless-read-timeout"}
    assert {k: v for k, v in ours[3].items() if k not in varies} == {
        k: v for k, v in theirs[3].items() if k not in varies
    }
    assert ours[3]["authorization"] == "Bearer secret"


@pytest.mark.parametrize("coding", [web.ContentCoding.gzip, web.ContentCoding.deflate])
def test_a_compressed_answer_is_read(coding: web.ContentCoding) -> None:
    async def answer(request: web.Request) -> web.Response:
        response = web.json_response({"text": "a" * 10_000})
        response.enable_compression(coding)
        return response

    async def go() -> HttpxBinaryResponseContent:
        async with served(answer) as url:
            return await ask(url, HttpClient(), {})

    assert json.loads(asyncio.run(go()).content) == {"text": "a" * 10_000}


def test_an_error_is_the_packages_own_with_its_headers() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response(
            {"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "7"}
        )

    async def go() -> None:
        async with served(refuse) as url:
            await ask(url, HttpClient(), {})

    with pytest.raises(RateLimitError, match="slow down") as caught:
        asyncio.run(go())
    assert caught.value.response.headers["retry-after"] == "7"


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def send_on(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async def go() -> None:
        async with served(send_on) as url:
            await ask(url, HttpClient(), {})

    with pytest.raises(Exception, match="307"):
        asyncio.run(go())
    assert asked == ["/v1/chat/completions"]


def test_no_server_is_told_from_a_dropped_connection() -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def go(*, listening: bool) -> None:
        async with served(drop) as url:
            if listening:
                await ask(url, HttpClient(), {})
        await ask(url, HttpClient(), {})

    def reasons(*, listening: bool) -> list[BaseException]:
        with pytest.raises(APIConnectionError) as caught:
            asyncio.run(go(listening=listening))
        chain: list[BaseException] = []
        cause: BaseException | None = caught.value
        while cause is not None:
            chain.append(cause)
            cause = cause.__cause__
        return chain

    assert not any(isinstance(each, ClientConnectorError) for each in reasons(listening=True))
    assert any(isinstance(each, ClientConnectorError) for each in reasons(listening=False))


def test_behind_a_proxy_requests_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(str(request.raw_path))
        return web.json_response({})

    async def go() -> None:
        async with served(proxy) as url:
            monkeypatch.setenv("HTTP_PROXY", url.removesuffix("/v1"))
            monkeypatch.setenv("http_proxy", url.removesuffix("/v1"))
            await ask("http://api.example.invalid/v1", HttpClient(), {})

    asyncio.run(go())
    assert asked == ["http://api.example.invalid/v1/chat/completions"]


def test_an_upload_goes_the_packages_way() -> None:
    seen: list[bytes] = []

    async def keep(request: web.Request) -> web.Response:
        seen.append(await request.read())
        return web.json_response({"id": "file-1"})

    async def go() -> None:
        async with (
            served(keep) as url,
            AsyncOpenAI(api_key="x", base_url=url, max_retries=0, http_client=HttpClient()) as client,
        ):
            await client.files.create(file=("lines.jsonl", b'{"a": 1}\n'), purpose="batch")

    asyncio.run(go())
    assert b'{"a": 1}' in seen[0]
    assert b"lines.jsonl" in seen[0]
