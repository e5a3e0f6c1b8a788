"""The commands beside `run`: show, validate, regrade."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import main


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def outcomes(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "outcomes.parquet")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["run", "task=trivia_mini,choice_mini", "task.limit=12", "name=first"]) == 0
    capsys.readouterr()
    return Path("runs/first")


def test_regrading_reports_another_grader_and_calls_no_model(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = outcomes(run)
    store = Path("runs/completions.sqlite").read_bytes()
    assert main(["regrade", str(run), "strict"]) == 0
    said = capsys.readouterr().out
    assert "trivia_mini: the reported score of 0 of 12 outcomes is another now" in said
    assert "report.html" in said
    after = outcomes(run)
    assert len(after) == len(before)
    reported = after[after["primary"]].groupby("task", observed=True)["grader"].unique()
    assert {str(task): list(names) for task, names in reported.items()} == {
        "trivia_mini": ["short_exact"],
        "choice_mini": ["choice_letter"],
    }
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert [cell["graders"] for cell in manifest["cells"]] == [
        ["short_exact", "short_contains"],
        ["choice_letter", "choice_letter_or_text"],
    ]
    assert Path("runs/completions.sqlite").read_bytes() == store


def test_regrading_wants_a_sandbox_only_for_programs(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no bwrap here
    assert main(["regrade", str(run), "strict"]) == 0


def test_regrading_gives_what_grading_gave(run: Path) -> None:
    before = outcomes(run)
    assert main(["regrade", str(run), "aligned"]) == 0
    after = outcomes(run)
    order = ["cell", "grader", "item_id"]
    pd.testing.assert_frame_equal(
        before.sort_values(order, ignore_index=True).astype(str),
        after.sort_values(order, ignore_index=True).astype(str),
    )


def test_tasks_that_no_grader_fits_stay_as_they_are(run: Path) -> None:
    before = outcomes(run)
    assert main(["regrade", str(run), "short_exact"]) == 0
    after = outcomes(run)
    same = [table[table["task"] == "choice_mini"].reset_index(drop=True) for table in (before, after)]
    pd.testing.assert_frame_equal(same[0].astype(str), same[1].astype(str))


@pytest.mark.parametrize(
    ("graders", "message"),
    [
        (["short_exakt"], "there is no grader 'short_exakt'; did you mean 'short_exact'?"),
        (["number_last"], "none of number_last is for choice or short answers"),
        (["judge"], "run the sweep again with it"),
        (["choice_likelihood"], "other completions than this run has"),
    ],
)
def test_what_cannot_be_regraded_changes_nothing(
    run: Path, graders: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    assert main(["regrade", str(run), *graders]) == 2
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_regrading_where_there_is_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regrade", "runs/nowhere", "strict"]) == 2
    assert "there is no run in runs/nowhere" in capsys.readouterr().err


def test_show_prints_the_prompt_and_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "task=choice_mini", "shots=2", "-n", "2", "--start", "3"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("right ─") == 2
    assert "choice_mini" in shown
    assert "(A)" in shown
    assert not list(Path.cwd().iterdir()), "showing leaves nothing behind"


def test_show_prints_every_turn_of_a_chat(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "task=trivia_mini", "form=chat", "shots=1", "template=qa/q_a_instruction"]) == 0
    shown = capsys.readouterr().out
    assert [shown.count(f"[{role}]") for role in ("system", "user", "assistant")] == [1, 2, 1]


def test_validate_finds_the_shipped_sets_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "task=trivia_mini,arithmetic_mini,choice_mini"]) == 0
    shown = capsys.readouterr().out
    assert shown.count(" ok") == 3
    assert "NOT FIT" not in shown
    assert not list(Path.cwd().iterdir())


def test_validate_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data" / "trivia_qa" / "unfiltered.nocontext"
    folder.mkdir(parents=True)
    rows = [
        {"question": f"What is {number}?", "answer": {"value": "word " * 3 + "\nbreak", "aliases": []}}
        for number in range(20)
    ]
    for split in ("validation", "train"):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert main(["validate", "task=triviaqa", f"task.data_dir={tmp_path / 'data'}"]) == 1
    assert "NOT FIT" in capsys.readouterr().out


def test_validate_names_a_task_that_cannot_be_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "task=gsm8k,trivia_mini", f"task.data_dir={tmp_path}"]) == 1
    shown = capsys.readouterr().out
    assert "task gsm8k" in shown


@pytest.mark.parametrize("words", [["list"], ["list", "models"], ["regrade", "runs/first", "strict"]])
def test_a_folder_of_configuration_that_is_not_there_is_said(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("runs/first").mkdir(parents=True)
    assert main([*words, "--config-dir", "absent"]) == 2
    assert "--config-dir: there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["run", "--info", "all"], ["plan", "--help"]])
def test_a_reader_that_has_seen_enough_ends_it_quietly(words: list[str], unbuffered: str) -> None:
    command = [sys.executable, "-m", "experiments.cli", *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.parametrize("command", ["show", "validate", "regrade"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"usage: fathom {command}" in capsys.readouterr().out


def test_validate_asks_nothing_of_texts_without_a_gold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "real_toxicity_prompts"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"prompt": {"text": "Once upon"}}\n', "utf-8")
    assert main(["validate", "task=real_toxicity_prompts", f"task.data_dir={tmp_path}"]) == 0
    assert " ok" in capsys.readouterr().out


def test_what_is_not_perturbed_is_asked_once_however_severely(tmp_path: Path) -> None:
    words = ["perturbation=none,keyboard_typo", "perturbation.severity=0.1,0.3", "perturbation.seed=0,1"]
    assert main(["run", "task.limit=3", f"runs_dir={tmp_path}", "name=some", *words]) == 0
    outcomes = pd.read_parquet(tmp_path / "some" / "outcomes.parquet").query("primary")
    cells = outcomes.groupby("cell")[["perturbation", "severity", "perturbation_seed"]].first()
    found = sorted(tuple(row) for row in cells.itertuples(index=False))
    assert found == [
        *(("keyboard_typo", severity, seed) for severity in (0.1, 0.3) for seed in (0, 1)),
        ("none", 0.0, 0),
    ]


def test_cells_that_no_table_could_tell_apart_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", f"runs_dir={tmp_path}", "name=same", "model.simulated.mean=0.3,0.6"]) == 2
    said = capsys.readouterr().err
    assert "would tell model.simulated.mean=0.3 from model.simulated.mean=0.6" in said
    assert not (tmp_path / "same").exists()
