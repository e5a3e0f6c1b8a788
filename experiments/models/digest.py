"""Hashes of weights, which are large: each file is read once and remembered until it changes."""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from experiments.models.protocol import UnusableModelError

_NEW_S = 2.0  # a younger file may still change without its time or size changing
_NO_PART = {".md", ".log", ".lock"}  # endings of files beside weights that change no answer


def file_digest(path: Path, cache: Path) -> str:
    """The sha256 of a file's content.

    Args:
        path: An existing file.
        cache: Folder in which it is remembered under the file's path, inode, size and time.

    Raises:
        UnusableModelError: The file cannot be read.
    """
    try:
        facts = path.resolve().stat()
        described = f"{path.resolve()}\n{facts.st_ino}\n{facts.st_size}\n{facts.st_mtime_ns}"
        known = cache / "digests" / hashlib.sha256(described.encode("utf-8", "surrogateescape")).hexdigest()
        if known.is_file() and len(remembered := known.read_text("ascii").strip()) == 64:
            return remembered
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnusableModelError(f"{path} cannot be read: {error.strerror or error}") from None
    if time.time() - facts.st_mtime > _NEW_S:
        _remember(known, digest)
    return digest


def folder_digest(folder: Path, cache: Path) -> str:
    """One hash for a model's folder: the names and contents of its files, text about the model aside.

    Args:
        folder: In the Hugging Face layout; folders in it are not looked into.
        cache: As for `file_digest`.

    Raises:
        UnusableModelError: The folder holds no file, or one that cannot be read.
    """
    files = sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in _NO_PART and not path.name.startswith(".")
    )
    if not files:
        raise UnusableModelError(f"the folder {folder} holds no weights")
    lines = [f"{path.name} {file_digest(path, cache)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _remember(known: Path, digest: str) -> None:
    """Writes whole or not at all; where nothing can be written, the file is read again next time."""
    try:
        known.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=known.parent, delete=False, encoding="ascii") as partial:
            partial.write(digest)
        os.replace(partial.name, known)
    except OSError:
        return
