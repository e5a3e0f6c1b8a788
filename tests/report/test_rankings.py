import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.findings import SEED
from experiments.report.rankings import Pair, TaskRanking, ranking_sentence
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


@pytest.mark.parametrize("models", ["mn", "mno"])
def test_models_of_one_score_have_no_order_to_be_certain_of(models: str) -> None:
    model, item, template = np.indices((len(models), 12, 4)).reshape(3, -1)
    score = np.where(model == 2, 0.0, (item + template) % 2)
    table = pd.DataFrame({"m": np.array(list(models))[model], "i": item, "t": template, "s": score})
    rng = np.random.default_rng(1)
    found = ranking(table, value="s", item="i", template="t", factor="m", rng=rng, draws=200)
    pairs = tuple(
        Pair(str(one.above), str(one.below), one.difference, 1 - one.probability, one.probability, 0, 4)
        for one in found.reversals
    )
    said = ranking_sentence(TaskRanking("t", "Quiz", found, pairs))
    assert said.text.startswith("m and n have the same score on Quiz, and so no order")
    assert "certain" not in said.more


def test_templates_that_are_there_already_are_not_called_for(make_run: MakeRun) -> None:
    (found,) = gather(make_run(**TWO)).rankings
    for needed, said in ((3, "would already make"), (4, "would already make"), (5, "would make")):
        one = replace(found, ranking=replace(found.ranking, templates_needed=needed))
        assert said in ranking_sentence(one).more
