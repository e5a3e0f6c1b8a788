"""Loading a benchmark through `datasets`: the shipped sets, a local folder, or the hub."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.schema import TaskConfig
from experiments.tasks.readers import READERS, RowError
from perturb.item import Item

SHIPPED = Path(__file__).parent / "shipped"
SUFFIXES = (".parquet", ".jsonl")


class TaskError(Exception):
    """A benchmark that cannot be had; the message says which file or key, and what to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """A loaded benchmark.

    Attributes:
        items: What is asked: all of the split, or the configured random subset, in the split's order.
        pool: Where exemplars come from; never holds a question of the split.
        fingerprint: Hash of the items, so that two runs can tell whether they asked the same.
    """

    name: str
    items: tuple[Item, ...]
    pool: tuple[Item, ...]
    fingerprint: str


def load_task(config: TaskConfig, *, with_pool: bool) -> Task:
    """Loads a benchmark.

    Args:
        config: The task's configuration.
        with_pool: Whether the few-shot source is needed as well.

    Raises:
        TaskError: If the data cannot be had or a row is wrong.
    """
    everything = _items(config, config.split)
    if not everything:
        raise TaskError(f"task {config.name}: split {config.split!r} is empty")
    pool: tuple[Item, ...] = ()
    if with_pool:
        asked = {_normal(item.question) for item in everything}
        pool = tuple(
            item for item in _items(config, config.fewshot_split) if _normal(item.question) not in asked
        )
    items = _subset(everything, config.limit, config.subset_seed)
    return Task(config.name, items, pool, _fingerprint(items))


def _normal(question: str) -> str:
    return " ".join(question.casefold().split())


def _subset(items: tuple[Item, ...], limit: int | None, seed: int) -> tuple[Item, ...]:
    """A random subset; with the same seed, a smaller one lies within a larger one."""
    if limit is None or limit >= len(items):
        return items
    kept = np.sort(np.random.default_rng(seed).permutation(len(items))[:limit])
    return tuple(items[index] for index in kept)


def _fingerprint(items: Iterable[Item]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(json.dumps([item.id, item.question, item.answers, item.choices]).encode())
    return digest.hexdigest()[:16]


def _items(config: TaskConfig, split: str) -> tuple[Item, ...]:
    rows = _rows(config, split)
    read = READERS[config.reader.value]
    items: list[Item] = []
    for number, row in enumerate(rows, 1):
        try:
            items.append(read(row, f"{config.name}-{number}"))
        except (RowError, ValueError) as error:
            raise TaskError(f"task {config.name}, split {split!r}, row {number}: {error}") from None
    seen: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        if item.id in seen:
            raise TaskError(
                f"task {config.name}, split {split!r}: rows {seen[item.id]} and {number} "
                f"have the same id {item.id!r}"
            )
        seen[item.id] = number
    return tuple(items)


def _rows(config: TaskConfig, split: str) -> Iterable[Mapping[str, Any]]:
    if config.data_dir is not None:
        return _local(_file(config, split))
    if config.shipped is not None:
        return _local(SHIPPED / config.shipped / f"{split}.jsonl")
    if config.hub is None:
        raise TaskError(f"task {config.name} names no source: set task.shipped, task.hub or task.data_dir")
    return _hub(config, split)


def _file(config: TaskConfig, split: str) -> Path:
    root = Path(str(config.data_dir)).expanduser()
    folder = root / (config.folder or config.name)
    if not folder.is_dir():
        raise TaskError(f"task {config.name}: no folder {folder} (task.data_dir={config.data_dir})")
    for suffix in SUFFIXES:
        if (folder / f"{split}{suffix}").is_file():
            return folder / f"{split}{suffix}"
    there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
    raise TaskError(
        f"task {config.name}: {folder} holds no {split}.parquet and no {split}.jsonl, only {there}"
    )


def _local(path: Path) -> Iterable[Mapping[str, Any]]:
    import datasets

    datasets.disable_progress_bars()
    kind = "parquet" if path.suffix == ".parquet" else "json"
    try:
        return datasets.load_dataset(kind, data_files=str(path), split="train")  # pyright: ignore[reportReturnType]  # a Dataset iterates over mappings, but its stub says Any
    except Exception as error:
        raise TaskError(_why(path, error)) from None


def _why(path: Path, error: Exception) -> str:
    """Names the line that is no JSON, which the loader's own message does not."""
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    row = json.loads(line) if line.strip() else {}
                except json.JSONDecodeError as wrong:
                    return f"{path}, line {number}: not JSON ({wrong.msg} at column {wrong.colno})"
                if not isinstance(row, dict):
                    return f"{path}, line {number}: expected a JSON object, found {type(row).__name__}"
    cause = error.__cause__ or error
    return (
        f"{path}: cannot be read ({type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''})"
    )


def _hub(config: TaskConfig, split: str) -> Iterable[Mapping[str, Any]]:
    import datasets

    assert config.hub is not None
    try:
        return datasets.load_dataset(  # pyright: ignore[reportReturnType]  # as above
            config.hub.path, config.hub.config, split=split, revision=config.hub.revision
        )
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TaskError(
            f"task {config.name}: {config.hub.path} could not be had from the hub ({reason[:200]}); "
            f"with a copy on disk, set task.data_dir to the folder that holds "
            f"{config.folder or config.name}/{split}.parquet or .jsonl"
        ) from None
