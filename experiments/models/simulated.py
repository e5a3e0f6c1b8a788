"""Simulated respondents whose true effects are known, so that the statistics can be checked end to end."""

import hashlib
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache
from statistics import NormalDist

from experiments.models.likelihood import LikelihoodError, texts, weighed
from experiments.models.protocol import Completion, Request
from experiments.schema import ModelConfig, Scale, SimulatedConfig

_NORMAL = NormalDist()
_UNLIKELY = 1e6  # how far below the likeliest option others are: further than lengths could make up for


def _uniform(*parts: object) -> float:
    """A number in (0, 1) that depends on the parts alone: not on order, process or Python's hash."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**64


@lru_cache(maxsize=200_000)
def _standard_normal(seed: int, factor: str, level: str) -> float:
    return _NORMAL.inv_cdf(_uniform(seed, factor, level))


def effect(config: SimulatedConfig, factor: str, level: str) -> float:
    """The true effect of a factor's level, on the configured scale: a normal draw by level.

    Args:
        config: The respondent.
        factor: "item", "template", "item_template" or "exemplars".
        level: The level's name; for "item_template" item and template, joined by "|".
    """
    sigma: float = getattr(config, f"sigma_{factor}")
    return sigma * _standard_normal(config.seed, factor, level)


def probability(config: SimulatedConfig, tags: Mapping[str, str]) -> float:
    """The true probability of a correct answer, in [0, 1].

    Args:
        config: The respondent.
        tags: The request's tags: item, template, shots, cot, exemplar_seed, perturbation and severity.
    """
    item, template, shots = tags["item"], tags["template"], int(tags["shots"])
    total = effect(config, "item", item) + effect(config, "template", template)
    total += effect(config, "item_template", f"{item}|{template}")
    total += config.shots_slope * math.log2(1 + shots)
    if shots:
        total += effect(config, "exemplars", tags["exemplar_seed"])
    if tags["cot"] == "true":
        total += config.cot
    total += config.perturbation * float(tags["severity"])
    if config.scale is Scale.probability:
        return min(1.0, max(0.0, config.mean + total))
    if not 0 < config.mean < 1:
        raise ValueError(
            f"model.simulated.mean is {config.mean}, expected between 0 and 1 on the logit scale"
        )
    return 0.5 + 0.5 * math.tanh((math.log(config.mean / (1 - config.mean)) + total) / 2)


class Simulated:
    """A respondent that answers by its true probabilities, without reading the prompt."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config.simulated
        self._name = config.name

    @property
    def identity(self) -> str:
        """Its name and every parameter."""
        config = self._config
        parameters = sorted((name, str(value)) for name, value in vars(config).items())
        digest = hashlib.blake2b(repr(parameters).encode(), digest_size=8).hexdigest()
        return f"simulated:{self._name}@{digest}"

    async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answers every request, in order."""
        for request in requests:
            yield self._answer(request)

    async def close(self) -> None:
        """Nothing is held."""

    def _answer(self, request: Request) -> Completion:
        config, tags = self._config, request.tags
        if config.fail_rate and _uniform(config.seed, "fail", request.key) < config.fail_rate:
            return Completion(request.key, "", "error", error="simulated failure")
        chance = probability(config, tags)
        drawn = self._drawn(tags) if config.noise else 0.5
        if request.options:
            return self._weigh(request, right=drawn < chance)
        text = tags["gold"] if drawn < chance else tags["wrong"]
        length = len(request.prompt.text or "") + sum(len(turn.content) for turn in request.prompt.messages)
        return Completion(
            key=request.key,
            text=text,
            finish="stop",
            prompt_tokens=length // 4 + 1,
            completion_tokens=len(text) // 4 + 1,
            revision=self.identity,
        )

    def _drawn(self, tags: Mapping[str, str]) -> float:
        """The draw that decides: the same for the same question, unless a noisy engine is asked again."""
        config = self._config
        question = sorted((name, value) for name, value in tags.items() if name != "repeat")
        if "repeat" in tags and _uniform(config.seed, "noisy", *sorted(tags.items())) < config.engine_noise:
            return _uniform(config.seed, "answer", *sorted(tags.items()))
        return _uniform(config.seed, "answer", *question)

    def _weigh(self, request: Request, *, right: bool) -> Completion:
        """Answers a request with options: one is the likeliest, by whatever lengths one divides.

        Where it is not the right one, it is the one before it, which `tags["wrong"]` names too.
        """
        try:
            _, wholes = texts(request)
        except LikelihoodError as error:
            return Completion(request.key, "", "error", error=str(error))
        gold = int(request.tags["gold_index"])
        likeliest = (gold if right else gold - 1) % len(wholes)
        sums = [
            -_uniform(self._config.seed, "option", request.key, place)
            - (0 if place == likeliest else _UNLIKELY)
            for place in range(len(wholes))
        ]
        tokens = sum(len(whole) // 4 + 1 for whole in wholes)
        return weighed(request, sums, tokens=tokens, latency_s=0.0, revision=self.identity)
