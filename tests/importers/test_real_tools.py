"""Logs that lm-evaluation-harness and Inspect write themselves. `tests/beside.sh importers` runs these."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import main
from tests.importers.colours import BROKEN, COLOURS, EPOCHS, ITEMS
from tests.loopback import LoopbackServer

HERE = Path(__file__).parent
PYTHON = os.environ.get("FATHOM_BESIDE_PYTHON", "")
TEMPLATES = {"curt": "Q: {}\nA:", "polite": "Please answer. {}\nAnswer:"}
QUESTION = "Which colour is number {}?"

pytestmark = [
    pytest.mark.importers,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON, reason="tests/beside.sh importers makes the environment and runs these"),
]


def answer(prompt: str, body: dict[str, Any]) -> str:
    """Right for all items but one when asked curtly, for two thirds of them when asked politely."""
    number = int(re.findall(r"number (\d+)", prompt)[-1])
    wrong = number % 3 == 0 if "Please" in prompt else number == 1
    colour = "grey" if wrong else COLOURS[number % 3]
    return f"{colour}." if number % 2 else f"It is {colour}"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LoopbackServer(responder=answer) as server:
        yield server.base_url


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tool(*arguments: str | Path) -> subprocess.Popen[str]:
    """Starts Python in the tools' environment."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(Path.cwd() / "hub")}
    return subprocess.Popen(
        [PYTHON, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **offline},
    )


def done(process: subprocess.Popen[str]) -> str:
    """What a tool printed; it has to have succeeded."""
    said, _ = process.communicate(timeout=500)
    assert process.returncode == 0, said
    return said


def lm_eval_task(folder: Path, name: str, **fields: Any) -> Path:
    """Writes a task of the harness, JSON being YAML too, and its documents."""
    folder.mkdir()
    documents = folder / "documents.jsonl"
    rows = [
        {"question": QUESTION.format(n), "answer": COLOURS[n % 3], "choices": COLOURS, "gold": n % 3}
        for n in range(ITEMS)
    ]
    documents.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(documents)}},
        "test_split": "test",
        "metadata": {"version": 1.0},
        **fields,
    }
    (folder / "task.yaml").write_text(json.dumps(task))
    return folder


