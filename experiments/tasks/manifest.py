"""A data folder's own list of its files, against which a copy is checked before anything is scored on it."""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest states of a file.

    Attributes:
        rows: How many rows it holds.
        bytes: Its size; None where the manifest does not state it.
        sha256: Its hash in hexadecimal; None where the manifest does not state it.
    """

    rows: int
    bytes: int | None = None
    sha256: str | None = None


def read_manifest(data_dir: Path) -> Mapping[str, Entry] | None:
    """Reads `manifest.json`: a list of objects with `path` and `rows`, and perhaps `bytes` and `sha256`.

    Args:
        data_dir: The data folder.

    Returns:
        The entries by path relative to the folder, with "/"; None where the folder has no manifest.

    Raises:
        ValueError: If the file is no such list.
    """
    file = data_dir / NAME
    if not file.is_file():
        return None
    try:
        listed: Any = json.loads(file.read_text(encoding="utf-8"))
        return {str(entry["path"]): _entry(entry) for entry in listed}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{file} is not a list of files with 'path' and 'rows' ({type(error).__name__}: {error}); "
            "correct it, or remove it to read the folder unchecked"
        ) from None


def _entry(stated: Mapping[str, Any]) -> Entry:
    size, digest = stated.get("bytes"), stated.get("sha256")
    return Entry(
        int(stated["rows"]), None if size is None else int(size), None if digest is None else str(digest)
    )


def listed(manifest: Mapping[str, Entry], path: str) -> Entry:
    """The entry of a file.

    Raises:
        ValueError: If the file is not listed; the message names the nearest path that is.
    """
    if path not in manifest:
        near = difflib.get_close_matches(path, manifest, n=1, cutoff=0.0)
        raise ValueError(
            f"{path} is not listed in {NAME}" + (f"; the nearest there is {near[0]}" if near else "")
        )
    return manifest[path]


def differs(path: str, unit: str, found: int, stated: int | None) -> str | None:
    """Says that a file does not have the rows or bytes stated; None if it does, or if nothing is stated."""
    if stated is None or found == stated:
        return None
    return (
        f"{path} has {found:,} {unit}, but {NAME} states {stated:,}: "
        "the copy is cut or changed, fetch it again"
    )


def check_file(data_dir: Path, path: str) -> str | None:
    """Compares a file with what the folder's manifest states, its hash included.

    Args:
        data_dir: The data folder.
        path: The file relative to it, with "/".

    Returns:
        What is wrong, in one line; None if nothing is or if the folder has no manifest.
    """
    try:
        manifest = read_manifest(data_dir)
        if manifest is None:
            return None
        entry = listed(manifest, path)
        with (data_dir / path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (ValueError, OSError) as error:
        return str(error)
    wrong = differs(path, "bytes", size, entry.bytes)
    if wrong is None and entry.sha256 is not None and digest != entry.sha256.lower():
        wrong = f"{path} has another sha256 than {NAME} states ({digest[:12]}…, not {entry.sha256[:12]}…): "
        wrong += "the copy was changed, fetch it again"
    return wrong
