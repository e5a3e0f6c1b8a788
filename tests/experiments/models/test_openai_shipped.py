"""The models behind APIs that come with the package."""

from typing import cast

import pytest
from omegaconf import DictConfig, OmegaConf

from experiments import catalog
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_questions import questions
from experiments.schema import ModelConfig, OpenAIConfig
from tests.experiments.models.openai_asking import chat_request

FOLDER = catalog.conf_dir() / "model"
SHIPPED = sorted(
    path.stem for path in FOLDER.glob("*.yaml") if "backend: openai" in path.read_text(encoding="utf-8")
)


def loaded(name: str) -> ModelConfig:
    """A shipped model; its name, where the user gives it, is "mine"."""
    base = OmegaConf.structured(ModelConfig(name="mine", openai=OpenAIConfig(batch_folder="folder")))
    given = cast(DictConfig, OmegaConf.load(FOLDER / f"{name}.yaml"))
    if OmegaConf.is_missing(given, "name"):
        del given["name"]
    return cast(ModelConfig, OmegaConf.to_object(OmegaConf.merge(base, given)))


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_has_an_address_and_a_variable_for_its_key(name: str) -> None:
    config = loaded(name)
    if name == "azure":
        config.openai.azure_endpoint = "https://my-resource.openai.azure.com"
    endpoint = Endpoint.of(config)
    assert endpoint.url.startswith("https://") or endpoint.is_local
    assert endpoint.key_env.endswith("_API_KEY")


@pytest.mark.parametrize("name", [name for name in SHIPPED if "gpt" in name or "o4" in name])
def test_openais_own_have_prices_and_half_of_them_in_batches(name: str) -> None:
    price = loaded(name).price
    assert 0 < price.input < price.output
    assert price.batch == 0.5


def test_the_reasoning_model_is_sent_what_it_takes() -> None:
    config = loaded("o4-mini")
    config.openai.reasoning_effort = "low"
    (question,) = questions([chat_request("k", "Q?")], config.name, config.openai)
    assert set(question.body) == {"model", "messages", "max_completion_tokens", "reasoning_effort"}
