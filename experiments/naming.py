"""Overrides as a shell leaves them: a name for a run whose user gave none, paths from the home folder."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from experiments import catalog

# What decides how a run is carried out, paid for or shown, but not what is asked: the same run goes on.
_NOT_ASKED = ("runs_dir", "store", "dry_run", "budget.", "report.", "model.lineage.", "hydra.", "hydra/")
_ASKED = "hydra.sweeper.params."


def named(overrides: Sequence[str]) -> list[str]:
    """The overrides with a `name=` among them.

    Args:
        overrides: As on the command line.

    Returns:
        The same if one of them names the run. Otherwise one more, `name=` with the experiment's name or the
        task's, followed by a digest of what else was asked for ("trivia_mini-1f2e3d4c"). The order of the
        overrides does not matter, nor do those that change nothing in what is asked.
    """
    keys = [override.split("=", 1)[0].lstrip("+~") for override in overrides]
    if "name" in keys:
        return list(overrides)
    asked = sorted(
        override
        for key, override in zip(keys, overrides, strict=True)
        if key.startswith(_ASKED) or not key.startswith(_NOT_ASKED)
    )
    experiment, task = _value(asked, "experiment"), _value(asked, "task")
    head = experiment or task or _default_task()
    rest = [override for override in asked if override.split("=", 1)[0] not in ("experiment", "+experiment")]
    if experiment and not rest and _plain(experiment):
        return [*overrides, f"name={experiment}"]
    digest = hashlib.blake2b("\0".join(asked).encode(), digest_size=4).hexdigest()
    return [*overrides, f"name={head if _plain(head) else 'sweep'}-{digest}"]


def from_home(overrides: Sequence[str]) -> list[str]:
    """The overrides with ~ at the beginning of a value as the home folder.

    A shell leaves it in `task.data_dir=~/benchmarks`, whose name is none of a variable, and Hydra's grammar
    has no such sign.
    """
    home = str(Path.home())
    return [re.sub(r"(?<=[=,])~(?=[/,]|$)", lambda _: home, override) for override in overrides]


def _value(overrides: Sequence[str], key: str) -> str | None:
    values = [override.split("=", 1)[1] for override in overrides if re.match(rf"\+?{key}=", override)]
    return values[-1] if values else None


def _plain(value: str) -> bool:
    """Whether a value is one option that can name a folder, not a sweep over several."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*", value) is not None


def _default_task() -> str:
    text = (catalog.conf_dir() / "config.yaml").read_text(encoding="utf-8")
    defaults: list[object] = yaml.safe_load(text)["defaults"]
    return next(
        (str(entry["task"]) for entry in defaults if isinstance(entry, dict) and "task" in entry), "run"
    )
