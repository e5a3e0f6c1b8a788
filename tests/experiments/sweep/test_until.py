"""Asking until something is known: block by block, never more than needed, and resumable."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.schema import Boundary, UntilConfig
from experiments.store.manifest import read_manifest
from experiments.sweep.outcomes import Columns
from experiments.sweep.plan import Plan
from experiments.sweep.run import run_cells
from experiments.sweep.until import Halted, UntilError, ask_until, part
from tests.experiments.sweep.test_plan import cell, data_dir, plan
from tests.unreported import no_report

__all__ = ["data_dir"]
TWO = "template=qa/q_a,qa/bare_answer"
MODELS = {"good": 0.95, "bad": 0.2}


class Oracle:
    """Answers a plan: each model is right in a share of its answers, without a model or store."""

    def __init__(self, right: dict[str, float], *, whole_blocks: int = 1000, lost: str = "") -> None:
        self.rng = np.random.default_rng(0)
        self.right, self.whole_blocks, self.lost = right, whole_blocks, lost
        self.asked: list[list[tuple[str, str]]] = []

    def __call__(self, some: Plan) -> tuple[Columns, bool]:
        names = ("model", "task", "item_id", "cell", "primary", "score")
        columns: Columns = {name: [] for name in names}
        asked: list[tuple[str, str]] = []
        for each in some.cells:
            config = each.cell.config
            for one in each.asked:
                score = float(self.rng.random() < self.right[config.model.name])
                score = float("nan") if one.item.id == self.lost else score
                values = (config.model.name, config.task.name, one.item.id, each.cell.index, True, score)
                for name, value in zip(names, values, strict=True):
                    columns[name].append(value)
                asked.append((config.model.name, one.item.id))
        self.asked.append(asked)
        return columns, len(self.asked) <= self.whole_blocks


def grid(data_dir: Path, models: tuple[str, ...] = ("good",), items: int = 400) -> Plan:
    """Every model with two templates on a task of some items."""
    rows = [
        {"question": f"How many are {n}?", "question_id": f"q{n}", "answer": {"value": str(n), "aliases": []}}
        for n in range(items)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (data_dir / "tiny" / "test.jsonl").write_text(text, encoding="utf-8")
    return plan(
        *(
            cell(data_dir, 2 * place + number, model__name=model, template__name=template)
            for place, model in enumerate(models)
            for number, template in enumerate(("qa/q_a", "qa/other"))
        )
    )


def until(of: Plan, oracle: Oracle, **rule: Any) -> Halted:
    return ask_until(of, UntilConfig(**rule), oracle, lambda line: None, seed=0, level=0.95)


def test_it_stops_as_soon_as_the_score_is_known(data_dir: Path) -> None:
    whole = grid(data_dir)
    oracle = Oracle(MODELS)
    halted = until(whole, oracle, half_width=0.06)
    (stop,) = halted.stops
    assert stop.reached
    assert 20 < len(stop.items) < 400 == stop.of
    assert len(stop.items) % 20 == 0
    asked = [pair for block in oracle.asked for pair in block]
    assert len(asked) == 2 * len(stop.items)  # each item once with each template
    assert [item for _, item in asked if item in set(stop.items)] == [item for _, item in asked]
    assert halted.plan.asked == len(asked)
    assert {one.item.id for each in halted.plan.cells for one in each.asked} == set(stop.items)
    wanted = {one.key for each in halted.plan.cells for one in each.asked}
    assert {request.key for model in halted.plan.models for request in model.requests} == wanted


def test_the_order_is_random_and_the_same_every_time(data_dir: Path) -> None:
    whole = grid(data_dir)
    first, second = (until(whole, Oracle(MODELS), half_width=0.06).stops[0].items for _ in range(2))
    assert first == second
    assert first != tuple(f"q{n}" for n in range(len(first)))
    other = ask_until(
        whole, UntilConfig(half_width=0.06), Oracle(MODELS), lambda line: None, seed=1, level=0.95
    )
    assert other.stops[0].items[:20] != first[:20]


def test_models_are_asked_the_same_items_and_stop_apart(data_dir: Path) -> None:
    halted = until(grid(data_dir, ("good", "bad")), Oracle(MODELS), half_width=0.07, block=15)
    good, bad = (next(stop.items for stop in halted.stops if stop.model == name) for name in MODELS)
    assert good == bad[: len(good)]
    assert len(good) < len(bad)  # a score near 1 is known sooner


def test_models_told_apart_stop_while_others_go_on(data_dir: Path) -> None:
    oracle = Oracle({"good": 0.95, "bad": 0.1, "worse": 0.08})
    halted = until(grid(data_dir, ("good", "bad", "worse")), oracle, decided=True, margin=0.005)
    stops = {stop.model: stop for stop in halted.stops}
    assert stops["good"].reached
    assert len(stops["good"].items) < 100
    assert not stops["bad"].reached  # two points apart are not told apart, nor alike within half a point
    assert len(stops["bad"].items) == len(stops["worse"].items) == 400


def test_planned_looks_come_after_equal_parts_and_stop_at_the_first_that_is_enough(data_dir: Path) -> None:
    lines: list[str] = []
    oracle = Oracle(MODELS)
    rule = UntilConfig(half_width=0.06, looks=6)
    halted = ask_until(grid(data_dir), rule, oracle, lines.append, seed=0, level=0.95)
    (stop,) = halted.stops
    assert stop.looks == (67, 134, 200, 267, 334, 400)
    assert stop.reached
    assert len(stop.items) == stop.looks[len(oracle.asked) - 1]
    assert len(oracle.asked) == len(lines) < 6
    assert all(line.startswith(f"look {place} of 6: ") for place, line in enumerate(lines, start=1))
    assert [line.endswith(", enough") for line in lines] == [False] * (len(lines) - 1) + [True]
    assert stop.as_dict()["intervals"] == "hold at all planned looks together, at no other time"
    (other,) = until(grid(data_dir), Oracle(MODELS), half_width=0.06).stops
    assert other.looks == ()
    assert other.as_dict()["intervals"] == "hold at any stopping time"


def test_a_pair_decided_at_a_planned_look_stays_so_while_others_go_on(data_dir: Path) -> None:
    right = {"good": 0.95, "bad": 0.1, "worse": 0.08}
    for boundary in Boundary:
        rule = {"decided": True, "margin": 0.005, "looks": 5, "boundary": boundary}
        halted = until(grid(data_dir, tuple(right)), Oracle(right), **rule)
        stops = {stop.model: stop for stop in halted.stops}
        assert stops["good"].reached
        assert len(stops["good"].items) == 80
        assert len(stops["bad"].items) == len(stops["worse"].items) == 400
        assert not stops["bad"].reached


def test_a_plan_ends_with_the_items_whether_it_was_met_or_not(data_dir: Path) -> None:
    oracle = Oracle(MODELS, lost="q7")
    (stop,) = until(grid(data_dir), oracle, half_width=0.001, looks=3).stops
    assert (len(stop.items), stop.reached, len(oracle.asked)) == (400, False, 3)
    cut = Oracle(MODELS, whole_blocks=1)
    (stop,) = until(grid(data_dir), cut, half_width=0.001, looks=4).stops
    assert (len(stop.items), stop.reached) == (200, False)


def test_too_few_items_for_so_many_looks(data_dir: Path) -> None:
    oracle = Oracle(MODELS)
    with pytest.raises(UntilError, match="task tiny has 119 items: plan 2 at most"):
        until(grid(data_dir, items=119), oracle, half_width=0.05, looks=3)
    with pytest.raises(UntilError, match="task tiny has 79 items: leave looks out"):
        until(grid(data_dir, items=79), oracle, half_width=0.05, looks=2)
    assert not oracle.asked


def test_one_model_cannot_be_told_apart(data_dir: Path) -> None:
    oracle = Oracle(MODELS)
    with pytest.raises(UntilError, match="task tiny is asked of one only"):
        until(grid(data_dir), oracle, decided=True)
    assert not oracle.asked


def test_what_could_not_be_asked_ends_it(data_dir: Path) -> None:
    oracle = Oracle(MODELS, whole_blocks=1)
    halted = until(grid(data_dir), oracle, half_width=0.001)
    assert len(oracle.asked) == 2
    assert not halted.stops[0].reached
    assert len(halted.stops[0].items) == 40


def test_items_whose_requests_failed_do_not_count(data_dir: Path) -> None:
    whole = grid(data_dir, items=30)
    lines: list[str] = []
    ask_until(
        whole, UntilConfig(half_width=0.001), Oracle(MODELS, lost="q7"), lines.append, seed=0, level=0.95
    )
    assert lines[-1].endswith("after 29 items")


def test_a_part_keeps_what_cannot_be_asked_only_if_told(data_dir: Path) -> None:
    whole = plan(cell(data_dir, 0), cell(data_dir, 1, task__data_dir="nowhere"))
    wanted = {("some-model", "tiny"): {"test0", "test1"}}
    assert [each.error is None for each in part(whole, wanted).cells] == [True]
    kept = part(whole, wanted, keep_impossible=True)
    assert [each.error is None for each in kept.cells] == [True, False]
    assert kept.asked == len(kept.models[0].requests) == 2


def test_the_same_command_pays_nothing_twice_and_stops_at_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab(run_cells=run_cells, finish=no_report)
    words = ["run", TWO, "name=early", "sweep.until.half_width=0.15", "sweep.until.block=20"]
    assert main(words, lab) == 0
    first = read_manifest(Path("runs/early"))
    assert "block 1: simulated on trivia_mini" in capsys.readouterr().err
    (stop,) = first["stopping"]
    assert stop["reached"]
    assert len(stop["items"]) < stop["of"]
    outcomes = pd.read_parquet("runs/early/outcomes.parquet")
    assert set(outcomes["item_id"]) == set(stop["items"])
    assert outcomes["score"].notna().all()
    assert first["counts"]["sent"] == 2 * len(stop["items"]) == first["counts"]["unique"]
    assert main(words, lab) == 0
    again = read_manifest(Path("runs/early"))
    assert again["stopping"] == first["stopping"]
    assert again["counts"]["sent"] == 0
    assert main([*words, "control.replicates=2", "control.items=5"], lab) == 0
    assert pd.read_parquet("runs/early/outcomes.parquet")["control"].sum() > 0


def test_a_plan_cut_short_goes_on_with_the_same_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab(run_cells=run_cells, finish=no_report)
    words = ["run", TWO, "name=planned", "sweep.until.half_width=0.11", "sweep.until.looks=6"]
    assert main([*words, "budget.requests=100"], lab) == 1
    capped = read_manifest(Path("runs/planned"))
    assert capped["counts"]["sent"] == 100
    (stop,) = capped["stopping"]
    assert (len(stop["items"]), stop["reached"], stop["looks"]) == (84, False, [42, 84, 126, 168, 210, 252])
    assert main(words, lab) == 0
    whole = read_manifest(Path("runs/planned"))
    (again,) = whole["stopping"]
    assert again["reached"]
    assert again["looks"] == stop["looks"]
    assert len(again["items"]) in again["looks"]
    assert whole["counts"]["sent"] == 2 * len(again["items"]) - 100
    assert whole["sweep"]["until"] == {
        "half_width": 0.11,
        "decided": False,
        "margin": 0.02,
        "block": None,
        "looks": 6,
        "boundary": "obrien_fleming",
    }
    assert main(words, lab) == 0
    assert read_manifest(Path("runs/planned"))["counts"]["sent"] == 0


def test_a_cap_ends_it_and_does_not_forbid_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab(run_cells=run_cells, finish=no_report)
    words = ["run", TWO, "name=capped", "sweep.until.half_width=0.15", "sweep.until.block=20"]
    assert main([*words, "budget.requests=50"], lab) == 1
    capped = read_manifest(Path("runs/capped"))
    assert capped["counts"]["sent"] == 50
    assert not capped["stopping"][0]["reached"]
    assert len(capped["stopping"][0]["items"]) == 40
    assert main(words, lab) == 0
    whole = read_manifest(Path("runs/capped"))
    assert whole["stopping"][0]["reached"]
    assert whole["counts"]["sent"] == 2 * len(whole["stopping"][0]["items"]) - 50


def test_rules_are_in_range_and_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "sweep.until.half_width=0.02", "sweep.sample=0.1", "dry_run=true"]) == 2
    assert "sweep.sample and sweep.until.half_width are different ways" in capsys.readouterr().err
    assert main(["run", "sweep.until.half_width=0", "dry_run=true"]) == 2
    assert "sweep.until.half_width is 0.0, expected a number above 0, below 0.5" in capsys.readouterr().err
    half = "sweep.until.half_width=0.05"
    for words, said in (
        (["sweep.until.looks=5"], "sweep.until.looks=5 plans when to look, and no rule says what for"),
        ([half, "sweep.until.looks=1"], "sweep.until.looks is 1, expected a whole number from 2 to 20"),
        ([half, "sweep.until.looks=5", "sweep.until.block=9"], "both say when to look"),
        (
            [half, "sweep.until.looks=5", "sweep.until.boundary=pocock"],
            "is for telling models apart at planned",
        ),
        ([half, "sweep.until.look=5"], "did you mean 'sweep.until.looks'?"),
        ([half, "sweep.until.boundary=pocok"], "expected one of [obrien_fleming, pocock]"),
    ):
        assert main(["run", *words, "dry_run=true"]) == 2
        assert said in capsys.readouterr().err
    assert main(["run", TWO, "sweep.until.decided=true", "hydra/launcher=basic"]) == 2
    assert "needs all cells together, so hydra/launcher=pooled" in capsys.readouterr().err
