import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.numerals import hundredths
from experiments.report.sentences import Kind
from experiments.report.suite import category_scores
from experiments.store.manifest import read_manifest, write_manifest
from stats.passk import pass_at_k_score
from tests.report.page_tables import of_pair, page_tables

MakeRun = Callable[..., Path]
SHAPE: dict[str, Any] = {"models": ("m",), "templates": ("a",), "shots": (0,), "items": 12}


def task(name: str, category: str, subcategory: str, *, better: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.upper(),
        "category": category,
        "subcategory": subcategory,
        "higher_is_better": better,
    }


def outcomes(scores: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        {
            "model": "m",
            "task": name,
            "item_id": f"{name}{place}",
            "cell": cell,
            "score": score,
            "primary": True,
        }
        for cell, (name, values) in enumerate(scores.items())
        for place, score in enumerate(values)
    ]
    return pd.DataFrame(rows)


class Analysed:
    """What is read of a slice."""

    def __init__(self, task: str) -> None:
        self.model, self.task = "m", task


def test_the_radar_rule_by_hand():
    table = outcomes(
        {"q": [1, 0, 0, 0], "w": [1, 1, 0, 0], "x": [1, 1, 1, 0], "toxic": [0.1, 0.3], "t": [0, 1]}
    )
    manifest = {
        "tasks": [
            task("toxic", "Safety", "Toxicity", better=False),
            task("t", "Safety", "Truthfulness"),
            task("q", "Knowledge", "QA"),
            task("w", "Knowledge", "QA"),
            task("x", "Knowledge", "Exams"),
            task("lost", "Knowledge", "Exams"),
        ]
    }
    slices: Any = [Analysed(name) for name in ("q", "w", "x", "toxic", "t")]
    knowledge, safety = category_scores(table, slices, manifest, 0.95)
    assert knowledge.category == "Knowledge"
    assert knowledge.estimate.value == pytest.approx(((0.25 + 0.5) / 2 + 0.75) / 2)
    assert knowledge.missing == ("LOST",)
    assert safety.estimate.value == pytest.approx((0.8 + 0.5) / 2)
    assert [(one.title, one.turned) for one in safety.benchmarks] == [("TOXIC", True), ("T", False)]


def test_a_run_of_one_task_has_no_categories(make_run: MakeRun):
    assert gather(make_run(tasks=("gsm8k",), **SHAPE)).categories == ()


def test_category_scores_lead_where_nothing_is_swept(make_run: MakeRun):
    contents = gather(make_run(**SHAPE))
    assert [one.category for one in contents.categories] == ["Knowledge", "Math"]
    first = contents.sentences[0]
    assert first.kind is Kind.categories
    assert "in Knowledge and" in first.text
    for one in contents.categories:
        assert 0 <= one.estimate.low <= one.estimate.value <= one.estimate.high <= 1
        assert np.isclose(one.estimate.value, one.benchmarks[0].value)


def test_pass_at_k_needs_several_samples_of_code(make_run: MakeRun):
    folder = make_run(**{**SHAPE, "tasks": ("gsm8k",), "temperature": 0.8})
    manifest = read_manifest(folder)
    manifest["tasks"][0]["metric"] = "pass@1"
    write_manifest(folder, manifest)
    assert gather(folder).slices[0].pass_at == ()
    table = pd.read_parquet(folder / "outcomes.parquet")
    several = pd.concat([table.assign(replicate=number) for number in range(5)])
    several.to_parquet(folder / "outcomes.parquet")
    one = gather(folder).slices[0]
    assert [k for k, _ in one.pass_at] == [1, 5]
    assert one.pass_at[0][1].value == pytest.approx(one.score.fixed.value)
    report = make_report(folder)
    (table,) = (
        found
        for found in page_tables(report.html.read_text(encoding="utf-8"))
        if found.caption.startswith("Pass@k")
    )
    mine = several[several["primary"]]
    written: list[list[str]] = []
    for k in (1, 5):
        passed = pass_at_k_score(mine, value="score", item="item_id", k=k)
        ends = f"[{hundredths(passed.low)}, {hundredths(passed.high)}]"
        written.append([str(k), hundredths(passed.value), ends])
    numbers = json.loads(report.json.read_text(encoding="utf-8"))
    assert table.rows == of_pair(numbers, 0, table.caption) == written
