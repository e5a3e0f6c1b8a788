from collections.abc import Callable
from pathlib import Path

from experiments.report.contents import gather
from experiments.store.tables import read_table

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
