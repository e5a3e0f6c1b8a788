"""Likelihoods of options by vLLM: prompt and option are its prompt, whose log-probabilities it gives."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.models.likelihood import LikelihoodError, check, texts
from experiments.models.protocol import Request

# One token is generated, the fewest there can be, and left unread. Of every prompt token its own
# log-probability is wanted, and those of no others.
ARGUMENTS: Mapping[str, Any] = {"max_tokens": 1, "temperature": 0.0, "prompt_logprobs": 0}


def encoded(request: Request, tokenizer: Any, limit: int) -> tuple[int, list[list[int]]]:
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
    tokens = [list(tokenizer.encode(whole)) for whole in wholes]
    for whole, option in zip(tokens, request.options, strict=True):
        check(before, len(whole), option)
        if len(whole) >= limit:
            raise LikelihoodError(
                f"the prompt with the option {option!r} has {len(whole)} tokens, expected at most "
                f"{limit - 1}: the model takes {limit} with the answer (model.vllm.max_model_len, if it can "
                "take more)"
            )
    return before, tokens


def log_likelihood(before: int, whole: Sequence[int], logprobs: Sequence[Mapping[int, Any] | None]) -> float:
    """The sum of the log-probabilities of an option's tokens.

    Args:
        before: Tokens of the prompt by itself.
        whole: The tokens of prompt and option.
        logprobs: What vLLM gives for each of them: by token, None for the first.
    """
    total = 0.0
    for place in range(before, len(whole)):
        given = logprobs[place]
        assert given is not None, "only a first token has no log-probability, and check() saw one before"
        total += given[whole[place]].logprob
    return total
