"""Merging shards: what launchers of one job at a time leave in each cell's folder becomes one run."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from experiments.store.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from experiments.store.reading import READINGS
from experiments.store.tables import OUTCOMES, REQUESTS, replace_table

_SUMMED = ("cells", "failed_cells", "asked", "cached", "sent")
_SUMMED_OF_MODEL = ("unique", "sent", "prompt_tokens", "cached_tokens", "completion_tokens", "usd")


def merge_newer_shards(folder: Path) -> None:
    """Writes a run's tables and manifest from those of its cells' folders, if those are newer.

    Args:
        folder: The run's folder, with shards in sub-folders named by number. Without any it is left alone.

    Raises:
        RunFolderError: If a shard cannot be read.
    """
    shards = sorted(
        (path for path in folder.iterdir() if path.name.isdecimal() and (path / MANIFEST).is_file()),
        key=lambda path: int(path.name),
    )
    whole = folder / MANIFEST
    since = whole.stat().st_mtime_ns if whole.is_file() else 0
    if not any((shard / MANIFEST).stat().st_mtime_ns > since for shard in shards):
        return
    _merge_tables([shard / OUTCOMES for shard in shards], folder / OUTCOMES, unique=None)
    _merge_tables([shard / READINGS for shard in shards], folder / READINGS, unique="reading")
    requests = _merge_tables([shard / REQUESTS for shard in shards], folder / REQUESTS, unique="key")
    write_manifest(folder, _merge_manifests([read_manifest(shard) for shard in shards], requests))


def _merge_tables(paths: Sequence[Path], target: Path, unique: str | None) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    merged: Any = pa.concat_tables([pq.read_table(path) for path in paths]).unify_dictionaries()
    if unique is not None:
        seen: set[str] = set()
        first: list[bool] = []
        for key in merged.column(unique).to_pylist():
            first.append(key not in seen)
            seen.add(key)
        merged = merged.filter(pa.array(first))
    replace_table(target, merged)
    return int(merged.num_rows)


def _merge_manifests(manifests: Sequence[Manifest], requests: int) -> Manifest:
    counts = {name: sum(manifest["counts"][name] for manifest in manifests) for name in _SUMMED}
    return {
        **manifests[-1],
        "finished": max(manifest["finished"] for manifest in manifests),
        "wall_s": round(sum(manifest["wall_s"] for manifest in manifests), 3),
        "counts": {**counts, "unique": requests},
        "models": _by_name((model for manifest in manifests for model in manifest["models"]), "identity"),
        "tasks": _by_name((task for manifest in manifests for task in manifest["tasks"]), "name"),
        "cells": [cell for manifest in manifests for cell in manifest["cells"]],
    }


def _by_name(records: Iterable[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """One record a name; a model's counts are added up, and its revisions and first error kept."""
    merged: dict[str, dict[str, Any]] = {}
    for record in records:
        known = merged.get(record[name])
        if known is None:
            merged[record[name]] = dict(record)
        elif name == "identity":
            known.update({count: known[count] + record[count] for count in _SUMMED_OF_MODEL})
            known["revisions"] = sorted({*known["revisions"], *record["revisions"]})
            known["error"] = known["error"] or record["error"]
    return list(merged.values())
