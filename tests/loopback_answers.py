"""What the loopback server answers: pure functions of a request, in the shapes of OpenAI's interfaces."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

Answer = str | dict[str, Any]
Responder = Callable[[str, dict[str, Any]], Answer]

WORDS = ["red", "blue", "gold", "river", "stone", "north", "london", "paris", "jazz", "wolf"]
_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]")


class Fault(Exception):
    """An HTTP error to answer with; `code` and `param` are what OpenAI calls so."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param

    @property
    def body(self) -> dict[str, Any]:
        """The error as JSON."""
        return {"message": str(self), "type": "loopback", "param": self.param, "code": self.code}


def drawn_from(*parts: str) -> int:
    """A number drawn from texts."""
    data = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def tokens_of(text: str) -> list[str]:
    """A text's tokens: words and signs, each with the white space before it."""
    return _TOKEN.findall(text)


def log_probability(before: str, token: str) -> float:
    """The log-probability of a token after a text, as echoed prompts show it."""
    return -(drawn_from(before, token) % 3000) / 1000


def respond(path: str, body: dict[str, Any], responder: Responder | None, words: int) -> dict[str, Any]:
    """The answer's JSON.

    Args:
        path: Ends in the interface: "/chat/completions", "/completions" or "/responses".
        body: The request's JSON.
        responder: Makes the answer from the prompt and the body instead: a text, or a dict merged into the
            choice. A Fault it raises is answered with its status.
        words: Words in an answer.
    """
    if path.endswith("/responses"):
        return _response(body, responder, words)
    chat = path.endswith("/chat/completions")
    prompt = "\n".join(turn["content"] for turn in body["messages"]) if chat else body["prompt"]
    choices = [_choice(place, prompt, body, chat, responder, words) for place in range(body.get("n") or 1)]
    generated = sum(tokens for _, tokens in choices)
    counted = {"prompt_tokens": len(tokens_of(prompt)), "completion_tokens": generated}
    return {
        "id": f"loopback-{drawn_from(prompt):016x}",
        "object": "chat.completion" if chat else "text_completion",
        "created": 1_700_000_000,
        "model": body["model"],
        "system_fingerprint": "fp_loopback",
        "choices": [choice for choice, _ in choices],
        "usage": counted | {"total_tokens": sum(counted.values())},
    }


def _choice(
    place: int, prompt: str, body: dict[str, Any], chat: bool, responder: Responder | None, words: int
) -> tuple[dict[str, Any], int]:
    """One choice, and how many tokens it has."""
    answer = _answer(place, prompt, body, responder, words)
    text, reason = _finish(answer if isinstance(answer, str) else "", body)
    tokens = tokens_of(text)
    wanted = body.get("logprobs")
    top = body.get("top_logprobs", 0) if chat else wanted
    choice: dict[str, Any] = {"index": place, "finish_reason": reason}
    choice["logprobs"] = _logprobs(prompt, tokens, top or 0, chat) if wanted else None
    if chat:
        choice["message"] = {"role": "assistant", "content": text, "refusal": None}
    else:
        choice["text"] = text
        choice = _echoed(choice, prompt) if body.get("echo") else choice
    return (choice | answer if isinstance(answer, dict) else choice), len(tokens)


def _response(body: dict[str, Any], responder: Responder | None, words: int) -> dict[str, Any]:
    """The answer in the shape of the responses interface."""
    asked = body["input"]
    prompt = asked if isinstance(asked, str) else "\n".join(turn["content"] for turn in asked)
    answer = _answer(0, prompt, body, responder, words)
    text, reason = _finish(answer if isinstance(answer, str) else "", body)
    tokens = tokens_of(text)
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if "message.output_text.logprobs" in body.get("include", ()):
        part["logprobs"] = _logprobs(prompt, tokens, body["top_logprobs"], chat=True)["content"]
    message: dict[str, Any] = {"type": "message", "role": "assistant", "content": [part]}
    made: dict[str, Any] = {
        "id": f"resp_{drawn_from(prompt):016x}",
        "object": "response",
        "model": body["model"],
        "status": "incomplete" if reason == "length" else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if reason == "length" else None,
        "output": [{"type": "reasoning", "summary": []}, message],
        "usage": {"input_tokens": len(tokens_of(prompt)), "output_tokens": len(tokens)},
    }
    return made | answer if isinstance(answer, dict) else made


def _answer(place: int, prompt: str, body: dict[str, Any], responder: Responder | None, words: int) -> Answer:
    if responder is not None:
        return responder(prompt, body)
    salt = f"{body.get('seed')}{place or ''}" if body.get("temperature", 1.0) else ""
    mixed = drawn_from(body["model"], prompt, salt)
    return " ".join(WORDS[(mixed >> (6 * k)) % len(WORDS)] for k in range(words))


def _finish(text: str, body: dict[str, Any]) -> tuple[str, str]:
    if len(body.get("stop", ())) > 4:
        raise Fault(400, "Invalid 'stop': array too long. Expected an array with maximum length 4")
    for stop in body.get("stop", ()):
        text = text.split(stop, 1)[0]
    limit = body.get("max_completion_tokens") or body.get("max_output_tokens") or body.get("max_tokens")
    tokens = tokens_of(text)
    return ("".join(tokens[:limit]), "length") if limit and len(tokens) > limit else (text, "stop")


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
    values = [-(drawn_from(prompt, str(place), token) % 3000) / 1000 for place, token in enumerate(tokens)]
    if not chat:
        rows = [{token: value} for token, value in zip(tokens, values, strict=True)]
        return {"tokens": tokens, "token_logprobs": values, "top_logprobs": rows}
    content = [
        {"token": token, "logprob": value, "top_logprobs": [{"token": token, "logprob": value}][:top]}
        for token, value in zip(tokens, values, strict=True)
    ]
    return {"content": content, "refusal": None}


def as_json(value: object) -> bytes:
    """JSON in bytes."""
    return json.dumps(value).encode()
