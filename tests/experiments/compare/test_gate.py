import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from experiments.compare.as_json import to_json
from experiments.compare.gate import EXIT, decide, gates, one_line
from experiments.compare.judge import Bars, judge
from experiments.compare.page import to_html
from experiments.compare.pairing import Paired
from experiments.compare.sentences import INTERVALS, Comparison, sentences
from experiments.compare.summary import as_junit, as_markdown
from tests.experiments.compare.grids import grid
from tests.experiments.compare.sides import side

NOTHING: list[dict[str, object]] = [{"item_id": "i0"}]


def comparison(*pairs: Paired, bars: Bars | None = None) -> Comparison:
    chosen = bars or Bars()
    return Comparison(side("new", NOTHING), side("old", NOTHING), judge(pairs, chosen), chosen)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def decision(one: Comparison, *, score_only: bool = False) -> str:
    return decide(gates(one, score_only=score_only))


def test_worse_fails_and_says_by_how_much():
    one = comparison(grid(rng(1), gain=-0.12))
    assert decision(one) == "fail"
    line = one_line(one, gates(one))
    assert line.startswith("FAIL: new (new-run) against old (old-run), 1 task of 1: Task −")
    assert "worse" in line


def test_better_passes_on_its_score_whatever_the_size_of_the_gain():
    assert decision(comparison(grid(rng(1), gain=0.12)), score_only=True) == "pass"


def test_a_small_loss_within_the_bar_passes():
    assert decision(comparison(grid(rng(2), gain=-0.01), bars=Bars(margin=0.08)), score_only=True) == "pass"


def test_a_sample_too_small_is_undecided_and_names_one_that_would_decide():
    one = comparison(grid(rng(3), items=40, templates=4))
    assert decision(one) == "undecided"
    assert "would decide" in one_line(one, gates(one))


def test_less_stable_fails_though_the_score_is_as_good():
    paired = grid(rng(4), sigmas=(0.15, 0.02), gain=0.1)
    bars = Bars(margin=0.05)
    assert decision(comparison(paired, bars=bars)) == "fail"
    assert decision(comparison(paired, bars=bars), score_only=True) == "pass"


def test_two_models_that_no_template_moves_pass_on_stability():
    paired = grid(rng(5), sigmas=(0.0, 0.0), items=600)
    assert decision(comparison(paired, bars=Bars(margin=0.05))) == "pass"


def test_one_failing_task_fails_all_and_one_undecided_leaves_all_undecided():
    good, bad = grid(rng(6), gain=0.1), replace(grid(rng(7), gain=-0.12), title="Other")
    short = grid(rng(8), items=30, templates=3)
    assert decision(comparison(good, bad, short), score_only=True) == "fail"
    assert decision(comparison(good, short), score_only=True) == "undecided"
    assert decide(()) == "undecided"
    assert EXIT == {"pass": 0, "fail": 1, "undecided": 3}


def test_junit_counts_what_failed_what_is_open_and_what_was_not_compared():
    refused = replace(
        grid(rng(9)), title="<b>Third</b>", refusal="graded otherwise", rows=grid(rng(9)).rows.iloc[:0]
    )
    one = comparison(grid(rng(6), gain=0.1), replace(grid(rng(7), gain=-0.12), title="Other"), refused)
    suite = ElementTree.fromstring(as_junit([(one, gates(one, score_only=True))]))
    assert {key: suite.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    assert [case.attrib["name"] for case in suite.findall("testcase")] == ["Task", "Other", "<b>Third</b>"]


def test_markdown_cannot_be_broken_by_names():
    one = comparison(replace(grid(rng(6), gain=0.1), title="a|b <script>"))
    text = as_markdown(one, gates(one))
    assert "a\\|b &lt;script>" in text
    assert "<script>" not in text


@pytest.fixture(scope="module")
def both() -> Comparison:
    return comparison(
        grid(rng(6), gain=0.1), replace(grid(rng(7), gain=-0.12), title="Other <script>alert(1)</script>")
    )


def test_the_page_is_whole_escaped_and_fetches_nothing(both: Comparison):
    page = to_html([both], "fathom compare runs/new --baseline runs/old")
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert INTERVALS in page
    for text in sentences(both):
        assert text.replace("<", "&lt;").replace(">", "&gt;") in page


def test_every_number_is_in_the_json(both: Comparison):
    found = json.loads(to_json([both]))["comparisons"][0]
    assert [task["verdict"] for task in found["tasks"]] == ["better", "worse"]
    effect = both.compared[0][1].effect
    assert found["tasks"][0]["effect"]["crossed"]["value"] == pytest.approx(
        effect.crossed and effect.crossed.value
    )
    assert found["tasks"][0]["stability"]["verdict"] == both.compared[0][1].stability_verdict
    assert found["sentences"] == list(sentences(both))


def test_a_comparison_of_nothing_is_said_in_words():
    refused = replace(grid(rng(9)), refusal="graded otherwise", rows=grid(rng(9)).rows.iloc[:0])
    one = comparison(refused)
    assert sentences(one) == (
        "new (new-run) and old (old-run) were asked nothing alike, so nothing can be said.",
        "Task was not compared: graded otherwise.",
    )
    assert "UNDECIDED" in one_line(one, gates(one))
    assert "nothing alike" in to_html([one], "fathom compare")
