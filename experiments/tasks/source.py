"""Where a benchmark's rows come from: the shipped sets, a local folder, or the hub."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from experiments.keys import did_you_mean
from experiments.schema import SourceConfig, TaskConfig
from experiments.tasks.hub import hub_answers, offline
from experiments.tasks.manifest import Entry, differs, listed, read_manifest

SHIPPED = Path(__file__).parent / "shipped"
SUFFIXES = (".parquet", ".jsonl")
SUBJECT = "{subject}"
_NAMED = 8  # how many files a message names at most


class TaskError(Exception):
    """A benchmark that cannot be had; the message says which file or key, and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one file, or of one split on the hub.

    Attributes:
        where: The file, relative to its folder so that it is the same on every machine, or the split.
        subject: The subject that "{subject}" stood for; empty where the source has no such placeholder.
        rows: By column; a column that a row of a local file leaves out is not in its mapping.
    """

    where: str
    subject: str
    rows: Sequence[Mapping[str, Any]]


def read_source(config: TaskConfig, source: SourceConfig, key: str) -> Iterator[Part]:
    """Reads a source: from task.data_dir if that is set and the source is local, else shipped, else the hub.

    Files of JSON Lines are parsed as they are, not by the JSON reader of `datasets`: that one makes dates of
    texts that look like dates and, in a column of several types, numbers of texts that look like numbers, and
    `datasets.load_dataset` calls a server to be counted even for a local file.

    Args:
        config: The task.
        source: `config.source` or `config.fewshot`.
        key: Its name, "source" or "fewshot", for messages.

    Yields:
        One part a subject, in the task's order, if the place names "{subject}"; else one part.

    Raises:
        TaskError: If the rows cannot be had, or are not those that the folder's manifest states.
    """
    if config.data_dir is not None and source.local is not None:
        yield from _local(config, source, key)
    elif source.shipped is not None:
        for subject in _subjects(config, key, source.shipped):
            name = f"{_fill(source.shipped, subject)}.jsonl"
            yield Part(name, subject, _read(config, SHIPPED / name))
    elif source.hub is not None and config.data_dir is None:
        for subject in _subjects(config, key, source.hub, source.config or ""):
            yield _hub(config, source, key, subject)
    elif source.local is not None:
        raise TaskError(
            f"task {config.name}: task.{key} is on no hub; set task.data_dir to the folder that holds "
            f"{source.local}.parquet or .jsonl"
        )
    elif config.data_dir is not None:
        raise TaskError(
            f"task {config.name}: task.data_dir is set, but task.{key} names no file below it: "
            f"set task.{key}.local"
        )
    else:
        raise TaskError(
            f"task {config.name}: task.{key} names no place: set task.{key}.shipped, task.{key}.hub, "
            f"or task.{key}.local and task.data_dir"
        )


def local_files(config: TaskConfig, source: SourceConfig, key: str) -> dict[str, Path]:
    """Finds the files that a source is read from below task.data_dir.

    Args:
        config: The task.
        source: `config.source` or `config.fewshot`.
        key: Its name, "source" or "fewshot", for messages.

    Returns:
        By subject (the empty text where the place names none), in the task's order; nothing if
        task.data_dir is not set or the source names no local file.

    Raises:
        TaskError: If a file is not there.
    """
    if config.data_dir is None or source.local is None:
        return {}
    return {
        subject: _find(config, _fill(source.local, subject))
        for subject in _subjects(config, key, source.local)
    }


def _subjects(config: TaskConfig, key: str, *places: str) -> Sequence[str]:
    if not any(SUBJECT in place for place in places):
        return ("",)
    if not config.subjects:
        raise TaskError(f"task {config.name}: task.{key} names {SUBJECT}, but task.subjects lists none")
    return config.subjects


def _fill(place: str, subject: str) -> str:
    return place.replace(SUBJECT, subject)


def _local(config: TaskConfig, source: SourceConfig, key: str) -> Iterator[Part]:
    root = _root(config)
    try:
        manifest = read_manifest(root)
    except ValueError as error:
        raise TaskError(f"task {config.name}: {error}") from None
    for subject, path in local_files(config, source, key).items():
        where = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        entry = None if manifest is None else _listed(config, manifest, where, path)
        rows = _read(config, path)
        wrong = entry and differs(str(path), "rows", len(rows), entry.rows)
        if wrong:
            raise TaskError(f"task {config.name}: {wrong}")
        yield Part(where, subject, rows)


def _root(config: TaskConfig) -> Path:
    return Path(str(config.data_dir)).expanduser()


def _listed(config: TaskConfig, manifest: Mapping[str, Entry], where: str, path: Path) -> Entry:
    """A file's entry, once its size is known to be right: a file that is cut may not even parse."""
    try:
        entry = listed(manifest, where)
    except ValueError as error:
        raise TaskError(f"task {config.name}: {_root(config)}: {error}") from None
    wrong = differs(str(path), "bytes", path.stat().st_size, entry.bytes)
    if wrong:
        raise TaskError(f"task {config.name}: {wrong}")
    return entry


