"""Exporting and importing: what goes out comes back, once."""

import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.models.protocol import Completion
from experiments.store.completions import open_store
from experiments.store.contents import contents
from experiments.store.exchange import Imported, export_to, import_from, take_over
from experiments.store.layout import StoreError


def rows(store: Path) -> list[tuple[object, ...]]:
    db = sqlite3.connect(store)
    found = db.execute("SELECT * FROM completions ORDER BY key").fetchall()
    db.close()
    return found


def test_an_export_comes_back_as_it_was_and_nothing_twice(store: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "all.parquet", tmp_path / "other.sqlite"
    assert export_to(store, file) == 400
    assert import_from(other, file) == Imported(400, 0)
    assert rows(other) == rows(store)
    assert import_from(other, file) == Imported(0, 400)
    assert rows(other) == rows(store)


def test_an_export_may_be_of_some_models(store: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "some.parquet", tmp_path / "other.sqlite"
    assert export_to(store, file, model="llamacpp:*") == 100
    import_from(other, file)
    assert [holding.model for holding in contents(other).holdings] == ["llamacpp:two@ab"]


def test_exports_of_many_batches_are_whole(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.store.exchange._BATCH", 7)
    file, other = tmp_path / "all.parquet", tmp_path / "other.sqlite"
    assert export_to(store, file) == 400
    assert import_from(other, file).added == 400
    assert rows(other) == rows(store)


def test_what_a_damaged_store_still_gives_can_be_saved(store: Path, tmp_path: Path) -> None:
    before = {row[0]: row for row in rows(store)}
    data = bytearray(store.read_bytes())
    hole = slice(len(data) // 2, len(data) // 2 + 3 * 4096)
    data[hole] = bytes(3 * 4096)
    store.write_bytes(data)
    file, other = tmp_path / "rest.parquet", tmp_path / "rest.sqlite"
    saved = export_to(store, file)
    assert 200 < saved < 400
    import_from(other, file)
    assert all(before[str(row[0])] == row for row in rows(other))


def test_what_is_no_export_adds_nothing(store: Path, tmp_path: Path) -> None:
    text, table = tmp_path / "text.parquet", tmp_path / "table.parquet"
    text.write_text("no parquet", encoding="utf-8")
    pq.write_table(pa.table({"key": ["k"]}), table)
    with pytest.raises(StoreError, match="cannot be read as Parquet"):
        import_from(store, text)
    with pytest.raises(StoreError, match="no column 'model'"):
        import_from(store, table)
    assert len(rows(store)) == 400


def test_an_export_that_cannot_be_written_is_said(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        export_to(store, tmp_path / "nowhere" / "all.parquet")


def test_another_store_is_taken_over_whole_and_once(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with open_store(other) as opened:
        opened.put("m", [Completion(rows(store)[7][0], "first", "stop"), Completion("ff", "mine", "stop")])  # pyright: ignore[reportArgumentType]
    assert take_over(other, store) == 399
    assert take_over(other, store) == 0
    with open_store(other) as opened:
        assert opened.get([str(rows(store)[7][0])])[str(rows(store)[7][0])].text == "first"
    assert len(rows(other)) == 401


def test_what_is_no_store_is_not_taken_over(store: Path, tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database" * 100, encoding="utf-8")
    before = rows(store)
    with pytest.raises(StoreError, match=r"text\.sqlite cannot be opened"):
        take_over(store, tmp_path / "text.sqlite")
    assert rows(store) == before
