from dataclasses import replace

import numpy as np

from experiments.compare.judge import Bars, Judged, judge
from experiments.compare.pairing import Paired
from tests.experiments.compare.grids import grid

BARS = Bars()


def made(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def judged(paired: Paired, bars: Bars = BARS) -> Judged:
    (one,) = judge([paired], bars)
    return one


def verdicts(one: Judged) -> tuple[str, str | None]:
    assert one.found is not None
    return one.found.verdict, one.found.stability_verdict


def test_a_large_gain_is_better_and_a_large_loss_worse():
    assert verdicts(judged(grid(made(1), gain=0.12)))[0] == "better"
    assert verdicts(judged(grid(made(1), gain=-0.12)))[0] == "worse"


def test_where_less_is_better_a_loss_is_a_gain():
    one = judged(grid(made(1), gain=-0.12, higher_is_better=False))
    assert verdicts(one)[0] == "better"
    assert one.gain > 0


def test_the_same_model_is_equivalent_within_a_margin_that_the_sample_can_show():
    assert verdicts(judged(grid(made(2)), Bars(margin=0.08)))[0] == "equivalent"
    assert verdicts(judged(grid(made(2)), Bars(margin=0.005)))[0] == "undecided"


def test_a_model_that_templates_move_far_more_is_less_stable_and_the_other_way_round():
    assert verdicts(judged(grid(made(3), sigmas=(0.15, 0.02))))[1] == "less stable"
    assert verdicts(judged(grid(made(3), sigmas=(0.02, 0.15))))[1] == "more stable"


def test_with_fewer_than_three_templates_stability_is_not_judged():
    one = judged(grid(made(4), templates=2))
    assert verdicts(one)[1] is None
    assert one.found is not None
    assert one.found.effect.crossed is None


def test_items_without_an_answer_to_some_template_are_left_out_and_counted():
    full = grid(made(6), items=60, templates=5)
    rows = full.rows
    failed = (rows["item_id"] == "i0003") & (rows["template"] == "t02")
    one = judged(replace(full, rows=rows[~failed]))
    same = judged(replace(full, rows=rows[rows["item_id"] != "i0003"]))
    assert one.found == same.found
    assert one.paired.items == 59
    assert one.paired.mismatches == ("1 of 60 items lack an answer with some template: they are left out",)


def test_where_no_item_is_whole_nothing_is_said():
    full = grid(made(7), items=4, templates=4)
    rows = full.rows
    number = rows["item_id"].str[1:].astype(int)
    holed = rows[number != rows["template"].str[1:].astype(int)]
    one = judged(replace(full, rows=holed))
    assert one.found is None
    assert one.paired.refusal.startswith("none of 4 items has an answer of both sides with every template")
    left = judged(replace(full, rows=rows[(number == 0) | (rows["template"] != "t01")]))
    assert left.paired.refusal.startswith("1 of 4 items has an answer")


def test_verdicts_of_difference_allow_for_the_number_of_tasks():
    rng = made(5)
    several = judge([grid(rng, items=100, templates=5) for _ in range(6)], BARS)
    effects = [one.found.effect for one in several if one.found is not None]
    assert len(effects) == 6
    for effect in effects:
        assert effect.p_adjusted is not None
        assert effect.p_adjusted >= effect.p_value
    assert max(effect.p_adjusted or 0 for effect in effects) == 1.0


def test_what_was_refused_stays_refused_and_costs_the_others_nothing():
    paired = grid(made(6), gain=0.12)
    refused = replace(paired, refusal="no prompt is the same", rows=paired.rows.iloc[:0])
    first, second = judge([refused, paired], BARS)
    assert first.found is None
    assert second.found is not None
    assert second.found.effect.p_adjusted == second.found.effect.p_value


def test_one_item_says_nothing_about_others():
    paired = grid(made(7))
    (one,) = judge([replace(paired, rows=paired.rows[paired.rows["item_id"] == "i0000"])], BARS)
    assert one.found is None
    assert "one item" in one.paired.refusal


def test_only_what_is_undecided_says_what_sample_would_decide():
    one = judged(grid(made(8), items=100, templates=10), Bars(margin=0.03))
    assert one.found is not None
    assert one.found.verdict == "undecided"
    assert one.found.needed is not None
    decided = judged(grid(made(1), gain=0.12))
    assert decided.found is not None
    assert decided.found.needed is None
