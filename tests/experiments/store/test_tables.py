"""The run folder's tables: written in parts, read as a whole, never seen half written."""

import math
import subprocess
import sys
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
    with pytest.raises(ValueError, match="'no'"):
        write_table(path, {**columns(3), "number": ["no", "number", "here"]}, SCHEMA)
    assert pq.read_table(path).to_pydict() == columns(3)
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


def test_every_kind_of_value_comes_back_as_it_was(tmp_path: Path) -> None:
    schema = pa.schema([*SCHEMA, ("truth", pa.bool_()), ("count", pa.int32()), ("large", pa.int64())])
    held = {
        "label": ["b", None, "a", "b", "ü"],
        "number": [0.5, -0.0, math.inf, 1e-300, 2.0],
        "text": ["", None, "a\x00b", "水", "🙂"],
        "truth": [True, False, False, True, True],
        "count": [1, -1, 0, 2**31 - 1, -(2**31)],
        "large": [2**62, 0, 1, 2, -(2**63)],
    }
    write_table(tmp_path / "t.parquet", held, schema)
    back = pq.read_table(tmp_path / "t.parquet")
    assert back.to_pydict() == held
    assert back.schema.equals(schema)


def test_what_is_not_a_number_is_missing(tmp_path: Path) -> None:
    schema = pa.schema([("number", pa.float64())])
    write_table(tmp_path / "t.parquet", {"number": [math.nan, 0.25, None]}, schema)
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"number": [None, 0.25, None]}
    assert read_table(tmp_path / "t.parquet")["number"].isna().tolist() == [True, False, True]


def test_writing_a_table_imports_no_pandas(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from experiments.store.tables import outcomes_schema, write_table\n"
        "columns = {field.name: [] for field in outcomes_schema()}\n"
        f"write_table(Path({str(tmp_path / 't.parquet')!r}), columns, outcomes_schema())\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
