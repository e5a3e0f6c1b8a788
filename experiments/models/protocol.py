"""What a model is to the lab: requests in, completions out as they arrive."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from perturb.prompt import Prompt

FinishReason = Literal["stop", "length", "refusal", "error"]


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask a model, made once however many cells want it.

    Attributes:
        key: Content address (hex): hash of model identity, prompt, sampling parameters and, where sampling
            is random, the replicate's seed.
        prompt: What is sent.
        max_tokens: Most tokens to generate.
        temperature: 0 is greedy.
        top_p: Nucleus mass in (0, 1].
        seed: The sampler's seed; None when greedy.
        logprobs: How many top log-probabilities a token to return; 0 for none.
        options: Texts whose log-likelihood as a continuation of the prompt is wanted, instead of a completion
            (the prompt is a text then, not a chat). Empty for an ordinary request.
        tags: Facts about the cell and the item that only a simulated respondent reads.
    """

    key: str
    prompt: Prompt
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    logprobs: int = 0
    options: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back for one request.

    Attributes:
        key: The request's key.
        text: Generated text; empty when it failed. For a request with options, a JSON list with the sum of
            the log-probabilities of each option's tokens (natural logarithms), in the options' order.
        finish: Why generation ended: a stop string or end of text, the token limit, the provider's
            refusal, or an error (then `error` says what).
        prompt_tokens: Tokens in, as counted by the engine; 0 when unknown.
        completion_tokens: Tokens out; 0 when unknown.
        latency_s: Seconds from sending to receiving.
        revision: What answered, as it says itself (system fingerprint, weights' hash).
        logprobs: Log-probability of each generated token, or None.
        error: One line; None unless `finish` is "error". Failed completions are never stored.
        cached_tokens: Those of the tokens in that the provider says it had in its cache, at another price.
    """

    key: str
    text: str
    finish: FinishReason
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0
    revision: str = ""
    logprobs: tuple[float, ...] | None = None
    error: str | None = None
    cached_tokens: int = 0


class ModelError(Exception):
    """The model as a whole cannot answer (no weights, no key, no server); the message says what to do."""

    exit_code = 2


class UnusableModelError(ModelError):
    """The model cannot be asked with these settings (no key, no such file): nothing was sent."""


class Model(Protocol):
    """A back end with one engine loaded."""

    @property
    def identity(self) -> str:
        """Names what would answer, weights' hash or served revision included; part of every request's key."""
        ...

    def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answers every request, in any order, each as soon as it is there.

        Iterating over `requests` may end before `len(requests)`: nothing more is to be sent then (the sweep
        was interrupted, or a budget is used up). So a back end iterates over them once, takes the next one
        only when it is about to send it, and finishes what it has taken.

        A request that fails for good yields a completion with finish "error"; an error that concerns all of
        them (wrong key, server gone) raises ModelError.
        """
        ...

    async def close(self) -> None:
        """Frees the engine; may be called more than once."""
        ...
