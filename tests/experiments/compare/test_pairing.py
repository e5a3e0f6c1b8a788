import math
from typing import Any

import pytest

from experiments.compare.pairing import BASELINE, NEW, Paired, pair
from experiments.compare.sides import CompareError, Side
from tests.experiments.compare.sides import side


def rows(items: range, **fields: Any) -> list[dict[str, Any]]:
    return [{"item_id": f"i{number}", **fields} for number in items]


def only(new: Side, baseline: Side, *across: str) -> Paired:
    (found,) = pair(new, baseline, across)
    return found


def test_what_both_were_asked_is_paired_and_nothing_else():
    new = side("a", [*rows(range(5)), *rows(range(5), template="qa/b")])
    baseline = side("b", [*rows(range(2, 8), score=0.0), *rows(range(2, 8), template="qa/c", score=0.0)])
    found = only(new, baseline)
    assert set(found.rows["item_id"]) == {"i2", "i3", "i4"}
    assert set(found.rows["template"]) == {"qa/a"}
    assert found.rows.groupby("side")["score"].mean().to_dict() == {NEW: 1.0, BASELINE: 0.0}
    assert found.mismatches == (
        "items: 3 shared, 2 only on the new side, 3 only on the baseline's",
        "template: only new qa/b; only baseline qa/c",
    )
    assert (found.items, found.templates, found.asked, found.failed) == (3, 1, 3, 0)


def test_a_setting_that_differs_everywhere_is_named_and_can_be_reached_across():
    new, baseline = side("a", rows(range(3), shots=5)), side("b", rows(range(3)))
    found = only(new, baseline)
    assert found.rows.empty
    assert found.refusal == (
        "nothing was asked alike on both sides (shots: only new 5; only baseline 0); to compare all the "
        "same: --across shots"
    )
    assert only(new, baseline, "shots").items == 3


def test_no_comparison_averages_over_levels_of_what_it_reaches_across():
    new = side("a", [*rows(range(3), shots=5), *rows(range(3), shots=1)])
    with pytest.raises(CompareError, match=r"--across shots: a \(a-run\) has several levels of it \(5, 1\)"):
        pair(new, side("b", rows(range(3))), ["shots"])


def test_an_unknown_factor_is_named_with_the_nearest():
    with pytest.raises(CompareError, match=r"--across templates: .*did you mean 'template'"):
        pair(side("a", rows(range(3))), side("b", rows(range(3))), ["templates"])


def test_prompts_that_differ_in_their_text_are_left_out():
    new = side("a", [*rows(range(2), prompt="x"), {"item_id": "i2", "prompt": "edited"}])
    found = only(new, side("b", rows(range(3), prompt="x")))
    assert set(found.rows["item_id"]) == {"i0", "i1"}
    assert found.mismatches == (
        "1 of 3 prompts of the same settings differ in their text (templates qa/a): they are left out",
    )
    refused = only(side("a", rows(range(2), prompt="x")), side("b", rows(range(2), prompt="y")))
    assert refused.refusal == "no prompt is the same on both sides"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"metric": "F1"}, "its metric differs: accuracy against F1"),
        ({"higher_is_better": False}, "its higher is better differs: True against False"),
        ({"answer_type": "number"}, "its answer type differs: short against number"),
    ],
)
def test_scores_of_another_kind_are_refused(fields: dict[str, Any], said: str):
    assert only(side("a", rows(range(3))), side("b", rows(range(3)), **fields)).refusal == said


def test_scores_of_another_grader_are_refused():
    found = only(side("a", rows(range(3), grader="short_exact")), side("b", rows(range(3))))
    assert "graded otherwise: short_exact against short_contains" in found.refusal
    assert "fathom regrade" in found.refusal


def test_a_task_of_one_side_alone_is_named():
    new = side("a", [*rows(range(3)), *rows(range(3), task="gsm8k")])
    found = {one.task: one.refusal for one in pair(new, side("b", rows(range(3))))}
    assert found == {"trivia_mini": "", "gsm8k": "b (b-run) was not asked it"}


def test_failed_requests_are_left_out_with_their_counterparts_and_counted():
    new = side("a", [*rows(range(1), score=math.nan), *rows(range(1, 4))])
    found = only(new, side("b", rows(range(4))))
    assert (found.failed, found.asked, found.items) == (1, 4, 3)
    nothing = only(side("a", rows(range(2), score=math.nan)), side("b", rows(range(2))))
    assert nothing.refusal == "every request that both were asked failed on one of the sides"


def test_samples_of_one_item_are_averaged_before_they_are_paired():
    new = side("a", [*rows(range(2), score=1.0), *rows(range(2), score=0.0)])
    found = only(new, side("b", rows(range(2), score=0.25)))
    assert found.rows["score"].tolist() == [0.5, 0.5, 0.25, 0.25]


def test_the_condition_tells_apart_all_but_the_template():
    fields = [{"shots": shots, "template": template} for shots in (0, 5) for template in ("qa/a", "qa/b")]
    both = [row for one in fields for row in rows(range(2), **one)]
    found = only(side("a", both), side("b", both))
    assert found.rows["condition"].nunique() == 2
    assert len(found.rows) == 2 * len(both)
