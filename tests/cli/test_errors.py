"""Wrong command lines and files: one clear error, the right exit code, nothing half written."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "HYDRA"))}


@dataclass(frozen=True)
class Wrong:
    """A command line that must fail, and how."""

    name: str
    overrides: tuple[str, ...]
    says: tuple[str, ...]
    code: int = 2
    prepare: Callable[[Path], object] | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str])


def trivia(folder: Path, lines: list[str]) -> None:
    for split in ("validation", "train"):
        path = folder / "data" / "trivia_qa" / "unfiltered.nocontext" / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def row(number: int, **more: Any) -> str:
    answer = {"value": "x", "aliases": []}
    return json.dumps({"question": f"Which {number}?", "question_id": f"q{number}", "answer": answer, **more})


WRONG = (
    Wrong("unknown template", ("template=qa/q_aa",), ("qa/q_aa", "did you mean", "qa/q_a")),
    Wrong("unknown model", ("model=smolm2",), ("smolm2", "did you mean", "smollm2")),
    Wrong("unknown perturbation after another", ("perturbation=case+padd",), ("'padd'", "mean 'padding'")),
    Wrong("suite after another", ("perturbation=case+fairness",), ("'fairness' is a suite", "dialect")),
    Wrong("typo in a key", ("smapling.temperature=1",), ("smapling", "did you mean", "sampling.temperature")),
    Wrong("typo behind ++", ("++model.temprature=1",), ("model.temprature", "sampling.temperature")),
    Wrong("negative shots", ("shots=-1",), ("shots", "-1")),
    Wrong("a word for a number", ("shots=few",), ("shots", "few")),
    Wrong("shots beyond the few-shot source", ("shots=1000",), ("1000 shots", "48")),
    Wrong("template of another answer type", ("task=choice_mini", "template=qa/q_a"), ("qa/q_a", "choice")),
    Wrong(
        "missing data folder",
        ("task=triviaqa", "task.data_dir=nowhere"),
        ("nowhere/trivia_qa/unfiltered.nocontext", "task.data_dir"),
    ),
    Wrong(
        "corrupt JSONL line",
        ("task=triviaqa", "task.data_dir=data"),
        ("validation.jsonl, line 2", "not JSON"),
        prepare=lambda folder: trivia(folder, [row(1), '{"question": "cut', row(3)]),
    ),
    Wrong(
        "task without references",
        ("task=triviaqa", "task.data_dir=data"),
        ("row 2", "'answer'"),
        prepare=lambda folder: trivia(folder, [row(1), row(2, answer={"value": "", "aliases": []})]),
    ),
    Wrong(
        "model file absent",
        ("model=gguf", "model.llamacpp.weights.path=absent.gguf"),
        ("absent.gguf", "model.llamacpp.weights.path"),
    ),
    Wrong(
        "server refusing",
        (
            "model=openai",
            "model.name=m",
            "model.openai.base_url=http://127.0.0.1:9/v1",
            "model.openai.retries=0",
            "task.limit=3",
        ),
        ("no completion could be had", "127.0.0.1:9"),
        code=1,
    ),
    Wrong("no key", ("model=gpt-4o-mini",), ("OPENAI_API_KEY",)),
    Wrong("over budget", ("budget.requests=10",), ("budget.requests", "10", "252")),
    Wrong(
        "run folder that cannot be written",
        ("runs_dir=file/runs", "store=elsewhere.sqlite"),
        ("file/runs", "cannot be written"),
        prepare=lambda folder: (folder / "file").write_text("in the way", encoding="utf-8"),
    ),
    Wrong(
        "store in a folder that is not there",
        ("store=typo/x.sqlite",),
        ("store=typo/x.sqlite", "there is no folder typo"),
    ),
    Wrong(
        "store that is none",
        ("store=store.sqlite",),
        ("store.sqlite", "not a database"),
        prepare=lambda folder: (
            (folder / "store.sqlite").write_text("no database " * 50, encoding="utf-8") and None
        ),
    ),
)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def fathom(folder: Path, *overrides: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "experiments.cli", "run", *overrides],
        cwd=folder,
        env={**CLEAN, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("wrong", WRONG, ids=[wrong.name.replace(" ", "-") for wrong in WRONG])
def test_a_wrong_command_line_gets_one_clear_error(tmp_path: Path, wrong: Wrong) -> None:
    if wrong.prepare is not None:
        wrong.prepare(tmp_path)
    before = files(tmp_path)
    done = fathom(tmp_path, *wrong.overrides, **wrong.environment)
    assert done.returncode == wrong.code, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("fathom:")]
    assert len(errors) == 1, done.stderr
    for words in wrong.says:
        assert words in done.stderr
    left = {name for name in files(tmp_path) - before if "completions.sqlite" not in name}
    assert not left


def test_a_full_disk_is_said_and_the_rest_goes_on_from_there(tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))

    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli", "run", "name=full", "template=glob(qa/*)"],
        cwd=tmp_path,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=small_files,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr
    assert not (tmp_path / "runs" / "full" / "outcomes.parquet").exists()
    again = fathom(tmp_path, "name=full", "template=glob(qa/*)")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "runs" / "full" / "report.html").is_file()
