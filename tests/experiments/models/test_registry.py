import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.models.protocol import ModelError
from experiments.models.registry import identity_of, load, weights_cache
from experiments.schema import Backend, LineageConfig, ModelConfig


def installed(name: str) -> str:
    return name


def not_installed(name: str) -> None:
    return None


def test_a_simulated_model_is_loaded_as_it_is_identified() -> None:
    config = ModelConfig("one", Backend.simulated)
    assert identity_of(config) == load(config).identity
    assert identity_of(config).startswith("simulated:one@")


@pytest.mark.parametrize("backend", [Backend.simulated, Backend.openai, Backend.perspective])
def test_where_a_model_comes_from_is_no_part_of_its_identity(backend: Backend) -> None:
    lineage = LineageConfig(parent="base", technique="SFT", date="2024")
    config = ModelConfig("one", backend)
    assert identity_of(replace(config, lineage=lineage)) == identity_of(config)


def test_served_models_are_identified_without_key_or_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PERSPECTIVE_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    assert identity_of(ModelConfig("gpt", Backend.openai)) == "openai:gpt@https://api.openai.com/v1"
    perspective = ModelConfig("perspective", Backend.perspective)
    assert identity_of(perspective) == load(perspective).identity == "perspective:TOXICITY@v1alpha1/en"


def test_a_classifier_is_identified_without_loading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.classifier.find_spec", installed)
    classifier = ModelConfig("someone/toxic", Backend.classifier)
    assert identity_of(classifier) == load(classifier).identity == "classifier:someone/toxic@default/toxic"


def test_a_classifier_without_its_extra_cannot_be_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.classifier.find_spec", not_installed)
    with pytest.raises(ModelError, match=r"prompt-fathom\[classifier\]"):
        identity_of(ModelConfig("someone/toxic", Backend.classifier))


@pytest.mark.parametrize("backend", Backend)
def test_every_back_end_is_known(backend: Backend) -> None:
    with contextlib.suppress(ModelError):  # an extra or weights that are not there
        assert identity_of(ModelConfig("some-name", backend)).isprintable()


def test_weights_are_kept_in_the_user_s_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights_cache() == tmp_path / "prompt-fathom" / "weights"
