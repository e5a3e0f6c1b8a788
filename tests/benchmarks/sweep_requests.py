"""A whole sweep of 6,000 requests against bare loops that send the same, and the sweep again from its store.

python tests/benchmarks/sweep_requests.py [--latency-ms 0] [--rounds 3] [--items 500]

The sweep is 3 templates × 2 numbers of shots × 2 seeds × 500 items: composing, planning, sending, a durable
store, grading, and the run's tables; not the report. `raw` sends the same bodies through the openai package
on aiohttp by its untyped route, keeping nothing; `default` through the package as it comes. Every figure is a
whole process, its start and imports included; the server runs in a process of its own.

`warm` is the same sweep with everything in the store: planning, looking up, grading, writing.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

TEMPLATES = "template=qa/q_a,qa/bare_answer,qa/q_a_polite"
CONCURRENCY = 32
SERVER = Path(__file__).parents[1] / "loopback.py"


def write_task(folder: Path, items: int) -> None:
    """Writes a task of questions as long as TriviaQA's."""
    place = folder / "trivia_qa" / "unfiltered.nocontext"
    place.mkdir(parents=True)
    for split, count in (("validation", items), ("train", 100)):
        rows = [
            {
                "question": f"Which {split} town number {number} on the river Loopback had a famous bridge?",
                "question_id": f"{split}{number}",
                "answer": {"value": f"Stone {number}", "aliases": ["gold river", f"stone no. {number}"]},
            }
            for number in range(count)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (place / f"{split}.jsonl").write_text(text, encoding="utf-8")


def sweep(url: str, name: str) -> None:
    """The sweep without its report, in this process."""
    from experiments.cli import Lab, main
    from experiments.sweep.run import run_cells

    overrides = [
        "model=openai",
        "model.name=loopback",
        f"model.openai.base_url={url}",
        f"model.openai.concurrency={CONCURRENCY}",
        "task=triviaqa",
        "task.data_dir=data",
        "shots=1,5",
        "exemplars.seed=0,1",
        TEMPLATES,
        f"name={name}",
    ]
    sys.exit(main(["run", *overrides], Lab(run_cells=run_cells, finish=no_report)))


def no_report(run: Path) -> None:
    """Leaves the run as it is."""


def bodies() -> list[dict[str, Any]]:
    """What the sweep sent."""
    return [json.loads(line) for line in Path("bodies.jsonl").read_text(encoding="utf-8").splitlines()]


async def bare(url: str, *, raw: bool) -> None:
    """Sends the sweep's bodies and keeps nothing."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    more: dict[str, Any] = {"http_client": DefaultAioHttpClient(timeout=None)} if raw else {}
    pending = iter(bodies())
    async with AsyncOpenAI(api_key="none", base_url=url, max_retries=0, **more) as client:

        async def work() -> None:
            for body in pending:
                if raw:
                    answer: Any = await client.post("/chat/completions", cast_to=object, body=body)
                    assert answer["choices"][0]["message"]["content"]
                else:
                    completion: Any = await client.chat.completions.create(**body)
                    assert completion.choices[0].message.content

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


def timed(folder: Path, *words: str) -> tuple[float, float]:
    """Wall and processor seconds of this script in a process; modules are compiled from its second on."""
    places = {"PYTHONPATH": str(SERVER.parents[1]), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return used(folder, [sys.executable, __file__, *words], places)


def used(folder: Path, words: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall and processor seconds of a command, those of its children included.

    Python keeps compiled modules for the next start, as it does wherever it is not told otherwise.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    child = subprocess.Popen(
        words,
        cwd=folder,
        env={**inherited, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    said = child.stderr.read().decode()
    _, status, spent = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode != 0:
        sys.exit(said)
    return time.perf_counter() - began, spent.ru_utime + spent.ru_stime


def prepare(folder: Path, url: str) -> int:
    """Runs the sweep once, and keeps what it sent for the bare loops; returns how many requests that is."""
    import pyarrow.parquet as pq

    timed(folder, "sweep", url, "warm")
    rows = pq.read_table(folder / "runs" / "warm" / "requests.parquet").column("prompt").to_pylist()
    with (folder / "bodies.jsonl").open("w", encoding="utf-8") as file:
        for prompt in rows:
            body = {"model": "loopback", "max_tokens": 50, "temperature": 0.0, "top_p": 1.0}
            file.write(json.dumps({**body, "messages": json.loads(prompt)}) + "\n")
    (folder / "runs" / "completions.sqlite").rename(folder / "all.sqlite")
    return len(rows)


def forget(folder: Path) -> None:
    """Empties the store."""
    for file in (folder / "runs").glob("completions.sqlite*"):
        file.unlink()


def measure(folder: Path, url: str, rounds: int) -> None:
    """Prints medians, and the ratios of each round."""
    count = prepare(folder, url)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ("sweep", "raw", "default", "warm")}
    for name in ("raw", "default"):
        timed(folder, name, url)  # so that its modules are compiled, as the sweep's are by now
    for number in range(rounds):
        for name in ("raw", "sweep", "default"):
            forget(folder)
            times[name].append(timed(folder, name, url, f"run{number}"))
        forget(folder)
        (folder / "runs" / "completions.sqlite").write_bytes((folder / "all.sqlite").read_bytes())
        times["warm"].append(timed(folder, "sweep", url, "warm"))
    for name, pairs in times.items():
        wall, processor = (median(column) for column in zip(*pairs, strict=True))
        print(f"{name:8} {wall:6.2f} s wall, {processor:6.2f} s processor, {count / wall:8,.0f} requests/s")
    for name, over, under in (("sweep / raw", "sweep", "raw"), ("default / sweep", "default", "sweep")):
        ratios = [
            tuple(a / b for a, b in zip(one, two, strict=True))
            for one, two in zip(times[over], times[under], strict=True)
        ]
        wall = ", ".join(f"{ratio[0]:.2f}" for ratio in ratios)
        processor = ", ".join(f"{ratio[1]:.2f}" for ratio in ratios)
        print(f"{name}: wall {wall}; processor {processor}")


def main(argv: Sequence[str]) -> None:
    """Starts the server and measures, or does what a measured process does."""
    if argv[:1] == ["sweep"]:
        sweep(argv[1], argv[2])
    elif argv[:1] in (["raw"], ["default"]):
        asyncio.run(bare(argv[1], raw=argv[0] == "raw"))
    else:
        parser = argparse.ArgumentParser(
            description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--latency-ms", type=float, default=0.0)
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--items", type=int, default=500)
        options = parser.parse_args(argv)
        command = [sys.executable, str(SERVER), "--latency-ms", str(options.latency_ms)]
        with (
            tempfile.TemporaryDirectory() as name,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        ):
            assert server.stdout is not None
            folder = Path(name)
            write_task(folder / "data", options.items)
            measure(folder, server.stdout.readline().strip(), options.rounds)
            server.communicate()


if __name__ == "__main__":
    main(sys.argv[1:])
