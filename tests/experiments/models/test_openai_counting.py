"""A count of tokens from above, without the tokenizer."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from experiments import catalog
from experiments.models.llamacpp import LlamaCpp
from experiments.models.openai_counting import EndpointCounter, at_most
from experiments.models.registry import weights_cache
from experiments.schema import ModelConfig, OpenAIConfig
from perturb.prompt import Message, Prompt


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("cat", 1),
        ("a cat", 2),
        ("Paris", 2),
        ("PARIS", 3),
        ("iPhone", 3),
        ("it's", 3),
        ("in 1987", 6),
        ("a\n\nb", 4),
        ("a   b", 4),
        ("東京", 6),
        ("é", 2),
    ],
)
def test_words_count_by_their_letters_and_everything_else_by_the_sign(text: str, tokens: int) -> None:
    assert at_most(text) == tokens


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_a_longer_text_has_no_fewer_tokens(begin: str, end: str) -> None:
    assert at_most(begin + end) >= at_most(begin)


def test_turns_of_a_chat_cost_more_than_their_text() -> None:
    counter = EndpointCounter(100)
    assert counter.limit == 100
    assert counter.count(Prompt("cat")) >= 2
    one, two = (Prompt(None, (Message("user", "cat"),) * turns) for turns in (1, 2))
    assert counter.count(Prompt("cat")) < counter.count(one) < counter.count(two)


@pytest.mark.model
def test_a_real_tokenizer_makes_no_more_of_questions_as_they_are_or_misspelt() -> None:
    (text,) = (entry.text for entry in catalog.entries("model") if entry.name == "smollm2")
    base = OmegaConf.structured(ModelConfig(openai=OpenAIConfig(batch_folder="unused")))
    config = OmegaConf.to_object(OmegaConf.merge(base, OmegaConf.create(text)))
    assert isinstance(config, ModelConfig)
    rows = [entry.text for group in ("template", "task") for entry in catalog.entries(group)]
    rng = random.Random(0)
    misspelt = [
        "".join(rng.choice("etaoinxqz") if sign.isalpha() and rng.random() < 0.1 else sign for sign in row)
        for row in rows
    ]
    counter = LlamaCpp(config, weights_cache()).counter()
    try:
        for row in (*rows, *misspelt, *(row.upper() for row in rows)):
            assert at_most(row) >= counter.count(Prompt(row))
    finally:
        counter.close()
