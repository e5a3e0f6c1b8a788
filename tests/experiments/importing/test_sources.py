from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.importing.formats import FORMATS, format_named, recognised
from experiments.importing.rows import ImportingError
from experiments.importing.sources import column_map, given_levels, sources_of

from .conftest import write_json, write_lines

LM_EVAL = FORMATS["lm-eval"]
SAMPLE = {"doc_id": 0, "filtered_resps": []}


def found(*paths: str, factor: str = "template") -> list[tuple[str, dict[str, object]]]:
    return [
        (str(source.path), dict(source.levels))
        for _, source in sources_of(paths, LM_EVAL, factor, {"task": "t"}, {})
    ]


def log(path: str) -> str:
    return str(write_lines(path, [SAMPLE]))


def test_a_path_is_a_file_a_folder_or_a_pattern() -> None:
    first, second = log("a/m/samples_x_1.jsonl"), log("a/m/samples_y_1.jsonl")
    write_json("a/m/results_1.json", {})
    for path in ("a", "a/*/samples_*", "a/m/samples_?_1.jsonl"):
        assert [name for name, _ in found(path)] == [first, second]
    assert found(first) == [(first, {"task": "t"})]


def test_levels_before_a_path_are_its_own() -> None:
    path = log("a/samples_x.jsonl")
    assert found("terse=a") == [(path, {"task": "t", "template": "terse"})]
    assert found("5=a", factor="shots") == [(path, {"task": "t", "shots": 5})]
    assert found("terse,shots=5,cot=on=a/*") == [
        (path, {"task": "t", "template": "terse", "shots": 5, "cot": True})
    ]
    assert found("task=mine=a") == [(path, {"task": "mine"})]


def test_an_equals_sign_of_the_path_is_the_paths() -> None:
    path = log("runs/mmlu:subject=law,model=m/samples_x.jsonl")
    folder = "runs/mmlu:subject=law,model=m"
    assert found(folder) == [(path, {"task": "t"})]
    assert found(f"terse={folder}") == [(path, {"task": "t", "template": "terse"})]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("terse=nowhere", "there is nothing at nowhere"),
        ("samples_z.jsonl", "there is nothing at samples_z.jsonl; did you mean 'samples_x.jsonl'?"),
        ("shotz=5=samples_x.jsonl", "there is no factor 'shotz'; did you mean 'shots'?"),
        ("shots=few=samples_x.jsonl", "shots is 'few', expected a whole number"),
        ("shots=1.5=samples_x.jsonl", "shots is '1.5', expected a whole number"),
        ("form=prose=samples_x.jsonl", "form is 'prose', expected completion or chat"),
        ("empty", "empty holds no file of lm-evaluation-harness (samples_*.jsonl)"),
    ],
)
def test_what_cannot_be_found_or_read_is_named(path: str, said: str) -> None:
    log("samples_x.jsonl")
    Path("empty").mkdir()
    with pytest.raises(ImportingError) as caught:
        found(path)
    assert said in str(caught.value)


def test_a_file_given_twice_is_refused() -> None:
    log("a/samples_x.jsonl")
    with pytest.raises(ImportingError, match=r"a/samples_x.jsonl is given twice"):
        found("a", "terse=a/samples_x.jsonl")


def test_settings_of_all_files() -> None:
    assert given_levels(["shots=5", "cot=off"], "m", None) == {"shots": 5, "cot": False, "model": "m"}
    for text, said in (("shots", "expected FACTOR=LEVEL"), ("seed=1", "there is no factor 'seed'")):
        with pytest.raises(ImportingError, match=said):
            given_levels([text], None, None)
    assert column_map("item=a, score=b") == {"item": "a", "score": "b"}
    assert column_map(None) == {}


LOGS: dict[str, Callable[[], Path]] = {
    "lm-eval": lambda: write_lines("samples_x.jsonl", [SAMPLE]),
    "inspect": lambda: write_json("a.json", {"version": 2, "status": "success", "eval": {}}),
    "promptfoo": lambda: write_json("a.json", {"evalId": "e", "results": {}}),
    "nemo-skills": lambda: write_lines("output-rs0.jsonl", [{"problem": "?", "generation": "4"}]),
    "openai-evals": lambda: write_lines("a.jsonl", [{"spec": {}}]),
    "helm": lambda: write_json("per_instance_stats.json", []),
    "table": lambda: write_json("a.csv", ""),
}


@pytest.mark.parametrize("name", LOGS)
def test_formats_are_told_by_sight_also_in_a_folder_of_other_things(name: str) -> None:
    path = LOGS[name]()
    one = recognised(path)
    assert one is not None
    assert one.name == name
    write_json("package.json", {"name": "x"})
    write_json("stats.json", [{"generation": 1}])
    for of in (None, FORMATS[name]):
        ((form, source),) = sources_of(["."], of, "template", {}, {})
        assert (form.name, source.path) == (name, path)


def test_all_formats_have_an_example_here() -> None:
    assert set(LOGS) == set(FORMATS)
    assert all(callable(one.read()) for one in FORMATS.values())


def test_a_file_of_no_format_and_a_format_that_is_none_are_refused() -> None:
    write_json("a.json", {})
    with pytest.raises(ImportingError, match=r"a.json is of no format that is known by sight"):
        sources_of(["a.json"], None, "template", {}, {})
    with pytest.raises(ImportingError, match=r"there is no format 'lm_eval'; did you mean 'lm-eval'"):
        format_named("lm_eval")
    assert format_named("auto") is None
