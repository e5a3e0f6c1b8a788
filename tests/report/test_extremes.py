from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.report.contents import gather
from experiments.report.extremes import MOST_EACH, Extremes, by_condition, extremes_sentence, measures
from experiments.store.manifest import read_manifest, write_manifest
from experiments.store.tables import read_table

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "items": 20, "graders": ("strict",)}


def found(folder: Path) -> Extremes:
    (one,) = gather(folder).extremes
    return one


def test_the_ends_are_the_best_and_the_worst_means(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    one = found(folder)
    outcomes = read_table(folder / "outcomes.parquet")
    rows = outcomes[outcomes["primary"]]
    named: dict[str, float] = {}
    for (template, shots), group in rows.groupby(["template", "shots"], observed=True):
        named[f"template {template}, shots {shots}"] = float(group["score"].mean())
    assert one.conditions == 16
    ends = (*one.best, *one.worst)
    assert len({end.condition for end in ends}) == 2 * MOST_EACH
    for end in ends:
        assert abs(end.estimate.value - named[end.condition]) < 1e-12
    assert one.best[0].estimate.value == pytest.approx(max(named.values())) == one.top.raw
    assert one.worst[0].estimate.value == pytest.approx(min(named.values())) == one.bottom.raw
    assert abs(one.distance.raw - (one.top.raw - one.bottom.raw)) < 1e-12


def test_where_templates_alone_vary_their_table_has_the_same_distance(make_run: MakeRun) -> None:
    contents = gather(make_run(**ONE, templates=("a", "b", "c", "d"), shots=(0,)))
    (one,), (ends,) = contents.slices, contents.extremes
    (factor,) = one.factors
    spread = next(measure for measure in factor.sensitivity if measure.metric == "spread")
    distance = ends.distance
    assert (distance.raw, distance.low, distance.high) == (spread.raw, spread.low, spread.high)
    assert (distance.floor, distance.corrected) == (spread.floor, spread.corrected)


def test_where_lower_is_better_the_best_is_the_least(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    manifest = read_manifest(folder)
    higher = found(folder)
    manifest["tasks"][0]["higher_is_better"] = False
    write_manifest(folder, manifest)
    lower = found(folder)
    assert lower.best[0].estimate == higher.worst[0].estimate
    assert lower.top.raw == pytest.approx(higher.bottom.raw)
    assert lower.bottom.raw == pytest.approx(higher.top.raw)
    assert lower.distance.raw == pytest.approx(higher.distance.raw)


def test_two_conditions_are_no_table_and_five_none_shown_twice(make_run: MakeRun) -> None:
    assert gather(make_run("two", **ONE, templates=("a", "b"), shots=(0,))).extremes == ()
    five = found(make_run("five", **ONE, templates=("a", "b", "c", "d", "e"), shots=(0,)))
    assert len(five.best) == len(five.worst) == 2
    assert not {one.condition for one in five.best} & {one.condition for one in five.worst}


def test_repeats_of_a_condition_are_averaged(make_run: MakeRun) -> None:
    scene = {**ONE, "temperature": 0.8, "replicates": (0, 1, 2), "templates": ("a", "b", "c"), "shots": (0,)}
    one = found(make_run(**scene))
    assert one.conditions == 3
    assert {end.condition for end in (*one.best, *one.worst)} <= {f"template {name}" for name in "abc"}


def test_exemplar_seeds_make_no_conditions_where_there_are_no_exemplars(make_run: MakeRun) -> None:
    one = found(make_run(**ONE, templates=("a", "b"), shots=(0, 5), exemplar_seeds=(0, 1)))
    assert one.conditions == 2 * (1 + 2)


def test_the_distance_of_equal_conditions_is_put_down_to_noise() -> None:
    rng = np.random.default_rng(4)
    raws: list[float] = []
    floors: list[float] = []
    for _ in range(20):
        scores = rng.random((60, 10)) < 0.6
        table = pd.DataFrame(
            [
                {"item_id": item, "condition": f"c{condition}", "score": float(scores[item, condition])}
                for item in range(60)
                for condition in range(10)
            ]
        )
        top, bottom, distance = measures(table, higher_is_better=True, level=0.95)
        assert top.low <= 0.6 + 0.07
        assert top.corrected < top.raw
        assert bottom.corrected > bottom.raw
        assert distance.corrected < distance.raw
        raws.append(distance.raw)
        floors.append(distance.floor)
    # The observed distance is far from 0, and what equal conditions would give says so.
    assert np.mean(raws) > 0.12
    assert abs(np.mean(raws) - np.mean(floors)) < 0.03


def test_intervals_of_scores_stay_within_what_a_score_can_be(make_run: MakeRun) -> None:
    one = found(make_run(**{**ONE, "items": 4}, templates=tuple("abcdefghijkl")))
    for end in (one.top, one.bottom):
        assert 0 <= end.low <= end.raw <= end.high <= 1
    assert (one.bottom.low, one.top.high) == (0.0, 1.0)


def test_the_sentence_has_the_distance_before_and_after(make_run: MakeRun) -> None:
    one = found(make_run(**ONE))
    said = extremes_sentence(one)
    assert said.startswith("Between the best and the worst of 16 conditions lie ")
    for number in (one.distance.raw, one.distance.floor, one.distance.corrected):
        assert f"{100 * number:.1f}" in said
    assert ("cannot be told from noise" in said) == (not one.distance.detectable)


def test_rows_become_one_score_an_item_and_condition(make_run: MakeRun) -> None:
    outcomes = read_table(make_run(**ONE) / "outcomes.parquet")
    table = by_condition(outcomes[outcomes["primary"]])
    assert list(table) == ["condition", "item_id", "score"]
    assert len(table) == 16 * 20
    assert not table.duplicated(["condition", "item_id"]).any()


def test_a_condition_without_a_right_answer_may_still_have_a_chance() -> None:
    rng = np.random.default_rng(3)
    chances = {"none": 0.0, "few": 0.1, "some": 0.2}
    table = pd.DataFrame(
        {"condition": name, "item_id": item, "score": float(rng.random() < chance)}
        for name, chance in chances.items()
        for item in range(40)
    )
    _, bottom, _ = measures(table, higher_is_better=True, level=0.95)
    assert (bottom.raw, bottom.low) == (0.0, 0.0)
    assert bottom.high >= 1 - (0.025 / 3) ** (1 / 40)  # Clopper and Pearson's, for one of three conditions
    turned, *_ = measures(table.assign(score=1 - table["score"]), higher_is_better=True, level=0.95)
    assert turned.raw == 1.0
    assert turned.low <= (0.025 / 3) ** (1 / 40)
