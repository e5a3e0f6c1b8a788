"""A small deterministic OpenAI-compatible server on 127.0.0.1, for tests and for measuring clients.

Standard library only. It is not a model: every answer is a pure function of the request, and of its seed
when the temperature is above 0. Faults are drawn from the request's body and the number of the attempt, so
the same run meets the same faults and a retry of the same body can succeed.

    with LoopbackServer(latency_ms=5, error_rate=0.1) as server:
        ... OpenAI client with base_url=server.base_url ...
        assert server.stats.ok == 2000

As a process of its own, which prints its base URL and ends with its standard input:
`python tests/loopback.py --latency-ms 50`.
"""

import argparse
import asyncio
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

Answer = str | dict[str, Any]

WORDS = ["red", "blue", "gold", "river", "stone", "north", "london", "paris", "jazz", "wolf"]
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]")


def _hash(*parts: str) -> int:
    data = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


@dataclass(frozen=True)
class Behaviour:
    """What the server does; the arguments of `LoopbackServer`.

    Attributes:
        latency_ms: Added to every answer.
        error_rate: Share of attempts answered with one of `error_status`.
        error_status: HTTP statuses of injected errors.
        retry_after: Seconds, sent with 429 and 503 (as `retry-after-ms` when less than 1).
        drop_rate: Share of attempts whose connection is closed without a word.
        malformed_rate: Share of attempts answered 200 with a JSON body cut in half.
        fail_first: The first N attempts of every distinct body are answered `error_status[0]`.
        max_inflight: More requests than this at once are answered 429; 0 is no limit.
        api_key: When set, any other bearer key is answered 401.
        leak_key: Error messages repeat the Authorization header, as a careless server's might.
        models: Served names; another name is answered 404. Empty serves every name.
        words: Words in an answer.
        responder: Makes the answer from the prompt and the body instead: a text, or a dict merged into the
            choice. A Fault it raises is answered with its status.
    """

    latency_ms: float = 0.0
    error_rate: float = 0.0
    error_status: tuple[int, ...] = (429, 500)
    retry_after: float | None = None
    drop_rate: float = 0.0
    malformed_rate: float = 0.0
    fail_first: int = 0
    max_inflight: int = 0
    api_key: str | None = None
    leak_key: bool = False
    models: tuple[str, ...] = ()
    words: int = 3
    responder: Callable[[str, dict[str, Any]], Answer] | None = None


@dataclass
class Stats:
    """What the server has seen since it started; written by its own thread only."""

    requests: int = 0
    ok: int = 0
    errors: int = 0
    dropped: int = 0
    malformed: int = 0
    inflight: int = 0
    max_inflight: int = 0
    open: set[asyncio.Transport] = field(default_factory=set[asyncio.Transport])
    attempts: dict[bytes, int] = field(default_factory=dict[bytes, int])
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Fault(Exception):
    """An HTTP error to answer with; `code` is what OpenAI calls the kind of error."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def _answer(behaviour: Behaviour, body: dict[str, Any], prompt: str) -> Answer:
    if behaviour.responder is not None:
        return behaviour.responder(prompt, body)
    salt = str(body.get("seed")) if body.get("temperature", 1.0) else ""
    mixed = _hash(body["model"], prompt, salt)
    return " ".join(WORDS[(mixed >> (6 * k)) % len(WORDS)] for k in range(behaviour.words))


def _finish(text: str, body: dict[str, Any]) -> tuple[str, str]:
    if len(body.get("stop", ())) > 4:
        raise Fault(400, "Invalid 'stop': array too long. Expected an array with maximum length 4")
    for stop in body.get("stop", ()):
        text = text.split(stop, 1)[0]
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    tokens = _TOKEN.findall(text)
    return ("".join(tokens[:limit]), "length") if limit and len(tokens) > limit else (text, "stop")


def log_probability(before: str, token: str) -> float:
    """The log-probability of a token after a text, as echoed prompts show it."""
    return -(_hash(before, token) % 3000) / 1000


def tokens_of(text: str) -> list[str]:
    """A text's tokens: words and signs, each with the white space before it."""
    return _TOKEN.findall(text)


def _echoed(choice: dict[str, Any], prompt: str) -> dict[str, Any]:
    """A text choice with its prompt in front, as `echo` asks for."""
    texts, offset = tokens_of(prompt), 0
    values: list[float | None] = []
    for token in texts:
        values.append(log_probability(prompt[:offset], token) if offset else None)
        offset += len(token)
    whole = choice | {"text": prompt + choice["text"]}
    if choice["logprobs"] is not None:
        generated = choice["logprobs"]
        rows = [None if value is None else {token: value} for token, value in zip(texts, values, strict=True)]
        whole["logprobs"] = {
            "tokens": texts + generated["tokens"],
            "token_logprobs": values + generated["token_logprobs"],
            "top_logprobs": rows + generated["top_logprobs"],
        }
    return whole


def _logprobs(prompt: str, tokens: list[str], top: int, chat: bool) -> dict[str, Any]:
    values = [-(_hash(prompt, str(place), token) % 3000) / 1000 for place, token in enumerate(tokens)]
    if not chat:
        rows = [{token: value} for token, value in zip(tokens, values, strict=True)]
        return {"tokens": tokens, "token_logprobs": values, "top_logprobs": rows}
    content = [
        {"token": token, "logprob": value, "top_logprobs": [{"token": token, "logprob": value}][:top]}
        for token, value in zip(tokens, values, strict=True)
    ]
    return {"content": content, "refusal": None}


