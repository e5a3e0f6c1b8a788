import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.store.tables import read_table
from stats.sensitivity import sensitivity

MakeRun = Callable[..., Path]


def test_every_grader_scores_the_same_completions(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",), odd=0.5)
    contents = gather(folder)
    strict, lenient = contents.graders
    rows = read_table(folder / "outcomes.parquet")
    means = rows.groupby("grader", observed=True)["score"].mean()
    assert (strict.grader, strict.primary) == ("strict", True)
    assert (lenient.grader, lenient.primary) == ("lenient", False)
    assert abs(strict.score.fixed.value - means["strict"]) < 1e-12
    assert abs(lenient.score.fixed.value - means["lenient"]) < 1e-12
    assert lenient.score.fixed.value > strict.score.fixed.value
    assert strict.score == contents.slices[0].score
    assert strict.templates == contents.slices[0].factors[0].sensitivity


def test_one_grader_needs_no_audit(make_run: MakeRun) -> None:
    assert gather(make_run(graders=("strict",))).graders == ()


def test_what_another_grader_takes_away_is_that_of_the_statistics(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",), shots=(0,), odd=0.8)
    contents = gather(folder)
    (share,) = contents.shares
    effect = share.effect
    assert (effect.reported, effect.best) == ("strict", "lenient")
    rows = read_table(folder / "outcomes.parquet")
    variances = [
        sensitivity(
            rows[rows["grader"] == grader],
            value="score",
            item="item_id",
            template="template",
            rng=np.random.default_rng(0),
            draws=50,
        )[0].signed
        for grader in ("strict", "lenient")
    ]
    assert variances[0] is not None
    assert variances[1] is not None
    assert abs(effect.difference.value - (variances[0] - variances[1])) < 1e-12


def test_the_graders_sentence_is_on_the_page_in_the_json_and_on_the_terminal(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",), odd=0.8)
    console = Console(record=True, width=300, file=io.StringIO())
    report = make_report(folder, console=console)
    found = json.loads(report.json.read_text(encoding="utf-8"))
    (sentence,) = [one["text"] for one in found["sentences"] if one["kind"] == "grader"]
    assert sentence.startswith("Graded by lenient instead of strict, the same answers of m on GSM8K have")
    assert sentence in report.html.read_text(encoding="utf-8")
    assert sentence in console.export_text()
    (effect,) = found["grader_effects"]
    assert f"{100 * effect['effect']['vanishing']['value']:.1f}" in sentence.replace("−", "-")


def test_failed_requests_are_no_hindrance_to_the_audit(make_run: MakeRun) -> None:
    contents = gather(make_run(models=("m",), tasks=("gsm8k",), failing=0.02, odd=0.4))
    assert len(contents.graders) == 2
    (share,) = contents.shares
    assert share.effect.difference.n["item_id"] == contents.slices[0].compared
