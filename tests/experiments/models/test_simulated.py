"""Simulated respondents: their truth is what the configuration says, whatever the order."""

import asyncio
import json
import statistics
from dataclasses import replace
from typing import Any

import pytest

from experiments.models.protocol import Completion, Request
from experiments.models.registry import identity_of, load
from experiments.models.simulated import Simulated, effect, probability
from experiments.schema import Backend, ModelConfig, Scale, SimulatedConfig
from perturb.prompt import Message, Prompt

TAGS = {
    "item": "i1",
    "template": "t1",
    "shots": "0",
    "cot": "false",
    "exemplar_seed": "0",
    "perturbation": "none",
    "severity": "0.0",
    "replicate": "0",
    "gold": "right",
    "wrong": "wrong",
}
FLAT: dict[str, Any] = {"sigma_item": 0.0, "sigma_template": 0.0, "mean": 0.5}


def request(number: int, **tags: str) -> Request:
    return Request(f"k{number}", Prompt("Q"), 8, tags={**TAGS, **tags})


def answers(config: SimulatedConfig, requests: list[Request]) -> list[Completion]:
    async def collect() -> list[Completion]:
        model = Simulated(ModelConfig(name="s", backend=Backend.simulated, simulated=config))
        return [done async for done in model.complete(requests)]

    return asyncio.run(collect())


def test_effects_have_the_configured_spread() -> None:
    config = SimulatedConfig(sigma_template=0.08)
    drawn = [effect(config, "template", f"t{number}") for number in range(4000)]
    assert statistics.stdev(drawn) == pytest.approx(0.08, rel=0.04)
    assert statistics.mean(drawn) == pytest.approx(0, abs=0.004)


def test_fixed_effects_add_up() -> None:
    config = SimulatedConfig(**FLAT, shots_slope=0.05, cot=0.1, perturbation=-0.2)
    assert probability(config, TAGS) == 0.5
    assert probability(config, {**TAGS, "shots": "3"}) == pytest.approx(0.6)
    assert probability(config, {**TAGS, "cot": "true"}) == pytest.approx(0.6)
    assert probability(config, {**TAGS, "severity": "0.5"}) == pytest.approx(0.4)


def test_exemplars_count_only_where_there_are_some() -> None:
    config = SimulatedConfig(**FLAT, sigma_exemplars=0.1)
    assert probability(config, {**TAGS, "exemplar_seed": "4"}) == 0.5
    assert probability(config, {**TAGS, "shots": "1", "exemplar_seed": "4"}) != 0.5


@pytest.mark.parametrize("scale", list(Scale))
def test_a_probability_stays_one(scale: Scale) -> None:
    config = SimulatedConfig(scale=scale, sigma_item=3.0)
    chances = [probability(config, {**TAGS, "item": f"i{number}"}) for number in range(200)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert min(chances) < 0.1 < 0.9 < max(chances)


def test_answers_come_at_the_true_rate_and_whatever_the_order() -> None:
    config = replace(SimulatedConfig(**FLAT), mean=0.3)
    requests = [request(number, item=f"i{number}") for number in range(4000)]
    forward = {done.key: done.text for done in answers(config, requests)}
    assert forward == {done.key: done.text for done in answers(config, requests[::-1])}
    assert sum(text == "right" for text in forward.values()) / 4000 == pytest.approx(0.3, abs=0.03)


def test_a_share_of_requests_fails_when_asked_to() -> None:
    config = SimulatedConfig(**FLAT, fail_rate=0.25)
    done = answers(config, [request(number) for number in range(2000)])
    assert sum(one.finish == "error" for one in done) / 2000 == pytest.approx(0.25, abs=0.04)


def test_every_parameter_is_part_of_the_identity() -> None:
    plain = ModelConfig(name="s", backend=Backend.simulated)
    other = ModelConfig(name="s", backend=Backend.simulated, simulated=SimulatedConfig(cot=0.1))
    assert identity_of(plain) == identity_of(ModelConfig(name="s", backend=Backend.simulated))
    assert identity_of(plain) != identity_of(other)
    assert load(plain).identity == identity_of(plain)


def test_the_logit_scale_reaches_both_ends_without_overflowing() -> None:
    for shift, expected in ((5000.0, 1.0), (-5000.0, 0.0)):
        config = SimulatedConfig(scale=Scale.logit, cot=shift)
        assert probability(config, {**TAGS, "cot": "true"}) == expected


@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_a_mean_without_a_logit_is_named(mean: float) -> None:
    config = SimulatedConfig(mean=mean, scale=Scale.logit)
    with pytest.raises(ValueError, match=r"model\.simulated\.mean"):
        probability(config, TAGS)


def weigh(number: int, gold: int = 2, **tags: str) -> Request:
    asked = request(number, gold_index=str(gold), **tags)
    return replace(asked, options=(" a", " a much longer option", " c", " d"))


def test_options_are_right_at_the_true_rate_by_the_sum_and_by_any_length() -> None:
    config = replace(SimulatedConfig(**FLAT), mean=0.3)
    requests = [weigh(number, number % 4, item=f"i{number}") for number in range(2000)]
    done = {one.key: json.loads(one.text) for one in answers(config, requests)}
    assert done == {one.key: json.loads(one.text) for one in answers(config, requests[::-1])}
    right = 0
    for number, asked in enumerate(requests):
        sums = done[asked.key]
        assert len(sums) == len(set(sums)) == 4
        assert max(sums) < 0
        chosen = sums.index(max(sums))
        for lengths in ((2, 21, 2, 2), (1, 1, 5000, 1), (500, 3, 7, 1)):
            each = [value / length for value, length in zip(sums, lengths, strict=True)]
            assert each.index(max(each)) == chosen
        assert chosen in (number % 4, (number - 1) % 4)
        right += chosen == number % 4
    assert right / 2000 == pytest.approx(0.3, abs=0.04)


def test_without_noise_the_likelier_of_right_and_wrong_is_weighed_highest() -> None:
    for mean, likeliest in ((0.6, 2), (0.4, 1)):
        config = replace(SimulatedConfig(**FLAT), mean=mean, noise=False)
        (done,) = answers(config, [weigh(1)])
        sums = json.loads(done.text)
        assert sums.index(max(sums)) == likeliest
        assert (done.finish, done.completion_tokens) == ("stop", 0)
        assert done.prompt_tokens > 4


def test_a_chat_with_options_fails() -> None:
    chat = replace(weigh(1), prompt=Prompt(None, (Message("user", "Q"),)))
    (done,) = answers(SimulatedConfig(), [chat])
    assert done.finish == "error"
    assert "form=completion" in (done.error or "")