def _respond(behaviour: Behaviour, body: dict[str, Any], chat: bool) -> dict[str, Any]:
    """The answer's JSON, in the shape of the chat or of the text completions endpoint."""
    if behaviour.models and body["model"] not in behaviour.models:
        raise Fault(404, f"The model `{body['model']}` does not exist")
    prompt = "\n".join(turn["content"] for turn in body["messages"]) if chat else body["prompt"]
    answer = _answer(behaviour, body, prompt)
    text, reason = _finish(answer if isinstance(answer, str) else "", body)
    tokens = _TOKEN.findall(text)
    wanted = body.get("logprobs")
    top = body.get("top_logprobs", 0) if chat else wanted
    choice: dict[str, Any] = {"index": 0, "finish_reason": reason}
    choice["logprobs"] = _logprobs(prompt, tokens, top or 0, chat) if wanted else None
    if chat:
        choice["message"] = {"role": "assistant", "content": text, "refusal": None}
    else:
        choice["text"] = text
        choice = _echoed(choice, prompt) if body.get("echo") else choice
    if isinstance(answer, dict):
        choice |= answer
    counted = {"prompt_tokens": len(_TOKEN.findall(prompt)), "completion_tokens": len(tokens)}
    return {
        "id": f"loopback-{_hash(prompt):016x}",
        "object": "chat.completion" if chat else "text_completion",
        "created": 1_700_000_000,
        "model": body["model"],
        "system_fingerprint": "fp_loopback",
        "choices": [choice],
        "usage": counted | {"total_tokens": sum(counted.values())},
    }


class _Connection(asyncio.Protocol):
    """One client's connection: requests one after another, each with a Content-Length."""

    def __init__(self, behaviour: Behaviour, stats: Stats) -> None:
        self.behaviour, self.stats = behaviour, stats
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
        key = re.search(r"\nauthorization: *([^\r\n]*)", head, re.IGNORECASE)
        given = key[1] if key else ""
        try:
            if over:
                raise Fault(429, "too many at once")
            kind, out = self.judge(head.split(" ", 2)[1], given, body)
            status = 200
        except Fault as fault:
            kind, status = "errors", fault.status
            said = f"{fault} ({given})" if behaviour.leak_key else str(fault)
            out = {"error": {"message": said, "type": "loopback", "param": None, "code": fault.code}}
        payload = None if kind == "dropped" else self.payload(status, out, cut=kind == "malformed")
        if behaviour.latency_ms and not over:
            asyncio.get_running_loop().call_later(behaviour.latency_ms / 1000, self.send, payload, kind)
        else:
            self.send(payload, kind)

    def judge(self, path: str, given: str, body: bytes) -> tuple[str, dict[str, Any]]:
        """What becomes of an attempt ("ok", "dropped" or "malformed") and its answer. Raises Fault."""
        behaviour = self.behaviour
        if not path.endswith("/completions"):
            raise Fault(404, f"no such address: {path}")
        if behaviour.api_key is not None and given != f"Bearer {behaviour.api_key}":
            raise Fault(401, "Incorrect API key provided")
        digest = hashlib.blake2b(body, digest_size=8).digest()
        attempt = self.stats.attempts[digest] = self.stats.attempts.get(digest, 0) + 1
        mixed = _hash(digest.hex(), str(attempt))
        drawn = (mixed >> 11) / (1 << 53) - behaviour.error_rate
        if attempt <= behaviour.fail_first:
            raise Fault(behaviour.error_status[0], "injected")
        if drawn < 0:
            raise Fault(behaviour.error_status[mixed % len(behaviour.error_status)], "injected")
        asked = json.loads(body)
        self.stats.bodies.append(asked)
        try:
            out = _respond(behaviour, asked, path.endswith("/chat/completions"))
        except (KeyError, TypeError, ValueError) as error:
            raise Fault(400, f"{type(error).__name__}: {error}") from error
        if drawn < behaviour.drop_rate:
            return "dropped", out
        return "malformed" if drawn < behaviour.drop_rate + behaviour.malformed_rate else "ok", out

    def payload(self, status: int, out: dict[str, Any], cut: bool) -> bytes:
        """The HTTP response's bytes."""
        data = json.dumps(out).encode()
        data = data[: len(data) // 2] if cut else data
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\n"
        wait = self.behaviour.retry_after
        if wait is not None and status in (429, 503):
            head += (
                f"retry-after: {round(wait)}\r\n"
                if wait >= 1
                else f"retry-after-ms: {round(wait * 1000)}\r\n"
            )
        return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data

    def send(self, payload: bytes | None, kind: str) -> None:
        """Writes the answer, or drops the connection when there is none."""
        self.stats.inflight -= 1
        setattr(self.stats, kind, getattr(self.stats, kind) + 1)
        self.busy = False
        if self.transport is None:
            return
        if payload is None:
            self.transport.abort()
        else:
            self.transport.write(payload)
            self.pump()


class LoopbackServer:
    """The server in a thread of this process; a context manager.

    Attributes:
        base_url: What a client's base URL must be.
        stats: What the server has seen.
    """

    def __init__(self, **behaviour: Any) -> None:
        self.behaviour = Behaviour(**behaviour)
        self.stats = Stats()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def _run(self) -> None:
        self._stop = asyncio.Event()

        async def serve() -> None:
            def connection() -> _Connection:
                return _Connection(self.behaviour, self.stats)

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
    """Serves until standard input ends, so that it cannot outlive whoever started it."""
    parser = argparse.ArgumentParser(description="A deterministic OpenAI-compatible server on 127.0.0.1.")
    for name in ("latency_ms", "error_rate", "drop_rate", "malformed_rate", "retry_after"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=argparse.SUPPRESS)
    with LoopbackServer(**vars(parser.parse_args())) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
