"""TAB in a shell."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.recorder import shell

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
