"""A whole sweep in vLLM against one bare `LLM.generate` over the same prompts, and against a run per cell.

    bash tests/vllm/run.sh --set-up
    .venv-vllm/bin/python tests/vllm/smollm2.py FILE.gguf FOLDER
    .venv/bin/python tests/benchmarks/vllm_sweep.py .venv-vllm/bin/python FOLDER

Twelve cells (six templates, two draws of five exemplars) of TriviaMini, on the processor with one thread.
Everything counts but the report: starting Python, importing, loading the model, grading, the tables. Wall
time depends on who else uses the machine, processor time much less. What the sweep costs besides vLLM is
what it costs when everything comes from the store; it hardly grows with the number of prompts.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from experiments.cli import Lab
from experiments.cli import main as fathom
from experiments.models.registry import identity_of
from experiments.sweep.compose import ComposedCell
from experiments.sweep.plan import make_plan

TEMPLATES = "qa/q_a,qa/q_a_dense,qa/q_a_upper,qa/q_a_polite,qa/question_answer,qa/trivia_expert"


@dataclass(frozen=True)
class Took:
    """What a command took, in seconds, its children included, and what it printed."""

    wall: float
    processor: float
    printed: str = ""

    def over(self, other: "Took") -> str:
        """Ratios to another command."""
        return f"{self.wall / other.wall:.3f} wall, {self.processor / other.processor:.3f} processor"

    def __str__(self) -> str:
        return f"{self.wall:.1f} s wall, {self.processor:.1f} s processor"


def took(command: Sequence[str], folder: str, given: str | None = None) -> Took:
    """Runs a command in a folder."""
    variables = {
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "TORCH_COMPILE_DISABLE": "1",
        "HF_HUB_OFFLINE": "1",
    }
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        input=given,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.perf_counter() - began, processor, done.stdout)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", type=Path, help="the interpreter that has vLLM")
    parser.add_argument("model", type=Path, help="a folder with a model")
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=2, help="of the sweep and of the bare call, in turns")
    parser.add_argument("--alone", type=int, default=12, help="cells that are run alone, of 12")
    options = parser.parse_args()
    python, model = str(options.python.absolute()), str(options.model.resolve())
    sweep = ["model=vllm", f"model.name={model}", f"model.vllm.python={python}", "model.vllm.dtype=float32"]
    sweep += ["model.vllm.max_model_len=2048", "task=trivia_mini", f"task.limit={options.items}"]
    sweep += ["shots=5", f"template={TEMPLATES}", "exemplars.seed=0,1", "report.make=false"]
    cells: list[ComposedCell] = []

    def keep(composed: Sequence[ComposedCell], folder: Path) -> SimpleNamespace:
        cells.extend(composed)
        return SimpleNamespace(exit_code=0)

    with tempfile.TemporaryDirectory() as folder:
        fathom(["run", *sweep, f"runs_dir={folder}"], Lab(keep, print))
        (plan,) = make_plan(cells, identity_of).models
    prompts = json.dumps(
        [[request.prompt.text, request.prompt.stop, request.max_tokens] for request in plan.requests]
    )
    print(f"{len(cells)} cells of {options.items} items, {len(plan.requests)} distinct prompts", flush=True)
    run = [sys.executable, "-m", "experiments.cli", "run"]
    bare_script = str(Path(__file__).with_name("vllm_bare.py"))
    bares: list[Took] = []
    sweeps: list[Took] = []
    for number in range(options.repeats):
        with tempfile.TemporaryDirectory() as folder:
            bares.append(took([python, bare_script, model], folder, prompts))
            print(f"bare {number}:  {bares[-1]}", flush=True)
            sweeps.append(took([*run, *sweep], folder))
            print(f"sweep {number}: {sweeps[-1]}; to bare {sweeps[-1].over(bares[-1])}", flush=True)
            again = took([*run, *sweep], folder)
            print(f"the same from the store, without vLLM: {again}", flush=True)
    parts = json.loads(bares[-1].printed.splitlines()[-1])  # after what vLLM has printed
    print(f"bare: loading {parts['load']:.1f} s wall, generating {parts['generate']:.1f} s wall")
    alone: list[Took] = []
    for cell in cells[: options.alone]:
        with tempfile.TemporaryDirectory() as folder:
            alone.append(took([*run, *cell.overrides], folder))
    if alone:
        scale = len(cells) / len(alone)
        total = Took(scale * sum(each.wall for each in alone), scale * sum(each.processor for each in alone))
        print(f"a run per cell ({len(alone)} of {len(cells)} run, scaled): {total}")
        print(f"a run per cell to the sweep: {total.over(sweeps[-1])}")


if __name__ == "__main__":
    main()
