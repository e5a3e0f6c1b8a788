"""Getting rows from the shipped sets, a local folder and the hub, and what is said when that fails."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from experiments.schema import AnswerType, Reader, SourceConfig, TaskConfig
from experiments.tasks.source import Part, TaskError, local_files, read_source

Rows = list[dict[str, Any]]
HubCall = tuple[str, str | None, str, str | None]


def config(data_dir: Path | None = None, subjects: tuple[str, ...] = (), /, **place: Any) -> TaskConfig:
    return TaskConfig(
        name="tiny",
        title="Tiny",
        category="Knowledge",
        answer_type=AnswerType.short,
        source=SourceConfig(reader=Reader.gsm8k, **{"split": "test", **place}),
        subjects=list(subjects),
        data_dir=None if data_dir is None else str(data_dir),
    )


def parts(task: TaskConfig, key: str = "source") -> list[Part]:
    return list(read_source(task, task.source, key))


def rows(task: TaskConfig) -> Rows:
    return [dict(row) for part in parts(task) for row in part.rows]


def write(data_dir: Path, path: str, content: Rows | str) -> Path:
    file = data_dir / path
    file.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
    file.write_text(text, encoding="utf-8")
    return file


def write_parquet(data_dir: Path, path: str, content: Rows) -> Path:
    from datasets import Dataset

    file = data_dir / path
    file.parent.mkdir(parents=True, exist_ok=True)
    Dataset.from_list(content).to_parquet(file)
    return file


def _yes(address: str) -> bool:
    return True


def _no(address: str) -> bool:
    return False


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Rows | Exception], list[HubCall]]:
    """Puts rows, or an error, in the hub's place; gives the calls made."""
    import datasets

    def answer(content: Rows | Exception) -> list[HubCall]:
        calls: list[HubCall] = []

        def load_dataset(
            path: str, name: str | None, *, split: str, revision: str | None
        ) -> datasets.Dataset:
            calls.append((path, name, split, revision))
            if isinstance(content, Exception):
                raise content
            return datasets.Dataset.from_list(content)

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        monkeypatch.setattr("experiments.tasks.source.hub_answers", _yes)
        return calls

    return answer


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what `datasets` stores of the tests' files out of the user's cache."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


# Local files.


def test_a_file_of_json_lines_is_read_as_it_stands(tmp_path: Path) -> None:
    content: Rows = [
        {"answer": "2021-05-01", "label": "177", "n": 12345678901234567890},
        {"answer": "2021-05-02", "label": ["A", "B"], "other": {"x": None}},
        {"answer": "\u2028 \ud800 ئۇيغۇر", "label": None},
    ]
    write(tmp_path, "tiny/test.jsonl", content)
    assert rows(config(tmp_path, local="tiny/test")) == content


def test_blank_lines_and_a_byte_order_mark_are_no_rows(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test.jsonl", '\ufeff{"a": 1}\r\n\n  \n{"a": 2}')
    assert rows(config(tmp_path, local="tiny/test")) == [{"a": 1}, {"a": 2}]


def test_a_parquet_file_is_read_and_comes_before_json_lines(tmp_path: Path) -> None:
    content: Rows = [{"question": "A?", "answer": {"value": "1", "aliases": ["1", "one"]}, "gold": None}]
    write_parquet(tmp_path, "tiny/test.parquet", content)
    write(tmp_path, "tiny/test.jsonl", [{"question": "Other?"}])
    assert parts(config(tmp_path, local="tiny/test")) == [Part("tiny/test.parquet", "", content)]


def test_a_parquet_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    for n in range(3):
        write_parquet(tmp_path, "tiny/test.parquet", [{"n": n}])
        assert rows(config(tmp_path, local="tiny/test")) == [{"n": n}]


def test_local_files_are_read_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader of `datasets` calls a server for every file, be it local: a wait for the name to resolve."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a call to the network")

    write_parquet(tmp_path, "tiny/test.parquet", [{"n": 1}])
    write(tmp_path, "tiny/train.jsonl", [{"n": 2}])
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("datasets.load.get_session", refuse)
    assert rows(config(tmp_path, local="tiny/test")) == [{"n": 1}]
    assert rows(config(tmp_path, local="tiny/train")) == [{"n": 2}]


