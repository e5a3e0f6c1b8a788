"""The sweep of `sweep_requests` with promptfoo, lm-evaluation-harness and inspect_ai, against ours.

python -m tests.benchmarks.peers [--latency-ms 0] [--items 500] [--rounds 1] [--only promptfoo]

All ask the same loopback server 3 templates × 2 numbers of shots × 2 seeds × 500 items: 6,000 requests, each
tool as its documentation has it, caches off, 64 requests at once, a check whether the answer holds the
reference. promptfoo takes them as one run of 6 prompts × 2 providers, lm-eval as 4 runs of 3 tasks (shots and
seeds are a process's), inspect_ai as one run of 12 tasks. Times are whole processes. The peers are installed,
in versions that are pinned below, into a folder of the user's cache; one that cannot be installed is left
out with a word.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.sweep_requests import SERVER, forget, prepare, timed, used, write_task

VERSIONS = {"promptfoo": "0.121.20", "lm-eval": "lm-eval[api]==0.4.13", "inspect": "inspect-ai==0.3.285"}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prompt-fathom" / "peers"
SHOTS = (1, 5)
SEEDS = (0, 1)
AT_ONCE = 64
LEADS = (("Q: ", "\nA:"), ("Question: ", "\nAnswer:"), ("Please answer. Q: ", "\nA:"))

INSPECT = """
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
import json
cells, url = json.load(open("cells.json")), sys.argv[1]
tasks = [
    Task(name=f"cell{number}", dataset=[Sample(input=asked, target=right) for asked, right in cell],
         solver=generate(), scorer=includes())
    for number, cell in enumerate(cells)
]
logs = eval(tasks, model="openai-api/loop/loopback", model_base_url=url, max_tasks=12, max_samples=64,
            max_connections=64, max_tokens=50, temperature=0.0, display="none", log_dir="logs")
