"""`fathom run` and its neighbours, as a user meets them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.cli import Lab, main
from experiments.naming import named
from experiments.sweep.compose import ComposedCell

CLI = [sys.executable, "-m", "experiments.cli"]


@dataclass
class Outcome:
    exit_code: int


@dataclass
class Recorder:
    """Stands in for running cells; shots=7 fails, shots=8 is a mistake in the program."""

    calls: list[tuple[list[ComposedCell], Path]] = field(
        default_factory=list[tuple[list[ComposedCell], Path]]
    )
    finished: list[Path] = field(default_factory=list[Path])

    def run_cells(self, cells: Sequence[ComposedCell], run_dir: Path) -> Outcome:
        self.calls.append((list(cells), run_dir))
        if any(cell.config.shots == 8 for cell in cells):
            raise RuntimeError("a mistake")
        if any(cell.config.shots == 9 for cell in cells):
            raise KeyboardInterrupt
        return Outcome(int(any(cell.config.shots == 7 for cell in cells)))

    def fathom(self, *arguments: str) -> int:
        return main(arguments, Lab(self.run_cells, self.finished.append))


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    return Recorder()


def shell(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CLI, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
    )


# The pooled launcher.


def test_all_cells_are_run_by_one_call(lab: Recorder, tmp_path: Path) -> None:
    assert lab.fathom("run", "shots=0,1", "template=qa/q_a,qa/question_answer", "name=both") == 0
    ((cells, run_dir),) = lab.calls
    assert run_dir == tmp_path / "runs" / "both"
    assert [cell.index for cell in cells] == [0, 1, 2, 3]
    assert [(cell.config.shots, cell.config.template.name) for cell in cells] == [
        (0, "qa/q_a"),
        (0, "qa/question_answer"),
        (1, "qa/q_a"),
        (1, "qa/question_answer"),
    ]
    assert [cell.directory for cell in cells] == [run_dir / str(number) for number in range(4)]
    assert cells[2].overrides == ("shots=1", "template=qa/q_a", "name=both")
    assert lab.finished == [run_dir]


def test_a_run_of_an_earlier_ones_name_leaves_no_cell_of_it(lab: Recorder, tmp_path: Path) -> None:
    lab.fathom("run", "shots=0,1,5", "name=again")
    folder = tmp_path / "runs/again"
    (folder / "2" / "notes.txt").write_text("mine")
    (folder / "plots").mkdir()
    lab.fathom("run", "shots=3", "name=again")
    assert sorted(each.name for each in folder.iterdir() if each.is_dir()) == ["0", "2", "plots"]


def test_every_cell_has_the_files_hydra_users_expect(lab: Recorder, tmp_path: Path) -> None:
    lab.fathom("run", "shots=0,1", "name=files")
    folder = tmp_path / "runs" / "files"
    assert (
        yaml.safe_load((folder / "multirun.yaml").read_text())["hydra"]["overrides"]["task"][0] == "shots=0,1"
    )
    config = yaml.safe_load((folder / "1/.hydra/config.yaml").read_text())
    assert config["shots"] == 1
    assert config["form"] == "${model.form}"
    hydra = yaml.safe_load((folder / "1/.hydra/hydra.yaml").read_text())["hydra"]
    assert (hydra["job"]["num"], hydra["job"]["id"]) == (1, "1")
    assert hydra["job"]["override_dirname"] == "name=files,shots=1"
    assert hydra["runtime"]["output_dir"] == str(folder / "1")
    assert hydra["runtime"]["choices"]["template"] == "aligned"
    assert yaml.safe_load((folder / "1/.hydra/overrides.yaml").read_text()) == ["shots=1", "name=files"]


def test_a_dry_run_writes_nothing(lab: Recorder, tmp_path: Path) -> None:
    assert lab.fathom("run", "shots=0,1", "dry_run=true") == 0
    assert len(lab.calls) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_exit_code_of_failed_cells_is_1(lab: Recorder) -> None:
    assert lab.fathom("run", "shots=0,7") == 1
    assert len(lab.calls) == 1


def test_one_wrong_cell_stops_all_before_they_start(
    lab: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.fathom("run", "shots=0,-1", "name=x") == 2
    assert capsys.readouterr().err == (
        "fathom: shots is -1, expected 0 or more\nin cell 1 of 2: shots=-1 name=x\n"
    )
    assert lab.calls == []
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_one_line_and_130(lab: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.fathom("run", "shots=9") == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_a_mistake_in_the_program_shows_its_traceback(lab: Recorder) -> None:
    with pytest.raises(RuntimeError, match="a mistake"):
        lab.fathom("run", "shots=8")


def test_texts_with_special_characters_arrive(lab: Recorder) -> None:
    text = "a=b, 'c' \"d\" {e} [f] $g é 1:2 #x"
    quoted = "'" + text.replace("'", "\\'") + "'"
    assert lab.fathom("run", f"template.instruction={quoted},'k=v'") == 0
    ((cells, _),) = lab.calls
    assert [cell.config.template.instruction for cell in cells] == [text, "k=v"]


def test_a_cell_may_use_its_own_number(lab: Recorder) -> None:
    assert lab.fathom("run", "shots=0,1", r"'store=s-${hydra:job.num}'".strip("'")) == 0
    ((cells, _),) = lab.calls
    assert [cell.config.store for cell in cells] == ["s-0", "s-1"]


def test_a_preset_may_set_values_and_sweep(lab: Recorder, tmp_path: Path) -> None:
    preset = tmp_path / "mine" / "experiment" / "study.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text(
        "# @package _global_\n"
        "defaults: [{override /sampling: sampled}]\n"
        "shots: 3\n"
        "hydra: {sweeper: {params: {exemplars.seed: 'range(3)', cot: 'false,true'}}}\n",
        encoding="utf-8",
    )
    assert lab.fathom("run", "experiment=study", "--config-dir", "mine", "exemplars.seed=4,5") == 0
    ((cells, _),) = lab.calls
    assert {(cell.config.shots, cell.config.sampling.name) for cell in cells} == {(3, "sampled")}
    assert [(cell.config.exemplars.seed, cell.config.cot) for cell in cells] == [
        (4, False),
        (4, True),
        (5, False),
        (5, True),
    ]


def test_the_run_has_one_log_if_asked_for(lab: Recorder, tmp_path: Path) -> None:
    code = (
        "import logging\n"
        "from types import SimpleNamespace\n"
        "from experiments.cli import Lab, main\n"
        "def run_cells(cells, run_dir):\n"
        "    logging.getLogger('lab').warning('asked %d', len(cells))\n"
        "    return SimpleNamespace(exit_code=0)\n"
        "main(['run', 'shots=0,1', 'name=logged', 'hydra/job_logging=default'], Lab(run_cells))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=120, check=True, capture_output=True)
    (log,) = tmp_path.rglob("*.log")
    assert log == tmp_path / "runs/logged/fathom.log"
    assert "asked 2" in log.read_text()


# Other launchers and sweepers.


def test_the_basic_sweeper_and_launcher_run_each_cell_by_itself(lab: Recorder, tmp_path: Path) -> None:
    assert lab.fathom("run", "hydra/launcher=basic", "hydra/sweeper=basic", "shots=0,7,1", "name=x") == 1
    assert [[cell.index for cell in cells] for cells, _ in lab.calls] == [[0], [1], [2]]
    folders = [tmp_path / "runs" / "x" / str(number) for number in range(3)]
    assert [cells[0].directory for cells, _ in lab.calls] == folders
    assert [folder for _, folder in lab.calls] == folders
    assert lab.finished == [tmp_path / "runs" / "x"]
    assert (tmp_path / "runs/x/2/.hydra/config.yaml").is_file()
    assert (tmp_path / "runs/x/multirun.yaml").is_file()


def test_the_report_comes_although_a_job_raised(lab: Recorder, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a mistake"):
        lab.fathom("run", "hydra/launcher=basic", "model.name=a,b", "shots=0,8", "name=x")
    assert [[cell.config.shots for cell in cells] for cells, _ in lab.calls] == [[0, 8], [0, 8]]
    assert lab.finished == [tmp_path / "runs" / "x"]


def test_stock_launchers_start_no_job_if_one_is_wrong(lab: Recorder, tmp_path: Path) -> None:
    assert lab.fathom("run", "hydra/launcher=basic", "shots=0,-1") == 2
    assert lab.calls == []
    assert list(tmp_path.iterdir()) == []


def test_a_single_run_without_a_sweep(lab: Recorder, tmp_path: Path) -> None:
    assert lab.fathom("run", "--run", "shots=7", "name=x") == 1
    ((cells, folder),) = lab.calls
    assert folder == cells[0].directory == tmp_path / "runs" / "x" / "0"
    assert lab.finished == [tmp_path / "runs" / "x"]


def test_a_dry_run_is_not_reported(lab: Recorder) -> None:
    assert lab.fathom("run", "--run", "dry_run=true") == 0
    assert lab.fathom("run", "hydra/launcher=basic", "dry_run=true") == 0
    assert len(lab.calls) == 2
    assert lab.finished == []


@pytest.mark.parametrize("more", [(), ("--run",), ("hydra/launcher=basic",)])
def test_a_run_may_end_without_its_report(lab: Recorder, tmp_path: Path, more: tuple[str, ...]) -> None:
    left: list[Path] = []
    arguments = ["run", *more, "name=x", "report.make=false"]
    assert main(arguments, Lab(lab.run_cells, lab.finished.append, left.append)) == 0
    assert (lab.finished, left) == ([], [tmp_path / "runs" / "x"])


def test_joblib_runs_models_in_processes(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, sys\n"
        "from experiments.cli import Lab, main\n"
        "class Outcome:\n"
        "    def __init__(self, code): self.exit_code = code\n"
        "def run_cells(cells, run_dir):\n"
        "    names = [cell.config.model.name for cell in cells]\n"
        "    text = json.dumps([os.getpid(), names, [cell.config.shots for cell in cells]])\n"
        "    (run_dir.parents[1] / f'{names[0]}.json').write_text(text)\n"
        "    return Outcome(int(names[0] == 'b'))\n"
        "def finish(run_dir): print('finished', os.getpid(), run_dir.name)\n"
        "if __name__ == '__main__':\n"
        "    print('parent', os.getpid())\n"
        "    sys.exit(main(lab=Lab(run_cells, finish)))\n",
        encoding="utf-8",
    )
    result = subprocess.run(
        [
            sys.executable,
            str(script),
            "run",
            "hydra/launcher=joblib",
            "hydra.launcher.n_jobs=2",
            "model.name=a,b",
            "shots=0,1",
            "name=x",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert result.returncode == 1, result.stderr
    parent = result.stdout.split()[1]
    assert result.stdout.splitlines()[1:] == [f"finished {parent} x"]
    jobs = [json.loads((tmp_path / f"runs/x/{name}.json").read_text()) for name in "ab"]
    assert [(names, shots) for _, names, shots in jobs] == [(["a", "a"], [0, 1]), (["b", "b"], [0, 1])]
    assert parent not in {str(pid) for pid, _, _ in jobs}
    assert not (tmp_path / "runs/x/shards").exists()


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


# TAB.

BASH = shutil.which("bash")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Presses TAB in a real bash, at the end of each line, and returns the suggestions."""
    if BASH is None:
        pytest.skip("needs bash")
    folder = tmp_path_factory.mktemp("tab")
    (folder / "runs" / "study").mkdir(parents=True)
    command = folder / "fathom"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m experiments.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)

    def press(install: str, lines: Sequence[str]) -> list[list[str]]:
        script = [f'eval "$({install})"']
        for line in lines:
            # Words as bash cuts them: at blanks, and at = which is a word of its own.
            words = line.replace("=", " = ").split() + ([""] if line.endswith(" ") else [])
            quoted = " ".join(f"'{word}'" for word in words)
            script.append(f"COMP_LINE='{line}' COMP_POINT={len(line)} COMP_WORDS=({quoted})")
            script.append(f"COMP_CWORD={len(words) - 1} COMPREPLY=()")
            script.append('_fathom_complete; printf "%s|" "${COMPREPLY[@]}"; echo')
        result = subprocess.run(
            [str(BASH), "-c", "\n".join(script)],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            timeout=120,
            check=True,
        )
        return [[word for word in line.split("|") if word] for line in result.stdout.splitlines()]

    return press


