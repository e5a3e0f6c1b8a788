import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.findings import SEED
from experiments.store.tables import read_table
from stats.ranks import ranking

MakeRun = Callable[..., Path]
TWO: dict[str, Any] = {
    "models": ("m", "n"),
    "tasks": ("gsm8k",),
    "templates": ("a", "b", "c", "d"),
    "items": 20,
}


def test_the_ranking_is_that_of_the_statistics(make_run: MakeRun) -> None:
    folder = make_run(**TWO)
    rows = read_table(folder / "outcomes.parquet").query("primary")
    expected = ranking(
        rows,
        value="score",
        item="item_id",
        template="template",
        factor="model",
        rng=np.random.default_rng(SEED),
    )
    (found,) = gather(folder).rankings
    assert found.ranking == expected
    (pair,) = found.pairs
    assert pair.above_wins + pair.turns == 1
    means = rows.groupby(["model", "template"], observed=True)["score"].mean().unstack(0)
    assert pair.templates_turned == (means[pair.below] > means[pair.above]).sum()
    assert means[pair.above].mean() - means[pair.below].mean() == pytest.approx(pair.difference)


@pytest.mark.parametrize("scene", [{"models": ("m",)}, {"templates": ("a", "b")}, {"items": 1}])
def test_one_model_or_few_templates_have_none(make_run: MakeRun, scene: dict[str, Any]) -> None:
    assert gather(make_run(**(TWO | scene))).rankings == ()


def test_only_common_items_and_conditions_count(make_run: MakeRun) -> None:
    contents = gather(make_run(**TWO, failing=0.02, failed_cells=(0,)))
    (found,) = contents.rankings
    assert found.ranking.n["template"] == 4
    assert found.ranking.n["item_id"] < 20


def test_three_models_on_the_page_and_in_the_json(make_run: MakeRun) -> None:
    report = make_report(make_run(**(TWO | {"models": ("m", "n", "o")})))
    found = json.loads(report.json.read_text(encoding="utf-8"))
    (ranked,) = found["rankings"]
    assert len(ranked["pairs"]) == 3
    html = report.html.read_text(encoding="utf-8")
    assert "The ranking of 3 models on GSM8K would come out the same with probability" in html
    for pair in ranked["pairs"]:
        row = f'{100 * pair["above_wins"]:.1f}</td><td class="num">{100 * pair["turns"]:.1f}</td>'
        assert row in html
