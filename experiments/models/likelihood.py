"""How likely a model finds each of several texts to follow a prompt: what all back ends do alike.

The tokens of an option are those of prompt and option encoded together, after as many as the prompt has by
itself, so that an option is tokenized as it would be in a text; white space that ends the prompt counts as
the option's. That is the rule of lm-evaluation-harness (Gao et al., `_encode_pair` of its models), with whose
figures ours are to be comparable. An option's log-likelihood is the sum of its tokens' log-probabilities,
each given all tokens before it (no temperature, no nucleus).
"""

import json
from collections.abc import Sequence

from experiments.models.protocol import Completion, Request


class LikelihoodError(Exception):
    """A request's options cannot be weighed; the message says why."""


def texts(request: Request) -> tuple[str, tuple[str, ...]]:
    """What has to be encoded: the prompt without white space at its end, and the prompt with each option.

    Raises:
        LikelihoodError: The prompt is a chat.
    """
    text = request.prompt.text
    if text is None:
        raise LikelihoodError(
            "the likelihood of options is that of continuing a text, and this prompt is a chat: set "
            "form=completion, or grader=aligned"
        )
    return text.rstrip(), tuple(text + option for option in request.options)


def check(before: int, whole: int, option: str) -> None:
    """Checks that an option has tokens, and that some come before them.

    Args:
        before: Tokens of the prompt by itself.
        whole: Tokens of the prompt with the option.
        option: The option's text, for the error.

    Raises:
        LikelihoodError: It is not so.
    """
    if before < 1:
        raise LikelihoodError("the prompt has no token that an option could follow")
    if whole <= before:
        raise LikelihoodError(f"the option {option!r} adds no token to its prompt")


def weighed(
    request: Request, sums: Sequence[float], *, tokens: int, latency_s: float, revision: str
) -> Completion:
    """The completion that holds each option's log-likelihood, as a JSON list.

    Args:
        request: What was asked.
        sums: One value an option, in their order.
        tokens: Tokens of the prompt with each option, summed over the options: what a server counts. An
            engine that remembers the prompt evaluates fewer.
        latency_s: Seconds that all options took together.
        revision: What answered.
    """
    return Completion(
        request.key,
        json.dumps(list(sums)),
        "stop",
        prompt_tokens=tokens,
        latency_s=latency_s,
        revision=revision,
    )
