"""`fathom published`: what was published on the terminal, and its errors."""

import os
import subprocess
import sys

import pytest

from experiments.cli import main


def test_without_filters_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["published"]) == 0
    said = capsys.readouterr().out
    assert "published figures of 27 models on 24 benchmarks" in said.replace("\n", " ")
    assert "real_toxicity_prompts" in said


def test_filters_choose_and_all_adds_the_superseded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["published", "task=drop", "model=gpt-4-0613"]) == 0
    assert "87.2" not in capsys.readouterr().out
    assert main(["published", "task=drop", "model=gpt-4-0613", "--all"]) == 0
    said = capsys.readouterr().out
    assert "74.4" in said
    assert "87.2" in said


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["task=triviqa"], "no published figures for the benchmark 'triviqa'; did you mean 'triviaqa'?"),
        (["tasks=drop"], "'tasks=drop' is no filter of published figures; did you mean 'task'?"),
        (["task=humaneval", "model=PaLM 2-L"], "nothing was published for task=humaneval model=PaLM 2-L"),
    ],
)
def test_one_error_that_names_what_is_wrong(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["published", *argv]) == 2
    assert message in capsys.readouterr().err


def test_tab_completes_filters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "query", "fathom published task=tr"]) == 0
    assert capsys.readouterr().out.split() == ["task=triviaqa", "task=truthfulqa"]


def test_help_loads_no_figures_and_nothing_heavy() -> None:
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "try: main(['published', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'statsmodels', 'pandas', 'altair', 'vl_convert', 'experiments.baselines.facts'}\n"
        "bad = heavy & set(sys.modules)\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "KEY=VALUE" in done.stdout