def generating(folder: Path, template: str) -> Path:
    """A task that is answered in words, graded by two filters."""
    mean = {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
    first = {"function": "take_first"}
    return lm_eval_task(
        folder,
        "colours",
        output_type="generate_until",
        doc_to_text=template.format("{{question}}"),
        doc_to_target="{{answer}}",
        generation_kwargs={"until": ["\n"], "max_gen_toks": 8, "temperature": 0.5},
        metric_list=[mean],
        filter_list=[
            {"name": "strict", "filter": [{"function": "regex", "regex_pattern": r"^(\w+)\.$"}, first]},
            {"name": "lenient", "filter": [{"function": "regex", "regex_pattern": r"(\w+)\.?$"}, first]},
        ],
    )


def choosing(folder: Path) -> Path:
    """A task whose options are compared by their likelihood."""
    metrics = [
        {"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")
    ]
    return lm_eval_task(
        folder,
        "choices",
        output_type="multiple_choice",
        doc_to_text="Q: {{question}}\nA:",
        doc_to_target="gold",
        doc_to_choice="choices",
        metric_list=metrics,
    )


def lm_eval(task: Path, name: str, output: str, *model: str) -> subprocess.Popen[str]:
    """Starts the harness as its users do."""
    what = ["--tasks", name, "--include_path", task, "--output_path", output, "--log_samples"]
    return tool("-m", "lm_eval", *model, *what)


def own_results(output: str) -> dict[str, Any]:
    """What the harness says its task came to."""
    (path,) = Path(output).rglob("results_*.json")
    (found,) = json.loads(path.read_text())["results"].values()
    return found


def report_of(run: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(Path(run, "report.json").read_text(encoding="utf-8"))
    return report


def test_lm_eval_runs_with_two_prompts_become_one_grid(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = f"model=parrot,base_url={url}/completions,tokenizer_backend=None,tokenized_requests=False"
    model = ["--model", "local-completions", "--model_args", settings]
    processes = [
        lm_eval(generating(Path(name), template), "colours", f"out/{name}", *model)
        for name, template in TEMPLATES.items()
    ]
    for process in processes:
        done(process)
    logs = [f"{name}=out/{name}" for name in TEMPLATES]
    assert main(["import", "lm-eval", *logs, "--output", "runs/both"]) == 2
    assert "'exact_match,lenient', 'exact_match,strict'" in capsys.readouterr().err
    metrics = ["--metric", "exact_match,lenient", "--metric", "exact_match,strict"]
    assert main(["import", "lm-eval", *logs, *metrics, "--output", "runs/both"]) == 0

    (one,) = report_of("runs/both")["slices"]
    (finding,) = one["factors"]
    found = {level["level"]: level["estimate"]["value"] for level in finding["levels"]}
    theirs = {name: own_results(f"out/{name}") for name in TEMPLATES}
    assert found == pytest.approx({name: own["exact_match,lenient"] for name, own in theirs.items()})
    assert 0 < found["polite"] < found["curt"] < 1
    assert (one["model"], one["task"], one["items"]) == ("parrot", "colours", ITEMS)
    graders = {row["grader"]: row["score"]["fixed"]["value"] for row in report_of("runs/both")["graders"]}
    strict = sum(own["exact_match,strict"] for own in theirs.values()) / 2
    assert graders["exact_match,strict"] == pytest.approx(strict)

    outcomes = pd.read_parquet("runs/both/outcomes.parquet")
    assert set(outcomes["temperature"]) == {0.5}
    assert "unparsed" in set(outcomes["status"])
    requests = pd.read_parquet("runs/both/requests.parquet")
    asked = [template.format(QUESTION.format(n)) for template in TEMPLATES.values() for n in range(ITEMS)]
    assert sorted(requests["prompt"]) == sorted(asked)

    for name in TEMPLATES:
        metric = ["--metric", "exact_match,lenient"]
        assert main(["import", "lm-eval", f"{name}=out/{name}", *metric, "--output", f"runs/{name}"]) == 0
    pair = ["runs/polite", "--baseline", "runs/curt", "--across", "template"]
    assert main(["compare", *pair]) == 0
    assert main(["gate", *pair, "--score-only"]) in (1, 3)


def test_lm_eval_options_compared_by_likelihood(capsys: pytest.CaptureFixture[str]) -> None:
    done(lm_eval(choosing(Path("choices")), "choices", "out", "--model", "dummy"))
    assert main(["import", "auto", "out", "--model", "dummy", "--metric", "acc", "--output", "runs/x"]) == 0
    (one,) = report_of("runs/x")["slices"]
    assert one["score"]["fixed"]["value"] == pytest.approx(own_results("out")["acc,none"])
    outcomes = pd.read_parquet("runs/x/outcomes.parquet")
    assert set(outcomes["extracted"]) <= set(COLOURS)


@pytest.mark.parametrize("layout", ["eval", "json"])
def test_inspect_logs(url: str, layout: str) -> None:
    processes = {
        name: tool(HERE / "colours.py", url, f"logs/{name}", layout, template.replace("{}", "{prompt}"))
        for name, template in TEMPLATES.items()
    }
    theirs = {name: json.loads(done(process).splitlines()[-1]) for name, process in processes.items()}
    logs = [f"{name}=logs/{name}/*.{layout}" for name in TEMPLATES]
    metrics = ["--metric", "includes", "--metric", "match"]
    assert main(["import", "auto", *logs, *metrics, "--output", "runs/both"]) == 0
    (one,) = report_of("runs/both")["slices"]
    (finding,) = one["factors"]
    found = {level["level"]: level["estimate"]["value"] for level in finding["levels"]}
    assert found == pytest.approx({name: own["includes"] for name, own in theirs.items()})
    assert (one["model"], one["items"]) == ("openai-api/loopback/parrot", ITEMS - 1)
    outcomes = pd.read_parquet("runs/both/outcomes.parquet")
    first = outcomes[outcomes["primary"]]
    assert len(first) == 2 * ITEMS * EPOCHS
    failed = first[first["status"] == "failed"]
    assert set(failed["item_id"]) == {BROKEN}
    assert set(failed["error"]) == {"RuntimeError('the tool broke')"}
    assert set(first["replicate"]) == set(range(EPOCHS))
    assert set(first["temperature"]) == {0.7}
    prompts = pd.read_parquet("runs/both/requests.parquet")["prompt"]
    assert {turn["content"] for prompt in prompts for turn in json.loads(prompt)} >= {
        template.format(QUESTION.format(0)) for template in TEMPLATES.values()
    }
