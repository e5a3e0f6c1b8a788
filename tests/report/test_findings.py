from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.contents import gather
from experiments.report.findings import FactorFinding, Slice
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


def test_score_rests_on_the_items_every_cell_graded(make_run: MakeRun) -> None:
    folder = make_run(**{**ONE, "items": 60}, failing=0.02)
    rows = read_table(folder / "outcomes.parquet").query("primary")
    failed = set(rows.loc[rows["status"] == "failed", "item_id"])
    one = only(folder)
    assert failed
    assert (one.items, one.dropped) == (60 - len(failed), len(failed))
    kept = rows[~rows["item_id"].isin(failed)]
    assert one.score == score(kept, value="score", item="item_id", template="template")


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
