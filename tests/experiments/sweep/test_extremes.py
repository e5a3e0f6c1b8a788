"""Searching for the best and the worst template: more items for those that may be it, and never one twice."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.schema import ExtremesConfig
from experiments.store.manifest import read_manifest
from experiments.sweep import extremes
from experiments.sweep.extremes import ExtremesError, Searched, ask_extremes, most_asked
from experiments.sweep.outcomes import Columns
from experiments.sweep.plan import Plan
from experiments.sweep.run import run_cells
from tests.experiments.sweep.test_plan import cell, data_dir, plan
from tests.unreported import no_report

__all__ = ["data_dir"]
RIGHT = {"t0": 0.1, "t1": 0.5, "t2": 0.88, "t3": 0.9}
WORDS = (
    "run", "template=qa/q_a,qa/bare_answer,qa/q_a_polite", "task.limit=60", "sweep.extremes.margin=0.1",
    "sweep.extremes.batch=20",
)  # fmt: skip


class Oracle:
    """Answers a plan: each template is right in a share of its answers, the same whenever it is asked."""

    def __init__(self, *, whole_batches: int = 1000, lost: tuple[str, str] = ("", "")) -> None:
        self.whole_batches, self.lost = whole_batches, lost
        self.asked: list[list[tuple[str, str, str, int]]] = []

    def __call__(self, some: Plan) -> tuple[Columns, bool]:
        columns: Columns = {name: [] for name in ("model", "task", "item_id", "cell", "primary", "score")}
        asked: list[tuple[str, str, str, int]] = []
        for each in some.cells:
            config = each.cell.config
            model, template, index = config.model.name, config.template.name, each.cell.index
            for one in each.asked:
                rng = np.random.default_rng([int(one.item.id[1:]), index])
                score = float(rng.random() < RIGHT[template])
                score = float("nan") if (template, one.item.id) == self.lost else score
                values = (model, config.task.name, one.item.id, index, True, score)
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
                asked.append((model, template, one.item.id, index))
        self.asked.append(asked)
        return columns, len(self.asked) <= self.whole_batches


def grid(
    data_dir: Path, *, models: tuple[str, ...] = ("m",), shots: tuple[int, ...] = (0,), items: int = 150
) -> Plan:
    """Every model with four templates on a task of some items."""
    rows = [
        {"question": f"How many are {n}?", "question_id": f"q{n}", "answer": {"value": str(n), "aliases": []}}
        for n in range(items)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (data_dir / "tiny" / "test.jsonl").write_text(text, encoding="utf-8")
    levels = [(model, template, n) for model in models for template in RIGHT for n in shots]
    return plan(
        *(
            cell(data_dir, index, model__name=model, template__name=template, shots=n)
            for index, (model, template, n) in enumerate(levels)
        )
    )


def search(
    of: Plan, oracle: Oracle, *, seed: int = 0, lines: list[str] | None = None, **rule: Any
) -> Searched:
    wanted: dict[str, Any] = {"margin": 0.1} | rule
    said = list[str]() if lines is None else lines
    return ask_extremes(of, ExtremesConfig(**wanted), oracle, said.append, seed=seed, level=0.95)


def test_templates_that_may_be_an_end_are_asked_more(data_dir: Path) -> None:
    whole, oracle, lines = grid(data_dir), Oracle(), list[str]()
    searched = search(whole, oracle, margin=0.04, share=1, batch=40, lines=lines)
    (record,) = searched.searches
    assert "best known, worst known after" in lines[-1]
    assert lines[-1].endswith("template × item pairs, enough")
    asked = [pair for batch in oracle.asked for pair in batch]
    assert len(asked) == len(set(asked)) == sum(record.asked.values()) == searched.plan.asked
    assert min(record.asked["t2"], record.asked["t3"]) > max(record.asked["t0"], record.asked["t1"])
    for template, number in record.asked.items():
        assert {item for _, name, item, _ in asked if name == template} == set(record.items[:number])
    assert [len(batch) for batch in oracle.asked][:2] == [40, 40]
    wanted = {one.key for each in searched.plan.cells for one in each.asked}
    assert {request.key for model in searched.plan.models for request in model.requests} == wanted


def test_the_same_seed_asks_the_same(data_dir: Path) -> None:
    whole = grid(data_dir)
    first, second = Oracle(), Oracle()
    assert search(whole, first).searches == search(whole, second).searches
    assert first.asked == second.asked
    assert (
        search(whole, Oracle(), seed=1).searches[0].items[:10]
        != search(whole, Oracle()).searches[0].items[:10]
    )


def test_a_share_is_never_exceeded(data_dir: Path) -> None:
    whole = grid(data_dir)
    rule: dict[str, Any] = {"margin": 0.001, "share": 0.3}
    (record,) = search(whole, Oracle(), **rule).searches
    assert sum(record.asked.values()) == record.most == 180 == most_asked(whole, ExtremesConfig(**rule))
    (little,) = search(whole, Oracle(), margin=0.001, share=0.01).searches
    assert sum(little.asked.values()) == 6
    assert min(little.asked.values()) == 1


def test_all_conditions_of_a_template_are_asked_together(data_dir: Path) -> None:
    whole, oracle = grid(data_dir, models=("m", "n"), shots=(0, 1), items=60), Oracle()
    searched = search(whole, oracle, share=0.4)
    assert [(one.model, one.task) for one in searched.searches] == [("m", "tiny"), ("n", "tiny")]
    by_template: dict[tuple[str, str], dict[int, set[str]]] = {}
    for model, template, item, index in (pair for batch in oracle.asked for pair in batch):
        by_template.setdefault((model, template), {}).setdefault(index, set()).add(item)
    for cells in by_template.values():
        first, second = cells.values()
        assert first == second
    assert searched.plan.asked == 2 * sum(sum(one.asked.values()) for one in searched.searches)
    assert most_asked(whole, ExtremesConfig(margin=0.1, share=0.4)) == 2 * 2 * 96


def test_what_could_not_be_asked_ends_it(data_dir: Path) -> None:
    oracle = Oracle(whole_batches=1)
    searched = search(grid(data_dir), oracle, margin=0.001, batch=30)
    assert [len(batch) for batch in oracle.asked] == [40, 30]
    assert searched.plan.asked == 70


def test_an_item_whose_request_failed_has_no_score(data_dir: Path) -> None:
    searched = search(grid(data_dir, items=20), Oracle(lost=("t3", "q3")), margin=0.001, share=1)
    assert searched.searches[0].asked["t3"] == 20


def test_a_template_that_lacks_a_condition_takes_no_part(data_dir: Path) -> None:
    whole = grid(data_dir, shots=(0, 1), items=60)
    cells = [each.cell for each in whole.cells[:7]]
    broken = cell(data_dir, 7, template__name="t3", model__name="m", shots=1, task__data_dir="nowhere")
    searched = search(plan(*cells, broken), Oracle(), share=0.3)
    (record,) = searched.searches
    assert record.incomplete == ("t3",)
    assert list(record.asked) == ["t0", "t1", "t2"]
    assert [each.error is None for each in searched.plan.cells] == [True] * 6 + [False]


def test_there_has_to_be_something_to_search(data_dir: Path) -> None:
    oracle = Oracle()
    with pytest.raises(ExtremesError, match="m is asked with one only on task tiny"):
        search(plan(cell(data_dir, 0, model__name="m", template__name="t0")), oracle)
    with pytest.raises(ExtremesError, match="allows 3 of the 600 pairs of template and item on task tiny"):
        search(grid(data_dir), oracle, share=0.005)
    assert not oracle.asked


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    return Lab(run_cells=run_cells, finish=no_report)


def test_interrupted_it_goes_on_and_pays_nothing_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "name=whole", "runs_dir=other"], lab) == 0
    whole = read_manifest(Path("other/whole"))
    looks = 0
    look = extremes._look  # pyright: ignore[reportPrivateUsage]

    def interrupted(*args: Any) -> str:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise KeyboardInterrupt
        return look(*args)

    with monkeypatch.context() as patch:
        patch.setattr(extremes, "_look", interrupted)
        assert main([*WORDS, "name=cut"], lab) == 130
    assert not Path("runs/cut/manifest.json").exists()
    assert main([*WORDS, "name=cut"], lab) == 0
    cut = read_manifest(Path("runs/cut"))
    assert cut["search"] == whole["search"]
    (record,) = cut["search"]
    outcomes = pd.read_parquet("runs/cut/outcomes.parquet")
    outcomes = outcomes[outcomes["primary"]]
    assert outcomes["score"].notna().all()
    assert dict(outcomes.groupby("template", observed=True).size()) == record["asked"]
    paid = whole["counts"]["sent"]
    assert paid == whole["counts"]["unique"] == sum(record["asked"].values())
    started = sum(record["asked"].values()) - cut["counts"]["sent"]
    assert started == 10 * len(record["asked"]) + 2 * 20  # the three batches before
    assert main([*WORDS, "name=cut"], lab) == 0
    assert read_manifest(Path("runs/cut"))["counts"]["sent"] == 0
    assert "batch 1: simulated on trivia_mini: best one of" in capsys.readouterr().err


def test_a_cap_ends_it_and_a_control_arm_follows_it(lab: Lab) -> None:
    words = [*WORDS, "name=capped"]
    assert main([*words, "budget.requests=60"], lab) == 1
    capped = read_manifest(Path("runs/capped"))
    assert capped["counts"]["sent"] == 60
    assert main([*words, "control.replicates=2", "control.items=5"], lab) == 0
    whole = read_manifest(Path("runs/capped"))
    assert whole["counts"]["sent"] == sum(whole["search"][0]["asked"].values()) - 60 + 5
    assert pd.read_parquet("runs/capped/outcomes.parquet")["control"].sum() == 2 * 5  # by two graders


def test_a_dry_run_says_the_most_that_can_be_asked(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "dry_run=true"], lab) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "180 questions asked, 90 of them at most (sweep.extremes)" in said


def test_bad_values_and_other_ways_to_ask_less(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    wrong = [
        "sweep.extremes.margin=0",
        "sweep.extremes.share=1.5",
        "sweep.extremes.batch=0",
        "sweep.sample=0.1",
    ]
    assert main(["run", *wrong, "dry_run=true"], lab) == 2
    said = capsys.readouterr().err
    assert "sweep.extremes.margin is 0.0, expected a number above 0, below 1" in said
    assert "sweep.extremes.share is 1.5, expected a share above 0, up to 1" in said
    assert "sweep.extremes.batch is 0, expected 1 or more" in said
    assert "sweep.sample and sweep.extremes.margin are different ways to ask less" in said
    assert main([*WORDS, "hydra/launcher=basic", "dry_run=true"], lab) == 2
    assert "sweep.extremes.margin needs all cells together" in capsys.readouterr().err
    assert main(["run", "sweep.extremes.margin=0.1", "dry_run=true"], lab) == 2
    assert "asked with one only on task trivia_mini" in " ".join(capsys.readouterr().err.split())
