"""The shipped tables: whole, consistent, and named as the configuration names things."""

import shutil
from pathlib import Path

import pytest

from experiments.baselines.facts import DATA, Facts, FactsError, UnknownName, load
from experiments.catalog import entries


@pytest.fixture
def facts() -> Facts:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_benchmarks_are_those_of_the_configuration(facts: Facts):
    conf = {entry.name: entry for entry in entries("task") if not entry.name.endswith("_mini")}
    assert set(facts.benchmarks) == set(conf)
    for task, benchmark in facts.benchmarks.items():
        fields = {key: conf[task].field(key) for key in ("title", "category", "subcategory")}
        assert fields == {key: getattr(benchmark, key) for key in fields}
        assert benchmark.lower_is_better == (conf[task].field("higher_is_better") == "false")


def test_the_main_table_has_16_models_on_24_benchmarks_but_for_seven_cells(facts: Facts):
    main = [one for one in facts.scores if one.source == "main_results.png"]
    assert len({one.model for one in main}) == 16
    assert len({one.task for one in main}) == 24
    cells = {(one.model, one.task) for one in main}
    assert len(cells) == len(main) == 16 * 24 - 7
    missing = {(one.model, task) for one in main for task in facts.benchmarks} - cells
    assert {model for model, _ in missing} == {"PaLM 2-L"}


def test_no_figure_stands_twice_in_one_source(facts: Facts):
    keys = [(one.source, one.model, one.task, one.setting, one.metric, one.template) for one in facts.scores]
    assert len(keys) == len(set(keys))


def test_vocabulary(facts: Facts):
    assert {one.metric for one in facts.scores} == {
        "exact match", "F1", "toxicity", "pass@1", "pass@10", "pass@80", "pass@100",
    }  # fmt: skip
    assert {one.template for one in facts.scores} == {"", "default", "optimised"}
    assert {one.confidence for one in facts.scores} == {"high", "medium", "low"}
    assert {one.counted for one in facts.benchmarks.values()} == {"counted", "official", "unknown"}
    assert all(one.cited == (one.template == "") for one in facts.scores)
    starred = {(one.model, one.task) for one in facts.scores if one.starred}
    assert starred == {("Llama 2-70B", "triviaqa"), ("LLaMA-65B", "mmlu"), ("Llama 2-70B", "mmlu")}


def test_counts_go_with_what_is_known_of_them(facts: Facts):
    for one in facts.benchmarks.values():
        assert (one.items is None) == (one.rows is None) == (one.counted == "unknown")
        assert one.items is None or one.rows is None or one.items <= one.rows


def test_settings_say_shots_and_chain_of_thought(facts: Facts):
    found = {one.setting: (one.shots, one.cot) for one in facts.scores}
    assert found["1-shot"] == (1, False)
    assert found["25-shot"] == (25, False)
    assert found["8-shot CoT"] == (8, True)
    assert found["few-shot"] == (None, False)


def test_the_lineage_is_a_tree_in_the_order_of_time(facts: Facts):
    children = [edge.child for edge in facts.edges]
    assert len(children) == len(set(children))
    for edge in facts.edges:
        assert edge.date == facts.models[edge.child].release
        if edge.kind == "step":
            assert facts.models[edge.parent].release <= edge.date


def test_find_takes_titles_and_any_case(facts: Facts):
    assert facts.find(task="TriviaQA", model="LLAMA 2-70b") == facts.find(
        task="triviaqa", model="Llama 2-70B"
    )
    assert {one.score for one in facts.find(task="triviaqa", model="Llama 2-70B")} == {0.74, 0.555}
    both = facts.find(task="drop", model="gpt-4-0613", current=None)
    assert {one.score for one in both} == {0.872, 0.744}
    assert {one.score for one in facts.find(task="drop", model="gpt-4-0613", current=False)} == {0.872}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"task": "triviqa"}, "no published figures for the benchmark 'triviqa'; did you mean 'triviaqa'?"),
        ({"model": "gpt4-0613"}, "the model 'gpt4-0613'; did you mean 'gpt-4-0613'"),
        ({"model": "zzz"}, "no published figures for the model 'zzz'"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(facts: Facts, query: dict[str, str], message: str):
    with pytest.raises(UnknownName, match=message.replace("?", r"\?")):
        facts.find(**query)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("scores", ",27.7,", ",277,", r"scores.csv, line 2: column 'score' should hold a percentage from 0"),
        ("scores", ",27.7,", ",x,", r"column 'score' should hold a percentage from 0 to 100, not 'x'"),
        ("scores", "no,main", "maybe,main", r"column 'cited' should hold yes or no, not 'maybe'"),
        ("scores", "LLaMA-65B", "LLaMA-66B", r"scores.csv: model 'LLaMA-66B' is in no other table"),
        ("benchmarks", "12836,12836", "many,12836", r"column 'rows' should hold a whole number or nothing"),
        ("models", "model,family", "name,family", r"models.csv: expected the columns model, family"),
        ("claims", "math,", "", r"claims.csv, line 2: expected 5 cells"),
        ("lineage", "davinci,code-c", "davinchi,code-c", r"lineage.csv: parent 'davinchi' is in no other"),
    ],
)
def test_a_damaged_table_is_told_by_line_and_column(
    folder: Path, table: str, old: str, new: str, message: str
):
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FactsError, match=message):
        load(folder)


def test_a_missing_table_is_named(folder: Path):
    (folder / "claims.csv").unlink()
    with pytest.raises(FactsError, match=r"claims.csv: this table of published figures is missing"):
        load(folder)
