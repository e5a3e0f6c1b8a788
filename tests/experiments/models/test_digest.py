"""Hashes of weights: right, remembered, and never stale."""

import hashlib
import os
from pathlib import Path

import pytest

from experiments.models.digest import file_digest, folder_digest
from experiments.models.protocol import UnusableModelError


def old(path: Path, content: bytes) -> Path:
    """A file that was written a while ago."""
    path.write_bytes(content)
    os.utime(path, (1e9, 1e9))
    return path


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = old(tmp_path / "w", b"one"), tmp_path / "cache"
    assert file_digest(path, cache) == hashlib.sha256(b"one").hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", pytest.fail)
        assert file_digest(path, cache) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    assert file_digest(path, cache) == hashlib.sha256(b"two").hexdigest()


def test_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"one")
    file_digest(tmp_path / "w", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_another_file_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = old(tmp_path / "w", b"one")
    file_digest(path, tmp_path / "cache")
    os.replace(old(tmp_path / "v", b"two"), path)  # same path, size and time
    assert file_digest(path, tmp_path / "cache") == hashlib.sha256(b"two").hexdigest()


def test_a_cache_that_cannot_be_written_or_read_costs_only_time(tmp_path: Path) -> None:
    path = old(tmp_path / "w", b"one")
    (tmp_path / "cache").write_bytes(b"a file")
    assert file_digest(path, tmp_path / "cache") == hashlib.sha256(b"one").hexdigest()
    file_digest(path, tmp_path / "other")
    (remembered,) = (tmp_path / "other" / "digests").iterdir()
    remembered.write_text("cut off", "ascii")
    assert file_digest(path, tmp_path / "other") == hashlib.sha256(b"one").hexdigest()


def test_a_folder_is_its_files_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "original").mkdir(parents=True)
    for name, content in (("model.safetensors", b"w"), ("config.json", b"c"), ("README.md", b"r")):
        (folder / name).write_bytes(content)
    first = folder_digest(folder, tmp_path / "cache")
    (folder / "README.md").write_bytes(b"other words")
    (folder / ".lock").write_bytes(b"")
    assert folder_digest(folder, tmp_path / "cache") == first
    (folder / "config.json").rename(folder / "other.json")
    assert folder_digest(folder, tmp_path / "cache") != first


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableModelError, match="holds no weights"):
        folder_digest(tmp_path, tmp_path / "cache")
