"""Submissions on disk."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.models.openai_ledger import Ledger, Submission
from experiments.models.protocol import ModelError

ONE = Submission("a1", "/completions", {"k1": ("k1",), "k2": ("k2", "k3")}, written=1.0e9)


def test_what_was_written_is_read_again_and_only_by_the_same_model(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "folder", "openai:m@url")
    assert ledger.submissions() == []
    later = Submission("0b", "/chat/completions", {"k4": ("k4",)}, batch="batch_7")
    ledger.write(later)
    ledger.write(ONE)
    assert ledger.submissions() == [ONE, later]
    assert Ledger(tmp_path / "new" / "folder", "openai:other@url").submissions() == []
    assert ONE.asked == {"k1", "k2", "k3"}


def test_a_second_writing_takes_the_place_of_the_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    ledger.write(ONE)
    named = replace(ONE, batch="batch_1")
    ledger.write(named)
    assert ledger.submissions() == [named]
    assert len(list(tmp_path.iterdir())) == 1
    ledger.forget(named)
    ledger.forget(named)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    ledger.write(ONE)
    half = tmp_path / f".{ledger.file(ONE).name.partition('-')[0]}-x1y2"
    half.write_text('{"keys"', encoding="utf-8")
    others = tmp_path / ".0123456789ab-x1y2"
    others.write_text("", encoding="utf-8")
    assert ledger.submissions() == [ONE]
    assert not half.exists()
    assert others.exists()


def test_a_collected_submission_is_forgotten_after_a_month_and_an_open_one_never(tmp_path: Path) -> None:
    ledger, old = Ledger(tmp_path, "m"), time.time() - 40 * 24 * 3600
    ledger.write(replace(ONE, written=old))
    ledger.write(replace(ONE, token="b2", written=old, collected=True))
    ledger.write(replace(ONE, token="c3", written=time.time(), collected=True))
    assert [each.token for each in ledger.submissions()] == ["a1", "c3"]


def test_a_file_that_cannot_be_read_stops_the_run_rather_than_paying_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    ledger.write(ONE)
    for spoilt in ("{", "[]", "{}", '{"keys": {}, "identity": "m", "surprise": 1}'):
        ledger.file(ONE).write_text(spoilt, encoding="utf-8")
        with pytest.raises(ModelError, match=r"a1\.json.*look at the server's list of batches"):
            ledger.submissions()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match=r"set model\.openai\.batch_folder"):
        Ledger(tmp_path / "file", "m").write(ONE)
