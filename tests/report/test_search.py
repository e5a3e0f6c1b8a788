"""The report of a search: best and worst template with what may be wrong, and nothing that it cannot say."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.numerals import count, hundredths
from experiments.store.manifest import RunFolderError, read_manifest, write_manifest
from experiments.store.tables import OUTCOMES, outcomes_schema, read_table, write_table
from stats.arms import Pulls
from stats.estimate import record
from stats.extremes_found import found
from tests.report.page_tables import ends, page_tables

MakeRun = Callable[..., Path]
TEMPLATES = ("a", "b", "c", "d", "e")
ITEMS = 80
ORDER = [f"gsm8k-{number}" for number in np.random.default_rng(0).permutation(ITEMS)]
ASKED: dict[str, int] = dict(zip(TEMPLATES, (80, 70, 30, 60, 80), strict=True))


@pytest.fixture
def searched_run(make_run: MakeRun) -> Callable[..., Path]:
    """A run folder of which each template was asked the first so many items of the order."""

    def make(
        name: str = "run", *, margin: float = 0.3, lower_is_better: bool = False, **fields: object
    ) -> Path:
        scene = {"models": ("m",), "tasks": ("gsm8k",), "templates": TEMPLATES, "shots": (0,), "items": ITEMS}
        folder = make_run(
            name, **(scene | {"graders": ("strict",), "hostile": False, "sigma_template": 0.25} | fields)
        )
        outcomes = read_table(folder / OUTCOMES)
        place = {item: number for number, item in enumerate(ORDER)}
        rows = zip(outcomes["template"].astype(str), outcomes["item_id"].astype(str), strict=True)
        kept = outcomes[[place[item] < ASKED[template] for template, item in rows]]
        write_table(
            folder / OUTCOMES, {column: kept[column].tolist() for column in kept.columns}, outcomes_schema()
        )
        manifest = read_manifest(folder)
        search = [
            {
                "model": model["name"],
                "task": "gsm8k",
                "of": ITEMS,
                "items": ORDER,
                "asked": ASKED,
                "most": 320,
                "incomplete": ["f"],
            }
            for model in manifest["models"]
        ]
        rule = {"margin": margin, "share": 0.8, "batch": None}
        more = {"sweep": {"sample": None, "seed": 0, "extremes": rule}, "search": search}
        tasks = [task | {"higher_is_better": not lower_is_better} for task in manifest["tasks"]]
        write_manifest(folder, manifest | more | {"tasks": tasks})
        return folder

    return make


def pulls_of(folder: Path) -> Pulls:
    """The scores, read off the outcomes another way."""
    wide = read_table(folder / OUTCOMES).pivot_table(
        index="template", columns="item_id", values="score", observed=True, dropna=False
    )
    table = wide.reindex(index=list(TEMPLATES), columns=ORDER).to_numpy(dtype=np.float64)
    return Pulls(table, np.array(list(ASKED.values())))


def test_the_numbers_are_those_of_stats(searched_run: Callable[..., Path]) -> None:
    folder = searched_run()
    one = json.loads(make_report(folder).json.read_text(encoding="utf-8"))["searches"][0]
    said = found(pulls_of(folder), 0.3)
    assert one["best"]["template"] == TEMPLATES[said.best.arm]
    assert one["worst"]["template"] == TEMPLATES[said.worst.arm]
    assert (one["best"]["bound"], one["worst"]["bound"]) == (said.best.bound, said.worst.bound)
    assert one["spread"] == record(said.spread)
    assert one["beyond"] == record(said.spread_beyond)
    assert (one["asked"], one["pairs"], one["most"]) == (320, 400, 320)
    scores = {row["template"]: row["score"] for row in one["templates"]}
    assert scores == {name: record(score) for name, score in zip(TEMPLATES, said.scores, strict=True)}
    values = [row["score"]["value"] for row in one["templates"]]
    assert values == sorted(values, reverse=True)
    may_be = {row["template"]: row["may_be"] for row in one["templates"]}
    assert {name for name, what in may_be.items() if "best" in what} == {
        TEMPLATES[arm] for arm in said.best.candidates
    }


def test_the_verdict_leads_with_both_ends_and_says_how_wrong_they_may_be(
    searched_run: Callable[..., Path],
) -> None:
    contents = gather(searched_run())
    (one,) = contents.searches
    assert one.best is not None
    assert one.worst is not None
    assert one.spread is not None
    lead = contents.sentences[0]
    assert lead.text.startswith(f"Of 5 templates, {one.best.template} is the best for m on GSM8K")
    assert f"{one.worst.template} is the worst" in lead.text
    assert f"{hundredths(one.spread.low)} to {hundredths(one.spread.high)}" in lead.text
    assert "It asked 320 of 400 template × item pairs (80.0\u00a0%), enough to show both to 30.0" in lead.more
    assert "For further items like these" in lead.more


def test_what_was_not_shown_is_said(searched_run: Callable[..., Path]) -> None:
    contents = gather(searched_run(margin=0.001, sigma_template=0.0))
    lead = contents.sentences[0]
    assert "no other is better by more than" in lead.text
    assert "no other is worse by more than" in lead.text
    assert "the most it might ask, not enough to show both to 0.1\u00a0points" in lead.more
    assert lead.more.endswith("apart, and need not differ at all.")
    assert lead.detectable is False


def test_nothing_that_needs_the_same_items_is_there(searched_run: Callable[..., Path]) -> None:
    contents = gather(searched_run(models=("m", "n"), graders=("strict", "lenient")))
    assert len(contents.searches) == 2
    assert all(one.factors == () and one.sparse and one.dropped == 0 for one in contents.slices)
    assert (contents.metrics, contents.graders, contents.shares, contents.extremes) == ((), (), (), ())
    assert (contents.rankings, contents.categories, contents.flips.shown) == ((), (), ())
    assert any("in a search for the best and the worst" in note for note in contents.quality.notes)


def test_tables_of_the_page_and_the_long_table_have_the_numbers_of_the_report(
    searched_run: Callable[..., Path],
) -> None:
    report = make_report(searched_run())
    one = json.loads(report.json.read_text(encoding="utf-8"))["searches"][0]
    page = report.html.read_text(encoding="utf-8")
    both, each = (table for table in page_tables(page) if table.section == "search")
    assert both.rows == [
        [
            "m, GSM8K",
            *(one["best"]["template"], hundredths(one["best"]["bound"])),
            *(one["worst"]["template"], hundredths(one["worst"]["bound"])),
            *(ends(one["spread"]), ends(one["beyond"]), "320 of 400", "both"),
        ]
    ]
    assert each.rows == [
        [
            row["template"],
            count(row["asked"]),
            hundredths(row["score"]["value"]),
            ends(row["score"]),
            row["may_be"] or "neither",
        ]
        for row in one["templates"]
    ]
    assert "1 template took no part" in page
    assert "Best and worst template, score of each" in page
    numbers = pd.read_parquet(report.numbers)
    mine = numbers[numbers["section"] == "search"].set_index(["level", "measure"])
    assert mine.loc[(one["best"]["template"], "others better by at most"), "value"] == one["best"]["bound"]
    assert mine.loc[("all", "best minus worst, items like these"), "high"] == one["beyond"]["high"]
    assert mine.loc[("c", "items asked"), "value"] == 30


def test_where_less_is_better_the_best_has_the_least_score(searched_run: Callable[..., Path]) -> None:
    high, low = (
        gather(searched_run(name, lower_is_better=lower)).searches[0]
        for name, lower in (("high", False), ("low", True))
    )
    assert (low.best, low.worst) == (high.worst, high.best)
    assert [row.template for row in low.templates] == [row.template for row in high.templates][::-1]


def test_failed_requests_are_left_out(searched_run: Callable[..., Path]) -> None:
    folder = searched_run(failing=0.1)
    (one,) = gather(folder).searches
    said = found(pulls_of(folder), 0.3)
    assert one.spread == said.spread
    assert one.asked == 320


def test_where_nothing_can_be_said_it_says_why(searched_run: Callable[..., Path]) -> None:
    folder = searched_run()
    outcomes = read_table(folder / OUTCOMES)
    dead = outcomes.assign(score=outcomes["score"].where(outcomes["template"] == "a"))
    write_table(folder / OUTCOMES, {name: dead[name].tolist() for name in dead.columns}, outcomes_schema())
    report = make_report(folder)
    (one,) = gather(folder).searches
    assert one.best is None
    assert "not available: there is no best and worst" in report.html.read_text(encoding="utf-8")


def test_a_search_is_not_compared_and_only_the_same_are_side_by_side(
    searched_run: Callable[..., Path], make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b"), "shots": (0,), "items": 12}
    search, whole = searched_run("search"), make_run("whole", **scene, graders=("strict",))
    assert gather(whole).searches == ()
    assert main(["compare", str(search), "--baseline", str(whole)]) == 2
    assert "is a search for best and worst template (sweep.extremes)" in capsys.readouterr().err
    with pytest.raises(RunFolderError, match="are not the same search"):
        gather(search, whole)
    both = gather(search, searched_run("other", models=("m",), seed=9)).searches
    assert [one.model for one in both] == ["m (demo <run>, run 1)", "m (demo <run>, run 2)"]
