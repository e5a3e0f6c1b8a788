"""A small deterministic OpenAI-compatible server on 127.0.0.1, for tests and for measuring clients.

Standard library only. It is not a model: every answer is a pure function of the request, and of its seed
when the temperature is above 0. Faults are drawn from the request's body and the number of the attempt, so
the same run meets the same faults and a retry of the same body can succeed.

    with LoopbackServer(latency_ms=5, error_rate=0.1) as server:
        ... OpenAI client with base_url=server.base_url ...
        assert server.stats.ok == 2000

As a process of its own, which prints its base URL and ends with its standard input:
`python -m tests.loopback --latency-ms 50`.
"""

import argparse
import asyncio
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from tests.loopback_answers import Fault, Responder, as_json, drawn_from, respond
from tests.loopback_batches import Batches

REASONS = {
    200: "OK",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Behaviour:
    """What the server does; the arguments of `LoopbackServer`.

    Attributes:
        latency_ms: Added to every answer.
        error_rate: Share of attempts answered with one of `error_status`.
        error_status: HTTP statuses of injected errors.
        retry_after: Seconds, sent with 429 and 503 (as `retry-after-ms` when less than 1).
        headers: Further headers of every answer.
        content_type: What the server says that its answers are.
        drop_rate: Share of attempts whose connection is closed without a word.
        malformed_rate: Share of attempts answered 200 with a JSON body cut in half.
        short_rate: Share of attempts whose connection is closed in the middle of the answer.
        stall_rate: Share of attempts whose answer stops in its middle and never goes on.
        drip_rate: Share of attempts whose answer comes a byte at a time and is never done.
        empty_rate: Share of attempts answered 200 without a choice.
        page_rate: Share of attempts answered 200 with a web page.
        fail_first: The first N attempts of every distinct body are answered `error_status[0]`.
        max_inflight: More requests than this at once are answered 429; 0 is no limit.
        api_key: When set, any other key is answered 401.
        leak_key: Error messages repeat the key, as a careless server's might.
        models: Served names; another name is answered 404. Empty serves every name.
        ignores: Fields of a request that the server leaves out of account without a word.
        words: Words in an answer.
        has_batches: Whether there are files and batches.
        filed_drop_rate: Share of calls about files and batches that are heeded, but not answered.
        drop_batches: The first N batches begin, and the connection is closed before the client learns of it.
        responder: Makes the answer instead: see `respond`.
    """

    latency_ms: float = 0.0
    error_rate: float = 0.0
    error_status: tuple[int, ...] = (429, 500)
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"
    drop_rate: float = 0.0
    malformed_rate: float = 0.0
    short_rate: float = 0.0
    stall_rate: float = 0.0
    drip_rate: float = 0.0
    empty_rate: float = 0.0
    page_rate: float = 0.0
    fail_first: int = 0
    max_inflight: int = 0
    api_key: str | None = None
    leak_key: bool = False
    models: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    words: int = 3
    has_batches: bool = True
    filed_drop_rate: float = 0.0
    drop_batches: int = 0
    responder: Responder | None = None


@dataclass
class Stats:
    """What the server has seen since it started; written by its own thread only."""

    requests: int = 0
    ok: int = 0
    errors: int = 0
    spoilt: int = 0
    inflight: int = 0
    max_inflight: int = 0
    open: set[asyncio.Transport] = field(default_factory=set[asyncio.Transport])
    attempts: dict[bytes, int] = field(default_factory=dict[bytes, int])
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    paths: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Reply:
    """What is sent: bytes after a status, and how the sending is spoilt (drop, short, stall), if it is."""

    status: int
    data: bytes
    kind: str = "application/json"
    spoilt: str = ""


class _Connection(asyncio.Protocol):
    """One client's connection: requests one after another, each with a Content-Length."""

    def __init__(self, behaviour: Behaviour, stats: Stats, batches: Batches) -> None:
        self.behaviour, self.stats, self.batches = behaviour, stats, batches
        self.buffer, self.busy = b"", False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.stats.open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.transport is not None:
            self.stats.open.discard(self.transport)
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.pump()

    def pump(self) -> None:
        """Handles the next whole request in the buffer, unless one is being answered."""
        end = self.buffer.find(b"\r\n\r\n")
        if self.busy or end < 0:
            return
        head = self.buffer[:end].decode("latin-1")
        length = re.search(r"\ncontent-length: *(\d+)", head, re.IGNORECASE)
        total = end + 4 + (int(length[1]) if length else 0)
        if len(self.buffer) >= total:
            body, self.buffer = self.buffer[end + 4 : total], self.buffer[total:]
            self.busy = True
            self.handle(head, body)

    def handle(self, head: str, body: bytes) -> None:
        """Makes the answer or this attempt's fault, and sends it when its time has come."""
        stats, behaviour = self.stats, self.behaviour
        stats.requests += 1
        stats.inflight += 1
        over = 0 < behaviour.max_inflight < stats.inflight
        stats.max_inflight = max(stats.max_inflight, stats.inflight - over)
        key = re.search(r"\n(?:authorization: *Bearer|api-key:) *([^\r\n]*)", head, re.IGNORECASE)
        given = key[1] if key else ""
        method, address, _ = head.split(" ", 2)
        try:
            if over:
                raise Fault(429, "too many at once")
            if behaviour.api_key is not None and given != behaviour.api_key:
                raise Fault(401, "Incorrect API key provided")
            stats.paths.append(address)
            path = address.partition("?")[0]
            reply = self.filed(method, path, body) or self.judge(path, body)
        except Fault as fault:
            said = fault.body | ({"message": f"{fault} ({given})"} if behaviour.leak_key else {})
            reply = _Reply(fault.status, as_json({"error": said}))
        if behaviour.latency_ms and not over:
            asyncio.get_running_loop().call_later(behaviour.latency_ms / 1000, self.send, reply)
        else:
            self.send(reply)

    def filed(self, method: str, path: str, body: bytes) -> _Reply | None:
        """The reply to what concerns files and batches; None if this does not."""
        place = re.search(r"/(files|batches)(?:/([\w]+))?(/content)?$", path)
        if place is None:
            return None
        if not self.behaviour.has_batches:
            raise Fault(404, f"no such address: {path}")
        reply = self.of_batches(method, place[1], place[2], bool(place[3]), body)
        drawn = (drawn_from(str(self.stats.requests), path) >> 11) / (1 << 53)
        begins = method == "POST" and place[1] == "batches"
        lost = begins and len(self.batches.batches) <= self.behaviour.drop_batches
        return replace(reply, spoilt="drop") if lost or drawn < self.behaviour.filed_drop_rate else reply

    def of_batches(self, method: str, what: str, name: str | None, content: bool, body: bytes) -> _Reply:
        """The reply to a call about files and batches. Raises Fault."""
        batches = self.batches
        if name and content:
            return _Reply(200, batches.content(name), "application/octet-stream")
        if what == "files":
            return _Reply(200, as_json(batches.upload(body)))
        if name:
            return _Reply(200, as_json(batches.look(name, self.made)))
        if method == "GET":
            return _Reply(200, as_json({"data": list(batches.batches.values())[::-1], "has_more": False}))
        return _Reply(200, as_json(batches.create(json.loads(body))))

    def judge(self, path: str, body: bytes) -> _Reply:
        """What becomes of an attempt. Raises Fault."""
        behaviour = self.behaviour
        if not path.endswith(("/completions", "/responses")):
            raise Fault(404, f"no such address: {path}")
        digest = hashlib.blake2b(body, digest_size=8).digest()
        attempt = self.stats.attempts[digest] = self.stats.attempts.get(digest, 0) + 1
        mixed = drawn_from(digest.hex(), str(attempt))
        drawn = (mixed >> 11) / (1 << 53) - behaviour.error_rate
        if attempt <= behaviour.fail_first:
            raise Fault(behaviour.error_status[0], "injected")
        if drawn < 0:
            raise Fault(behaviour.error_status[mixed % len(behaviour.error_status)], "injected")
        asked = json.loads(body)
        self.stats.bodies.append(asked)
        data = as_json(self.made(path, asked))
        for spoilt, rate in (
            ("drop", behaviour.drop_rate),
            ("cut", behaviour.malformed_rate),
            ("short", behaviour.short_rate),
            ("stall", behaviour.stall_rate),
            ("drip", behaviour.drip_rate),
            ("empty", behaviour.empty_rate),
            ("page", behaviour.page_rate),
        ):
            if drawn < rate:
                return self.spoil(spoilt, data)
            drawn -= rate
        return _Reply(200, data, behaviour.content_type)

    def made(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON. Raises Fault."""
        if self.behaviour.models and asked["model"] not in self.behaviour.models:
            raise Fault(404, f"The model `{asked['model']}` does not exist")
        heard = {name: value for name, value in asked.items() if name not in self.behaviour.ignores}
        try:
            return respond(path, heard, self.behaviour.responder, self.behaviour.words)
        except (KeyError, TypeError, ValueError) as error:
            raise Fault(400, f"{type(error).__name__}: {error}") from error

    def spoil(self, spoilt: str, data: bytes) -> _Reply:
        """A reply that is no answer."""
        match spoilt:
            case "cut":
                return _Reply(200, data[: len(data) // 2], spoilt=spoilt)
            case "empty":
                return _Reply(200, as_json({"choices": [], "model": "loopback"}), spoilt=spoilt)
            case "page":
                return _Reply(200, b"<html><p>Please log in.</p></html>", "text/html", spoilt=spoilt)
            case "drip":
                return _Reply(200, b" " * 1_000_000, spoilt=spoilt)
            case _:
                return _Reply(200, data, spoilt=spoilt)

    def send(self, reply: _Reply) -> None:
        """Writes the reply, or spoils it as is to be."""
        stats = self.stats
        stats.inflight -= 1
        if reply.spoilt:
            stats.spoilt += 1
        elif reply.status == 200:
            stats.ok += 1
        else:
            stats.errors += 1
        self.busy = reply.spoilt in ("stall", "drip")
        if self.transport is None:
            return
        if reply.spoilt == "drop":
            self.transport.abort()
            return
        if reply.spoilt == "drip":
            self.transport.write(self.head(reply))
            self.drip()
            return
        whole = self.head(reply) + reply.data
        if reply.spoilt in ("stall", "short"):
            whole = whole[: len(whole) - len(reply.data) // 2]
        self.transport.write(whole)
        if reply.spoilt == "short":
            self.transport.close()
        elif not self.busy:
            self.pump()

    def drip(self) -> None:
        """Sends a byte now and then for as long as anyone listens."""
        if self.transport is not None:
            self.transport.write(b" ")
            asyncio.get_running_loop().call_later(0.01, self.drip)

    def head(self, reply: _Reply) -> bytes:
        """The reply's first lines."""
        lines = [f"HTTP/1.1 {reply.status} {REASONS[reply.status]}", f"content-type: {reply.kind}"]
        lines += [f"{name}: {value}" for name, value in self.behaviour.headers.items()]
        wait = self.behaviour.retry_after
        if wait is not None and reply.status in (429, 503):
            milliseconds = f"retry-after-ms: {round(wait * 1000)}"
            lines.append(f"retry-after: {round(wait)}" if wait >= 1 else milliseconds)
        lines.append(f"content-length: {len(reply.data)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class LoopbackServer:
    """The server in a thread of this process; a context manager.

    Attributes:
        base_url: What a client's base URL must be.
        stats: What the server has seen.
        batches: Its files and batches.
    """

    def __init__(self, port: int = 0, batches: Batches | None = None, **behaviour: Any) -> None:
        self.behaviour = Behaviour(**behaviour)
        self.stats = Stats()
        self.batches = batches or Batches()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def _run(self) -> None:
        self._stop = asyncio.Event()

        async def serve() -> None:
            def connection() -> _Connection:
                return _Connection(self.behaviour, self.stats, self.batches)

            server = await self._loop.create_server(connection, sock=self._socket)
            self._up.set()
            await self._stop.wait()
            server.close()
            for _ in range(10):  # a connection just accepted takes some turns of the loop to be known
                for transport in self.stats.open.copy():
                    transport.abort()
                await asyncio.sleep(0)

        self._loop.run_until_complete(serve())
        self._loop.close()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._up.wait(10):
            raise RuntimeError("the loopback server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


def main() -> None:
    """Serves until standard input ends, so that it cannot outlive whoever started it.

    To every line there it prints how many requests it has answered.
    """
    parser = argparse.ArgumentParser(description="A deterministic OpenAI-compatible server on 127.0.0.1.")
    for name in ("latency_ms", "error_rate", "drop_rate", "malformed_rate", "retry_after"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=argparse.SUPPRESS)
    with LoopbackServer(**vars(parser.parse_args())) as server:
        print(server.base_url, flush=True)
        for _ in sys.stdin:
            print(server.stats.ok, flush=True)


if __name__ == "__main__":
    main()
