from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.shots import turned

MakeRun = Callable[..., Path]
SCENE: dict[str, Any] = {"templates": ("a", "b", "c"), "items": 12, "graders": ("strict",)}


def test_points_come_by_number_of_shots_whatever_was_given_first(make_run: MakeRun) -> None:
    curves = gather(make_run(**SCENE, shots=(5, 0, 1))).shots
    assert [(curve.task, curve.model) for curve in curves] == [
        ("trivia_mini", "smollm2"),
        ("trivia_mini", "qwen3"),
        ("gsm8k", "smollm2"),
        ("gsm8k", "qwen3"),
    ]
    for curve in curves:
        assert curve.reference == "5"
        assert [point.shots for point in curve.points] == [0, 1, 5]
        assert [point.gain is None for point in curve.points] == [False, False, True]


def test_a_gain_from_chain_of_thought_is_with_minus_without(make_run: MakeRun) -> None:
    one = {**SCENE, "models": ("m",), "tasks": ("gsm8k",), "cot_effect": 0.3}
    (off_first,) = gather(make_run("first", **one, cot=(False, True))).cot
    contents = gather(make_run("last", **one, cot=(True, False)))
    (on_first,) = contents.cot
    assert off_first.gain.value > 0.1
    assert on_first.gain.value > 0.1
    assert on_first.gain.low < on_first.gain.value < on_first.gain.high
    assert on_first.gain.value == pytest.approx(on_first.with_it - on_first.without)
    finding = contents.slices[0].factor("cot")
    assert finding is not None
    assert finding.reference == "on"
    effect = finding.effects[0].crossed
    assert effect is not None
    assert turned(on_first.gain) == effect


def test_nothing_is_said_of_what_was_not_varied(make_run: MakeRun) -> None:
    contents = gather(make_run(**SCENE, shots=(0,)))
    assert contents.shots == contents.cot == ()


def test_panels_forest_and_tables_are_on_the_page(make_run: MakeRun) -> None:
    html = make_report(make_run(**SCENE, shots=(0, 1), cot=(False, True))).html.read_text(encoding="utf-8")
    assert "Score by shots on TriviaMini</title>" in html
    assert "Score by shots on GSM8K</title>" in html
    assert "What chain of thought gains every model on every task</title>" in html
    scene = {**SCENE, "models": ("m",), "tasks": ("gsm8k",), "shots": (0,)}
    without = make_report(make_run("none", **scene)).html.read_text(encoding="utf-8")
    assert "What examples and chain of thought gain" not in without
