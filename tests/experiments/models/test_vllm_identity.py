"""Which weights and which vLLM answer."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest

from experiments.models import vllm_identity
from experiments.models.protocol import UnusableModelError
from experiments.models.vllm_identity import installed_version, weights_revision
from experiments.schema import VllmConfig

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A hub and its cache: what they answer."""
    answers: dict[str, Any] = {"cached": None, "newest": COMMIT}

    def newest(self: object, name: str, revision: str | None, timeout: float) -> SimpleNamespace:
        if answers["newest"] is None:
            raise OSError("no network")
        return SimpleNamespace(sha=answers["newest"])

    def cached(name: str, file: str, revision: str | None) -> object:
        return answers["cached"]

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", newest)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", cached)
    return answers


def test_a_folders_weights_are_called_by_their_content(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"one")
    name, revision = weights_revision(str(folder), VllmConfig(), tmp_path / "cache")
    assert (len(name), revision) == (16, None)
    (folder / "model.safetensors").write_bytes(b"two")
    assert weights_revision(str(folder), VllmConfig(), tmp_path / "cache")[0] != name


@pytest.mark.parametrize("name", ["/no/such/folder", "./none", "~/none/there", "a/b/c"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnusableModelError, match=rf"there is no folder {name} \(model\.vllm\.path\)"):
        weights_revision(name, VllmConfig(), tmp_path)


def test_a_hub_models_commit_is_the_cached_one_else_the_newest(tmp_path: Path, hub: dict[str, Any]) -> None:
    assert weights_revision("org/name", VllmConfig(), tmp_path) == (COMMIT, COMMIT)
    hub["cached"] = f"/cache/models--org--name/snapshots/{'f' * 40}/config.json"
    assert weights_revision("org/name", VllmConfig(), tmp_path) == ("f" * 40, "f" * 40)


def test_without_a_hub_the_revision_is_as_written(tmp_path: Path, hub: dict[str, Any]) -> None:
    hub["newest"] = None
    assert weights_revision("org/name", VllmConfig(), tmp_path) == ("main", None)
    assert weights_revision("org/name", VllmConfig(revision="v1"), tmp_path) == ("v1", "v1")


def test_a_missing_vllm_is_asked_for_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_version.cache_clear()
    monkeypatch.setattr(vllm_identity, "packages_distributions", dict[str, list[str]])
    with pytest.raises(UnusableModelError, match=r"pip install 'prompt-fathom\[vllm\]'.*model\.vllm\.python"):
        installed_version(None)


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_version.cache_clear()
    monkeypatch.setattr(vllm_identity, "packages_distributions", lambda: {"vllm": ["pytest"]})
    assert installed_version(None) == pytest.__version__
    installed_version.cache_clear()


def test_another_environment_is_asked_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        UnusableModelError, match=r"absent cannot be run: No such file.*\(model\.vllm\.python\)"
    ):
        installed_version(str(tmp_path / "absent"))
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UnusableModelError, match=r"~/bare has no vLLM"):
        installed_version("~/bare")
    with pytest.raises(UnusableModelError, match=r"bare has no vLLM \(model\.vllm\.python\)"):
        installed_version(str(bare))
    about = tmp_path / "vllm_fake-9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-fake\nVersion: 9.9\n", "utf-8")
    (about / "top_level.txt").write_text("vllm\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert installed_version(sys.executable) == "9.9"
