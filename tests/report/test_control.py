"""What the control arm comes to, and that no other statistic sees it."""

import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.control import control_findings
from experiments.store.tables import OUTCOMES, outcomes_schema, read_table, replace_table
from stats.intervals import wilson

MakeRun = Callable[..., Path]
ONE = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c"), "items": 40, "odd": 0.0}


def with_arm(folder: Path, scores: list[tuple[float, float]]) -> pd.DataFrame:
    """Adds an arm to a run: the first prompts of cell 0 asked twice more, with these scores."""
    outcomes = read_table(folder / OUTCOMES)
    first = outcomes[(outcomes["cell"] == 0)]
    rows = [outcomes]
    for item, again in zip(first["item_id"].unique(), scores, strict=False):
        of_item = first[first["item_id"] == item]
        rows += [
            of_item.assign(
                control=True,
                primary=False,
                replicate=n + 1,
                score=score,
                extracted=f"read {score}",
                status="wrong",
            )
            for n, score in enumerate(again)
        ]
    together = pd.concat(rows, ignore_index=True)
    table = pa.Table.from_pandas(together, schema=outcomes_schema(), preserve_index=False)
    replace_table(folder / OUTCOMES, table)
    return read_table(folder / OUTCOMES)


def test_shares_variance_and_floor_are_those_of_the_scores(make_run: MakeRun) -> None:
    again = [(0.0, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)]
    outcomes = with_arm(make_run(**ONE), again)
    (found,) = control_findings(outcomes, 0.95)
    primary = outcomes[outcomes["primary"] & (outcomes["cell"] == 0)].head(4)
    sets = [(score, *more) for score, more in zip(primary["score"], again, strict=True)]
    assert (found.model, found.task, found.prompts, found.answers, found.items) == ("m", "gsm8k", 4, 3, 40)
    changed = sum(len(set(scores)) > 1 for scores in sets)
    assert found.scores_changed == wilson(changed, 4, 0.95)
    assert found.answers_changed.value == 1.0  # each repeat was read as something the first answer was not
    assert found.variance == pytest.approx(np.mean([np.var(scores, ddof=1) for scores in sets]))
    assert found.floor == pytest.approx(math.sqrt(found.variance / 40))


def test_prompts_with_an_answer_that_failed_are_left_out(make_run: MakeRun) -> None:
    outcomes = with_arm(make_run(**ONE), [(0.0, 1.0), (math.nan, 1.0)])
    (found,) = control_findings(outcomes, 0.95)
    assert found.prompts == 1
    assert control_findings(outcomes[~outcomes["control"]], 0.95) == ()
    assert control_findings(outcomes.drop(columns="control"), 0.95) == ()


def test_the_engines_variance_is_found_and_no_other_number_changes(make_run: MakeRun) -> None:
    """Scores that are a coin's toss have the variance 1/4."""
    folder = make_run(**{**ONE, "items": 400})
    before = gather(folder)
    rng = np.random.default_rng(3)
    outcomes = with_arm(folder, [tuple(rng.integers(0, 2, 2).astype(float)) for _ in range(400)])
    after = gather(folder)
    assert after.slices[0].score == before.slices[0].score
    assert after.slices[0].factors == before.slices[0].factors
    assert after.quality.statuses == before.quality.statuses
    assert [record.grader for record in after.graders] == [record.grader for record in before.graders]
    (found,) = control_findings(outcomes, 0.95)
    # Of a prompt's three scores two are tosses; the mean of 400 such variances is known to about 0.008.
    assert found.variance == pytest.approx(0.25, abs=0.05)


def test_the_report_says_it_in_a_sentence_a_row_and_a_table(make_run: MakeRun) -> None:
    from rich.console import Console

    folder = make_run(**ONE)
    with_arm(folder, [(0.0, 1.0), (1.0, 1.0)])
    shown = io.StringIO()
    report = make_report(folder, console=Console(file=shown, width=200))
    said = shown.getvalue()
    assert "engine noise, m on gsm8k: 2 prompts asked 3 times" in said
    html = report.html.read_text(encoding="utf-8")
    assert "Engine noise: 2 identical prompts asked 3 times at temperature 0, m on GSM8K" in html
    assert "<dt>Engine noise</dt>" in html
    numbers = json.loads(report.json.read_text(encoding="utf-8"))["quality"]["control"]
    table = pd.read_parquet(folder / "control.parquet")
    assert (numbers[0]["prompts"], table["prompts"].tolist()) == (2, [2])
    assert table["scores_changed"][0] == numbers[0]["scores_changed"]["value"]
