"""Likelihoods of options over the wire: what is sent and what comes back, as plain functions.

A server that echoes the prompt gives the log-probabilities of the prompt's tokens too. The prompt is sent by
itself and with each option; where an option's tokens begin follows from the token counts alone, so that
neither a start token nor a token that is half a character leads astray.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from experiments.models.likelihood import LikelihoodError, check
from experiments.models.openai_wire import MalformedAnswerError, error_message, revision_of, token_logprobs

NEED = (
    "the likelihoods of options need a server that echoes a prompt with its log-probabilities, as vLLM does "
    "(grader=aligned works without)"
)


@dataclass(frozen=True, slots=True)
class Echo:
    """A prompt that came back.

    Attributes:
        tokens: How many tokens it has, start token included.
        logprobs: Log-probability of each of them, and of a token generated after them; None for a first
            token, which nothing comes before.
        revision: What answered.
    """

    tokens: int
    logprobs: tuple[float | None, ...]
    revision: str


def echo_body(text: str, name: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body, for text completions, that asks for a text's own log-probabilities.

    One token is generated, and left unread: to some servers none at all means as many as there is room for.

    Args:
        text: The text.
        name: The served model's name.
        extra: Further fields, which win over ours; one that is None is left out.
    """
    ours = {"model": name, "prompt": text, "max_tokens": 1, "temperature": 0.0, "echo": True, "logprobs": 1}
    return {field: value for field, value in (ours | dict(extra)).items() if value is not None}


def read_echo(answer: object) -> Echo:
    """The echo in a server's answer.

    Raises:
        MalformedAnswerError: The answer holds no choice, or one of another shape.
        LikelihoodError: It does not hold the prompt's log-probabilities.
    """
    try:
        payload = cast("dict[str, Any]", answer)
        logprobs = token_logprobs(payload["choices"][0])
        tokens: int = (payload.get("usage") or {}).get("prompt_tokens") or 0
        revision = revision_of(payload)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise MalformedAnswerError(error_message(answer) or "the answer holds no completion") from error
    if not logprobs or len(logprobs) < tokens:
        raise LikelihoodError(f"{NEED}; this one gives none")
    if tokens < 1:
        raise LikelihoodError("the server does not count a prompt's tokens (usage.prompt_tokens)")
    return Echo(tokens, logprobs, revision)


def log_likelihood(before: Echo, whole: Echo, option: str) -> float:
    """The sum of the log-probabilities of an option's tokens.

    Args:
        before: The prompt by itself.
        whole: The prompt with the option.
        option: The option's text, for the error.

    Raises:
        LikelihoodError: The option has no tokens, or one of them no log-probability.
    """
    check(before.tokens, whole.tokens, option)
    values = whole.logprobs[before.tokens : whole.tokens]
    total = sum(math.nan if value is None else value for value in values)
    if not math.isfinite(total):
        raise LikelihoodError(f"the server gives no log-probability of a token of the option {option!r}")
    return total
