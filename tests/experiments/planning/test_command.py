"""`fathom plan` on its command line: what it prints, writes and returns, and the commands it gives."""

import json
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.planning.questions import COMPUTED, TITLES, Question
from experiments.sweep.compose import ComposedCell
from experiments.sweep.preview import Shown
from experiments.sweep.run import run_cells


def no_report(folder: Path) -> None:
    """Nothing: what is planned from needs none."""


def unreported(*runs: Path, output: Path | None = None) -> None:
    """Nothing, likewise, for what was imported."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")

    def swept(*words: str) -> None:
        common = ["run", "task=trivia_mini", "task.limit=20", f"runs_dir={folder}"]
        assert main([*common, *words], Lab(run_cells, no_report)) == 0

    few = "template=qa/q_a,qa/fathom,qa/q_a_dense,qa/q_a_upper"
    swept("name=two", few, "shots=0,1", "model.name=one,two", "model.simulated.sigma_template=0.02")
    swept("name=seeds", few, "shots=1", "exemplars.seed=3,1")
    swept("name=sampled", few, "sampling=sampled", "sampling.samples=2", "sampling.seed=5")
    swept(
        "name=chained",
        few,
        "perturbation=none,keyboard_typo+case",
        "perturbation.severity=0.2",
        "budget.usd=1",
    )
    swept("name=far", few, "model.name=far", "shots=0,1", "model.simulated.mean=0.3")
    swept("name=one_template", "shots=0,1")
    return folder


def planned(*words: str, folder: Path) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the plans of a command."""
    code = main(["plan", *words, "--json", str(folder / "plan.json")])
    return code, json.loads((folder / "plan.json").read_text(encoding="utf-8"))["plans"]


def cells_of(command: str) -> list[ComposedCell]:
    """What a pasted command would run, composed and checked."""
    words = shlex.split(command)
    assert words[:3] == ["fathom", "run", "-m"]
    found: list[ComposedCell] = []

    def keep(cells: Sequence[ComposedCell], folder: Path) -> Shown:
        found.extend(cells)
        return Shown()

    assert main([*words[1:], "dry_run=true"], Lab(keep, no_report)) == 0
    return found


