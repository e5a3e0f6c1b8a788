import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.importing import json_files
from experiments.importing.json_files import is_chat, json_array, json_file, json_lines
from experiments.importing.rows import ImportingError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), max_size=8)


@given(
    rows=OBJECTS, chunk=st.integers(1, 40), indent=st.none() | st.just(2), key=st.sampled_from(["", "key"])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_an_array_is_read_whole_in_pieces_of_any_size(
    rows: list[dict[str, object]],
    chunk: int,
    indent: int | None,
    key: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.json"
    value = {"before": [{"x": 1}], key: rows, "after": []} if key else rows
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_CHUNK", chunk)
        assert list(json_array(path, key)) == list(enumerate(rows, start=1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no JSON array"),
        ("{}", "has no JSON array"),
        ("[1]", "element 1 is no JSON object"),
        ("[{}", "ends after element 1: it was cut off"),
        ('[{"a": 1}, {"b"', "element 2 is no JSON"),
    ],
)
def test_what_is_no_whole_array_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportingError, match=said):
        list(json_array(path))


def test_lines_keep_their_numbers_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\n{"a": 1}\n\n{"a": 2}', encoding="utf-8")
    assert list(json_lines(path)) == [(2, {"a": 1}), (4, {"a": 2})]


def test_a_file_that_is_no_json_or_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":\n1,}', encoding="utf-8")
    with pytest.raises(ImportingError, match=r"a\.json, line 2 is no JSON"):
        json_file(path)
    missing = tmp_path / "none.json"
    for reading in (json_lines(missing), json_array(missing)):
        with pytest.raises(ImportingError, match=r"none\.json cannot be read: No such file"):
            list(reading)
    with pytest.raises(ImportingError, match=r"none\.json cannot be read: No such file"):
        json_file(missing)


@pytest.mark.parametrize(
    ("prompt", "chat"),
    [("text", False), (None, False), ([], False), ([{"role": "user", "content": "q"}], True), (["a"], False)],
)
def test_a_chat_is_a_list_of_turns_with_roles(prompt: object, chat: bool) -> None:
    assert is_chat(prompt) is chat
