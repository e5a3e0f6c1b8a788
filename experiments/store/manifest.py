"""The record of a run: what was asked, what answered, what it took."""

import contextlib
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
LAYOUT = 2

Manifest = dict[str, Any]


class RunFolderError(Exception):
    """A folder that is no run, or cannot be written; the message names it."""

    exit_code = 2


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in (
        "prompt-fathom",
        "hydra-core",
        "datasets",
        "numpy",
        "scipy",
        "pandas",
        "openai",
        "xllamacpp",
        "vllm",
    ):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def command() -> str:
    """The command line, as one would type it again."""
    import shlex

    return shlex.join(["fathom", *sys.argv[1:]])


def sampled(manifest: Manifest) -> float | None:
    """The share of the template × item pairs that a sparse run asked by design; None if it asked all."""
    share: float | None = manifest.get("sweep", {}).get("sample")
    return share


def searched(manifest: Manifest) -> bool:
    """Whether a run searched for best and worst template, and so asked some more items than others."""
    return bool(manifest.get("search"))


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all.

    Raises:
        RunFolderError: If it cannot be written.
    """
    if path.is_dir():
        raise RunFolderError(f"{path} cannot be written: it is a folder, expected a file")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `manifest.json`."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Reads `manifest.json`.

    Raises:
        RunFolderError: If the folder has none that can be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise RunFolderError(f"{folder} is no run folder: it has no {MANIFEST}")
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from None
    if manifest.get("layout") != LAYOUT:
        raise RunFolderError(f"{path} has layout {manifest.get('layout')}, expected {LAYOUT}")
    return manifest
