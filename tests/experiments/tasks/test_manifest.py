"""Checking a data folder's files against its own list of them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from experiments.tasks.manifest import Entry, check_file, differs, listed, read_manifest

CONTENT = b'{"question": "A?"}\n'
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def folder(tmp_path: Path, *entries: object) -> Path:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny/test.jsonl").write_bytes(CONTENT)
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    return tmp_path


def entry(**more: Any) -> dict[str, Any]:
    return {"path": "tiny/test.jsonl", "rows": 1, "bytes": len(CONTENT), "sha256": DIGEST, **more}


def test_entries_are_read_by_path_and_other_keys_are_nobodys_business(tmp_path: Path) -> None:
    data_dir = folder(tmp_path, entry(licence="MIT"), {"path": "b.parquet", "rows": 7})
    assert read_manifest(data_dir) == {
        "tiny/test.jsonl": Entry(rows=1, bytes=len(CONTENT), sha256=DIGEST),
        "b.parquet": Entry(rows=7),
    }


def test_a_folder_without_a_manifest_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert check_file(tmp_path, "tiny/test.jsonl") is None


@pytest.mark.parametrize(
    "content",
    ["{", '{"files": []}', "7", '["a.jsonl"]', '[{"path": "a"}]', '[{"path": "a", "rows": "many"}]'],
)
def test_a_manifest_that_is_none_is_an_error_that_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=r"manifest\.json is not a list of files .*remove it"):
        read_manifest(tmp_path)
    wrong = check_file(tmp_path, "a")
    assert wrong is not None
    assert "manifest.json is not a list" in wrong


def test_a_file_that_is_not_listed_is_told_the_nearest_path() -> None:
    manifest = {"bbh/snarks/test.jsonl": Entry(1), "mmlu/all/test.parquet": Entry(1)}
    assert listed(manifest, "mmlu/all/test.parquet") == Entry(1)
    with pytest.raises(
        ValueError, match=r"^mmlu/all/test\.jsonl is not listed .* is mmlu/all/test\.parquet$"
    ):
        listed(manifest, "mmlu/all/test.jsonl")
    with pytest.raises(ValueError, match=r"^a is not listed in manifest\.json$"):
        listed({}, "a")


def test_a_count_is_compared_if_it_is_stated() -> None:
    assert differs("a.jsonl", "rows", 10532, 10532) is None
    assert differs("a.jsonl", "bytes", 3, None) is None
    assert differs("a.jsonl", "rows", 532, 10532) == (
        "a.jsonl has 532 rows, but manifest.json states 10,532: the copy is cut or changed, fetch it again"
    )


def test_a_file_as_listed_is_right(tmp_path: Path) -> None:
    assert check_file(folder(tmp_path, entry(sha256=DIGEST.upper())), "tiny/test.jsonl") is None


def test_what_a_manifest_does_not_state_is_not_checked(tmp_path: Path) -> None:
    assert check_file(folder(tmp_path, {"path": "tiny/test.jsonl", "rows": 1}), "tiny/test.jsonl") is None


@pytest.mark.parametrize(
    ("listed_as", "expected"),
    [
        (entry(bytes=99), f"tiny/test.jsonl has {len(CONTENT)} bytes, but manifest.json states 99"),
        (entry(sha256="0" * 64), "tiny/test.jsonl has another sha256 than manifest.json states"),
        (entry(path="tiny/train.jsonl"), "tiny/test.jsonl is not listed in manifest.json"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, listed_as: object, expected: str) -> None:
    wrong = check_file(folder(tmp_path, listed_as), "tiny/test.jsonl")
    assert wrong is not None
    assert wrong.startswith(expected)


def test_a_listed_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    wrong = check_file(folder(tmp_path, entry(path="tiny/train.jsonl")), "tiny/train.jsonl")
    assert wrong is not None
    assert "tiny/train.jsonl" in wrong
    assert "No such file" in wrong


def test_a_byte_changed_in_place_is_found(tmp_path: Path) -> None:
    data_dir = folder(tmp_path, entry())
    (data_dir / "tiny/test.jsonl").write_bytes(CONTENT.replace(b"A", b"B"))
    wrong = check_file(data_dir, "tiny/test.jsonl")
    assert wrong is not None
    assert "sha256" in wrong
