"""What goes over the wire to an OpenAI-compatible server and what comes back, as plain functions."""

from collections.abc import Mapping
from typing import Any, cast

from experiments.models.protocol import Completion, FinishReason, Request

MOST_STOPS = 4  # the API refuses more
_FINISH: dict[str, FinishReason] = {"length": "length", "max_tokens": "length", "content_filter": "refusal"}


class MalformedAnswerError(ValueError):
    """A 200 whose body is not a completion."""


def request_body(
    request: Request, name: str, max_tokens_field: str, extra: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The path below the base URL and the JSON body that ask `request`.

    Args:
        request: What to ask; a chat goes to chat completions, a text to text completions.
        name: The served model's name.
        max_tokens_field: What chat completions calls the token limit; text completions has `max_tokens` only.
        extra: Further fields; they win over ours.
    """
    prompt = request.prompt
    chat = prompt.form == "chat"
    body: dict[str, Any] = {
        "model": name,
        max_tokens_field if chat else "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
    }
    if chat:
        body["messages"] = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    else:
        body["prompt"] = prompt.text
    if request.seed is not None:
        body["seed"] = request.seed
    if prompt.stop:
        body["stop"] = list(prompt.stop[:MOST_STOPS])
    if request.logprobs:
        body |= (
            {"logprobs": True, "top_logprobs": request.logprobs} if chat else {"logprobs": request.logprobs}
        )
    return ("/chat/completions" if chat else "/completions"), body | dict(extra)


def read_completion(request: Request, answer: object, latency_s: float) -> Completion:
    """The completion in a server's answer.

    Args:
        request: What was asked.
        answer: The parsed JSON of a 200.
        latency_s: Seconds it took.

    Raises:
        MalformedAnswerError: The answer holds no choice, or one of another shape.
    """
    try:
        payload = cast("dict[str, Any]", answer)
        choice = payload["choices"][0]
        message: Mapping[str, Any] = choice["message"] if request.prompt.form == "chat" else choice
        refusal: str | None = message.get("refusal")
        text: str = message.get("content" if request.prompt.form == "chat" else "text") or refusal or ""
        text, cut = _cut(text, request.prompt.stop[MOST_STOPS:])
        finish: FinishReason = _FINISH.get(choice.get("finish_reason") or "", "stop")
        usage: Mapping[str, Any] = payload.get("usage") or {}
        return Completion(
            request.key,
            text,
            "refusal" if refusal else "stop" if cut else finish,
            prompt_tokens=usage.get("prompt_tokens") or 0,
            completion_tokens=usage.get("completion_tokens") or 0,
            latency_s=latency_s,
            revision=revision_of(payload),
            logprobs=token_logprobs(choice) if request.logprobs else None,
            cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        )
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise MalformedAnswerError(error_message(answer) or "the answer holds no completion") from error


def error_message(body: object) -> str:
    """What a server says went wrong, from an error's body in any usual shape; "" when it says nothing."""
    while isinstance(body, dict):
        fields = cast("dict[str, object]", body)
        body = fields.get("message") or fields.get("error") or fields.get("detail")
    return " ".join(str(body).split()) if body else ""


def _cut(text: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    places = [place for place in (text.find(stop) for stop in stops) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def revision_of(payload: Mapping[str, Any]) -> str:
    """What answered, as it says itself."""
    return " ".join(filter(None, (payload.get("model"), payload.get("system_fingerprint"))))


def token_logprobs(choice: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Of each token; None if there are none. Some servers answer text completions in the chat shape."""
    found = choice.get("logprobs")
    if not found:
        return None
    if found.get("content") is not None:
        return tuple(token["logprob"] for token in found["content"])
    return tuple(found["token_logprobs"])
