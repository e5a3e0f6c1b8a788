"""Loading benchmarks from disk, and what is said when that fails."""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.schema import AnswerType, Reader, SourceConfig, TaskConfig
from experiments.tasks import load
from experiments.tasks.load import Task, TaskError, load_task
from experiments.tasks.readers import RowError, SkipRow
from perturb.item import Item, Program

Rows = list[dict[str, Any]]


def plain(row: Mapping[str, Any], item_id: str, subject: str) -> Iterable[Item]:
    """A reader of rows that say what to do, field by field."""
    if "skip" in row:
        raise SkipRow(row["skip"])
    if "bad" in row:
        raise RowError(row["bad"])
    names = [f"{item_id}-{part}" for part in row["parts"]] if "parts" in row else [row.get("id", item_id)]
    for name in names:
        yield Item(
            id=name,
            question=row["question"],
            answers=tuple(row.get("answers", ["yes"])),
            choices=tuple(row.get("choices", [])),
            passage=row.get("passage", ""),
            subject=row.get("subject", ""),
            topic=row.get("topic", ""),
            golds=tuple(row.get("golds", [])),
            program=Program(tests=row["tests"]) if "tests" in row else None,
        )


@pytest.fixture(autouse=True)
def plain_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "READERS", {"gsm8k": plain})


def rows(count: int, start: int = 0) -> Rows:
    return [{"question": f"Question {number}?", "id": f"q{number}"} for number in range(start, start + count)]


def unnamed(*questions: str, **more: Any) -> Rows:
    return [{"question": question, **more} for question in questions]


def source(local: str) -> SourceConfig:
    return SourceConfig(reader=Reader.gsm8k, local=local, split=local.rpartition("/")[2])


def config(data_dir: Path, local: str = "tiny/test", fewshot: str | None = None, **more: Any) -> TaskConfig:
    settings: dict[str, Any] = {
        "name": "tiny",
        "title": "Tiny",
        "category": "Knowledge",
        "answer_type": AnswerType.short,
        "source": source(local),
        "fewshot": fewshot and source(fewshot),
        "data_dir": str(data_dir),
    }
    return TaskConfig(**{**settings, **more})


def write(data_dir: Path, local: str, content: Rows) -> None:
    path = data_dir / f"{local}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")


def ids(items: Iterable[Item]) -> list[str]:
    return [item.id for item in items]


def loaded(tmp_path: Path, content: Rows, **more: Any) -> Task:
    write(tmp_path, "tiny/test", content)
    return load_task(config(tmp_path, **more), with_pool=False)


# Items.


def test_items_keep_the_order_of_the_file(tmp_path: Path) -> None:
    task = loaded(tmp_path, rows(30))
    assert task.name == "tiny"
    assert ids(task.items) == [f"q{number}" for number in range(30)]
    assert task.pool == ()
    assert task.skipped == ()


def test_without_ids_of_their_own_items_are_numbered_from_one(tmp_path: Path) -> None:
    assert ids(loaded(tmp_path, unnamed("A?", "B?")).items) == ["tiny-1", "tiny-2"]


def test_rows_that_repeat_are_both_asked(tmp_path: Path) -> None:
    assert ids(loaded(tmp_path, unnamed("Same?", "Same?")).items) == ["tiny-1", "tiny-2"]


def test_a_row_may_hold_several_items(tmp_path: Path) -> None:
    content = [*unnamed("A?", parts=["x", "y"]), *unnamed("B?")]
    assert ids(loaded(tmp_path, content).items) == ["tiny-1-x", "tiny-1-y", "tiny-2"]


def test_a_row_without_a_usable_reference_is_recorded_and_not_asked(tmp_path: Path) -> None:
    task = loaded(tmp_path, [*unnamed("A?"), {"skip": "no label"}, *unnamed("B?")])
    assert ids(task.items) == ["tiny-1", "tiny-3"]
    assert task.skipped == ("tiny/test.jsonl, row 2: no label",)


