"""`fathom run` and its neighbours, as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from experiments.cli import Lab, main
from tests.cli.recorder import Recorder

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


@pytest.mark.parametrize("more", [(), ("shots=0,1",), ("hydra.mode=RUN",)])
def test_perturbations_after_one_another(lab: Recorder, more: tuple[str, ...]) -> None:
    assert lab.fathom("run", "perturbation=keyboard_typo+case+padding", *more) == 0
    for cells, _ in lab.calls:
        for cell in cells:
            then = cell.config.perturbation.then
            assert (cell.config.perturbation.name, then) == ("keyboard_typo", ["case", "padding"])
    assert sum(len(cells) for cells, _ in lab.calls) == (2 if more == ("shots=0,1",) else 1)