def test_a_home_folder_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, "data/test.jsonl", [{"n": 1}])
    assert rows(config(Path("~/data"), local="test")) == [{"n": 1}]


def test_a_file_may_lie_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, "elsewhere/test.jsonl", [{"n": 1}])
    task = config(tmp_path / "data", local=str(path.with_suffix("")))
    assert parts(task) == [Part(str(path), "", [{"n": 1}])]


def test_a_split_that_is_a_slice_is_the_hubs_matter(tmp_path: Path) -> None:
    write(tmp_path, "tiny/test.jsonl", [{"n": 1}, {"n": 2}])
    assert rows(config(tmp_path, local="tiny/test", split="test[1:]")) == [{"n": 1}, {"n": 2}]


def test_columns_of_different_types_in_different_files_stay_apart(tmp_path: Path) -> None:
    write_parquet(tmp_path, "a/test.parquet", [{"label": None}])
    write_parquet(tmp_path, "b/test.parquet", [{"label": "B"}])
    write(tmp_path, "c/test.jsonl", [{"label": ["C"]}])
    task = config(tmp_path, ("c", "a", "b"), local="{subject}/test")
    found = [(part.subject, part.rows) for part in parts(task)]
    assert found == [("c", [{"label": ["C"]}]), ("a", [{"label": None}]), ("b", [{"label": "B"}])]


