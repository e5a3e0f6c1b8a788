"""Loading benchmarks from disk, and what is said when that fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.schema import AnswerType, HubConfig, Reader, TaskConfig
from experiments.tasks.load import TaskError, load_task


def rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "question": f"Question {number}?",
            "question_id": f"q{number}",
            "answer": {"value": str(number), "aliases": []},
        }
        for number in range(start, start + count)
    ]


def config(data_dir: Path | None, **more: Any) -> TaskConfig:
    settings: dict[str, Any] = {
        "name": "tiny",
        "title": "Tiny",
        "category": "Knowledge",
        "answer_type": AnswerType.short,
        "reader": Reader.trivia_qa,
        "folder": "tiny",
        "data_dir": data_dir and str(data_dir),
    }
    return TaskConfig(**{**settings, **more})


def write(data_dir: Path, split: str, content: list[dict[str, Any]] | str) -> None:
    folder = data_dir / "tiny"
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
    (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")


def test_items_keep_the_order_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "test", rows(30))
    task = load_task(config(tmp_path), with_pool=False)
    assert [item.id for item in task.items] == [f"q{number}" for number in range(30)]
    assert task.pool == ()


def test_a_smaller_limit_asks_a_part_of_what_a_larger_one_asks(tmp_path: Path) -> None:
    write(tmp_path, "test", rows(50))
    ids = {
        limit: {item.id for item in load_task(config(tmp_path, limit=limit), with_pool=False).items}
        for limit in (5, 20, 50, 99)
    }
    assert ids[5] < ids[20] < ids[50] == ids[99]
    assert len(ids[5]) == 5
    other = {item.id for item in load_task(config(tmp_path, limit=5, subset_seed=1), with_pool=False).items}
    assert other != ids[5]


def test_the_pool_never_holds_a_question_that_is_asked(tmp_path: Path) -> None:
    write(tmp_path, "test", rows(10))
    write(
        tmp_path,
        "train",
        [*rows(3, start=100), {**rows(1)[0], "question": "question  0?", "question_id": "leak"}],
    )
    task = load_task(config(tmp_path, limit=2), with_pool=True)
    assert [item.id for item in task.pool] == ["q100", "q101", "q102"]


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    write(tmp_path, "test", rows(3))
    first = load_task(config(tmp_path), with_pool=False).fingerprint
    write(tmp_path, "test", [*rows(2), {**rows(1, start=2)[0], "answer": {"value": "other"}}])
    assert load_task(config(tmp_path), with_pool=False).fingerprint != first


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"no folder .*absent/tiny \(task.data_dir="):
        load_task(config(tmp_path / "absent"), with_pool=False)


def test_a_missing_split_says_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "validation", rows(1))
    with pytest.raises(TaskError, match=r"no test\.parquet and no test\.jsonl, only validation\.jsonl"):
        load_task(config(tmp_path), with_pool=False)


def test_a_corrupt_line_is_named(tmp_path: Path) -> None:
    good = json.dumps(rows(1)[0])
    write(tmp_path, "test", f'{good}\n{{"question": "Cut of\n{good}\n')
    with pytest.raises(TaskError, match=r"test\.jsonl, line 2: not JSON"):
        load_task(config(tmp_path), with_pool=False)


def test_a_row_without_reference_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test",
        [*rows(1), {"question": "Who?", "question_id": "q9", "answer": {"value": "", "aliases": []}}],
    )
    with pytest.raises(TaskError, match="row 2: field 'answer'"):
        load_task(config(tmp_path), with_pool=False)


def test_two_rows_with_one_id_are_named(tmp_path: Path) -> None:
    write(tmp_path, "test", [*rows(2), rows(1)[0]])
    with pytest.raises(TaskError, match="rows 1 and 3 have the same id 'q0'"):
        load_task(config(tmp_path), with_pool=False)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test", "")
    with pytest.raises(TaskError, match=r"test|empty"):
        load_task(config(tmp_path), with_pool=False)


def test_a_task_without_source_says_which_keys_would_give_one() -> None:
    with pytest.raises(TaskError, match=r"task\.shipped, task\.hub or task\.data_dir"):
        load_task(config(None), with_pool=False)


def test_a_hub_out_of_reach_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no route to the hub")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(
        TaskError, match=r"some/set could not be had from the hub \(no route.*set task\.data_dir"
    ):
        load_task(config(None, hub=HubConfig(path="some/set")), with_pool=False)
