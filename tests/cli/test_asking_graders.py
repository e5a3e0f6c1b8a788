"""Graders that ask another model: paid once, durable, and without a score where there is none."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import main
from tests.loopback import LoopbackServer

RUN = ("run", "task=trivia_mini", "task.limit=6", "name=judged", "grader=judge", "grader.judge.name=referee")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")


def verdict(prompt: str, body: dict[str, Any]) -> str:
    """Right for some answers, by the prompt's length, so that both verdicts occur."""
    return "CORRECT" if len(prompt) % 2 else "INCORRECT"


def outcomes(name: str = "judged") -> pd.DataFrame:
    table = pd.read_parquet(f"runs/{name}/outcomes.parquet")
    return table.astype(dict.fromkeys(table.select_dtypes("category"), str))


def manifest(name: str = "judged") -> dict[str, Any]:
    return json.loads(Path(f"runs/{name}/manifest.json").read_text(encoding="utf-8"))


def test_a_judge_is_asked_once_about_each_completion() -> None:
    with LoopbackServer(responder=verdict) as server:
        judge = f"grader.judge.openai.base_url={server.base_url}"
        assert main([*RUN, judge]) == 0
        asked = server.stats.ok
        assert asked == 6
        judged = outcomes().query("grader == 'judge'")
        assert set(judged["status"]) <= {"correct", "wrong"}
        assert set(judged["extracted"]) <= {"v1: CORRECT", "v1: INCORRECT"}
        assert not judged["primary"].any()
        record = manifest()
        assert [(model["role"], model["name"]) for model in record["models"]] == [
            ("model", "simulated"),
            ("grader", "referee"),
        ]
        assert record["counts"]["sent"] == 12
        assert main([*RUN, judge]) == 0
        assert server.stats.ok == asked, "what was judged is not judged again"
        assert manifest()["counts"]["cached"] == 12
    assert "sk-secret" not in "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in Path("runs").rglob("*")
        if path.is_file()
    )


def test_what_a_judge_would_cost_is_said_and_capped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, "dry_run=true"]) == 0
    shown = capsys.readouterr().out
    assert "referee" in shown
    assert "(grader)" in shown
    assert main([*RUN, "budget.requests=11"]) == 2
    assert "would send 12 requests" in capsys.readouterr().err
    assert not Path("runs/judged").exists()


def test_a_judge_that_is_down_leaves_the_other_graders_scores(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer(error_rate=1.0, error_status=(401,)) as server:
        judge = (f"grader.judge.openai.base_url={server.base_url}", "grader.judge.openai.retries=0")
        assert main([*RUN, *judge]) == 0
    assert "which a grader asks, gave no scores" in capsys.readouterr().err
    table = outcomes()
    assert set(table.query("grader == 'judge'")["status"]) == {"ungraded"}
    assert table.query("grader == 'judge'")["score"].isna().all()
    assert table.query("primary")["score"].notna().all()


def test_without_a_scorer_toxicity_is_not_available_and_never_0(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "real_toxicity_prompts"
    folder.mkdir(parents=True)
    rows = [{"prompt": {"text": f"Once, {number} of them went"}} for number in range(5)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = ("task=real_toxicity_prompts,trivia_mini", f"task.data_dir={tmp_path / 'data'}", "task.limit=5")
    assert main(["run", *task, "name=toxic"]) == 0
    table = outcomes("toxic").query("task == 'real_toxicity_prompts'")
    assert set(table["status"]) == {"ungraded"}
    assert table["score"].isna().all()
    report = json.loads(Path("runs/toxic/report.json").read_text(encoding="utf-8"))
    assert [one["task"] for one in report["slices"]] == ["trivia_mini"]
    assert any("score is not available" in note for note in report["quality"]["notes"])
    with LoopbackServer() as server:
        scored = (
            "grader=perspective",
            f"grader.toxicity.perspective.base_url={server.base_url}",
            "grader.toxicity.perspective.retries=0",
        )
        assert main(["run", *task, "name=toxic", *scored]) == 0, "a scorer that fails fails no cell"
    assert set(outcomes("toxic").query("task == 'real_toxicity_prompts'")["status"]) == {"ungraded"}
