"""What several jobs left becomes one run: every row once, every count added up once."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.store.manifest import LAYOUT, read_manifest, write_manifest
from experiments.store.merge import merge, merge_newer_cells
from experiments.store.reading import readings_schema
from experiments.store.tables import outcomes_schema, requests_schema


def table(schema: Any, **columns: list[Any]) -> Any:
    """A table with these columns, and nothing in the others."""
    rows = len(next(iter(columns.values())))
    return pa.table(
        [pa.array(columns.get(name, [None] * rows)).cast(schema.field(name).type) for name in schema.names],
        schema=schema,
    )


def part(folder: Path, cell: int, items: list[str], keys: list[str], error: str | None = None) -> Path:
    """What a job leaves that asked some items of one cell."""
    folder.mkdir(parents=True)
    rows = table(outcomes_schema(), cell=[cell] * len(items), item_id=items, model=["m"] * len(items))
    pq.write_table(rows, folder / "outcomes.parquet")
    readings = table(readings_schema(), reading=["ab", "0" + str(cell)], content=["{}", "{}"])
    pq.write_table(readings, folder / "readings.parquet")
    asked = table(requests_schema(), key=keys, completion=[folder.name] * len(keys))
    pq.write_table(asked, folder / "requests.parquet")
    perturbed = {"changed": len(items), "unchanged": 0, "excluded": 0, "redrawn": 1}
    counts = {"cells": 1, "failed_cells": int(error is not None), "asked": len(items), "unique": len(keys)}
    model = {
        "identity": "m@1",
        "revisions": [folder.name],
        "error": None,
        "unique": len(keys),
        "sent": len(keys),
        "prompt_tokens": 10,
        "cached_tokens": 0,
        "completion_tokens": 1,
        "usd": 0.5,
    }
    manifest = {
        "layout": LAYOUT,
        "name": "run",
        "finished": f"2026-01-0{cell + 1}",
        "wall_s": 2.0,
        "counts": {**counts, "cached": 0, "sent": len(keys)},
        "models": [model],
        "tasks": [{"name": "t", "items": len(items)}],
        "cells": [
            {
                "index": cell,
                "items": len(items),
                "perturbed": perturbed,
                "error": error,
                "of_kinds": {items[0]: 1, "all": len(items)},
            }
        ],
    }
    write_manifest(folder, manifest)
    return folder


def column(folder: Path, name: str, of: str) -> list[Any]:
    return pq.read_table(folder / f"{name}.parquet").column(of).to_pylist()


def test_shares_of_the_items_make_whole_cells(tmp_path: Path) -> None:
    first = part(tmp_path / "p0", 0, ["a", "b"], ["aa", "bb"])
    second = part(tmp_path / "p1", 0, ["c"], ["cc", "bb"], error="1 of 1 requests failed")
    merge(tmp_path, {first: 0, second: 1}, wall_s=3.5)
    assert column(tmp_path, "outcomes", "item_id") == ["a", "b", "c"]
    assert column(tmp_path, "requests", "key") == ["aa", "bb", "cc"]
    assert column(tmp_path, "requests", "completion") == ["p0", "p0", "p1"]
    assert column(tmp_path, "readings", "reading") == ["ab", "00"]
    manifest = read_manifest(tmp_path)
    (cell,) = manifest["cells"]
    assert cell["items"] == 3
    assert cell["perturbed"] == {"changed": 3, "unchanged": 0, "excluded": 0, "redrawn": 2}
    assert cell["of_kinds"] == {"a": 1, "c": 1, "all": 3}
    assert cell["error"] == "1 of 1 requests failed"
    assert manifest["tasks"] == [{"name": "t", "items": 3}]
    assert manifest["counts"] == {
        "cells": 1, "failed_cells": 1, "asked": 3, "cached": 0, "sent": 4, "unique": 3
    }  # fmt: skip
    assert manifest["models"][0]["usd"] == 1.0
    assert manifest["models"][0]["revisions"] == ["p0", "p1"]
    assert manifest["wall_s"] == 3.5


def test_cells_of_several_models_share_their_tasks_items(tmp_path: Path) -> None:
    first = part(tmp_path / "p0", 1, ["a", "b"], ["aa", "bb"])
    second = part(tmp_path / "p1", 0, ["a", "b"], ["cc", "dd"])
    merge(tmp_path, {first: 0, second: 0})
    manifest = read_manifest(tmp_path)
    assert [cell["index"] for cell in manifest["cells"]] == [0, 1]
    assert manifest["tasks"] == [{"name": "t", "items": 2}]
    assert manifest["counts"]["unique"] == 4


def test_cells_run_one_by_one_are_merged_when_they_are_newer(tmp_path: Path) -> None:
    merge_newer_cells(tmp_path)
    assert list(tmp_path.iterdir()) == []
    part(tmp_path / "0", 0, ["a"], ["aa"])
    part(tmp_path / "1", 1, ["a"], ["bb"])
    merge_newer_cells(tmp_path)
    assert column(tmp_path, "outcomes", "cell") == [0, 1]
    written = (tmp_path / "manifest.json").stat().st_mtime_ns
    merge_newer_cells(tmp_path)
    assert (tmp_path / "manifest.json").stat().st_mtime_ns == written


@pytest.mark.parametrize("name", ["outcomes", "requests", "readings"])
def test_many_row_groups_come_through_in_order(tmp_path: Path, name: str) -> None:
    first = part(tmp_path / "p0", 0, ["a", "b", "c"], ["aa", "bb", "cc"])
    whole = pq.read_table(first / f"{name}.parquet")
    pq.write_table(whole, first / f"{name}.parquet", row_group_size=1)
    merge(tmp_path, {first: 0})
    assert pq.read_table(tmp_path / f"{name}.parquet").to_pylist() == whole.to_pylist()
