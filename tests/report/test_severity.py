import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {
    "models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c"), "items": 20, "shots": (0,),
}  # fmt: skip
SEVERAL = (("none", 0.0), ("typo", 0.2), ("typo", 0.5), ("case", 1.0))


def test_points_are_the_factors_scores_in_order_of_the_edits(make_run: MakeRun) -> None:
    contents = gather(make_run(**ONE, perturbations=SEVERAL))
    (curve,) = contents.severities
    assert curve.perturbation == "typo"
    assert [point.level for point in curve.points] == ["none", "typo 0.2", "typo 0.5"]
    assert [point.realised for point in curve.points] == pytest.approx([0, 0.1, 0.1])
    factor = contents.slices[0].factor("perturbation")
    assert factor is not None
    scores = {level.level: level.estimate for level in factor.levels}
    assert [point.estimate for point in curve.points] == [scores[point.level] for point in curve.points]
    assert curve.points[1].unchanged == pytest.approx(0.2)


def test_one_severity_is_no_curve(make_run: MakeRun) -> None:
    assert gather(make_run(**ONE, perturbations=SEVERAL[:2])).severities == ()


def test_chart_table_and_sentence_are_on_the_page(make_run: MakeRun) -> None:
    report = make_report(make_run(**ONE, perturbations=SEVERAL))
    html = report.html.read_text(encoding="utf-8")
    (curve,) = json.loads(report.json.read_text(encoding="utf-8"))["severities"]
    assert "Score against characters edited by typo: m on GSM8K</title>" in html
    assert "As typo edits more of the touched characters, m on GSM8K goes from" in html
    for point in curve["points"]:
        assert f'<th scope="row">{point["level"]}</th><td class="num">{100 * point["realised"]:.1f}' in html
