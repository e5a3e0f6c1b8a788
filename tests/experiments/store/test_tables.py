"""The run folder's tables: written in parts, read as a whole, never seen half written."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.store.tables import read_table, write_table

SCHEMA = pa.schema(
    [("label", pa.dictionary(pa.int32(), pa.string())), ("number", pa.float64()), ("text", pa.string())]
)


def columns(rows: int) -> dict[str, list[Any]]:
    return {
        "label": [f"l{number // 5}" for number in range(rows)],
        "number": [float(number) for number in range(rows)],
        "text": [None if number % 3 else f"t{number}" for number in range(rows)],
    }


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 40])
def test_a_table_of_several_parts_comes_back_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("experiments.store.tables._ROWS", 7)
    path = tmp_path / "t.parquet"
    write_table(path, columns(rows), SCHEMA)
    assert pq.read_table(path).to_pydict() == columns(rows)
    found = read_table(path)
    assert found["label"].tolist() == columns(rows)["label"]
    assert found["number"].tolist() == columns(rows)["number"]


def test_what_cannot_be_written_leaves_the_old_table(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, columns(3), SCHEMA)
    with pytest.raises(pa.ArrowInvalid):
        write_table(path, {**columns(3), "number": ["no", "number", "here"]}, SCHEMA)
    assert pq.read_table(path).to_pydict() == columns(3)
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]
