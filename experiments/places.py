"""How the path of a file is shown."""

from pathlib import Path


def from_here(path: Path) -> Path:
    """The path from the working directory where it lies below it, else the whole path."""
    whole, here = path.absolute(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole
