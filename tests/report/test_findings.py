from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report import findings
from experiments.report.contents import gather
from experiments.report.findings import FactorFinding, Slice, complete_rows
from experiments.report.gaps import graded_rows
from experiments.store.tables import read_table
from stats.intervals import score

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c", "d"), "items": 12}


def only(folder: Path) -> Slice:
    (one,) = gather(folder).slices
    return one


def finding(one: Slice, factor: str) -> FactorFinding:
    found = one.factor(factor)
    assert found is not None
    return found


def test_failed_requests_cost_the_score_no_items_but_the_comparisons(make_run: MakeRun) -> None:
    folder = make_run(**{**ONE, "items": 60}, shots=(0,), failing=0.02)
    rows = read_table(folder / "outcomes.parquet").query("primary")
    failed = set(rows.loc[rows["status"] == "failed", "item_id"])
    one = only(folder)
    assert failed
    assert (one.items, one.compared, one.dropped) == (60, 60 - len(failed), len(failed))
    given = rows[rows["score"].notna()]
    assert one.score == score(given, value="score", item="item_id", template="template")
    assert one.score.crossed is not None
    assert one.score.crossed.method.startswith("REML")
    assert finding(one, "template").levels[0].estimate.n["item_id"] == 60 - len(failed)


def test_an_item_that_failed_under_one_condition_of_a_template_is_missing_there(make_run: MakeRun) -> None:
    rows = read_table(make_run(**ONE) / "outcomes.parquet").query("primary")
    first = rows.index[(rows["template"] == "b") & (rows["shots"] == 5) & (rows["item_id"] == "gsm8k-3")]
    rows.loc[first, "score"] = float("nan")
    left = graded_rows(rows)
    assert len(left) == len(rows) - 2
    assert left[left["item_id"] == "gsm8k-3"]["template"].unique().tolist() == ["a", "c", "d"]


def test_a_score_is_had_where_no_item_is_complete(make_run: MakeRun) -> None:
    one = only(make_run(**{**ONE, "items": 30}, failing=0.5, odd=0.6))
    assert one.compared < 2
    assert one.factors == ()
    assert one.score.fixed.low < one.score.fixed.value < one.score.fixed.high
    assert one.missing is not None
    assert one.missing.score_bounds[0] < one.score.fixed.value < one.missing.score_bounds[1]


def test_nothing_missing_leaves_the_balanced_numbers_alone(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    rows = read_table(folder / "outcomes.parquet").query("primary")
    one = only(folder)
    assert one.missing is None
    assert one.score == score(rows, value="score", item="item_id", template="template")
    assert "EMS" in (one.score.crossed.method if one.score.crossed else "")
    assert graded_rows(rows).equals(complete_rows(rows))


def test_a_cell_that_failed_whole_costs_no_items_and_only_its_level(make_run: MakeRun) -> None:
    one = only(make_run(**ONE, failed_cells=(3,)))  # template b with 5 exemplars
    assert one.dropped == 0
    template = finding(one, "template")
    assert [level.level for level in template.levels] == ["a", "c", "d"]
    assert template.note == "1 of 7 cells left out, whose counterparts are missing (template b)"
    assert [level.level for level in finding(one, "shots").levels] == ["0", "5"]
    assert finding(one, "shots").effects[0].fixed.n["template"] == 3


def test_levels_that_never_meet_are_not_compared(make_run: MakeRun) -> None:
    one = only(make_run(**{**ONE, "templates": ("a", "b")}, failed_cells=(1, 2)))
    template = finding(one, "template")
    assert (template.effects, template.sensitivity) == ((), ())
    assert "not compared" in template.note


def test_levels_keep_the_order_given_and_the_first_is_the_reference(make_run: MakeRun) -> None:
    one = only(make_run(**{**ONE, "templates": ("z", "b", "m")}, shots=(5, 0)))
    assert [level.level for level in finding(one, "template").levels] == ["z", "b", "m"]
    shots = finding(one, "shots")
    assert (shots.reference, [level.level for level in shots.levels]) == ("5", ["5", "0"])
    assert {effect.against for effect in shots.effects} == {5}


def test_exemplar_seeds_are_compared_where_there_are_exemplars(make_run: MakeRun) -> None:
    one = only(make_run(**ONE, exemplar_seeds=(0, 1, 2)))
    seeds = finding(one, "exemplar_seed")
    assert seeds.note == "cells with shots only"
    assert seeds.headline is not None
    assert one.components is not None
    assert one.components.factors == ("item_id", "template", "exemplar_seed")


def test_sampled_replicates_are_the_residual(make_run: MakeRun) -> None:
    one = only(make_run(**ONE, replicates=(0, 1, 2), temperature=0.7))
    assert one.components is not None
    assert one.components.residual == "residual"
    assert one.components.n["replicate"] == 3


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ((("none", 0.0), ("typo", 0.2)), ["none", "typo"]),
        ((("none", 0.0), ("typo", 0.2), ("typo", 0.5)), ["none", "typo 0.2", "typo 0.5"]),
    ],
)
def test_severities_are_levels_where_they_differ(
    make_run: MakeRun, levels: tuple[tuple[str, float], ...], names: list[str]
) -> None:
    one = only(make_run(**ONE, perturbations=levels))
    assert [level.level for level in finding(one, "perturbation").levels] == names


def test_shares_are_those_of_the_components_and_have_intervals(make_run: MakeRun) -> None:
    one = only(make_run(**ONE, exemplar_seeds=(0, 1, 2)))
    assert one.components is not None
    assert one.shares is not None
    for part in one.components.rows:
        share = one.shares.get(part.term)
        assert share.value == pytest.approx(part.share)
        assert 0 <= share.low <= share.high <= 1


def test_components_of_mostly_incomplete_items_come_by_reml_without_shares(make_run: MakeRun) -> None:
    one = only(make_run(**{**ONE, "items": 30}, shots=(0,), failing=0.3, odd=0.3))
    assert 2 * one.compared < one.items
    assert one.components is not None
    assert one.components.method == "REML"
    assert one.shares is None


def test_components_of_large_tables_rest_on_complete_items(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "PLENTY", 5)
    monkeypatch.setattr(findings, "MOST_REML", 50)
    one = only(make_run(**{**ONE, "items": 30}, shots=(0,), failing=0.3, odd=0.3))
    assert 5 <= one.compared < one.items / 2
    assert one.components is not None
    assert (one.components.method, one.components.n["item_id"]) == ("EMS", one.compared)
    assert one.shares is not None
