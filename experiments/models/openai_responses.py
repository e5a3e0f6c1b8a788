"""OpenAI's Responses API: what goes over the wire and what comes back, as plain functions.

It takes neither stop strings nor a seed, and gives one answer a request. Texts are cut at their stop strings
after they came (what lies behind was generated and paid for all the same), and draws cannot be repeated.
"""

from collections.abc import Mapping
from typing import Any, cast

from experiments.models.openai_wire import (
    MalformedAnswerError,
    cut_at,
    error_message,
    revision_of,
    turns,
    used_tokens,
)
from experiments.models.protocol import Completion, FinishReason, Request

_INCOMPLETE: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "refusal"}


def response_body(request: Request, name: str, *, effort: str | None) -> dict[str, Any]:
    """The JSON body that asks `request`, and that OpenAI is not to keep the answer.

    Args:
        request: What to ask.
        name: The served model's name.
        effort: How hard a reasoning model is to think; None if it is not told.
    """
    text = request.prompt.text
    body: dict[str, Any] = {
        "model": name,
        "input": turns(request) if text is None else text,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "store": False,
    }
    if effort is not None:
        body["reasoning"] = {"effort": effort}
    if request.logprobs:
        body |= {"top_logprobs": request.logprobs, "include": ["message.output_text.logprobs"]}
    return body


def read_response(request: Request, answer: object, latency_s: float) -> Completion:
    """The completion in a server's answer.

    Args:
        request: What was asked.
        answer: The parsed JSON of a 200.
        latency_s: Seconds it took.

    Raises:
        MalformedAnswerError: The answer has another shape, or the server did not come to its end.
    """
    try:
        payload = cast("dict[str, Any]", answer)
        status: str = payload["status"]
        if status not in ("completed", "incomplete"):
            raise MalformedAnswerError(error_message(payload.get("error")) or f"the response is {status}")
        parts = [
            part
            for item in cast("list[dict[str, Any]]", payload["output"])
            if item["type"] == "message"
            for part in item["content"]
        ]
        why: Mapping[str, str] = payload.get("incomplete_details") or {}
        if not parts and status == "completed":
            raise MalformedAnswerError("the answer holds no message")
        refusal = "".join(part["refusal"] for part in parts if part["type"] == "refusal")
        spoken = [part for part in parts if part["type"] == "output_text"]
        text, cut = cut_at("".join(part["text"] for part in spoken), request.prompt.stop)
        finish = "stop" if status == "completed" else _INCOMPLETE.get(why.get("reason") or "", "length")
        used = used_tokens(payload)
        values = tuple(token["logprob"] for part in spoken for token in part.get("logprobs") or ())
        return Completion(
            request.key,
            refusal or text,
            "refusal" if refusal else "stop" if cut else finish,
            prompt_tokens=used.prompt,
            completion_tokens=used.completion,
            cached_tokens=used.cached,
            latency_s=latency_s,
            revision=revision_of(payload),
            logprobs=values or None if request.logprobs else None,
        )
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise MalformedAnswerError(error_message(answer) or "the answer holds no completion") from error
