"""The HTTP client under the `openai` package: aiohttp, by a shorter way than the package's own client on it.

`DefaultAioHttpClient` parses the address three times a request, merges headers twice and streams every answer
through five layers. That is a fifth of the processor time that a request takes, and one process has a single
core for it. Here addresses are parsed once and an answer is read at once; everything else is left to it.
"""

import ssl
from collections.abc import Sequence
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx2
from openai import DefaultAioHttpClient
from yarl import URL

_KEEP_ALIVE_S = 5.0  # as httpx has it: servers close idle connections not much later
_SHORT = "prompt_fathom.short"  # in a request's extensions: it goes the short way, to this address, like this
_DECODED = frozenset({b"content-encoding", b"content-length"})  # not true of a body that aiohttp decoded


class HttpClient(DefaultAioHttpClient):
    """A client without time limits, redirects, cookies or retries of its own; it belongs to one event loop.

    Behind a proxy that the environment names, and for what is not a body of bytes (uploads), requests go the
    package's way.
    """

    def __init__(self) -> None:
        self._trusted = httpx2.create_ssl_context()
        super().__init__(timeout=None, follow_redirects=False, verify=self._trusted)
        self._short = not getproxies()
        self._parsed: dict[str, tuple[httpx2.URL, URL]] = {}
        self._session: aiohttp.ClientSession | None = None

    def build_request(self, method: str, url: httpx2.URL | str, **more: Any) -> httpx2.Request:
        """A request; as httpx has it, but that a body of bytes is known to go the short way."""
        headers, content = more.get("headers"), more.get("content")
        plain = isinstance(headers, list) and isinstance(content, bytes) and not more.get("params")
        if not (self._short and plain and isinstance(url, str)) or more.get("files"):
            return super().build_request(method, url, **more)
        parsed, _ = self._addresses(url)
        return httpx2.Request(
            method, parsed, headers=headers, content=content, extensions={_SHORT: (url, headers)}
        )

    async def send(self, request: httpx2.Request, **more: Any) -> httpx2.Response:
        """Sends a request and reads its answer to the end.

        Raises:
            httpx2.TransportError: There was no answer, or not a whole one; its cause is aiohttp's error.
        """
        if _SHORT not in request.extensions or more.get("stream"):
            return await super().send(request, **more)
        url, headers = request.extensions[_SHORT]
        session = self._session = self._session or _session(self._trusted)
        try:
            async with session.request(
                request.method,
                self._addresses(url)[1],
                headers=headers,
                data=request.read(),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.TransportError(str(error)) from error
        # As a stream: given as content, its headers would be looked through once more.
        response = httpx2.Response(
            answer.status,
            headers=_kept(answer.raw_headers),
            stream=httpx2.ByteStream(body),
            request=request,
        )
        response.read()
        return response

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
        await super().aclose()

    def _addresses(self, url: str) -> tuple[httpx2.URL, URL]:
        """An address as httpx and as aiohttp take it."""
        if url not in self._parsed:
            parsed = httpx2.URL(url)
            self._parsed[url] = parsed, URL(str(parsed), encoded=True)
        return self._parsed[url]


def goes_short(request: httpx2.Request) -> bool:
    """Whether a request goes the short way."""
    return _SHORT in request.extensions


def _session(trusted: ssl.SSLContext) -> aiohttp.ClientSession:
    """No limits but those of whoever asks; certificates are trusted as httpx trusts them."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S, ssl=trusted),
        timeout=aiohttp.ClientTimeout(),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _kept(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer, without those that its decoded body no longer fits."""
    return [(name, value) for name, value in headers if name.lower() not in _DECODED]
