"""docs/results.md: its lines run as they stand, and its table has the columns there are."""

import math
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from experiments.grading.grade import Status
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema, write_table

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
SCORES = {"qa/plain": [1.0, 0.0, 1.0], "qa/polite": [0.0, 0.5, math.nan]}  # the last request failed


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run's two tables; each answer is scored by a second grader as well, which is never right."""
    rows = [
        {
            "template": template,
            "item_id": f"item-{place}",
            "grader": grader,
            "primary": grader == "first",
            "score": score if grader == "first" else 0.0,
            "status": "failed" if math.isnan(score) else "correct" if score else "wrong",
            "key": f"{template} {place}",
        }
        for grader in ("first", "second")
        for template, scores in SCORES.items()
        for place, score in enumerate(scores)
    ]
    folder = tmp_path / "runs" / "quickstart"
    folder.mkdir(parents=True)
    write_table(folder / OUTCOMES, filled(rows, outcomes_schema()), outcomes_schema())
    asked = [{"key": row["key"], "prompt": f"? {row['key']}", "completion": "!"} for row in rows[:6]]
    write_table(folder / REQUESTS, filled(asked, requests_schema()), requests_schema())
    monkeypatch.chdir(tmp_path)
    return folder


def filled(rows: list[dict[str, Any]], schema: Any) -> dict[str, list[Any]]:
    """Rows as columns; a column that they lack is empty, 0 or false."""

    def nothing(kind: Any) -> object:
        if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
            return ""
        return False if pa.types.is_boolean(kind) else 0

    return {field.name: [row.get(field.name, nothing(field.type)) for row in rows] for field in schema}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def rows_of(sql: str) -> list[Any]:
    found = duckdb.sql(sql)
    assert found is not None
    return found.fetchall()


def test_the_line_of_pandas(run: Path) -> None:
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[0], "docs/results.md", "exec"), names)
    means = names["outcomes"].groupby("template", observed=True)["score"].mean()
    assert means.to_dict() == pytest.approx({"qa/plain": 2 / 3, "qa/polite": 0.25})


def test_the_line_of_duckdb_in_a_shell(run: Path) -> None:
    (line,) = blocks("sh")
    sql = line.strip().removeprefix('duckdb -c "').removesuffix('"').replace('\\"', '"')
    assert dict(rows_of(sql)) == pytest.approx({"qa/plain": 2 / 3, "qa/polite": 0.25})


def test_the_line_of_duckdb_in_python(run: Path) -> None:
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[1], "docs/results.md", "exec"), names)
    means: pd.DataFrame = names["means"]
    assert means[["template", "answers"]].to_numpy().tolist() == [["qa/plain", 3], ["qa/polite", 2]]
    assert means["score"].tolist() == pytest.approx([2 / 3, 0.25])


def test_the_line_that_finds_what_was_said(run: Path) -> None:
    (sql,) = blocks("sql")
    assert sorted(rows_of(sql)) == [
        ("item-0", "qa/polite", "? qa/polite 0", "!"),
        ("item-1", "qa/plain", "? qa/plain 1", "!"),
    ]


def test_the_page_has_every_column_and_status_and_no_other() -> None:
    table = PAGE.split("## The columns of")[1]
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", table, flags=re.MULTILINE)
    columns = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    assert sorted(columns) == sorted(outcomes_schema().names)
    (statuses,) = (holds for names, holds in rows if names == "`status`")
    assert set(re.findall(r"`(\w+)`", statuses)) == {status.value for status in Status}
