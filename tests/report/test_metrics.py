import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.findings import varying
from experiments.report.metrics import ITEM_METRICS, first_condition, repeats_of_prompts
from experiments.store.tables import read_table
from stats.metrics import METRICS
from stats.pss import pss

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c", "d"), "items": 15}


def test_every_metric_has_a_row_with_numbers_or_a_reason(make_run: MakeRun) -> None:
    (found,) = gather(make_run(**ONE)).metrics
    assert [row.name for row in found.rows] == [name for metric in METRICS for name in metric.names]
    for row in found.rows:
        assert (row.measure is None) == bool(row.reason)
    entropy = next(row for row in found.rows if row.name == "entropy")
    assert "classes" in entropy.reason


def test_sigma_is_that_of_the_factor_and_names_no_other_verdict(make_run: MakeRun) -> None:
    contents = gather(make_run(**ONE))
    headline = contents.slices[0].factors[0].headline
    sigma = contents.metrics[0].rows[0].measure
    assert headline is not None
    assert sigma is not None
    assert (sigma.raw, sigma.floor, sigma.corrected, sigma.p_value) == (
        headline.raw,
        headline.floor,
        headline.corrected,
        headline.p_value,
    )


@pytest.mark.parametrize("shots", [(0,), (0, 5)])
def test_the_factor_s_own_table_and_that_of_all_metrics_give_the_same_numbers(
    make_run: MakeRun, shots: tuple[int, ...]
) -> None:
    contents = gather(make_run(**ONE, shots=shots))
    found = {row.name: row.measure for row in contents.metrics[0].rows}
    (template,) = (one for one in contents.slices[0].factors if one.factor == "template")
    assert {one.metric for one in template.sensitivity} == {"sigma_template", "spread", "pdr"}
    for one in template.sensitivity:
        other = found[one.metric]
        assert other is not None
        for name in ("raw", "floor", "corrected", "low", "high", "p_value"):
            assert getattr(other, name) == pytest.approx(getattr(one, name), nan_ok=True)


def test_metrics_of_items_do_not_take_shots_for_chance(make_run: MakeRun) -> None:
    folder = make_run(**ONE, shots=(0, 5))
    found = {row.name: row for row in gather(folder).metrics[0].rows}
    rows = read_table(folder / "outcomes.parquet").query("primary")
    first = rows[rows["shots"] == 0]
    expected = pss(first, value="score", item="item_id", template="template").pss
    measure = found["pss"].measure
    assert measure is not None
    assert measure.raw == expected.raw
    assert np.isnan(measure.floor)
    assert found["pss"].basis == "shots 0 only"
    assert found["sigma_template"].basis == "every condition, averaged"
    assert {name for name, row in found.items() if row.basis == "shots 0 only"} == ITEM_METRICS


def test_sampled_repeats_are_a_floor_and_no_condition(make_run: MakeRun) -> None:
    folder = make_run(**ONE, shots=(0,), replicates=(0, 1, 2), temperature=0.7)
    found = {row.name: row.measure for row in gather(folder).metrics[0].rows}
    measure = found["pss"]
    assert measure is not None
    assert np.isfinite(measure.floor)
    rows = read_table(folder / "outcomes.parquet").query("primary").assign(sampled=True)
    assert len(first_condition(rows, varying(rows))[0]) == len(rows)


def test_the_control_arm_is_one_prompt_an_item(make_run: MakeRun) -> None:
    rows = read_table(make_run(**ONE, shots=(0,)) / "outcomes.parquet").query("primary")
    assert repeats_of_prompts(rows) is None
    asked = rows[rows["cell"].isin([0, 2]) & rows["item_id"].isin(["gsm8k-1", "gsm8k-2"])]
    again = asked.assign(control=True, primary=False)
    both = repeats_of_prompts(pd.concat([rows, again, again], ignore_index=True))
    assert both is not None
    assert both.groupby("item_id", observed=True)["cell"].unique().map(list).to_dict() == {
        "gsm8k-1": [0],
        "gsm8k-2": [0],
    }
    assert both.groupby("item_id", observed=True).size().tolist() == [3, 3]


@pytest.mark.parametrize("scene", [{"templates": ("a",)}, {"items": 1}])
def test_without_templates_or_items_there_are_none(make_run: MakeRun, scene: dict[str, Any]) -> None:
    assert gather(make_run(**(ONE | scene))).metrics == ()


def test_the_page_has_the_table_folded_and_the_json_its_numbers(make_run: MakeRun) -> None:
    report = make_report(make_run(**ONE, shots=(0,)))
    html = report.html.read_text(encoding="utf-8")
    (found,) = json.loads(report.json.read_text(encoding="utf-8"))["template_metrics"]
    folded = html.split("<summary>Every metric of template sensitivity</summary>")[1].split("</details>")[0]
    for row in found["rows"]:
        assert f"<code>{row['name']}</code>" in folded
    cvar = next(row["measure"] for row in found["rows"] if row["name"] == "cvar")
    assert f">{100 * cvar['raw']:.1f}<" in folded
