"""What conf/ offers: the options of every group, read from the YAML files as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GROUPS = ("model", "task", "template", "perturbation", "sampling", "grader", "experiment")


@dataclass(frozen=True, slots=True)
class Entry:
    """One option of a group.

    Attributes:
        name: As on the command line: "simulated", or "qa/q_a" for one in a sub-folder.
        about: The file's first comment, or nothing.
        text: The whole file.
    """

    name: str
    about: str
    text: str

    def field(self, key: str) -> str | None:
        """The text of a top-level scalar field, as `answer_type`; None if the file has no such line."""
        found = re.search(rf"^{re.escape(key)}:[ \t]*([^#\n]*)", self.text, re.MULTILINE)
        return found.group(1).strip().strip("\"'") if found else None


def conf_dir() -> Path:
    """The folder of the packaged configuration."""
    import conf

    return Path(next(iter(conf.__path__)))


def entries(group: str, folders: Sequence[Path] = ()) -> list[Entry]:
    """The options of a group, those in sub-folders included, sorted by name.

    Args:
        group: One of `GROUPS`.
        folders: Further configuration folders; the package's own wins where both have an option, as in Hydra.

    Returns:
        Empty if the group has no options.
    """
    found: dict[str, Entry] = {}
    for folder in (conf_dir(), *folders):
        for path in sorted((folder / group).rglob("*.yaml")):
            name = path.relative_to(folder / group).with_suffix("").as_posix()
            text = path.read_text(encoding="utf-8")
            found.setdefault(name, Entry(name, _first_comment(text), text))
    return [found[name] for name in sorted(found)]


def _first_comment(text: str) -> str:
    for line in text.splitlines():
        if line.startswith("# @package"):
            continue
        return line.lstrip("# ").rstrip() if line.startswith("#") else ""
    return ""
