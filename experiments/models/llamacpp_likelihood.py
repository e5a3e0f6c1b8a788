"""Log-probabilities of given tokens from llama.cpp's server.

The server gives log-probabilities of tokens that it generates, so each wanted token is forced: the tokens
before it are the prompt, a bias makes the wanted one certain to be drawn, and what is reported with it is its
probability before the bias. With its prompt cache that is one evaluation a token.

A token that is a piece of a character (as in "東") is reported only once the character is whole, and not by
its own probability. Its probability is looked up among the likeliest tokens in its place.

llama.cpp adds up probabilities in single precision: a token's value is off by 0.0002 (49 thousand tokens in
the vocabulary) to 0.001 (262 thousand).
"""

from collections.abc import Callable
from typing import Any

from experiments.models.likelihood import LikelihoodError, check, texts
from experiments.models.protocol import Request

_CERTAIN = 1e6  # added to a logit, whose values lie within a few hundred
_LIKELIEST = (100, 10_000, 10_000_000)  # tokens looked among; more take longer, up to seconds

Continue = Callable[[dict[str, Any]], dict[str, Any]]
Tokenize = Callable[[str], list[int]]


def log_likelihoods(request: Request, tokenize: Tokenize, proceed: Continue) -> tuple[list[float], int]:
    """The log-likelihood of each option of a request, and how many tokens they have with their prompt.

    Args:
        request: With options.
        tokenize: The tokens of a text, special ones included, as generation makes them.
        proceed: Gives the one choice of the server's answer to a body for text completions.

    Returns:
        One sum of log-probabilities an option, and the tokens of the prompt with each option, added up.

    Raises:
        LikelihoodError: They cannot be had.
    """
    prompt, wholes = texts(request)
    before = len(tokenize(prompt))
    known: dict[tuple[int, ...], float] = {}  # options that begin alike share tokens
    sums: list[float] = []
    total = 0
    for option, whole in zip(request.options, map(tokenize, wholes), strict=True):
        check(before, len(whole), option)
        total += len(whole)
        for place in range(before, len(whole)):
            path = tuple(whole[: place + 1])
            if path not in known:
                known[path] = log_probability(path[:-1], path[-1], tokenize, proceed)
        sums.append(sum(known[tuple(whole[: place + 1])] for place in range(before, len(whole))))
    return sums, total


def log_probability(before: tuple[int, ...], token: int, tokenize: Tokenize, proceed: Continue) -> float:
    """The log-probability of a token after others.

    Raises:
        LikelihoodError: The engine does not give it.
    """
    reported = _forced(before, token, 1, proceed)
    if reported is not None:
        return float(reported["logprob"])
    whole_character = tokenize("A")[-1]
    for number in _LIKELIEST:
        reported = _forced(before, whole_character, number, proceed)
        for each in reported["top_logprobs"] if reported else ():
            if each["id"] == token:
                return float(each["logprob"])
    raise LikelihoodError(f"the engine gives no log-probability of the token {token}")


def _forced(before: tuple[int, ...], token: int, number: int, proceed: Continue) -> dict[str, Any] | None:
    """What the server reports of a token that it is made to draw; None if it reports nothing."""
    choice = proceed(
        {
            "prompt": list(before),
            "max_tokens": 1,
            "temperature": 0,
            "samplers": [],
            "logit_bias": [[token, _CERTAIN]],
            "logprobs": number,
            "cache_prompt": True,
        }
    )
    reported = (choice.get("logprobs") or {}).get("content") or []
    if not reported:
        return None
    if reported[0].get("id") != token:
        raise LikelihoodError(f"the engine drew the token {reported[0].get('id')} instead of {token}")
    return reported[0]