def test_the_local_files_of_a_task_are_known_without_reading_them(tmp_path: Path) -> None:
    law = write(tmp_path, "law/val.v2.jsonl", "not JSON")
    art = write(tmp_path, "art/val.v2.parquet", "not Parquet")
    task = config(tmp_path, ("law", "art"), local="{subject}/val.v2")
    assert local_files(task, task.source, "source") == {"law": law, "art": art}
    assert local_files(config(tmp_path, hub="a/b"), config(tmp_path, hub="a/b").source, "source") == {}
    assert local_files(config(local="a"), config(local="a").source, "source") == {}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1}\n{"a": "Cut of\n{"a": 1}\n', r"test\.jsonl, line 2: not JSON"),
        ('{"a": 1}\n\n[1]\n', r"test\.jsonl, line 3: expected a JSON object, found list"),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, content: str, expected: str) -> None:
    write(tmp_path, "test.jsonl", content)
    with pytest.raises(TaskError, match=f"task tiny: .*{expected}"):
        parts(config(tmp_path, local="test"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(TaskError, match=r"task tiny: .*a\.jsonl cannot be read \(UnicodeDecodeError: .*0xff"):
        parts(config(tmp_path, local="a"))
    write(tmp_path, "b.parquet", "not Parquet at all")
    with pytest.raises(TaskError, match=r"task tiny: .*b\.parquet cannot be read \(ArrowInvalid: "):
        parts(config(tmp_path, local="b"))


def test_a_missing_folder_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    write(tmp_path, "tiny/snarks/test.jsonl", [])
    with pytest.raises(TaskError, match=r"no folder .*absent/tiny \(task\.data_dir=.*absent\)$"):
        parts(config(tmp_path / "absent", local="tiny/test"))
    with pytest.raises(TaskError, match=r"no folder .*tiny/snark \(.*\); did you mean 'snarks'\?"):
        parts(config(tmp_path, ("snark",), local="tiny/{subject}/test"))


def test_a_missing_file_says_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "tiny/validation.jsonl", [])
    task = config(tmp_path, local="tiny/test")
    with pytest.raises(TaskError, match=r"no test\.parquet and no test\.jsonl, only validation\.jsonl$"):
        parts(task)
    for number in range(10):
        write(tmp_path, f"tiny/a{number}.jsonl", [])
    with pytest.raises(TaskError, match=r"only a0\.jsonl, .*, a7\.jsonl and 3 more$"):
        parts(task)


# Local files of a folder with a manifest.


def manifest(data_dir: Path, **stated: dict[str, Any]) -> None:
    entries = [{"path": f"{name}.jsonl", **entry} for name, entry in stated.items()]
    (data_dir / "manifest.json").write_text(json.dumps(entries))


def test_a_file_as_the_manifest_states_is_read(tmp_path: Path) -> None:
    size = write(tmp_path, "test.jsonl", [{"n": 1}, {"n": 2}]).stat().st_size
    manifest(tmp_path, test={"rows": 2, "bytes": size})
    assert rows(config(tmp_path, local="test")) == [{"n": 1}, {"n": 2}]


def test_a_cut_file_is_an_error_even_where_it_does_not_parse(tmp_path: Path) -> None:
    write(tmp_path, "test.jsonl", '{"n": 1}\n{"n": ')
    manifest(tmp_path, test={"rows": 2, "bytes": 18})
    with pytest.raises(
        TaskError, match=r"task tiny: .*test\.jsonl has 15 bytes, but manifest\.json states 18"
    ):
        parts(config(tmp_path, local="test"))


def test_a_file_with_other_rows_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test.jsonl", [{"n": 1}])
    manifest(tmp_path, test={"rows": 2})
    with pytest.raises(
        TaskError, match=r"test\.jsonl has 1 rows, but manifest\.json states 2: the copy is cut"
    ):
        parts(config(tmp_path, local="test"))


def test_a_file_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test.jsonl", [{"n": 1}])
    manifest(tmp_path, test2={"rows": 1})
    with pytest.raises(
        TaskError, match=r"task tiny: .*test\.jsonl is not listed .*nearest there is test2\.jsonl"
    ):
        parts(config(tmp_path, local="test"))


def test_a_manifest_that_is_none_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test.jsonl", [{"n": 1}])
    (tmp_path / "manifest.json").write_text("{}}")
    with pytest.raises(TaskError, match=r"task tiny: .*manifest\.json is not a list of files"):
        parts(config(tmp_path, local="test"))


# Shipped sets.


def test_a_shipped_set_is_read() -> None:
    (part,) = parts(config(shipped="trivia_mini/test"))
    assert part.where == "trivia_mini/test.jsonl"
    assert part.rows[0]["question_id"] == "trivia_mini-0001"
    assert len(part.rows) >= 220


def test_a_shipped_set_is_read_with_a_data_folder_too_unless_it_has_a_local_copy(tmp_path: Path) -> None:
    write(tmp_path, "mine.jsonl", [{"n": 1}])
    assert len(rows(config(tmp_path, shipped="trivia_mini/test"))) >= 220
    assert rows(config(tmp_path, shipped="trivia_mini/test", local="mine")) == [{"n": 1}]


def test_a_shipped_set_that_is_none_is_named() -> None:
    with pytest.raises(
        TaskError, match=r"task tiny: .*trivia_mini/tset\.jsonl cannot be read \(FileNotFound"
    ):
        parts(config(shipped="trivia_mini/tset"))


# The hub.


def test_the_hub_is_asked_in_the_words_of_datasets(hub: Callable[[Rows], list[HubCall]]) -> None:
    calls = hub([{"n": 1}, {"n": None}])
    task = config(hub="some/set", config="main", split="test[15:]", revision="refs/convert/parquet")
    assert parts(task) == [Part("some/set (main), split 'test[15:]'", "", [{"n": 1}, {"n": None}])]
    assert calls == [("some/set", "main", "test[15:]", "refs/convert/parquet")]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"hub": "some/set", "config": "{subject}"}, [("some/set", "law"), ("some/set", "art")]),
        ({"hub": "some/set-{subject}"}, [("some/set-law", None), ("some/set-art", None)]),
        ({"hub": "some/set", "config": "all", "local": "{subject}"}, [("some/set", "all")]),
    ],
)
def test_every_subject_is_asked_for_where_the_place_names_it(
    hub: Callable[[Rows], list[HubCall]], place: dict[str, str], expected: list[tuple[str, str | None]]
) -> None:
    calls = hub([{"n": 1}])
    found = parts(config(None, ("law", "art"), **place))
    assert [call[:2] for call in calls] == expected
    assert [part.subject for part in found] == (["law", "art"] if len(expected) == 2 else [""])


