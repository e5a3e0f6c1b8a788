"""`fathom import`: its help, and what a user sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.importing.formats import FORMATS


def test_help_has_an_example_for_each_format_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "try: main(['import', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'pyarrow', 'numpy', 'statsmodels', 'altair', 'hydra'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in (*FORMATS, "auto"):
        assert f"fathom import {name} " in done.stdout


def test_it_says_what_it_imported_and_ends_with_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("item,score,template\na,1,x\nb,0,x\na,,y\nb,1,y\n", encoding="utf-8")
    assert main(["import", "table", "t.csv", "--model", "m", "--task", "t", "--output", "runs/x"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "imported 4 answers (1 without a score) from 1 file as runs/x"
    assert said[1] == "t: 2 items, 1 model, 2 templates, 2 conditions; scored by score"
    assert said[-1] == "report: runs/x/report.html"


def test_tab_and_help_know_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "query", "fathom imp"]) == 0
    assert capsys.readouterr().out.split() == ["import"]
    assert main(["completion", "query", "fathom import "]) == 0
    assert capsys.readouterr().out.split() == [*FORMATS, "auto"]
    with pytest.raises(SystemExit) as stopped:
        main(["import", "lm-eval", "x"])
    assert stopped.value.code == 2
    assert "--output" in capsys.readouterr().err


def test_runs_whose_tasks_are_called_otherwise_are_not_compared_and_it_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("t.csv").write_text("item,score\na,1\nb,0\nc,1\n", encoding="utf-8")
    for run, task in (("x", "quiz"), ("y", "Quiz"), ("z", "quiz")):
        words = ["--model", run, "--task", task, "--output", f"runs/{run}"]
        assert main(["import", "table", "t.csv", *words]) == 0
    note = "If some of quiz, Quiz are one benchmark under several names, import them again with"
    for other, said in (("y", True), ("z", False)):
        capsys.readouterr()
        assert main(["report", "runs/x", f"runs/{other}", "--output", "both"]) == 0
        assert (note in " ".join(capsys.readouterr().out.split())) == said
        assert (note in Path("both/report.html").read_text(encoding="utf-8")) == said
