"""Several runs as one, so that a report has them side by side."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.report.numerals import many, total
from experiments.store.manifest import Manifest, RunFolderError, read_manifest, sampled
from experiments.store.tables import OUTCOMES, REQUESTS, read_table

if TYPE_CHECKING:
    import pandas as pd


def read_run(folder: Path) -> "tuple[Manifest, pd.DataFrame]":
    """A run's record and outcomes.

    Raises:
        RunFolderError: If it is no run folder, or lacks a table.
    """
    manifest = read_manifest(folder)
    for name in (OUTCOMES, REQUESTS):
        if not (folder / name).is_file():
            raise RunFolderError(
                f"{folder} is an incomplete run folder: it has no {name}; run the sweep again"
            )
    return manifest, read_table(folder / OUTCOMES)


def merged(folders: Sequence[Path]) -> "tuple[Manifest, pd.DataFrame]":
    """Several runs' records and outcomes as one run's; a single run comes as it is.

    A model that more than one run asked is called "model (run)" in each, so that no two runs' answers mix.

    Args:
        folders: The runs' folders.

    Raises:
        RunFolderError: If one is no run folder or lacks a table, one is given twice, or a task has other
            items or another metric in one run than in another.
    """
    runs = [read_run(folder) for folder in folders]
    if len(runs) == 1:
        return runs[0]
    seen = Counter(folder.resolve() for folder in folders)
    twice = next((str(folder) for folder, times in seen.items() if times > 1), None)
    if twice is not None:
        raise RunFolderError(f"{twice} is given twice: name every run once")
    import pandas as pd

    names = _names([str(manifest["name"]) for manifest, _ in runs])
    asked = Counter(name for manifest, _ in runs for name in {model["name"] for model in manifest["models"]})
    records: list[Manifest] = []
    tables: list[pd.DataFrame] = []
    offset = 0
    for (manifest, outcomes), name in zip(runs, names, strict=True):
        called = {
            model["name"]: f"{model['name']} ({name})" if asked[model["name"]] > 1 else model["name"]
            for model in manifest["models"]
        }
        records.append(_renamed(manifest, called, offset))
        models = outcomes["model"].astype(str).replace(called)
        if "control" not in outcomes:
            outcomes = outcomes.assign(control=False)
        tables.append(outcomes.assign(model=models, cell=outcomes["cell"] + offset))
        offset += max((cell["index"] for cell in manifest["cells"]), default=-1) + 1
    together = pd.concat(tables, ignore_index=True)
    labels = [name for name in tables[0] if tables[0][name].dtype == "category"]
    return _one(records, names), together.astype(dict.fromkeys([*labels, "model"], "category"))


def _names(names: Sequence[str]) -> list[str]:
    """Names of runs, told apart by their place where several have the same."""
    times = Counter(names)
    return [f"{name}, run {place}" if times[name] > 1 else name for place, name in enumerate(names, start=1)]


def _renamed(manifest: Manifest, called: dict[str, str], offset: int) -> Manifest:
    return manifest | {
        "models": [model | {"name": called[model["name"]]} for model in manifest["models"]],
        "cells": [
            cell | {"index": cell["index"] + offset, "model": called.get(cell["model"], cell["model"])}
            for cell in manifest["cells"]
        ],
        "search": [one | {"model": called[one["model"]]} for one in manifest.get("search", [])],
        "stopping": [stop | {"model": called[stop["model"]]} for stop in manifest.get("stopping", [])],
    }


def _one(records: Sequence[Manifest], names: Sequence[str]) -> Manifest:
    tasks: dict[str, dict[str, Any]] = {}
    stopping = [one for record in records for one in record.get("stopping", [])]
    searching = [one for record in records for one in record.get("search", [])]
    for record, name in zip(records, names, strict=True):
        if stopping and record.get("sweep") != records[0].get("sweep"):
            raise RunFolderError(
                f"runs {names[0]} and {name} did not stop by the same rule (sweep.until), so they cannot be "
                "put side by side"
            )
        if sampled(record) != sampled(records[0]):
            raise RunFolderError(
                f"of runs {names[0]} and {name} one is a sparse sample (sweep.sample) and the other is not, "
                "or a sparser one: only runs that asked the same share can be put side by side"
            )
        if searching and record.get("sweep") != records[0].get("sweep"):
            raise RunFolderError(
                f"runs {names[0]} and {name} are not the same search (sweep.extremes), so they cannot be put "
                "side by side"
            )
        for task in record["tasks"]:
            first = tasks.setdefault(task["name"], task)
            if first["fingerprint"] != task["fingerprint"]:
                raise RunFolderError(
                    f"run {name} asked other items of task {task['name']} ({many(task['items'], 'item')}) "
                    f"than the run before it ({first['items']:,}): only runs of the same items can be put "
                    "side by side; run one of them again with the task.limit and the data of the other"
                )
            if first["metric"] != task["metric"]:
                raise RunFolderError(
                    f"run {name} has another metric of task {task['name']} ({task['metric']}) than the run "
                    f"before it ({first['metric']}): such scores cannot be put side by side"
                )
    versions: dict[str, list[str]] = {}
    for record in records:
        for package, version in record["versions"].items():
            versions.setdefault(package, []).append(version)
    return dict(records[0]) | {
        "name": " + ".join(names),
        "command": "; ".join(dict.fromkeys(record["command"] for record in records)),
        "finished": max(record["finished"] for record in records),
        "wall_s": total(record["wall_s"] for record in records),
        "versions": {package: " and ".join(dict.fromkeys(found)) for package, found in versions.items()},
        "counts": {
            key: total(record["counts"].get(key, 0) for record in records) for key in records[0]["counts"]
        },
        "imported": [imported for record in records for imported in record.get("imported", ())],
        "models": [model for record in records for model in record["models"]],
        "tasks": list(tasks.values()),
        "cells": [cell for record in records for cell in record["cells"]],
        "search": searching,
        "stopping": stopping,
    }
