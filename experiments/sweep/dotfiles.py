"""The `.hydra` folder of every cell, as Hydra users expect it: config.yaml, hydra.yaml, overrides.yaml."""

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from omegaconf._utils import is_float, is_int, yaml_is_bool

_UNRECORDED = ("help", "hydra_help")  # texts of --help, the longest part of hydra.yaml


class _Dumper(yaml.CSafeDumper):
    """OmegaConf's own YAML style through libyaml: some ten times faster, and read back the same."""


def _represent_str(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    # OmegaConf reads more words as numbers than YAML 1.1 does ("1e3"), so it quotes more.
    quoted = yaml_is_bool(text) or is_int(text) or is_float(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if quoted else None)


_Dumper.add_representer(str, _represent_str)


def to_yaml(value: Mapping[str, Any] | Sequence[str]) -> str:
    """Plain containers as block-style YAML, in the order they are in."""
    return yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False)


def texts(config: Mapping[str, Any], known: dict[str, str]) -> dict[str, str]:
    """The three files of one job.

    Args:
        config: The job's configuration with Hydra's node, as plain containers. Interpolations stay as they
            are written, as Hydra keeps them.
        known: Sections that earlier jobs of a sweep came to, which is added to; jobs differ in few of them.

    Returns:
        Each file's name with its text.
    """
    hydra = {key: value for key, value in config["hydra"].items() if key not in _UNRECORDED}
    return {
        "config.yaml": "".join(
            _section((key,), value, known) for key, value in config.items() if key != "hydra"
        ),
        "hydra.yaml": "hydra:\n"
        + "".join(_section(("hydra", key), value, known) for key, value in hydra.items()),
        "overrides.yaml": to_yaml(hydra["overrides"]["task"]),
    }


def _section(keys: tuple[str, ...], value: Any, known: dict[str, str]) -> str:
    """One section of a file, without the lines of the keys above it."""
    described = f"{'.'.join(keys)}: {json.dumps(value, default=str)}"
    if described not in known:
        nested = value
        for key in reversed(keys):
            nested = {key: nested}
        known[described] = to_yaml(nested).split("\n", len(keys) - 1)[-1]
    return known[described]


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes a job's files into its `.hydra` folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def forget_others(run: Path, kept: Collection[Path], subdir: str) -> None:
    """Removes the numbered cell folders that an earlier run of the same name left.

    Args:
        run: The run's folder.
        kept: Folders of its cells.
        subdir: What a cell's folder holds its files in; one that holds anything else stays.
    """
    for folder in run.iterdir():
        mine = folder.name.isdecimal() and folder.is_dir() and not folder.is_symlink()
        if mine and folder not in kept and [each.name for each in folder.iterdir()] == [subdir]:
            shutil.rmtree(folder)