assert all(log.status == "success" for log in logs), [log.error for log in logs]
"""


def cells(folder: Path) -> list[list[tuple[str, str]]]:
    """Each cell's prompts and references; exemplars as text, as the tools would have it."""
    place = folder / "data" / "trivia_qa" / "unfiltered.nocontext"
    items, pool = (
        [json.loads(line) for line in (place / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]
        for split in ("validation", "train")
    )
    found: list[list[tuple[str, str]]] = []
    for before, after in LEADS:
        for shots in SHOTS:
            for seed in SEEDS:
                shown = pool[seed * 10 : seed * 10 + shots]
                head = "".join(
                    f"{before}{shot['question']}{after} {shot['answer']['value']}\n\n" for shot in shown
                )
                found.append(
                    [(head + before + row["question"] + after, row["answer"]["value"]) for row in items]
                )
    return found


def promptfoo(folder: Path, url: str) -> Sequence[Sequence[str]]:
    """Installs it and writes its configuration; returns the commands to time."""
    home = CACHE / "promptfoo"
    if not (home / "node_modules" / ".bin" / "promptfoo").exists():
        home.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--silent", "--no-audit", f"promptfoo@{VERSIONS['promptfoo']}"], home)
    grid = cells(folder)
    heads = [grid[number][0][0].rsplit("Which validation", 1)[0] for number in range(0, 12, 2)]
    tails = [after for _, after in LEADS for _ in SHOTS]
    rows = (folder / "data" / "trivia_qa" / "unfiltered.nocontext" / "validation.jsonl").read_text("utf-8")
    items = [json.loads(line) for line in rows.splitlines()]
    providers = [
        {
            "id": "openai:chat:loopback",
            "label": f"seed {seed}",
            "config": {"apiBaseUrl": url, "apiKey": "none", "max_tokens": 50, "temperature": 0, "seed": seed},
        }
        for seed in SEEDS
    ]
    config = {
        "prompts": [head + "{{question}}" + tail for head, tail in zip(heads, tails, strict=True)],
        "providers": providers,
        "tests": [
            {
                "vars": {"question": row["question"]},
                "assert": [{"type": "icontains", "value": row["answer"]["value"]}],
            }
            for row in items
        ],
    }
    (folder / "promptfoo.json").write_text(json.dumps(config), encoding="utf-8")
    words = [str(home / "node_modules" / ".bin" / "promptfoo"), "eval", "-c", "promptfoo.json"]
    # Its exit code 100 says that some checks failed, which with a server without knowledge they do.
    more = ["-j", str(AT_ONCE), "--no-cache", "--no-table", "--no-progress-bar", "-o", "out.json"]
    return [["sh", "-c", 'out=0; "$@" || out=$?; [ $out = 0 ] || [ $out = 100 ]', "sh", *words, *more]]


def lm_eval(folder: Path, url: str) -> Sequence[Sequence[str]]:
    """Installs it and writes its tasks; returns the commands to time."""
    python = installed("lm-eval")
    place = folder / "data" / "trivia_qa" / "unfiltered.nocontext"
    tasks = folder / "tasks"
    tasks.mkdir(exist_ok=True)
    for number, (before, after) in enumerate(LEADS):
        files = {split: str(place / f"{split}.jsonl") for split in ("validation", "train")}
        task = {
            "task": f"loop{number}",
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": files},
            "output_type": "generate_until",
            "validation_split": "validation",
            "fewshot_split": "train",
            "doc_to_text": before + "{{question}}" + after,
            "doc_to_target": "{{answer.value}}",
            "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 50, "temperature": 0.0},
            "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        }
        (tasks / f"loop{number}.yaml").write_text(json.dumps(task), encoding="utf-8")
    model = f"model=loopback,base_url={url}/chat/completions,num_concurrent={AT_ONCE}"
    return [
        [
            *(str(python.with_name("lm_eval")), "--model", "local-chat-completions", "--model_args", model),
            *("--tasks", ",".join(f"loop{number}" for number in range(len(LEADS)))),
            *("--include_path", str(tasks), "--num_fewshot", str(shots), "--seed", str(seed)),
            *("--apply_chat_template", "--output_path", "lm-eval", "--log_samples"),
        ]
        for shots in SHOTS
        for seed in SEEDS
    ]


def inspect(folder: Path, url: str) -> Sequence[Sequence[str]]:
    """Installs it and writes its script; returns the command to time."""
    python = installed("inspect")
    (folder / "cells.json").write_text(json.dumps(cells(folder)), encoding="utf-8")
    (folder / "inspect_sweep.py").write_text(INSPECT, encoding="utf-8")
    return [[str(python), "inspect_sweep.py", url]]


PEERS: dict[str, Callable[[Path, str], Sequence[Sequence[str]]]] = {
    "promptfoo": promptfoo,
    "lm-eval": lm_eval,
    "inspect": inspect,
}


def installed(name: str) -> Path:
    """The Python of an environment of a peer's own."""
    home = CACHE / name
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        venv.create(home, with_pip=True, clear=True)
        run([str(python), "-m", "pip", "install", "--quiet", VERSIONS[name], "openai"], CACHE)
        (home / ".ready").touch()
    return python


def counter(server: "subprocess.Popen[str]") -> Callable[[], int]:
    """Tells how many requests the server has answered since it was last asked."""
    before = 0

    def count() -> int:
        nonlocal before
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n")
        server.stdin.flush()
        now = int(server.stdout.readline())
        new, before = now - before, now
        return new

    return count


def run(words: Sequence[str], folder: Path) -> None:
    """Runs a command quietly; CalledProcessError if it fails."""
    subprocess.run(list(words), cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Measures, and prints how many times as long as ours each takes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=list(PEERS))
    options = parser.parse_args()
    command = [sys.executable, str(SERVER), "--latency-ms", str(options.latency_ms)]
    with (
        tempfile.TemporaryDirectory() as name,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        folder, url = Path(name), server.stdout.readline().strip()
        write_task(folder / "data", options.items)
        commands: dict[str, Sequence[Sequence[str]]] = {}
        for peer, make in PEERS.items():
            if options.only in (None, peer):
                try:
                    commands[peer] = make(folder, url)
                except (OSError, subprocess.CalledProcessError) as error:
                    print(f"{peer} is left out: it could not be installed ({error})")
        prepare(folder, url)
        times: dict[str, list[tuple[float, float]]] = {"ours": []}
        wanted = 12 * options.items
        count = counter(server)
        for number in range(options.rounds):
            forget(folder)
            count()
            times["ours"].append(timed(folder, "sweep", url, f"run{number}"))
            assert count() == wanted
            for peer, words in commands.items():
                shutil.rmtree(folder / "logs", ignore_errors=True)
                spent = [
                    used(folder, one, {"OPENAI_API_KEY": "none", "LOOP_API_KEY": "none"}) for one in words
                ]
                assert (sent := count()) >= wanted, f"{peer} sent {sent} requests"
                times.setdefault(peer, []).append((sum(a for a, _ in spent), sum(b for _, b in spent)))
        ours = [median(column) for column in zip(*times["ours"], strict=True)]
        for peer, pairs in times.items():
            wall, processor = (median(column) for column in zip(*pairs, strict=True))
            print(
                f"{peer:10} {wall:7.1f} s wall, {processor:7.1f} s processor; "
                f"ours times {wall / ours[0]:.1f}, {processor / ours[1]:.1f}"
            )
        server.communicate()


if __name__ == "__main__":
    main()
