"""The report of a run that stopped by what it found: where, and the intervals that hold wherever it did."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from experiments.cli import main
from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.numerals import hundredths
from experiments.store.manifest import RunFolderError, read_manifest, write_manifest
from experiments.store.tables import OUTCOMES, outcomes_schema, read_table, write_table
from stats.repeated import equal_looks, repeated_mean
from stats.stopping import anytime_mean
from tests.report.page_tables import ends, page_tables

MakeRun = Callable[..., Path]
ORDER = [f"gsm8k-{number}" for number in np.random.default_rng(0).permutation(60)]


@pytest.fixture
def early_run(make_run: MakeRun) -> Callable[..., Path]:
    """A run folder of which each model was asked the first so many items of the order."""

    def make(
        name: str = "run",
        asked: tuple[int, ...] = (40,),
        *,
        decided: bool = False,
        looks: int | None = None,
        **fields: object,
    ) -> Path:
        models = tuple(f"m{number}" for number in range(len(asked)))
        scene = {"models": models, "tasks": ("gsm8k",), "templates": ("a", "b", "c", "d"), "items": 60}
        folder = make_run(
            name, **(scene | {"shots": (0,), "graders": ("strict",), "hostile": False} | fields)
        )
        items = dict(zip(models, (ORDER[:number] for number in asked), strict=True))
        outcomes = read_table(folder / OUTCOMES)
        pairs = zip(outcomes["model"].astype(str), outcomes["item_id"].astype(str), strict=True)
        kept = outcomes[[item in items[model] for model, item in pairs]]
        columns = {column: kept[column].tolist() for column in kept.columns}
        write_table(folder / OUTCOMES, columns, outcomes_schema())
        until = {"half_width": None if decided else 0.1, "decided": decided, "margin": 0.02, "block": None}
        until |= {"looks": looks, "boundary": "obrien_fleming"}
        planned = [] if looks is None else list(equal_looks(60, looks).counts)
        stops = [
            {"model": model, "task": "gsm8k", "of": 60, "reached": len(those) < 60, "items": those}
            | {"looks": planned}
            for model, those in items.items()
        ]
        more = {"sweep": {"sample": None, "seed": 0, "until": until}, "stopping": stops}
        write_manifest(folder, read_manifest(folder) | more)
        return folder

    return make


def test_the_interval_of_the_score_is_the_one_that_holds_at_any_time(early_run: Callable[..., Path]) -> None:
    folder = early_run()
    contents = gather(folder)
    outcomes = read_table(folder / OUTCOMES)
    means = outcomes.groupby("item_id", observed=True)["score"].mean()
    by_hand = anytime_mean(means.reindex(ORDER[:40]).to_numpy(dtype=float), half_width=0.1)
    one = contents.slices[0]
    assert one.score.fixed == by_hand
    assert one.dropped == 0
    lead = contents.sentences[0]
    assert "it was asked 40 of 60 items, enough to know its score to ±10.0\u00a0points" in lead.text
    assert "others take the number of items as fixed beforehand" in lead.more
    (stop,) = contents.early.stops
    assert (stop.asked, stop.of, stop.reached) == (40, 60, True)


def test_page_and_numbers_say_where_it_stopped(early_run: Callable[..., Path]) -> None:
    report = make_report(early_run(asked=(60,)))
    page = report.html.read_text(encoding="utf-8")
    assert "Where the run stopped" in page
    assert "hold at any stopping time" in page
    assert "all 60 items, not enough to know its score" in page
    found = json.loads(report.json.read_text(encoding="utf-8"))
    assert found["stopping"]["stops"][0]["reached"] is False
    assert "betting confidence sequence" in found["slices"][0]["score"]["fixed"]["method"]
    assert "any stopping time" in found["random"]


def test_a_planned_run_says_at_which_looks_its_intervals_hold(early_run: Callable[..., Path]) -> None:
    folder = early_run(looks=3)
    means = read_table(folder / OUTCOMES).groupby("item_id", observed=True)["score"].mean()
    values = means.reindex(ORDER[:40]).to_numpy(dtype=float)
    by_hand = repeated_mean(values, equal_looks(60, 3), half_width=0.1)
    contents = gather(folder)
    assert contents.slices[0].score.fixed == by_hand
    assert "at look 2 of 3, Haybittle–Peto boundary" in by_hand.method
    lead = contents.sentences[0]
    assert "it was asked 40 of 60 items, enough to know its score" in lead.text
    assert "holds at the 3 looks that were planned, and at no other time" in lead.more
    report = make_report(folder)
    page = report.html.read_text(encoding="utf-8")
    assert "any stopping time" not in page
    assert "repeated confidence intervals of a plan with 3 looks (sweep.until.looks)" in page
    found = json.loads(report.json.read_text(encoding="utf-8"))
    assert "hold at the 3 looks that were planned" in found["random"]
    (stop,) = found["stopping"]["stops"]
    (table,) = (table for table in page_tables(page) if table.caption.startswith("Score in % with"))
    assert table.rows == [
        [
            f"{stop['model']}, {stop['title']}",
            f"{stop['asked']:,}",
            f"{stop['of']:,}",
            ", ".join(str(look) for look in stop["looks"]),
            hundredths(stop["score"]["value"]),
            ends(stop["score"]),
            "yes",
        ]
    ]
    assert stop["looks"] == [20, 40, 60]


def test_models_decided_at_planned_looks(early_run: Callable[..., Path]) -> None:
    folder = early_run(asked=(20, 60, 60), decided=True, mean=0.5, looks=3)
    report = make_report(folder)
    page = report.html.read_text(encoding="utf-8")
    assert "O&#39;Brien–Fleming-like spending of the error" in page
    found = json.loads(report.json.read_text(encoding="utf-8"))["stopping"]["decisions"][0]["pairs"]
    # The last pair was decided after 40 items, and what was asked for the sake of others changes nothing.
    assert [(pair["difference"]["n"]["item"], pair["verdict"]) for pair in found][1:] == [
        (20, "open"),
        (40, "more"),
    ]
    assert all("O'Brien–Fleming-like spending" in pair["difference"]["method"] for pair in found)
    (table,) = (table for table in page_tables(page) if "hold together, at the 3 looks" in table.caption)
    verdicts = {"more": "scores more", "less": "scores less", "alike": "alike", "open": "open"}
    assert table.rows == [
        [
            pair["first"],
            pair["second"],
            f"{pair['difference']['n']['item']}",
            hundredths(pair["difference"]["value"], signed=True),
            ends(pair["difference"], signed=True),
            verdicts[pair["verdict"]],
        ]
        for pair in found
    ]


def test_every_two_models_are_held_against_each_other(early_run: Callable[..., Path]) -> None:
    contents = gather(early_run(asked=(30, 60, 60), decided=True, mean=0.5))
    (task,) = contents.early.decisions
    assert [(one.first, one.second) for one in task.pairs] == [("m0", "m1"), ("m0", "m2"), ("m1", "m2")]
    assert [one.difference.n["item"] for one in task.pairs] == [30, 30, 60]
    said = [one for one in contents.sentences if one.kind.name == "decision"]
    assert len(said) == 3
    assert all("after 30 items" in one.text or "after 60 items" in one.text for one in said)
    assert "could not be told apart on GSM8K nor shown to be alike within 2.0\u00a0points" in said[-1].text


def test_failed_items_do_not_count(early_run: Callable[..., Path]) -> None:
    contents = gather(early_run(failing=0.05))
    (stop,) = contents.early.stops
    assert stop.asked == 40
    assert 20 < next(iter(stop.score.n.values())) < 40


def test_other_runs_have_no_stop(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",), items=12)
    assert gather(folder).early.stops == ()
    assert "Where the run stopped" not in make_report(folder).html.read_text(encoding="utf-8")


def test_runs_side_by_side_stopped_by_the_same_rule(
    early_run: Callable[..., Path], make_run: MakeRun
) -> None:
    first, second = early_run("one"), early_run("two", asked=(50,), seed=9)
    names = [read_manifest(folder)["models"][0]["name"] for folder in (first, second)]
    assert names == ["m0", "m0"]
    found = gather(first, second).early.stops
    assert [(stop.model, stop.asked) for stop in found] == [
        ("m0 (demo <run>, run 1)", 40),
        ("m0 (demo <run>, run 2)", 50),
    ]
    with pytest.raises(RunFolderError, match="did not stop by the same rule"):
        gather(first, make_run("whole", models=("m",), tasks=("gsm8k",), items=12))


def test_a_comparison_says_that_a_side_stopped_early(
    early_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = early_run("one"), early_run("two", seed=9)
    assert main(["compare", str(first), "--baseline", str(second)]) == 0
    assert "stopped by what it found" in " ".join(capsys.readouterr().out.split())
