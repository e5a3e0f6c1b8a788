import json
from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.metrics import METRICS, all_metrics
from stats.pss import pss
from stats.sensitivity import sensitivity

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def table_of(tidy: Tidy, seed: int = 1) -> pd.DataFrame:
    chance = [0.8, 0.6, 0.7, 0.5, 0.7]
    table = tidy((np.random.default_rng(seed).random((60, 5)) < chance).astype(float))
    return table.assign(said=np.where(table["score"] == 1, "A", "B"))


def test_every_metric_is_there_with_numbers_or_a_reason(tidy: Tidy):
    table = table_of(tidy)
    found = all_metrics(table, rng=np.random.default_rng(0), draws=50, **COLUMNS)
    assert [row.metric for row in found.rows] == [name for metric in METRICS for name in metric.names]
    assert all((row.measure is None) == bool(row.reason) for row in found.rows)
    assert all(row.measure is None or row.measure.metric == row.metric for row in found.rows)
    assert [row.metric for row in found.rows if row.measure is None] == ["entropy"]
    frame = found.to_frame().set_index("metric")
    assert frame.loc["sigma_template", "raw"] == pytest.approx(
        sensitivity(table, rng=np.random.default_rng(0), **COLUMNS)[0].raw
    )
    assert frame.loc["pss", "raw"] == pss(table, **COLUMNS).pss.raw
    assert (
        frame.loc["entropy", "reason"]
        == "takes answers that are one of a few known classes, as those to multiple choice"
    )
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_answers_and_a_control_arm_fill_what_was_missing(tidy: Tidy):
    table = table_of(tidy)
    repeats = table_of(tidy, 2).assign(repeat=True)
    marked = pd.concat([table.assign(repeat=False), repeats])
    found = all_metrics(
        marked,
        answer="said",
        classes=["A", "B"],
        control="repeat",
        rng=np.random.default_rng(0),
        draws=50,
        **COLUMNS,
    )
    frame = found.to_frame().set_index("metric")
    assert (frame["reason"] == "").all()
    assert frame["floor"].drop("entropy").notna().all()


def test_a_table_that_allows_little_says_why(tidy: Tidy):
    one = tidy(np.random.default_rng(1).random((20, 1)))
    found = all_metrics(one, rng=np.random.default_rng(0), draws=50, **COLUMNS)
    reasons = {row.metric: row.reason for row in found.rows}
    assert "at least 2 levels of 'template'" in reasons["spread"]
    assert "no item has answers with two levels" in reasons["flip_rate"]
    wide = tidy(3 * np.random.default_rng(1).random((20, 4)))
    reasons = {
        row.metric: row.reason
        for row in all_metrics(wide, k=9, rng=np.random.default_rng(0), draws=50, **COLUMNS).rows
    }
    assert "scores in [0, 1]" in reasons["cps"]
    assert reasons["worst_of_k"] == "takes 9 templates or more, and there are 4"
    assert reasons["sigma_template"] == ""
    holed = table_of(tidy)
    holed.loc[0, "score"] = np.nan
    found = all_metrics(holed, rng=np.random.default_rng(0), draws=50, **COLUMNS)
    assert all("no finite number in 1 of 300 rows" in row.reason for row in found.rows[:-1])
