"""The same questions in other languages."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from experiments.schema import AnswerType, Reader, SourceConfig, TaskConfig
from experiments.tasks.load import TaskError, load_task
from experiments.tasks.parallel import parallels

DATA = os.environ.get("FATHOM_DATA", "")


def task(folder: Path, *subjects: str, limit: int | None = None) -> TaskConfig:
    source = SourceConfig(reader=Reader.mgsm, split="test", local="mgsm/{subject}/test")
    return TaskConfig(
        name="mgsm",
        title="MGSM",
        category="M",
        answer_type=AnswerType.number,
        source=source,
        subjects=list(subjects),
        parallel=True,
        data_dir=str(folder),
        limit=limit,
    )


def write(folder: Path, language: str, answers: Sequence[int]) -> None:
    path = folder / "mgsm" / language / "test.jsonl"
    path.parent.mkdir(parents=True)
    rows = [{"question": f"{language} {n}?", "answer_number": answer} for n, answer in enumerate(answers)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "en", (5, 6, 7))
    write(tmp_path, "de", (5, 6, 7))
    write(tmp_path, "sw", (5, 9, 7))
    write(tmp_path, "fr", (5, 6))
    return tmp_path


def test_by_position(folder: Path) -> None:
    found = parallels(task(folder, "en", "de"), "de")
    assert found == {f"mgsm-{one}-{n + 1}": f"de {n}?" for one in ("en", "de") for n in range(3)}


def test_a_language_that_is_not_asked_itself(folder: Path) -> None:
    config = task(folder, "en", limit=1)
    assert set(parallels(config, "de")) > {item.id for item in load_task(config, with_pool=False).items}


def test_another_answer_is_another_question(folder: Path) -> None:
    assert "mgsm-en-2" not in parallels(task(folder, "en"), "sw")
    assert parallels(task(folder, "en"), "sw")["mgsm-en-3"] == "sw 2?"


def test_where_rows_are_lost_nothing_is_taken_for_the_same(folder: Path) -> None:
    assert set(parallels(task(folder, "en"), "fr")) == {"mgsm-fr-1", "mgsm-fr-2"}


def test_data_that_is_not_there(folder: Path) -> None:
    with pytest.raises(TaskError, match=r"no folder .*mgsm/it"):
        parallels(task(folder, "en"), "it")


@pytest.mark.skipif(not Path(DATA or "/nowhere").is_dir(), reason="FATHOM_DATA names no folder")
def test_mgsm_has_all_its_questions_in_all_its_languages() -> None:
    languages = [path.parent.name for path in sorted(Path(DATA).glob("mgsm/*/test.*")) if path.stem == "test"]
    whole = [one for one in languages if one != "en"]
    assert len(whole) == 10
    for language in whole:
        assert len(parallels(task(Path(DATA), *whole), language)) == 2500
