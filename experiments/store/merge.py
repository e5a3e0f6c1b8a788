"""Merging: what several jobs left in folders of their own becomes one run."""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.store.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from experiments.store.reading import READINGS, readings_schema
from experiments.store.tables import (
    OUTCOMES,
    REQUESTS,
    outcomes_schema,
    replace_tables,
    requests_schema,
)

_SUMMED = ("asked", "cached", "sent")
_SUMMED_OF_MODEL = ("unique", "sent", "prompt_tokens", "cached_tokens", "completion_tokens", "usd")


def merge_newer_cells(folder: Path) -> None:
    """Writes a run's tables and manifest from those of its cells' folders, if those are newer.

    Args:
        folder: The run's folder, with sub-folders named by number of cells that were run one by one. Without
            any it is left alone.

    Raises:
        RunFolderError: If a cell's folder cannot be read.
    """
    cells = sorted(
        (path for path in folder.iterdir() if path.name.isdecimal() and (path / MANIFEST).is_file()),
        key=lambda path: int(path.name),
    )
    whole = folder / MANIFEST
    since = whole.stat().st_mtime_ns if whole.is_file() else 0
    if any((cell / MANIFEST).stat().st_mtime_ns > since for cell in cells):
        merge(folder, dict.fromkeys(cells, 0))


def merge(folder: Path, parts: Mapping[Path, int], **known: Any) -> None:
    """Writes a run's tables and manifest from those of its parts.

    Some thousand rows at a time are in memory, and the keys of all requests and readings.

    Args:
        folder: The run's folder.
        parts: Folders of its parts, at least one, with the tables of some cells, each with the number of the
            share of the cells' items that it is of. A request that two parts made is kept as the first made
            it.
        known: What the manifest is to say of the run as a whole, in place of what those of the parts do.

    Raises:
        RunFolderError: If a part cannot be read.
    """
    manifests = [read_manifest(part) for part in parts]
    _merge_tables([part / OUTCOMES for part in parts], folder / OUTCOMES, outcomes_schema())
    _merge_tables([part / READINGS for part in parts], folder / READINGS, readings_schema(), "reading")
    requests = _merge_tables([part / REQUESTS for part in parts], folder / REQUESTS, requests_schema(), "key")
    write_manifest(folder, {**_merge_manifests(manifests, list(parts.values()), requests), **known})


def _merge_tables(paths: Sequence[Path], target: Path, schema: Any, unique: str | None = None) -> int:
    """Writes one table of several, of rows with the same `unique` the first; returns how many rows it has."""
    rows = 0

    def counted() -> Generator[Any]:
        nonlocal rows
        for table in _first_of_each(_pieces(paths), unique) if unique else _pieces(paths):
            rows += int(table.num_rows)
            yield table

    replace_tables(target, schema, counted())
    return rows


def _pieces(paths: Iterable[Path]) -> Generator[Any]:
    import pyarrow.parquet as pq

    for path in paths:
        file: Any = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _first_of_each(tables: Iterable[Any], column: str) -> Generator[Any]:
    import pyarrow as pa

    seen: set[bytes] = set()
    for table in tables:
        first: list[bool] = []
        for key in table.column(column).to_pylist():
            held = bytes.fromhex(key)  # half as large
            first.append(held not in seen)
            seen.add(held)
        yield table if all(first) else table.filter(pa.array(first))


def _merge_manifests(manifests: Sequence[Manifest], shares: Sequence[int], requests: int) -> Manifest:
    cells: dict[int, dict[str, Any]] = {}
    for cell in (cell for manifest in manifests for cell in manifest["cells"]):
        index = cell["index"]
        cells[index] = _same_cell(cells[index], cell) if index in cells else cell
    counts = {name: sum(manifest["counts"][name] for manifest in manifests) for name in _SUMMED}
    return {
        **manifests[-1],
        "finished": max(manifest["finished"] for manifest in manifests),
        "wall_s": round(sum(manifest["wall_s"] for manifest in manifests), 3),
        "counts": {
            "cells": len(cells),
            "failed_cells": sum(cell["error"] is not None for cell in cells.values()),
            **counts,
            "unique": requests,
        },
        "models": _models(model for manifest in manifests for model in manifest["models"]),
        "tasks": _tasks(manifests, shares),
        "cells": [cells[index] for index in sorted(cells)],
    }


def _same_cell(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A cell of whose items two parts asked a share each."""
    counts = {
        name: dict(Counter(counted) + Counter(other[name]))
        for name, counted in one.items()
        if isinstance(counted, dict)
    }
    zeros = {name: dict.fromkeys(one[name], 0) for name in counts}  # which adding counters leaves out
    return {
        **one,
        **{name: zeros[name] | added for name, added in counts.items()},
        "items": one["items"] + other["items"],
        "error": one["error"] or other["error"],
    }


def _models(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One record a model; its counts are added up, and its revisions and first error kept."""
    merged: dict[str, dict[str, Any]] = {}
    for record in records:
        known = merged.get(record["identity"])
        if known is None:
            merged[record["identity"]] = dict(record)
            continue
        known.update({count: known[count] + record[count] for count in _SUMMED_OF_MODEL})
        known["revisions"] = sorted({*known["revisions"], *record["revisions"]})
        known["error"] = known["error"] or record["error"]
    return list(merged.values())


def _tasks(manifests: Sequence[Manifest], shares: Sequence[int]) -> list[dict[str, Any]]:
    """One record a task, with as many items as its parts asked together."""
    merged: dict[str, dict[str, Any]] = {}
    asked: dict[str, dict[int, int]] = {}
    for manifest, share in zip(manifests, shares, strict=True):
        for task in manifest["tasks"]:
            merged.setdefault(task["name"], dict(task))
            of_share = asked.setdefault(task["name"], {})
            of_share[share] = max(of_share.get(share, 0), task["items"])
    for name, task in merged.items():
        task["items"] = sum(asked[name].values())
    return list(merged.values())
