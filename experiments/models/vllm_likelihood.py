"""Likelihoods of options by vLLM.

There are two ways, with the same values. An option can be the end of a prompt, of whose tokens vLLM gives the
log-probabilities; but then it evaluates the whole prompt again for every option, since what its prefix cache
holds has none. Or each of an option's tokens is the only one allowed after the tokens before it, and what is
reported of it is its log-probability before that restriction; the tokens before it are in the cache. The
second is taken where it is less to evaluate: for long prompts and short options.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.models.likelihood import LikelihoodError, check, texts
from experiments.models.protocol import Request

_BLOCK = 16  # tokens that the prefix cache holds together; the last, unfilled block is evaluated again

Path = tuple[int, ...]  # a token with all tokens before it


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of the engine about options.

    Attributes:
        tokens: The prompt.
        first: Place of the first token whose log-probability is wanted; it may be the one after the prompt.
        allowed: The only token that may follow; None if the prompt's own tokens are what is wanted.
    """

    tokens: tuple[int, ...]
    first: int
    allowed: int | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """Sampling arguments: one token is generated, the fewest there can be."""
        wanted = {"prompt_logprobs": 0} if self.allowed is None else {"logprobs": 0}
        return {"max_tokens": 1, "temperature": 0.0, "allowed_token_ids": self._only, **wanted}

    @property
    def _only(self) -> list[int] | None:
        return None if self.allowed is None else [self.allowed]

    def read(self, output: Any) -> dict[Path, float]:
        """The log-probabilities of the wanted tokens in the engine's output."""
        if self.allowed is not None:
            (only,) = output.outputs[0].logprobs
            return {(*self.tokens, self.allowed): only[self.allowed].logprob}
        values: dict[Path, float] = {}
        for place in range(self.first, len(self.tokens)):
            given: Mapping[int, Any] | None = output.prompt_logprobs[place]
            assert given is not None, "only a first token has no log-probability, and check() saw one before"
            values[self.tokens[: place + 1]] = given[self.tokens[place]].logprob
        return values


def encoded(request: Request, tokenizer: Any, limit: int) -> tuple[int, list[Path]]:
    """How many tokens the prompt has by itself, and those of the prompt with each option.

    Args:
        request: With options.
        tokenizer: A Hugging Face tokenizer.
        limit: Most tokens of the engine, generated ones included.

    Raises:
        LikelihoodError: The prompt is a chat, an option has no tokens, or they do not fit.
    """
    prompt, wholes = texts(request)
    before = len(tokenizer.encode(prompt))
    tokens = [tuple(tokenizer.encode(whole)) for whole in wholes]
    for whole, option in zip(tokens, request.options, strict=True):
        check(before, len(whole), option)
        if len(whole) >= limit:
            raise LikelihoodError(
                f"the prompt with the option {option!r} has {len(whole)} tokens, expected at most "
                f"{limit - 1}: the model takes {limit} with the answer (model.vllm.max_model_len, if it can "
                "take more)"
            )
    return before, tokens


def parts(before: int, wholes: Sequence[Path], *, cached: bool) -> list[Part]:
    """What to ask the engine so as to know every option's tokens; shared tokens are asked once.

    Args:
        before: Tokens of the prompt by itself.
        wholes: The tokens of the prompt with each option.
        cached: Whether the engine has a prefix cache, and reports log-probabilities as they were before
            tokens are forbidden.
    """
    distinct = list(dict.fromkeys(wholes))
    paths = dict.fromkeys(whole[: place + 1] for whole in distinct for place in range(before, len(whole)))
    if cached and max(map(len, distinct)) + _BLOCK * len(paths) < sum(map(len, distinct)):
        return [Part(path[:-1], len(path) - 1, path[-1]) for path in paths]
    return [Part(whole, before) for whole in distinct]


def sums(before: int, wholes: Sequence[Path], values: Mapping[Path, float]) -> list[float]:
    """The sum of the log-probabilities of each option's tokens.

    Args:
        before: Tokens of the prompt by itself.
        wholes: The tokens of the prompt with each option.
        values: The log-probability of every token from `before` on.
    """
    return [sum(values[whole[: place + 1]] for place in range(before, len(whole))) for whole in wholes]