def test_tab_completes_groups_options_keys_and_runs(tab: Any) -> None:
    found = tab(
        "fathom completion bash",
        [
            "fathom r",
            "fathom run mo",
            "fathom run shots=0,1 template=qa/q_a_d",
            "fathom run template=qa/q_a,qa/q_a_d",
            "fathom run shots=0,1 sampling.te",
            "fathom run shots=0,1 too_long=",
            "fathom run form=completion,c",
            "fathom report runs/",
            "fathom list mo",
            "fathom run --mul",
        ],
    )
    assert found == [
        ["run", "report", "regrade", "rewrite"],
        ["model.", "model="],
        ["qa/q_a_dense"],
        ["qa/q_a,qa/q_a_dense"],
        ["sampling.temperature="],
        ["fail", "fewer_shots"],
        ["completion,chat", "completion,chat_single", "completion,completion"],
        ["runs/study"],
        ["models"],
        ["--multirun"],
    ]


def test_hydras_way_to_install_completion_works_too(tab: Any) -> None:
    assert tab("fathom run -sc install=bash", ["fathom run perturb"]) == [["perturbation.", "perturbation="]]


def test_hydras_query_protocol_knows_the_subcommand(tmp_path: Path) -> None:
    result = shell("run", "-sc", "query=bash", cwd=tmp_path, COMP_LINE="fathom run exempl")
    assert result.stdout.split() == ["exemplars."]


@pytest.mark.parametrize("more", [(), ("shots=0,1",), ("hydra.mode=RUN",)])
def test_perturbations_after_one_another(lab: Recorder, more: tuple[str, ...]) -> None:
    assert lab.fathom("run", "perturbation=keyboard_typo+case+padding", *more) == 0
    for cells, _ in lab.calls:
        for cell in cells:
            then = cell.config.perturbation.then
            assert (cell.config.perturbation.name, then) == ("keyboard_typo", ["case", "padding"])
    assert sum(len(cells) for cells, _ in lab.calls) == (2 if more == ("shots=0,1",) else 1)
