"""Requests a second and processor time a request of the openai back end, against the loopback server.

`python tests/benchmarks/openai_client.py [--requests 2000] [--concurrency 64] [--latency-ms 0]`

The server runs in a process of its own, so the processor time is the client's alone; it includes building the
requests and reading the answers, not imports.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path

from experiments.models.openai import OpenAIModel
from experiments.models.protocol import Request
from experiments.schema import Backend, ModelConfig, OpenAIConfig
from perturb.prompt import Message, Prompt

ROOT = Path(__file__).parents[2]


async def measure(url: str, requests: int, concurrency: int) -> tuple[float, float]:
    """Wall and processor seconds that `requests` short chat requests take."""
    settings = OpenAIConfig(base_url=url, concurrency=concurrency, api_key_env="LOOPBACK_KEY")
    model = OpenAIModel(ModelConfig("loopback", Backend.openai, openai=settings))

    def asked(count: int, prefix: str) -> list[Request]:
        texts = (f"{prefix} question {number}: what is it?" for number in range(count))
        return [Request(text, Prompt(None, (Message("user", text),)), 16) for text in texts]

    async for _ in model.complete(asked(concurrency, "first")):
        pass  # imports, and the package's look at its platform
    batch = asked(requests, "measured")
    wall, processor = time.perf_counter(), time.process_time()
    failed = sum([completion.finish == "error" async for completion in model.complete(batch)])
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if failed:
        sys.exit(f"{failed} of {requests} requests failed")
    return wall, processor


def main() -> None:
    """Starts the server, measures, prints one line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    options = parser.parse_args()
    server = [
        sys.executable,
        "-m",
        "tests.loopback",
        "--latency-ms",
        str(options.latency_ms),
    ]
    with subprocess.Popen(
        server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        wall, processor = asyncio.run(measure(url, options.requests, options.concurrency))
        process.communicate()
    print(
        f"{options.requests} requests, {options.concurrency} at once, {options.latency_ms:g} ms latency: "
        f"{wall:.2f} s, {options.requests / wall:.0f} requests/s, "
        f"{1000 * processor / options.requests:.2f} ms processor time a request"
    )


if __name__ == "__main__":
    main()