def test_the_pasted_command_runs_the_design(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code, (plan,) = planned(
        f"{runs}/two:one", f"{runs}/far", "--question", "better", "--difference", "20", folder=tmp_path
    )
    design = plan["found"]["design"]
    assert code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Is B better than A? far against one on TriviaMini" in shown
    assert plan["commands"][0].split()[-1] in shown
    cells = [cell for command in plan["commands"] for cell in cells_of(command)]
    assert [cell.config.model.name for cell in cells if cell.index == 0] == ["one", "far"]
    assert len(cells) == 2 * 2 * design["sizes"]["template"]
    assert {cell.config.shots for cell in cells} == {0, 1}
    assert {cell.config.task.limit for cell in cells} == {design["sizes"]["item"]}
    assert design["requests"] == len(cells) * design["sizes"]["item"]
    assert main([*shlex.split(plan["commands"][0])[1:], "dry_run=true"]) == 0


def test_two_models_of_one_run_share_a_command(runs: Path, tmp_path: Path):
    code, (plan,) = planned(f"{runs}/two", "--question", "better", "--difference", "20", folder=tmp_path)
    assert code == 0
    (command,) = plan["commands"]
    cells = cells_of(command)
    assert {cell.config.model.name for cell in cells} == {"one", "two"}
    assert plan["found"]["design"]["requests"] == len(cells) * plan["found"]["design"]["sizes"]["item"]


def test_exemplar_seeds_are_planned_where_the_pilot_varies_them(runs: Path, tmp_path: Path):
    code, (plan,) = planned(f"{runs}/seeds", "--half-width", "15", folder=tmp_path)
    assert code == 0
    seeds = plan["found"]["design"]["sizes"]["exemplar_seed"]
    assert seeds >= 3
    cells = cells_of(plan["commands"][0])
    assert list(dict.fromkeys(cell.config.exemplars.seed for cell in cells))[:2] == [3, 1]
    assert len(cells) == seeds * plan["found"]["design"]["sizes"]["template"]


def test_samples_are_planned_where_the_pilot_draws_several(runs: Path, tmp_path: Path):
    code, (plan,) = planned(f"{runs}/sampled", "--half-width", "15", "--replicates", "4", folder=tmp_path)
    assert code == 0
    assert plan["room"]["replicate"] == 4
    replicates = plan["found"]["design"]["sizes"]["replicate"]
    command = plan["commands"][0]
    assert {cell.config.sampling.samples for cell in cells_of(command)} == {replicates}
    assert {cell.config.sampling.seed for cell in cells_of(command)} == {5}


def test_the_pilot_s_perturbations_stay_and_its_caps_do_not(runs: Path, tmp_path: Path):
    code, (plan,) = planned(f"{runs}/chained", "--half-width", "15", folder=tmp_path)
    assert code == 0
    assert plan["settings"] == 2
    cells = cells_of(plan["commands"][0])
    perturbed = {(cell.config.perturbation.name, tuple(cell.config.perturbation.then)) for cell in cells}
    assert perturbed == {("none", ()), ("keyboard_typo", ("case",))}
    assert {cell.config.budget.usd for cell in cells} == {None}


def test_cells_that_are_no_grid_get_a_plan_without_a_command(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    manifest = json.loads((runs / "far" / "manifest.json").read_text(encoding="utf-8"))
    manifest["cells"][0]["overrides"].append("cot=false")
    shutil.copytree(runs / "far", tmp_path / "far")
    (tmp_path / "far" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, (plan,) = planned(f"{tmp_path}/far", "--half-width", "15", folder=tmp_path)
    assert code == 0
    assert plan["commands"] == []
    assert "There is no command for it" in " ".join(capsys.readouterr().out.split())


def test_an_imported_pilot_is_planned_within_what_it_has_and_without_a_command(tmp_path: Path):
    rows = [
        f"i{item},{(item * 7 + template) % 3 % 2},t{template}" for item in range(30) for template in range(5)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["item,score,template", *rows]) + "\n", encoding="utf-8")
    words = ["import", "table", str(tmp_path / "t.csv"), "--model", "m", "--task", "t"]
    assert main([*words, "--output", str(tmp_path / "run")], Lab(run_cells, finish=unreported)) == 0
    _, (plan,) = planned(f"{tmp_path}/run", "--half-width", "20", folder=tmp_path)
    assert plan["room"] == {"item": 30, "template": 5, "replicate": 1}
    assert plan["commands"] == []
    assert "was imported" in plan["sentences"][-1]
    _, (more,) = planned(
        f"{tmp_path}/run", "--half-width", "20", "--items", "90", "--templates", "9", folder=tmp_path
    )
    assert more["room"] == {"item": 90, "template": 9, "replicate": 1}


def test_answers_without_a_score_are_counted(runs: Path, tmp_path: Path):
    words = [
        "run",
        "task=trivia_mini",
        "task.limit=20",
        "template=qa/q_a,qa/fathom,qa/q_a_dense",
        "name=flaky",
    ]
    failing = ["model.simulated.fail_rate=0.1", f"runs_dir={tmp_path}"]
    assert main([*words, *failing], Lab(run_cells, no_report)) == 1
    outcomes = pd.read_parquet(tmp_path / "flaky" / "outcomes.parquet").query("primary")
    failed = int(outcomes["score"].isna().sum())
    assert 0 < failed < 30
    _, (plan,) = planned(f"{tmp_path}/flaky", "--half-width", "20", folder=tmp_path)
    assert f"{failed} of 60 answers of simulated have no score and are left out" in " ".join(
        plan["sentences"]
    )
    _, (whole, *_) = planned(f"{runs}/two", "--half-width", "20", folder=tmp_path)
    assert "left out" not in " ".join(whole["sentences"])


def test_words_and_table_give_one_number_where_power_is_simulated(tmp_path: Path):
    stated = ["--mean", "0.6", "--sigma-template", "0.05", "--question", "stable", "--items", "60"]
    code, (plan,) = planned(*stated, "--templates", "6", folder=tmp_path)
    assert code == 1
    assert plan["curve"][-1]["items_and_reach"][-1] == [60, plan["found"]["shortfall"]["reach"]]


@pytest.mark.parametrize("question", ["score", "same", "stable", "factors"])
def test_one_model_answers_every_question_but_a_ranking(runs: Path, tmp_path: Path, question: str):
    code, (plan,) = planned(
        f"{runs}/two:one",
        *("--question", question, "--margin", "30", "--half-width", "12", "--max-sigma-ratio", "9"),
        *("--items", "60", "--templates", "5"),
        folder=tmp_path,
    )
    assert plan["question"] == question
    assert (code == 0) == (plan["found"]["design"] is not None)
    assert (code == 1) == (plan["found"]["shortfall"] is not None)
    assert plan["room"] == {"item": 60, "template": 5, "replicate": 1}


def test_out_of_reach_is_a_finding_with_what_it_would_take(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, (plan,) = planned("--mean", "0.6", "--sigma-template", "0.06", "--half-width", "2", folder=tmp_path)
    assert code == 1
    short = plan["found"]["shortfall"]
    assert short["bound"] > 0.02
    assert short["templates"] is None
    assert short["items"] is None
    said = " ".join(capsys.readouterr().out.split())
    assert (
        f"It takes more of both: {short['both']['item']:,} items × {short['both']['template']} temp" in said
    )
    assert "with 20 templates, no number of items gets it below 2.6 points" in said
    assert plan["commands"] == []
    assert plan["if_the_pilot_was_lucky"] is None


def test_stated_components_give_a_command_where_model_and_task_are_named(tmp_path: Path):
    stated = ["--mean", "0.6", "--sigma-template", "0.03", "--half-width", "6"]
    code, (plan,) = planned(*stated, "--task", "trivia_mini", "--model", "simulated", folder=tmp_path)
    assert code == 0
    design = plan["found"]["design"]["sizes"]
    assert len(cells_of(plan["commands"][0])) == design["template"]
    _, (nameless,) = planned(*stated, folder=tmp_path)
    assert nameless["commands"] == []


def test_prices_may_be_stated(runs: Path, tmp_path: Path):
    prices = ["--usd-per-request", "0.01", "--seconds-per-request", "2", "--tokens-per-request", "100"]
    _, (plan,) = planned(f"{runs}/two:one", "--half-width", "20", *prices, folder=tmp_path)
    design = plan["found"]["design"]
    assert design["cost"] == pytest.approx(
        {
            "usd": 0.01 * design["requests"],
            "seconds": 2 * design["requests"],
            "tokens": 100 * design["requests"],
        }
    )


def test_the_page_is_whole_and_fetches_nothing(runs: Path, tmp_path: Path):
    page = tmp_path / "plan.html"
    words = ["plan", f"{runs}/two", "--half-width", "9", "--html", str(page)]
    assert main(words) in (0, 1)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "How good is it? one on TriviaMini" in text
    assert "<script" not in text
    assert not re.search(r"(src|href)=\"(?!#)", text)
    assert "item × template" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{}/nowhere"], "no run folder"),
        (["{}/two:thre"], "has no model 'thre'"),
        (["{}/two", "--task", "trivia"], "the pilot has no such task"),
        (["{}/one_template"], "the pilot has 1 template of simulated on TriviaMini (it varies shots)"),
        (["{}/two", "{}/far", "--question", "better"], "is about two models; name two of"),
        (["{}/far", "--question", "ranking"], "a ranking needs a pilot of 2 models"),
        (["{}/two", "{}/seeds", "--question", "ranking"], "under the same settings"),
        (["{}/two", "--templates", "99"], "there are 14 of this kind"),
        (["{}/seeds", "--exemplar-seeds", "2"], "no sample"),
        (["{}/two", "--templates", "2"], "2 templates and"),
        (["{}/two", "--mean", "0.5"], "--mean is for plans without a pilot"),
        (["{}/two", "--sigma-item", "0.1"], "--sigma-item is for plans without a pilot"),
        (["{}/two", "--model", "two"], "--model is for plans without a pilot"),
        (["{}/two", "--html", "{}"], "it is a folder, expected a file"),
        (["--mean", "0.7"], "takes --sigma-template too"),
        (["{}/two", "--half-width", "0"], "--half-width is 0 points"),
        (["{}/two", "--max-sigma-ratio", "1"], "expected more than 1"),
        (["{}/two", "--power", "80"], "--power is 80, expected 0.5 or more"),
        (["{}/two", "--shared", "1"], "--shared is 1"),
        (["{}/two", "--items", "0"], "--items is 0"),
        (["{}/two", "--usd-per-request", "-1"], "expected 0 or more"),
        ([], "name a pilot's folder, as runs/NAME, or state what you expect"),
        (["--mean", "70", "--sigma-template", "0.05"], "expected a score between 0 and 1"),
        (["--mean", "0.7", "--sigma-template", "5"], "--sigma-template is 5"),
        (["--mean", "0.7", "--sigma-template", "0.05", "--task", "trivia_mimi"], "cannot be composed"),
        (["--mean", "0.7", "--sigma-template", "0.05", "--model", "smollm2"], "name the task too"),
        (
            ["--mean", "0.7", "--sigma-template", "0.05", "--task", "trivia_mini", "--model", "smolm2"],
            "did you mean 'smollm2'",
        ),
    ],
)
def test_bad_usage_is_named(runs: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    assert main(["plan", *(word.format(runs) for word in words)]) == 2
    assert said in capsys.readouterr().err


def test_help_has_every_question_and_examples(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["plan", "--help"])
    shown = capsys.readouterr().out
    for question in Question:
        assert TITLES[question].split(",")[0].rstrip("?") in shown
        assert COMPUTED[question]
    assert "fathom plan runs/pilot --question score" in shown
