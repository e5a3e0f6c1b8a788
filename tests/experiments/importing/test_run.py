"""What a run folder holds, and that it is written whole or not at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.importing import write

from .conftest import Import


def table(name: str, scores: str, template: str = "x", first: int = 0) -> str:
    """A table with an item for each of the scores."""
    rows = [f"i{number},{score},{template}" for number, score in enumerate(scores.split(), start=first)]
    Path(name).write_text("item,score,template\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return name


WHAT = ("--model", "m", "--task", "t")


def test_batches_of_any_size_give_the_same_tables(imported: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table("t.csv", "1 0 0.5 1 0 1")
    whole = imported("table", path, *WHAT).outcomes
    for size in (1, 2, 4):
        monkeypatch.setattr(write, "_BATCH", size)
        parts = imported("table", path, *WHAT, name=f"y{size}").outcomes
        assert parts.astype(str).equals(whole.astype(str))


def test_the_record_says_what_is_not_known_and_the_page_shows_a_dash(imported: Import) -> None:
    run = imported("table", table("t.csv", "1 0 1"), *WHAT, report=True)
    quality = run.report["quality"]
    unknown = ("sent", "cached", "prompt_tokens", "completion_tokens", "usd", "wall_s")
    assert {name: quality[name] for name in unknown} == dict.fromkeys(unknown)
    assert any("Imported from logs of a table (1 file)" in note for note in quality["notes"])
    assert "replicates" not in " ".join(quality["notes"]).lower()
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    for what in ("Requests sent", "Tokens", "Cost", "Wall time"):
        assert f"<dt>{what}</dt><dd>–" in page
    assert "· imported <time" in page
    assert run.report["run"]["command"].startswith("fathom")


def test_repeated_answers_are_samples_of_their_cell_and_no_collapsed_replicates(imported: Import) -> None:
    Path("t.csv").write_text(
        "item,score,replicate\na,1,0\na,0,1\na,1,2\nb,1,0\nb,1,1\nb,1,2\n", encoding="utf-8"
    )
    run = imported("table", "t.csv", *WHAT, report=True)
    (cell,) = run.manifest["cells"]
    assert (cell["samples"], cell["engine_noise"], cell["items"]) == (3, True, 2)
    (one,) = run.report["slices"]
    assert one["score"]["fixed"]["value"] == pytest.approx(5 / 6)
    assert not any("collapsed" in note for note in run.report["quality"]["notes"])


def test_files_may_be_replicates(imported: Import) -> None:
    paths = [table("a.csv", "1 0"), table("b.csv", "1 1")]
    run = imported("table", *(f"{n}={path}" for n, path in enumerate(paths)), "--factor", "replicate", *WHAT)
    assert run.outcomes["replicate"].tolist() == [0, 0, 1, 1]


def test_failed_answers_are_counted_by_cell(imported: Import) -> None:
    run = imported("table", table("t.csv", "1 nan 0"), *WHAT)
    (cell,) = run.manifest["cells"]
    assert cell["error"] == "1 of 3 answers failed: the log has no score for it"
    assert run.manifest["counts"]["failed_cells"] == 1


def test_where_lower_is_better_nothing_is_right_or_wrong(imported: Import) -> None:
    run = imported("table", table("t.csv", "1 0 0.2"), *WHAT, "--lower-is-better")
    assert set(run.outcomes["status"]) == {"scored"}
    assert run.manifest["tasks"][0]["higher_is_better"] is False


def test_compare_and_gate_take_imported_runs(imported: Import) -> None:
    scores = {"old": "1 0" + 398 * " 1", "like": "0 1" + 398 * " 1", "bad": "1 0" + 199 * " 1" + 199 * " 0"}
    for name, row in scores.items():
        imported("table", table(f"{name}.csv", row), *WHAT, name=name)
    assert main(["compare", "runs/bad", "--baseline", "runs/old"]) == 0
    (comparison,) = json.loads(Path("runs/bad/compare.json").read_text(encoding="utf-8"))["comparisons"]
    (task,) = comparison["tasks"]
    assert (task["verdict"], task["items"]) == ("worse", 400)
    assert "−49.8\u00a0points" in comparison["sentences"][0]
    assert main(["gate", "runs/bad", "--baseline", "runs/old", "--score-only"]) == 1
    assert main(["gate", "runs/like", "--baseline", "runs/old", "--score-only"]) == 0
    assert main(["report", "runs/bad", "runs/old", "--output", "both"]) == 0
    quality = json.loads(Path("both/report.json").read_text(encoding="utf-8"))["quality"]
    assert quality["usd"] is None
    assert sum("Imported from" in note for note in quality["notes"]) == 2


def test_several_tasks_without_a_category_have_no_category_score(imported: Import) -> None:
    paths = [table("a.csv", "1 0"), table("b.csv", "1 1")]
    run = imported("table", f"task=a={paths[0]}", f"task=b={paths[1]}", "--model", "m", report=True)
    assert run.report["categories"] == []
    assert {one["task"]: one["score"]["fixed"]["value"] for one in run.report["slices"]} == {"a": 0.5, "b": 1}


def test_an_imported_run_is_not_graded_again(imported: Import, capsys: pytest.CaptureFixture[str]) -> None:
    imported("table", table("t.csv", "1 0"), *WHAT)
    assert main(["regrade", "runs/x", "strict"]) == 2
    assert "runs/x was imported, its items are not known" in capsys.readouterr().err


def test_nothing_is_left_of_an_import_that_fails_late(refused: Callable[..., str]) -> None:
    paths = [table("a.csv", "1 0 1"), table("b.csv", "1 0 2", template="y")]
    assert "b.csv, line 4: score of item i2 is 2, outside 0 to 1" in refused("table", *paths, *WHAT)
    assert list(Path("runs").iterdir()) == []


def test_an_import_takes_only_an_imports_place(imported: Import, capsys: pytest.CaptureFixture[str]) -> None:
    path = table("t.csv", "1 0")
    imported("table", path, *WHAT)
    again = ["import", "table", path, *WHAT, "--output", "runs/x"]
    assert main(again) == 2
    assert "runs/x is there already: choose another --output, or add --overwrite" in capsys.readouterr().err
    run = imported("table", table("u.csv", "1 1"), *WHAT, "--overwrite")
    assert run.scores("task") == {"t": 1.0}
    Path("mine").mkdir()
    assert main([*again[:-1], "mine", "--overwrite"]) == 2
    assert "mine is no imported run: it is not overwritten" in capsys.readouterr().err


def test_a_failed_import_leaves_the_earlier_one(imported: Import, capsys: pytest.CaptureFixture[str]) -> None:
    imported("table", table("t.csv", "1 0"), *WHAT)
    broken = ["import", "table", table("u.csv", "1 7"), *WHAT, "--output", "runs/x", "--overwrite"]
    assert main(broken) == 2
    run = imported("table", table("v.csv", "1 1 1"), *WHAT, name="y")
    assert len(run.outcomes) == 3
    assert Path("runs/x/manifest.json").is_file()


def test_text_that_no_file_can_hold_is_replaced(imported: Import) -> None:
    row = '{"doc_id": "\\ud800", "filtered_resps": ["\\udfff"], "resps": [["\\ud83d"]], "acc": 1}\n'
    Path("samples_t_1.jsonl").write_text(row, encoding="utf-8")
    run = imported("lm-eval", "samples_t_1.jsonl", *WHAT)
    assert run.outcomes[["item_id", "extracted"]].iloc[0].tolist() == ["?", "?"]
    assert run.requests["completion"].tolist() == ["?"]


def test_a_path_without_logs_and_a_scale_of_nothing_are_refused(refused: Callable[..., str]) -> None:
    assert "--scale is 0, expected more than 0" in refused(
        "table", table("t.csv", "1"), *WHAT, "--scale", "0"
    )
    assert "there is no score in e.csv" in refused("table", table("e.csv", ""), *WHAT)


def test_a_metric_that_a_file_lacks_is_not_reported_for_the_others(refused: Callable[..., str]) -> None:
    Path("a.csv").write_text("item,metric,score\na,f1,1\na,em,1\n", encoding="utf-8")
    Path("b.csv").write_text("item,metric,score\na,em,1\n", encoding="utf-8")
    said = refused("table", "x=a.csv", "y=b.csv", *WHAT, "--metric", "f1", "--metric", "em")
    assert "t with template y (m) has no f1: choose with --metric one that all logs have" in said
