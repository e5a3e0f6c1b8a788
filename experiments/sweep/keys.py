"""The content address of a request: a hash of everything that can change its answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from perturb.prompt import Prompt


def request_key(
    identity: str,
    prompt: Prompt,
    *,
    max_tokens: int,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int | None = None,
    logprobs: int = 0,
    options: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    repeat: int = 0,
) -> str:
    """The key of a request: who is asked, what, and how. Parameters are the request's fields.

    Args:
        identity: Names the model that would answer.
        prompt: What is sent: the text or the turns, and the stops. What it says of reading the answer plays
            no part.
        max_tokens: The token limit; of no effect where options are weighed.
        temperature: The sampling temperature.
        top_p: The nucleus; of no effect at temperature 0.
        seed: The sampler's seed.
        logprobs: How many top log-probabilities a token are wanted.
        options: The texts whose likelihoods are wanted instead of a completion.
        tags: What a simulated respondent knows.
        repeat: Tells deliberate repeats of the same request apart.

    Returns:
        64 hexadecimal digits.
    """
    turns = [[message.role, message.content] for message in prompt.messages]
    wanted: tuple[Any, ...] = (
        ("options", *options)
        if options
        else (max_tokens, temperature, top_p if temperature > 0 else None, seed, repeat)
    )
    # What came later is added only where it is used, so that the keys of stored completions stay.
    if logprobs:
        wanted = (*wanted, "logprobs", logprobs)
    if options and repeat:
        wanted = (*wanted, "repeat", repeat)
    described = [identity, prompt.text, turns, prompt.stop, *wanted, tags or {}]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()
