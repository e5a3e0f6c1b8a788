import pytest

from experiments.baselines.facts import UnknownName, load
from experiments.baselines.rows import alike, published_rows


def test_a_row_has_score_interval_items_setting_and_source():
    (row,) = published_rows("gsm8k", model="gpt-4-1106-preview")
    assert row.figure.score == 0.898
    assert (row.figure.shots, row.figure.cot, row.figure.template) == (8, True, "default")
    assert (row.figure.source, row.figure.version) == ("main_results.png", "2023-12-19")
    assert row.items == 1319
    assert row.interval is not None
    assert row.interval.low < 0.898 < row.interval.high


def test_means_and_pass_rates_are_marked_as_such():
    methods = {
        row.figure.metric: row.interval.method
        for task in ("drop", "humaneval", "mmlu")
        for row in published_rows(task)
        if row.interval
    }
    assert methods["exact match"] == "Wilson score interval"
    assert methods["F1"] == methods["pass@1"] == methods["pass@100"]
    assert methods["F1"].startswith("normal")


def test_superseded_figures_only_when_asked_for():
    assert {row.figure.score for row in published_rows("drop", model="gpt-4-0613")} == {0.744}
    both = published_rows("drop", model="gpt-4-0613", current=None)
    assert {row.figure.score for row in both} == {0.744, 0.872}


def test_a_figure_that_several_tables_print_comes_once_unless_asked_for():
    once = published_rows("humaneval", model="gpt-4-0314")
    assert [row.figure.metric for row in once] == ["pass@1", "pass@10", "pass@100"]
    every = published_rows("humaneval", model="gpt-4-0314", repeats=True)
    assert len([row for row in every if row.figure.metric == "pass@1"]) == 3
    conflicting = published_rows("arc_c", model="gpt-4-0314")
    assert [row.figure.score for row in conflicting if row.figure.shots == 25] == [0.963, 0.956]


def test_rows_say_whose_they_are():
    families = {row.figure.model: (row.model.family, row.model.access) for row in published_rows("triviaqa")}
    assert families["gpt-4-0613"] == ("GPT-4", "API")
    assert families["Web-version GPT-4"] == ("GPT-4", "web")
    assert families["PaLM 2-L"] == ("PaLM 2", "cited")


def test_of_an_unknown_number_of_items_there_is_no_interval():
    assert all(row.items is None and row.interval is None for row in published_rows("real_toxicity_prompts"))


def test_unknown_benchmarks_are_told():
    with pytest.raises(UnknownName, match="did you mean 'gsm8k'"):
        published_rows("gsm8")


def test_pairs_share_their_setting_and_come_once_a_task():
    pairs = alike(load(), "gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613")
    assert len({one.task for one, _ in pairs}) == len(pairs) == 24
    assert all((one.setting, one.metric) == (other.setting, other.metric) for one, other in pairs)
