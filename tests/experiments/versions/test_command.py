"""`fathom versions` on runs of the simulated model: page, numbers, terminal and errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from experiments.store.manifest import read_manifest
from tests.experiments.baselines.parsed import Page, check_offline

HOSTILE = "</dd><script>alert(1)</script>"
MODELS = {
    "base": (0.4, []),
    "sft": (0.8, ["model.lineage.parent=base", "model.lineage.technique=SFT", "model.lineage.date=2024-05"]),
    "rlhf": (0.75, ["model.lineage.parent=sft", f"model.lineage.technique='{HOSTILE}'"]),
}
TASKS = {"trivia_mini": "qa/q_a", "arithmetic_mini": "number/q_a", "choice_mini": "choice/q_a"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    common = ["run", "task.limit=50", "sampling=sampled", "sampling.samples=2", f"runs_dir={folder}"]
    for model, (mean, lineage) in MODELS.items():
        own = [f"model.name={model}", f"model.simulated.mean={mean}", *lineage]
        for task, template in TASKS.items():
            assert main([*common, *own, f"task={task}", f"template={template}", f"name={model}-{task}"]) == 0
    return folder


def of(runs: Path, *models: str) -> list[str]:
    return [f"{runs}/{model}-{task}" for model in models for task in TASKS]


def numbers(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    return found


def test_the_lineage_is_in_the_manifest(runs: Path):
    (model,) = read_manifest(runs / "sft-trivia_mini")["models"]
    assert model["lineage"] == {"parent": "base", "technique": "SFT", "date": "2024-05", "source": None}


def test_another_lineage_asks_nothing_anew(runs: Path):
    own = ["model.name=sft", "model.simulated.mean=0.8", "model.lineage.date=2025"]
    asked = ["task=trivia_mini", "template=qa/q_a", "task.limit=50", "sampling=sampled", "sampling.samples=2"]
    store = [f"runs_dir={runs}", "name=dated"]
    assert main(["run", *own, *asked, *store]) == 0
    manifest = read_manifest(runs / "dated")
    assert manifest["models"][0]["lineage"]["date"] == "2025"
    assert manifest["counts"]["unique"] == 100
    assert manifest["counts"]["sent"] == 0


def test_runs_of_one_model_are_one_version_and_follow_their_lineage(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["versions", *of(runs, "base", "sft", "rlhf"), "--output", str(tmp_path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("From base to sft (SFT, 2024-05), of 3 tasks 3 rose: ")
    assert "Each interval is for its own row alone" in said
    found = numbers(tmp_path)
    assert [one["name"] for one in found["versions"]] == ["base", "sft", "rlhf"]
    assert [(one["before"], one["after"], one["rose"]) for one in found["steps"]] == [
        ("base", "sft", 3),
        ("sft", "rlhf", 0),
    ]
    assert found["techniques"][0]["mean"]["low"] > 0
    assert {(one["task"], one["k"]) for one in found["attempts"]} == {(task, 2) for task in TASKS}
    assert [(one["model"], one["category"]) for one in found["capabilities"]][:2] == [
        ("base", "Knowledge"),
        ("base", "Math"),
    ]
    assert found["official"] == []


def test_the_page_is_sound_offline_and_shows_names_as_text(runs: Path, tmp_path: Path):
    assert main(["versions", *of(runs, "base", "sft", "rlhf"), "--output", str(tmp_path)]) == 0
    html = (tmp_path / "versions.html").read_text(encoding="utf-8")
    check_offline(html)
    page = Page(html)
    page.check()
    text = "".join(page.text)
    assert HOSTILE in text
    for heading in (
        "Which was made from which",
        "The seesaw: what rose and what fell",
        "What each technique did",
        "One attempt against many: the alignment tax",
        "Capabilities",
        "Methods",
    ):
        assert heading in text
    for sentence in numbers(tmp_path)["sentences"]:
        assert sentence in text


def test_two_models_without_a_lineage_are_compared_in_the_order_given(runs: Path, tmp_path: Path):
    two = [f"{runs}/rlhf-trivia_mini", f"{runs}/base-trivia_mini"]
    assert main(["versions", *two, "--output", str(tmp_path)]) == 0
    (step,) = numbers(tmp_path)["steps"]
    assert (step["before"], step["after"], step["fell"]) == ("rlhf", "base", 1)


def test_a_model_that_two_runs_asked_alike_is_two_versions(runs: Path, tmp_path: Path):
    again = ["run", "task=trivia_mini", "task.limit=50", "template=qa/q_a", "name=again", f"runs_dir={runs}"]
    assert main([*again, "model.name=base", "model.simulated.mean=0.4"]) == 0
    assert main(["versions", f"{runs}/again", f"{runs}/base-trivia_mini", "--output", str(tmp_path)]) == 0
    found = numbers(tmp_path)
    assert [one["name"] for one in found["versions"]] == ["base (again)", "base (base-trivia_mini)"]
    assert found["steps"][0]["tasks"] == []
    assert "temperature" in " ".join(found["steps"][0]["left_out"])


def test_without_a_lineage_between_them_nothing_is_compared_and_it_says_how(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    three = [*of(runs, "rlhf"), f"{runs}/base-trivia_mini", f"{runs}/base-arithmetic_mini"]
    again = ["run", "task=trivia_mini", "task.limit=50", "template=qa/q_a", "name=other", f"runs_dir={runs}"]
    assert main([*again, "model.name=other"]) == 0
    capsys.readouterr()
    assert main(["versions", *three, f"{runs}/other", "--output", str(tmp_path)]) == 0
    assert "name two with --pair OLD NEW" in " ".join(capsys.readouterr().out.split())
    found = numbers(tmp_path)
    assert found["steps"] == []
    assert {one["model"] for one in found["capabilities"]} == {"rlhf", "base", "other"}
    page = Page((tmp_path / "versions.html").read_text(encoding="utf-8"))
    page.check()
    assert "Hollow: not run" in "".join(page.text)  # sft, of which rlhf was made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{}/base-trivia_mini"], "has one model, expected two or more"),
        (["{}/base-trivia_mini", "{}/sft-trivia_mini", "--pair", "base", "sfd"], "did you mean 'sft'"),
        (["{}/base-trivia_mini", "{}/sft-trivia_mini", "--across", "form2"], "did you mean 'form'"),
        (["{}/base-trivia_mini", "{}/sft-trivia_mini", "--confidence", "95"], "expected more than 0.5"),
        (["{}/base-trivia_mini", "{}/nowhere"], "no run folder"),
    ],
)
def test_wrong_arguments_are_named(
    runs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["versions", *(part.format(runs) for part in arguments)]) == 2
    assert said in capsys.readouterr().err
