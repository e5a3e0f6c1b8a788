"""Chat and text completions: what goes over the wire and what comes back, as plain functions."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from experiments.models.protocol import Completion, FinishReason, Request

MOST_STOPS = 4  # the API refuses more
_FINISH: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
}
_UNFINISHED = {"error", "abort", "cancelled"}


class MalformedAnswerError(ValueError):
    """A 200 whose body is not a completion."""


class TooFewSamplesError(Exception):
    """A server gave fewer answers than it was asked for."""


class Used(NamedTuple):
    """Tokens as an answer counts them: in, out, and how many of those in the provider had in its cache."""

    prompt: int
    completion: int
    cached: int


def completion_body(
    request: Request, name: str, *, chat: bool, max_tokens_field: str, effort: str | None, samples: int | None
) -> dict[str, Any]:
    """The JSON body that asks `request`.

    Args:
        request: What to ask. A text is one user's message in chat completions.
        name: The served model's name.
        chat: Whether to ask for a chat completion; otherwise the prompt is a text.
        max_tokens_field: What chat completions calls the token limit; text completions has `max_tokens` only.
        effort: How hard a reasoning model is to think; None if it is not told.
        samples: How many answers to draw at once, without a seed; None for one with the request's seed.
    """
    prompt = request.prompt
    body: dict[str, Any] = {
        "model": name,
        max_tokens_field if chat else "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
    }
    if chat:
        body["messages"] = turns(request)
        if effort is not None:
            body["reasoning_effort"] = effort
    else:
        body["prompt"] = prompt.text
    if samples is not None and samples > 1:
        body["n"] = samples
    if samples is None and request.seed is not None:
        body["seed"] = request.seed
    if prompt.stop:
        body["stop"] = list(prompt.stop[:MOST_STOPS])
    if request.logprobs:
        body |= (
            {"logprobs": True, "top_logprobs": request.logprobs} if chat else {"logprobs": request.logprobs}
        )
    return body


def turns(request: Request) -> list[dict[str, str]]:
    """A prompt as messages; a text is one user's message."""
    if request.prompt.text is not None:
        return [{"role": "user", "content": request.prompt.text}]
    return [{"role": turn.role, "content": turn.content} for turn in request.prompt.messages]


def read_completions(requests: Sequence[Request], answer: object, latency_s: float) -> list[Completion]:
    """The completions in a server's answer to one request or to several that were asked as one.

    Tokens are counted by the answer, not by the choice: those of the prompt are put down to the first
    completion, the generated ones are shared out evenly, so that sums are right.

    Args:
        requests: What was asked.
        answer: The parsed JSON of a 200.
        latency_s: Seconds it took.

    Raises:
        MalformedAnswerError: The answer holds no choice, one of another shape, or one that was broken off.
        TooFewSamplesError: There are fewer choices than requests.
    """
    try:
        payload = cast("dict[str, Any]", answer)
        choices: list[Mapping[str, Any]] = payload["choices"]
        if not choices:
            raise MalformedAnswerError(error_message(answer) or "the answer holds no completion")
        if len(choices) < len(requests):
            raise TooFewSamplesError(f"the server gave {len(choices)} of {len(requests)} samples")
        used = used_tokens(payload)
        share, rest = divmod(used.completion, len(requests))
        revision = revision_of(payload)
        return [
            _read_choice(
                request,
                choice,
                used=Used(0 if place else used.prompt, share + (place < rest), 0 if place else used.cached),
                latency_s=latency_s,
                revision=revision,
            )
            for place, (request, choice) in enumerate(zip(requests, choices, strict=False))
        ]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise MalformedAnswerError(error_message(answer) or "the answer holds no completion") from error


def _read_choice(
    request: Request,
    choice: Mapping[str, Any],
    *,
    used: Used,
    latency_s: float,
    revision: str,
) -> Completion:
    reason: str = choice.get("finish_reason") or ""
    if reason in _UNFINISHED:
        raise MalformedAnswerError(error_message(choice) or "the server broke the answer off")
    message: Mapping[str, Any] | None = choice.get("message")
    refusal: str | None = None
    if message is not None:
        refusal = message.get("refusal")
        said = refusal or message["content"]
    else:
        said = choice["text"]
    text, cut = cut_at(text_of(said), request.prompt.stop)
    finish: FinishReason = _FINISH.get(reason, "stop")
    return Completion(
        request.key,
        text,
        "refusal" if refusal else "stop" if cut else finish,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        cached_tokens=used.cached,
        latency_s=latency_s,
        revision=revision,
        logprobs=token_logprobs(choice) if request.logprobs else None,
    )


def text_of(content: object) -> str:
    """A message's content as text: a text, none, or a list of parts, as some servers have it.

    Raises:
        MalformedAnswerError: It is something else.
    """
    if content is None:  # nothing was said, or nothing but thoughts
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [cast("dict[str, Any]", part) for part in cast("list[object]", content)]
        return "".join(part["text"] for part in parts if part.get("type") in ("text", "output_text"))
    raise MalformedAnswerError("the answer's content is no text")


def error_message(body: object) -> str:
    """What a server says went wrong, from an error's body in any usual shape; "" when it says nothing."""
    while isinstance(body, (dict, list)):
        if isinstance(body, list):
            body = cast("list[object]", body)[0] if body else None
            continue
        fields = cast("dict[str, object]", body)
        body = fields.get("message") or fields.get("msg") or fields.get("error") or fields.get("detail")
    return " ".join(str(body).split()) if body else ""


def cut_at(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """A text up to the first stop string in it, and whether there was one: a server may not stop at all."""
    places = [place for place in (text.find(stop) for stop in stops) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def used_tokens(payload: Mapping[str, Any]) -> Used:
    """The tokens of an answer, in either of the usual namings; 0 when it does not count them."""
    usage: Mapping[str, Any] = payload.get("usage") or {}
    details: Mapping[str, int] = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    return Used(
        usage.get("prompt_tokens") or usage.get("input_tokens") or 0,
        usage.get("completion_tokens") or usage.get("output_tokens") or 0,
        details.get("cached_tokens") or 0,
    )


def revision_of(payload: Mapping[str, Any]) -> str:
    """What answered, as it says itself: the served model and the fingerprint of what runs it."""
    return " ".join(filter(None, (payload.get("model"), payload.get("system_fingerprint"))))


def token_logprobs(choice: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Of each token; None if there are none. Some servers answer text completions in the chat shape."""
    found = choice.get("logprobs")
    if not found:
        return None
    if found.get("content") is not None:
        return tuple(token["logprob"] for token in found["content"])
    return tuple(found["token_logprobs"])
