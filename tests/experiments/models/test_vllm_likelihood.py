"""How options are weighed with vLLM, on an engine whose probabilities are known."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.models.vllm_likelihood import Part, Path, parts, sums


def value(path: Path) -> float:
    """The log-probability of a token after those before it."""
    return -(hash(path) % 1000) / 100 - 0.01


def answer(part: Part) -> Any:
    """What vLLM says: of a prompt's tokens beside the likeliest ones, of a drawn token by itself."""
    asked = part.arguments
    assert (asked["max_tokens"], asked["temperature"]) == (1, 0.0)
    if asked["allowed_token_ids"] is None:
        assert asked["prompt_logprobs"] == 0
        rows = [
            {
                -1: SimpleNamespace(logprob=0.0),
                token: SimpleNamespace(logprob=value(part.tokens[: place + 1])),
            }
            for place, token in enumerate(part.tokens)
        ]
        return SimpleNamespace(prompt_logprobs=[None, *rows[1:]])
    assert asked["logprobs"] == 0
    (token,) = asked["allowed_token_ids"]
    drawn = {token: SimpleNamespace(logprob=value((*part.tokens, token)))}
    return SimpleNamespace(outputs=[SimpleNamespace(logprobs=[drawn])])


TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)


@given(st.integers(1, 200), st.lists(TOKENS, min_size=1, max_size=5), st.booleans())
def test_options_get_the_sum_of_their_tokens_however_they_are_asked(
    length: int, options: list[Path], cached: bool
) -> None:
    prompt = tuple(range(length))
    wholes = [prompt + option for option in options]
    asked = parts(length, wholes, cached=cached)
    assert len(set(asked)) == len(asked)  # nothing is asked twice
    values: dict[Path, float] = {}
    for part in asked:
        values |= part.read(answer(part))
    expected = [sum(value(whole[: place + 1]) for place in range(length, len(whole))) for whole in wholes]
    assert sums(length, wholes, values) == pytest.approx(expected)


def test_short_options_after_a_long_prompt_are_asked_token_by_token() -> None:
    prompt = tuple(range(500))
    letters = [(*prompt, token) for token in (1000, 1001, 1002, 1003)]
    assert parts(500, letters, cached=True) == [Part(prompt, 500, whole[-1]) for whole in letters]
    # A token that two options begin with is asked once.
    twins = [(*prompt, 1000, 1001), (*prompt, 1000, 1002)]
    assert [part.allowed for part in parts(500, twins, cached=True)] == [1000, 1001, 1002]
    assert parts(500, letters, cached=False) == [Part(whole, 500) for whole in letters]


def test_long_options_after_a_short_prompt_are_asked_whole() -> None:
    wholes = [tuple(range(start, start + 40)) for start in (0, 100)]
    assert parts(5, wholes, cached=True) == [Part(whole, 5) for whole in wholes]
