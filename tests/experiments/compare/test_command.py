import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments.cli import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    common = [
        "run",
        "task=trivia_mini",
        "task.limit=60",
        "template=qa/q_a,qa/fathom,qa/q_a_dense",
        f"runs_dir={folder}",
    ]
    assert main([*common, "name=old", "model.name=old", "model.simulated.mean=0.85"]) == 0
    assert main([*common, "name=new", "model.name=new", "model.simulated.mean=0.3"]) == 0
    assert main([*common, "name=two", "model.name=new,other"]) == 0
    return folder


def test_compare_writes_a_page_and_its_numbers(runs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", f"{runs}/new", "--baseline", f"{runs}/old"]) == 0
    assert "new is worse than old on TriviaMini" in " ".join(capsys.readouterr().out.split())
    (found,) = json.loads((runs / "new" / "compare.json").read_text(encoding="utf-8"))["comparisons"]
    assert found["tasks"][0]["verdict"] == "worse"
    assert "new is worse than old" in (runs / "new" / "compare.html").read_text(encoding="utf-8")


def test_one_model_in_two_runs_is_told_apart_by_the_run(runs: Path, tmp_path: Path):
    command = ["compare", f"{runs}/two:new", "--baseline", f"{runs}/new", "--output", str(tmp_path)]
    assert main(command) == 0
    (found,) = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))["comparisons"]
    assert found["sentences"][0].startswith("new (two) is better than new (new) on TriviaMini: ")


def test_runs_of_one_name_are_told_apart_by_their_folders(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(runs / "old", tmp_path / "old")
    assert (
        main(["gate", f"{tmp_path}/old", "--baseline", f"{runs}/old", "--max-drop", "10", "--score-only"])
        == 0
    )
    assert f"PASS: old ({tmp_path}/old) against old ({runs}/old): " in capsys.readouterr().out


def test_compare_takes_every_model_of_a_run(runs: Path, tmp_path: Path):
    command = ["compare", f"{runs}/two", "--baseline", f"{runs}/old", "--output", str(tmp_path / "out")]
    assert main(command) == 0
    found = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))["comparisons"]
    assert [one["new"]["model"] for one in found] == ["new", "other"]


def test_compare_with_what_was_published(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page"
    command = ["compare", f"{runs}/new", "--baseline", "gpt", "--output", str(page)]
    assert main(command) == 2  # nothing was published on a set of our own
    said = capsys.readouterr().err
    assert "--baseline gpt: no published score can be put beside new (new): TriviaMini (0-shot): " in said
    assert "nothing was published on it here" in said
    assert not page.exists()


def test_compare_writes_markdown_and_junit(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    markdown, junit = tmp_path / "c.md", tmp_path / "c.xml"
    files = ["--markdown", str(markdown), "--junit", str(junit), "--output", str(tmp_path)]
    assert main(["compare", f"{runs}/two", "--baseline", f"{runs}/old", *files]) == 0
    text = markdown.read_text(encoding="utf-8")
    assert text.startswith("**new ")
    assert text.count("| TriviaMini |") == 2
    assert text.count("Each interval is for its own row alone") == 1
    suites = ElementTree.parse(junit).getroot()
    assert suites.tag == "testsuites"
    assert [suite.attrib["name"] for suite in suites] == [
        "new (two) against old (old)",
        "other (two) against old (old)",
    ]
    assert "Each interval is for its own row alone" in " ".join(capsys.readouterr().out.split())
    assert main(["compare", f"{runs}/new", "--baseline", f"{runs}/old", *files]) == 0
    assert ElementTree.parse(junit).getroot().attrib["failures"] == "1"
    assert markdown.read_text(encoding="utf-8").startswith("**new is worse than old on TriviaMini: −")
    assert "Each interval" not in markdown.read_text(encoding="utf-8")
    assert "Each interval" not in " ".join(capsys.readouterr().out.split())


def test_the_gate_speaks_in_one_line_and_an_exit_code(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    files = ["--junit", str(tmp_path / "g.xml"), "--markdown", str(tmp_path / "g.md")]
    assert main(["gate", f"{runs}/new", "--baseline", f"{runs}/old", *files]) == 1
    assert capsys.readouterr().out.startswith("FAIL: new (new) against old (old)")
    assert 'failures="1"' in (tmp_path / "g.xml").read_text(encoding="utf-8")
    assert (tmp_path / "g.md").read_text(encoding="utf-8").startswith("**FAIL")
    assert main(["gate", f"{runs}/old", "--baseline", f"{runs}/new", "--score-only"]) == 0
    assert main(["gate", f"{runs}/new:new", "--baseline", f"{runs}/two:new", "--max-drop", "0.1"]) in (1, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gate", "{}/two", "--baseline", "{}/old"], "a gate judges one model"),
        (["compare", "{}/new", "--baseline", "{}/two"], "name one of"),
        (["compare", "{}/new", "--baseline", "{}/nowhere"], "no run folder"),
        (["compare", "{}/new", "--baseline", "{}/old", "--margin", "0"], "expected more than 0"),
        (["compare", "{}/new", "--baseline", "{}/old", "--max-sigma-ratio", "1"], "expected more than 1"),
        (["gate", "{}/new", "--baseline", "{}/old", "--confidence", "95"], "expected more than 0.5"),
        (["compare", "{}/new", "--baseline", "gpt", "--confidence", "0"], "expected more than 0.5"),
        (["compare", "{}/new", "--baseline", "gpt", "--junit", "x.xml"], "--junit needs a run"),
        (["compare", "{}/new", "--baseline", "{}/old", "--across", "form2"], "did you mean 'form'"),
    ],
)
def test_wrong_arguments_are_named(
    runs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main([part.format(runs) for part in arguments]) == 2
    assert said in capsys.readouterr().err
