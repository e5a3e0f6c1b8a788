"""Parameters that servers refuse, in the words of several servers."""

from typing import Any

import pytest

from experiments.models.openai_parameters import refused_parameter, remedy
from experiments.models.openai_wire import error_message

SENT = {
    "model": "m", "messages": [], "max_tokens": 16, "temperature": 0.0, "top_p": 1.0, "seed": 1, "n": 2,
    "stop": [], "reasoning_effort": "high",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "parameter"),
    [
        (
            {"message": "Unsupported parameter: 'max_tokens' is not supported.", "param": "max_tokens"},
            "max_tokens",
        ),
        ({"message": "Unsupported value", "param": "temperature"}, "temperature"),
        ({"message": "Unrecognized request argument supplied: `seed`"}, "seed"),
        ({"message": "Unsupported value: 'xhigh'", "param": "reasoning_effort"}, "reasoning_effort"),
        ({"detail": [{"loc": ["body", "stop"], "msg": "Extra inputs are not permitted"}]}, "stop"),
        ({"message": "Only one completion choice is allowed"}, "n"),
        ('Unknown parameter: "top_p"', "top_p"),
    ],
)
def test_refused_parameters_are_recognised(said: Any, parameter: str) -> None:
    assert refused_parameter(said, error_message(said), SENT) == parameter


@pytest.mark.parametrize(
    "said",
    [
        {"message": "This model's maximum context length is 8192 tokens.", "param": "messages"},
        {"message": "Unsupported content in 'messages'", "param": "messages[0].content"},
        {"message": "Invalid 'stop': array too long", "param": "stop"},
        {"message": "Unsupported parameter: 'logit_bias'", "param": "logit_bias"},
        {},
        None,
        "",
    ],
)
def test_what_concerns_the_prompt_or_was_not_sent_is_not(said: Any) -> None:
    assert refused_parameter(said, error_message(said), SENT) is None


def test_each_remedy_is_something_to_set() -> None:
    assert remedy("max_tokens") == "set model.openai.max_tokens_field=max_completion_tokens"
    assert remedy("n") == "set model.openai.n=false"
    assert remedy("seed") == "set '+model.openai.extra={seed: null}' to leave it out"
