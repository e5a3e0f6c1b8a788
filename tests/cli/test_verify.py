"""`fathom verify`: exit codes, errors and the file with every number."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.verifying import pass_at_k


def test_what_needs_no_files_agrees_out_of_the_box(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--json", str(tmp_path / "all.json")]) == 0
    said = capsys.readouterr().out
    assert "93 of 93 published numbers agree" in said
    assert "Shrout and Fleiss (1979)" in said
    record = json.loads((tmp_path / "all.json").read_text())
    assert record["agrees"] is True
    assert sum(len(section["checks"]) for section in record["sections"]) == 93


def test_a_number_that_does_not_agree_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(correct: int, samples: int, k: int) -> float:
        return correct / samples

    monkeypatch.setattr(pass_at_k, "pass_at_k", other)
    assert main(["verify"]) == 1
    assert "88 of 93 published numbers agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["bbh"], "verify bbh takes a path as well: a checkout of suzgunmirac/BIG-Bench-Hard"),
        (["promptbench", "{}/answer"], "there is nothing at {}/answer; did you mean '{}/answers'?"),
        (["promptbench", "{}"], "expected adv_prompts/MODEL_zeroshot.md"),
        (["bbh", "{}/answers"], "expected a checkout's folder, a .parquet or a .csv file"),
        (["--json", "{}/no/file.json"], "--json: {}/no/file.json cannot be written"),
    ],
)
def test_one_error_that_names_what_is_wrong(
    argv: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "answers").write_text("")
    assert main(["verify", *(part.format(tmp_path) for part in argv)]) == 2
    assert message.format(tmp_path, tmp_path) in capsys.readouterr().err


def test_an_unknown_source_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["verify", "prompt-bench", "x"])
    assert ended.value.code == 2
    assert "did you mean 'promptbench'?" in capsys.readouterr().err


def test_tab_completes_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "query", "fathom verify "]) == 0
    assert capsys.readouterr().out.split() == ["state-of-what-art", "promptbench", "bbh"]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "try: main(['verify', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'statsmodels', 'pandas', 'numpy', 'rich', 'experiments.verifying.check'}\n"
        "bad = heavy & set(sys.modules)\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "exit codes: 0 all numbers agree" in done.stdout
