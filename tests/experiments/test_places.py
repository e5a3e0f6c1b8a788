from pathlib import Path

import pytest

from experiments.places import from_here


def test_a_path_is_shown_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert from_here(tmp_path / "here" / "runs" / "x") == Path("runs/x")
    assert from_here(Path("runs/x")) == Path("runs/x")
    assert from_here(tmp_path / "there") == tmp_path / "there"