def _find(config: TaskConfig, local: str) -> Path:
    file = _root(config) / local
    for suffix in SUFFIXES:
        path = file.with_name(file.name + suffix)
        if path.is_file():
            return path
    folder = file.parent
    if not folder.is_dir():
        raise TaskError(
            f"task {config.name}: no folder {folder} (task.data_dir={config.data_dir}){_nearest(folder)}"
        )
    there = sorted(path.name for path in folder.iterdir())
    more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
    raise TaskError(
        f"task {config.name}: {folder} holds no {file.name}.parquet and no {file.name}.jsonl, "
        f"only {', '.join(there[:_NAMED]) or 'nothing'}{more}"
    )


def _nearest(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    names = [path.name for path in folder.parent.iterdir() if path.is_dir()]
    return did_you_mean(folder.name, names)


def _read(config: TaskConfig, path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        return _read_parquet(path) if path.suffix == ".parquet" else list(_read_json_lines(path))
    except TaskError as error:
        raise TaskError(f"task {config.name}: {error}") from None
    except Exception as error:
        cause = error.__cause__ or error
        raise TaskError(
            f"task {config.name}: {path} cannot be read ({type(cause).__name__}: {_first_line(cause)})"
        ) from None


def _read_parquet(path: Path) -> Sequence[Mapping[str, Any]]:
    import datasets

    datasets.disable_progress_bars()
    return datasets.Dataset.from_parquet(str(path)).to_list()


def _read_json_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row: Any = json.loads(line)
            except json.JSONDecodeError as wrong:
                raise TaskError(
                    f"{path}, line {number}: not JSON ({wrong.msg} at column {wrong.colno})"
                ) from None
            if not isinstance(row, dict):
                raise TaskError(f"{path}, line {number}: expected a JSON object, found {type(row).__name__}")
            yield cast(dict[str, Any], row)


def _hub(config: TaskConfig, source: SourceConfig, key: str, subject: str) -> Part:
    import datasets
    from datasets.config import HF_ENDPOINT, HF_HUB_OFFLINE

    datasets.disable_progress_bars()
    hub = _fill(source.hub or "", subject)
    name = None if source.config is None else _fill(source.config, subject)
    away = not HF_HUB_OFFLINE and not hub_answers(HF_ENDPOINT)
    try:
        with offline() if away else contextlib.nullcontext():
            rows = datasets.load_dataset(hub, name, split=source.split, revision=source.revision).to_list()
    except Exception as error:
        why = _first_line(error)[:200] or type(error).__name__
        if away:
            why = f"no connection to {HF_ENDPOINT}, and none of it was fetched before"
        hints = _hints(source, key, subject, why, away=away)
        raise TaskError(
            f"task {config.name}: {hub} could not be had from the hub ({why}); {'; '.join(hints)}"
        ) from None
    return Part(f"{hub}{f' ({name})' if name else ''}, split {source.split!r}", subject, rows)


def _hints(source: SourceConfig, key: str, subject: str, why: str, *, away: bool) -> Iterator[str]:
    """What to do about a hub that does not answer as it should."""
    from datasets.config import HF_HUB_OFFLINE

    if "scripts are no longer supported" in why:
        yield (
            "`datasets` runs no loading scripts any more: set "
            f"task.{key}.revision=refs/convert/parquet to read the hub's own conversion"
        )
    if HF_HUB_OFFLINE:
        yield "HF_HUB_OFFLINE is set, so only what was fetched before can be had"
    if source.local is None:
        yield f"to read a copy on disk, set task.{key}.local and task.data_dir"
    else:
        yield (
            "with a copy on disk, set task.data_dir to the folder that holds "
            f"{_fill(source.local, subject)}.parquet or .jsonl"
        )
    if away:
        yield f"without one, these tasks come with the program: {', '.join(_shipped())}"


def _shipped() -> list[str]:
    return sorted(path.name for path in SHIPPED.iterdir() if (path / "test.jsonl").exists())


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
