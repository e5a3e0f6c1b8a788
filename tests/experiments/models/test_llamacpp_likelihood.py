"""How options are weighed with llama.cpp's server, on a stand-in whose probabilities are known."""

from typing import Any

import pytest

from experiments.models.likelihood import LikelihoodError
from experiments.models.llamacpp_likelihood import log_likelihoods, log_probability
from experiments.models.protocol import Request
from perturb.prompt import Message, Prompt

START, MERGED = 1, 2  # a start token, and ": " as one token
PIECES = {ord("東"): 400, ord("京"): 20_000}  # letters reported only among the likeliest; their ranks


def tokenize(text: str) -> list[int]:
    return [START, *(MERGED if letter == "\x02" else ord(letter) for letter in text.replace(": ", "\x02"))]


def value(before: tuple[int, ...], token: int) -> float:
    return -(hash((before, token)) % 1000) / 100 - 0.01


class Server:
    """Reports a forced token as llama.cpp does."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def proceed(self, body: dict[str, Any]) -> dict[str, Any]:
        before = tuple(body["prompt"])
        ((token, _),) = body["logit_bias"]
        self.asked.append((*before, token))
        assert (body["max_tokens"], body["temperature"], body["samplers"]) == (1, 0, [])
        if token in PIECES:
            return {"text": "", "logprobs": None}
        top = [
            {"id": each, "logprob": value(before, each)} for each in PIECES if PIECES[each] < body["logprobs"]
        ]
        one = {"id": token, "logprob": value(before, token), "top_logprobs": top}
        return {"text": "x", "logprobs": {"content": [one]}}


def request(text: str, *options: str) -> Request:
    return Request("k", Prompt(text), 8, options=options)


def along(text: str, start: int) -> float:
    """The sum of the values of a text's tokens from a place on."""
    whole = tokenize(text)
    return sum(value(tuple(whole[:place]), whole[place]) for place in range(start, len(whole)))


def test_an_options_tokens_are_added_up() -> None:
    sums, tokens = log_likelihoods(request("Q\nA:", " no", " yes"), tokenize, Server().proceed)
    # The prompt has 5 tokens. "A: no" has one fewer than "A:" and " no": the space went to the colon.
    assert sums == pytest.approx([along("Q\nA: no", 5), along("Q\nA: yes", 5)])
    assert tokens == len(tokenize("Q\nA: no")) + len(tokenize("Q\nA: yes"))


def test_white_space_at_the_prompts_end_is_the_options() -> None:
    tight, _ = log_likelihoods(request("Q?\nA", " \nno"), tokenize, Server().proceed)
    loose, _ = log_likelihoods(request("Q?\nA \n", "no"), tokenize, Server().proceed)
    assert tight == loose
    assert loose == pytest.approx([along("Q?\nA \nno", 5)])


def test_what_options_share_is_asked_once() -> None:
    server = Server()
    sums, _ = log_likelihoods(request("Q?", " the cat", " the cow", " the cat"), tokenize, server.proceed)
    assert sums[0] == sums[2] != sums[1]
    assert len(server.asked) == len(set(server.asked)) == len(" the cat") + len("ow")


def test_a_piece_of_a_character_is_found_among_the_likeliest() -> None:
    for text in ("Q?東", "Q?東京"):
        sums, _ = log_likelihoods(request("Q?", text[2:]), tokenize, Server().proceed)
        assert sums == pytest.approx([along(text, 3)])


def test_a_token_that_is_nowhere_is_an_error() -> None:
    def silent(body: dict[str, Any]) -> dict[str, Any]:
        return {"text": "", "logprobs": None}

    with pytest.raises(LikelihoodError, match="no log-probability of the token 7"):
        log_probability((1, 2), 7, tokenize, silent)


def test_a_token_that_was_not_drawn_is_an_error() -> None:
    def stubborn(body: dict[str, Any]) -> dict[str, Any]:
        return {"text": "", "logprobs": {"content": [{"id": 9, "logprob": 0.0, "top_logprobs": []}]}}

    with pytest.raises(LikelihoodError, match="drew the token 9 instead of 7"):
        log_probability((1, 2), 7, tokenize, stubborn)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request("Q?", " a", ""), "the option '' adds no token"),
        (request("Q: ", " "), "the option ' ' adds no token"),  # the tokenizer drops it
        (Request("k", Prompt(None, (Message("user", "Q?"),)), 8, options=("a",)), "form=completion"),
    ],
    ids=["empty", "swallowed", "chat"],
)
def test_options_that_cannot_be_weighed_are_named(asked: Request, words: str) -> None:
    def swallow(text: str) -> list[int]:
        return tokenize(text.rstrip())

    with pytest.raises(LikelihoodError, match=words):
        log_likelihoods(asked, swallow, Server().proceed)


def test_a_prompt_without_tokens_is_an_error() -> None:
    def bare(text: str) -> list[int]:
        return tokenize(text)[1:]

    with pytest.raises(LikelihoodError, match="no token that an option could follow"):
        log_likelihoods(request(" \n", "a"), bare, Server().proceed)
