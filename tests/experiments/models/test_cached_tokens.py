"""Tokens that a provider had in its cache are counted apart, for they have another price."""

from typing import Any

import pytest

from experiments.models.openai_wire import read_completions
from experiments.models.protocol import Request
from experiments.schema import PriceConfig
from experiments.sweep.spending import real
from perturb.prompt import Prompt

REQUEST = Request("k", Prompt("Q"), 8)


@pytest.mark.parametrize(
    ("details", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 1000}}, 1000),
        ({"prompt_tokens_details": None}, 0),
        ({}, 0),
    ],
)
def test_cached_tokens_are_counted_and_priced_apart(details: dict[str, Any], cached: int) -> None:
    usage = {"prompt_tokens": 1200, "completion_tokens": 10, **details}
    (done,) = read_completions((REQUEST,), {"choices": [{"text": "x"}], "usage": usage}, 0.1)
    assert done.cached_tokens == cached
    expected = ((1200 - cached) * 2.0 + cached * 0.5 + 10 * 8.0) / 1e6
    assert real(done, PriceConfig(2.0, 8.0, cached_input=0.5)).usd == pytest.approx(expected)