def test_a_local_copy_comes_before_the_hub(tmp_path: Path, hub: Callable[[Rows], list[HubCall]]) -> None:
    calls = hub([{"n": 1}])
    write(tmp_path, "test.jsonl", [{"n": 2}])
    assert rows(config(tmp_path, hub="some/set", local="test")) == [{"n": 2}]
    assert calls == []


def test_a_hub_out_of_reach_says_what_to_do(hub: Callable[[Exception], list[HubCall]]) -> None:
    hub(ConnectionError("no route to the hub\nand a long story"))
    with pytest.raises(TaskError) as raised:
        parts(config(None, ("law",), hub="some/set-{subject}", local="set/{subject}/test"))
    assert str(raised.value) == (
        "task tiny: some/set-law could not be had from the hub (no route to the hub); with a copy on disk, "
        "set task.data_dir to the folder that holds set/law/test.parquet or .jsonl"
    )
    with pytest.raises(TaskError, match=r"set task\.fewshot\.local and task\.data_dir$"):
        parts(config(hub="some/set"), "fewshot")


def test_without_a_connection_only_what_was_fetched_before_is_read(
    hub: Callable[[Rows | Exception], list[HubCall]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import config as settings

    hub(ConnectionError("Couldn't reach 'some/set' on the Hub (OfflineModeIsEnabled)"))
    monkeypatch.setattr("experiments.tasks.source.hub_answers", _no)
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", "https://hub.test")
    with pytest.raises(TaskError) as raised:
        parts(config(hub="some/set", local="set/test"))
    assert str(raised.value) == (
        "task tiny: some/set could not be had from the hub (no connection to https://hub.test, and none of "
        "it was fetched before); with a copy on disk, set task.data_dir to the folder that holds "
        "set/test.parquet or .jsonl; without one, these tasks come with the program: arithmetic_mini, "
        "choice_mini, trivia_mini"
    )
    assert not settings.HF_HUB_OFFLINE


def test_offline_the_message_says_so(
    hub: Callable[[Exception], list[HubCall]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(ConnectionError("offline"))
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    with pytest.raises(
        TaskError, match=r"\(offline\); HF_HUB_OFFLINE is set, so only what was fetched before"
    ):
        parts(config(hub="some/set"))


def test_a_loading_script_has_a_way_round(hub: Callable[[Exception], list[HubCall]]) -> None:
    hub(RuntimeError("Dataset scripts are no longer supported, but found set.py"))
    with pytest.raises(TaskError, match=r"set task\.fewshot\.revision=refs/convert/parquet"):
        parts(config(hub="some/set"), "fewshot")


# Places.


@pytest.mark.parametrize(
    ("data_dir", "place", "expected"),
    [
        (
            None,
            {},
            r"names no place: set task\.source\.shipped, task\.source\.hub, or task\.source\.local and",
        ),
        (None, {"local": "tiny/test"}, r"on no hub; set task\.data_dir to the folder that holds tiny/test\."),
        ("/data", {"hub": "some/set"}, r"names no file below it: set task\.source\.local"),
        (
            None,
            {"hub": "some/set", "config": "{subject}"},
            r"names \{subject\}, but task\.subjects lists none",
        ),
        ("/data", {"local": "{subject}/test"}, r"names \{subject\}, but task\.subjects lists none"),
    ],
)
def test_a_source_without_a_place_says_which_keys_would_give_one(
    data_dir: str | None, place: dict[str, str], expected: str
) -> None:
    with pytest.raises(TaskError, match=f"^task tiny: .*{expected}"):
        parts(config(None if data_dir is None else Path(data_dir), **place))