def test_skipped_rows_of_the_exemplars_are_not_the_benchmarks(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test", rows(1))
    write(tmp_path, "tiny/train", [{"skip": "no label"}, *rows(1, start=9)])
    task = load_task(config(tmp_path, fewshot="tiny/train"), with_pool=True)
    assert (ids(task.pool), task.skipped) == (["q9"], ())


def test_only_a_text_to_continue_needs_no_answer(tmp_path: Path) -> None:
    content = unnamed("Once upon a time", answers=[])
    assert loaded(tmp_path, content, answer_type=AnswerType.text).items[0].answers == ()
    with pytest.raises(TaskError, match=r"test\.jsonl, row 1: item 'tiny-1' has no answer"):
        loaded(tmp_path, content)


# Subjects.


def of_subjects(tmp_path: Path, **more: Any) -> Task:
    for subject in ("law", "art_history"):
        write(tmp_path, f"tiny/{subject}/val", unnamed(f"{subject} 1?", f"{subject} 2?"))
        write(tmp_path, f"tiny/{subject}/dev", unnamed(f"{subject} shot?"))
    both = config(
        tmp_path, "tiny/{subject}/val", "tiny/{subject}/dev", subjects=["law", "art_history"], **more
    )
    return load_task(both, with_pool=True)


def test_the_files_of_all_subjects_are_read_in_the_configured_order(tmp_path: Path) -> None:
    task = of_subjects(tmp_path)
    assert ids(task.items) == ["tiny-law-1", "tiny-law-2", "tiny-art_history-1", "tiny-art_history-2"]
    assert ids(task.pool) == ["tiny-law-shot-1", "tiny-art_history-shot-1"]
    assert [item.subject for item in (*task.items, *task.pool)] == [
        *["law"] * 2,
        *["art_history"] * 2,
        "law",
        "art_history",
    ]


def test_a_subject_is_named_in_words_or_as_configured(tmp_path: Path) -> None:
    task = of_subjects(tmp_path, topics={"law": "jurisprudence"})
    assert [item.topic for item in task.items] == [*["jurisprudence"] * 2, *["art history"] * 2]


def test_subjects_of_items_are_not_overridden(tmp_path: Path) -> None:
    content = [*unnamed("A?", subject="sat-math"), *unnamed("B?", subject="law", topic="the law"), *rows(1)]
    found = [(item.subject, item.topic) for item in loaded(tmp_path, content).items]
    assert found == [("sat-math", "sat math"), ("law", "the law"), ("", "")]


def test_of_a_file_with_several_subjects_only_the_tasks_are_read(tmp_path: Path) -> None:
    content = [*unnamed("A?", subject="law"), *unnamed("B?", subject="art"), *unnamed("C?", subject="law")]
    write(tmp_path, "tiny/shots", [*unnamed("S?", subject="law"), *unnamed("T?", subject="art"), *rows(1)])
    write(tmp_path, "tiny/test", content)
    task = load_task(config(tmp_path, subjects=["law"], fewshot="tiny/shots"), with_pool=True)
    assert ids(task.items) == ["tiny-1", "tiny-3"]
    assert ids(task.pool) == ["tiny-shot-1", "q0"]  # what is of no subject goes with any


def test_a_subject_that_no_row_is_of_is_named(tmp_path: Path) -> None:
    content = [*unnamed("A?", subject="virology"), *unnamed("B?", subject="anatomy")]
    with pytest.raises(TaskError, match=r"no row is of subject 'anatomi' .*did you mean 'anatomy'"):
        loaded(tmp_path, content, subjects=["virology", "anatomi"])


# Subsets.


def test_a_smaller_limit_asks_a_part_of_what_a_larger_one_asks(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test", rows(50))
    found = {
        limit: set(ids(load_task(config(tmp_path, limit=limit), with_pool=False).items))
        for limit in (5, 20, 50, 99)
    }
    assert found[5] < found[20] < found[50] == found[99]
    assert len(found[5]) == 5
    other = load_task(config(tmp_path, limit=5, subset_seed=1), with_pool=False)
    assert set(ids(other.items)) != found[5]


def test_every_subject_has_its_share_of_a_subset(tmp_path: Path) -> None:
    content = [*unnamed(*"abcdef", subject="law"), *unnamed(*"ghi", subject="art")]
    task = loaded(tmp_path, content, limit=6)
    assert [item.subject for item in task.items] == ["law"] * 4 + ["art"] * 2


# The pool.


def pool_of(tmp_path: Path, asked: Rows, shots: Rows, **more: Any) -> list[str]:
    write(tmp_path, "tiny/test", asked)
    write(tmp_path, "tiny/train", shots)
    return ids(load_task(config(tmp_path, fewshot="tiny/train", **more), with_pool=True).pool)


def test_the_pool_never_holds_a_question_of_the_split_asked_or_not(tmp_path: Path) -> None:
    leak = {"question": "question  0?", "id": "leak"}
    assert pool_of(tmp_path, rows(10), [*rows(3, start=100), leak], limit=1) == ["q100", "q101", "q102"]


def test_the_pool_never_holds_an_id_of_the_split(tmp_path: Path) -> None:
    assert pool_of(tmp_path, rows(3), [{"question": "Reworded?", "id": "q1"}, *rows(1, start=9)]) == ["q9"]


def test_rows_with_the_same_number_do_not_clash(tmp_path: Path) -> None:
    assert pool_of(tmp_path, unnamed("A?", "B?"), unnamed("C?", "D?")) == ["tiny-shot-1", "tiny-shot-2"]


def test_the_same_question_about_another_passage_or_with_other_options_is_another_one(tmp_path: Path) -> None:
    asked = unnamed("Which is true?", passage="One.", choices=["a", "b"], golds=[0])
    shots = [
        *unnamed("Which is true?", passage="Two.", choices=["a", "b"], golds=[0]),
        *unnamed("Which is true?", passage="One.", choices=["a", "c"], golds=[0]),
        *unnamed("Which is  TRUE?", passage="One.", choices=["b", "a"], golds=[0]),
    ]
    assert pool_of(tmp_path, asked, shots) == ["tiny-shot-1", "tiny-shot-2"]


def test_exemplars_for_their_own_subject_may_be_asked_in_another(tmp_path: Path) -> None:
    asked = [*unnamed("A?", "B?", subject="law"), *unnamed("C?", subject="art")]
    shots = [*unnamed("C?", "B?", subject="law"), *unnamed("A?", "C?", subject="art")]
    assert pool_of(tmp_path, asked, shots) == []
    assert pool_of(tmp_path, asked, shots, shots_by_subject=True) == ["tiny-shot-1", "tiny-shot-3"]


def test_the_pool_is_read_only_if_it_is_needed(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test", rows(2))
    assert load_task(config(tmp_path, fewshot="tiny/absent"), with_pool=False).pool == ()
    with pytest.raises(TaskError, match=r"no absent\.parquet and no absent\.jsonl, only test\.jsonl"):
        load_task(config(tmp_path, fewshot="tiny/absent"), with_pool=True)
    assert load_task(config(tmp_path, fewshot=None), with_pool=True).pool == ()


def test_a_large_pool_is_checked_in_no_time(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test", rows(8000))
    write(tmp_path, "tiny/train", rows(8000, start=7999))
    began = time.process_time()
    task = load_task(config(tmp_path, fewshot="tiny/train"), with_pool=True)
    assert time.process_time() - began < 5  # comparing each with each takes minutes
    assert len(task.pool) == 7999


# Fingerprints.


def test_the_fingerprint_is_that_of_the_same_items_in_earlier_versions(tmp_path: Path) -> None:
    # The first 16 digits of the SHA-256 of ["tiny-1", "Which?", ["a"], []], as ever since the first version.
    assert loaded(tmp_path, unnamed("Which?", answers=["a"])).fingerprint == "ca4121bf89ee97ea"


def test_the_fingerprint_follows_everything_an_item_holds(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"question": "B?"},
        {"answers": ["no"]},
        {"id": "other"},
        {"choices": ["yes", "no"], "golds": [0]},
        {"choices": ["yes", "no"], "golds": [1]},
        {"choices": ["yes", "no"], "golds": [0, 1]},
        {"passage": "One."},
        {"subject": "law"},
        {"subject": "law", "topic": "the law"},
        {"tests": "assert True"},
        {"tests": "assert False"},
    ]
    found = [loaded(tmp_path, [{"question": "A?", **change}]).fingerprint for change in changes]
    assert len(set(found)) == len(changes)


# What is wrong with rows.


def test_a_wrong_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"task tiny, tiny/test\.jsonl, row 2: field 'answer' is None"):
        loaded(tmp_path, [*rows(1), {"bad": "field 'answer' is None"}])


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"row 1: no field 'question'"):
        loaded(tmp_path, [{"answer": "42"}])


def test_a_gold_out_of_range_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"row 1: item 'tiny-1': gold is 7"):
        loaded(tmp_path, unnamed("A?", choices=["a"], golds=[7]))


def test_two_rows_with_one_id_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        TaskError, match=r"tiny/test\.jsonl, row 1 and tiny/test\.jsonl, row 3 have the same id 'q0'"
    ):
        loaded(tmp_path, [*rows(2), rows(1)[0]])


def test_an_id_repeated_in_another_subjects_file_is_named(tmp_path: Path) -> None:
    for subject in ("law", "art"):
        write(tmp_path, f"tiny/{subject}", rows(1))
    with pytest.raises(TaskError, match=r"law\.jsonl, row 1 and .*art\.jsonl, row 1 have the same id 'q0'"):
        load_task(config(tmp_path, "tiny/{subject}", subjects=["law", "art"]), with_pool=False)


def test_a_split_without_items_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="task tiny: split 'test' is empty"):
        loaded(tmp_path, [])
    with pytest.raises(TaskError, match="task tiny: split 'test' is empty"):
        loaded(tmp_path, [{"skip": "no label"}])
