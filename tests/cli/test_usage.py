"""What the command line says: errors that lead on, names, help and lists."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from experiments.cli import main
from experiments.naming import from_home, named
from tests.cli.recorder import Recorder, shell

# Errors.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["modle.name=x"], "fathom: unknown key 'modle.name'; did you mean 'model.name'?"),
        (["modle.name=x", "shots=0,1"], "fathom: unknown key 'modle.name'; did you mean 'model.name'?"),
        (
            ["++model.temprature=1"],
            "fathom: unknown key 'model.temprature'; did you mean 'sampling.temperature', "
            "'rewrite.temperature' or 'task.aligned.temperature'?",
        ),
        (["template=qa/qaa"], "fathom: 'template' has no option 'qa/qaa'; did you mean 'qa/q_a'?"),
        (["template=qa/q_a,qa/qaa"], "fathom: 'template' has no option 'qa/qaa'; did you mean 'qa/q_a'?"),
        (["model=simulatd", "cot=true,false"], "fathom: 'model' has no option 'simulatd'; did you mean"),
        (["template=glob(nothing*)"], "fathom: glob(nothing*) matches no option of 'template'"),
        (["a=["], "fathom: cannot read 'a=[': a bracket is not closed"),
        (["shots=1,"], "fathom: cannot read 'shots=1,': a value is missing beside a comma; several values"),
        (["shots=1,,2"], "fathom: cannot read 'shots=1,,2': a value is missing beside a comma"),
        (["shots"], "fathom: 'shots' is no override, expected KEY=VALUE"),
        (["name='a"], "fathom: cannot read 'name='a': a quotation mark is not closed"),
        (["name=a;b"], "fathom: cannot read 'name=a;b': a text with signs in it wants quotation marks"),
        (
            ["control.replicates=1"],
            "fathom: control.replicates is 1, expected 2 or more, the ordinary answer included, or 0",
        ),
        (["hydra/launcher=nope"], "fathom: 'hydra/launcher' has no option 'nope'"),
        (["hydra.job.chdir=true"], "fathom: hydra.job.chdir=true: a run's paths are"),
        (["shots=0,1", "--cfg", "job"], "fathom: 'shots=0,1' is a sweep, but only one cell"),
        (["--config-dir", "absent"], "fathom: --config-dir: there is no folder"),
    ],
)
def test_bad_usage_is_2_with_a_message_that_leads_on(
    lab: Recorder, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert lab.fathom("run", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert "Traceback" not in error
    assert lab.calls == []


def test_an_error_is_one_message_and_its_traceback_can_be_had(tmp_path: Path) -> None:
    result = shell("run", "sampling.seed=abc", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "fathom: bad value for 'sampling.seed': Value 'abc' of type 'str' could not be converted to Integer\n"
    )
    full = shell("run", "sampling.seed=abc", cwd=tmp_path, HYDRA_FULL_ERROR="1")
    assert full.returncode == 1
    assert "Traceback" in full.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["list", "tmplates"], "did you mean 'templates'?"),
        (["shots=5"], "fathom run shots=5"),
    ],
)
def test_unknown_commands_lead_on(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


# The default name.


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["experiment=study"], "study"),
        (["experiment=study", "dry_run=true", "budget.usd=3"], "study"),
        (["shots=5", "name=mine"], None),
        (["++name=mine"], None),
    ],
)
def test_a_run_is_named_for_its_experiment(overrides: list[str], name: str | None) -> None:
    assert named(overrides) == (overrides if name is None else [*overrides, f"name={name}"])


def test_a_value_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert from_home(["task.data_dir=~/data", "task.data_dir=a,~/b,~", "x=a~/b", "~task", "k='~/c'"]) == [
        "task.data_dir=/home/me/data",
        "task.data_dir=a,/home/me/b,/home/me",
        "x=a~/b",
        "~task",
        "k='~/c'",
    ]


def test_the_same_command_has_the_same_name() -> None:
    def name(*overrides: str) -> str:
        return named(overrides)[-1]

    assert name("shots=0,1", "cot=true") == name("cot=true", "shots=0,1")
    assert name("shots=0,1", "budget.usd=1", "hydra/launcher=joblib", "runs_dir=x") == name("shots=0,1")
    assert name("shots=0,1", "model.lineage.date=2024") == name("shots=0,1")
    assert name("shots=0,1") != name("shots=0,2")
    assert name("shots=0") != name("hydra.sweeper.params.shots=0")
    assert name("experiment=study", "shots=1").startswith("name=study-")
    assert name("task=gsm8k", "template.gap='a=b/../c'").startswith("name=gsm8k-")
    assert name("task=gsm8k,triviaqa").startswith("name=sweep-")
    assert name().startswith("name=trivia_mini-")
    assert len(name()) == len("name=trivia_mini-") + 8


# Showing.


def test_help_and_configuration_import_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, contextlib\n"
        "from experiments.cli import main\n"
        "for arguments in (['--help'], ['run', '--help'], ['run', '--cfg', 'job', '--resolve'], ['list']):\n"
        "    with contextlib.suppress(SystemExit): assert main(arguments) == 0\n"
        "heavy = {'pandas', 'openai', 'datasets', 'statsmodels', 'xllamacpp', 'altair', 'scipy', 'numpy'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
    )
    assert result.stdout.splitlines()[-1] == "HEAVY []"
    assert "fathom run" in result.stdout
    assert "template: aligned" in result.stdout
    assert "form: completion" in result.stdout


def test_the_configuration_of_a_cell_is_shown_resolved(tmp_path: Path) -> None:
    result = shell("run", "shots=5", "--cfg", "job", "--resolve", "cot=true", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    config = yaml.safe_load(result.stdout)
    assert (config["shots"], config["cot"], config["form"]) == (5, True, "completion")
    assert list(tmp_path.iterdir()) == []


def test_what_the_configuration_is_composed_of_is_shown(tmp_path: Path) -> None:
    result = shell("run", "--info", "defaults-tree", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "template: qa/q_a" in result.stdout


def test_hydras_own_flags_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--hydra-help", "shots=1"]) == 0
    said = capsys.readouterr().out
    assert "--multirun" in said
    assert "hydra/launcher" in said


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("prompt-fathom ")


def test_lists_name_and_describe(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mine = tmp_path / "model" / "mine.yaml"
    mine.parent.mkdir()
    mine.write_text("# A model of mine.\nname: mine\n", encoding="utf-8")
    assert main(["list", "models", "--config-dir", str(tmp_path)]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["mine"] == "A model of mine."
    assert "simulated" in lines


def test_a_report_is_made_again(lab: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs" / "study").mkdir(parents=True)
    assert lab.fathom("report", "runs/study") == 0
    assert lab.finished == [Path("runs/study")]
    assert lab.fathom("report", "runs/studdy") == 2
    assert capsys.readouterr().err == "fathom: there is no run in runs/studdy; did you mean 'runs/study'?\n"
