"""What the openai back end adds to a bare loop over the same client: wall and processor time, as ratios.

`python tests/benchmarks/openai_client.py [--requests 2000] [--concurrency 64] [--latency-ms 0] [--rounds 3]`

The bare loop sends the same bodies over the same route of the `openai` package (aiohttp as its transport, raw
answers parsed by `json`) and keeps as many under way from the first request on; it retries nothing, limits no
time, adapts to nothing and makes no completions. The server runs in a process of its own, so the processor
time is the client's alone, without imports. The two take turns, and each ratio is that of neighbours.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from experiments.models.openai import OpenAIModel
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_questions import questions
from experiments.models.protocol import Request
from experiments.schema import Backend, ModelConfig, OpenAIConfig
from perturb.prompt import Message, Prompt

ROOT = Path(__file__).parents[2]


def asked(count: int, prefix: str) -> list[Request]:
    """Short chat requests, no two alike."""
    texts = (f"{prefix} question {number}: what is it?" for number in range(count))
    return [Request(text, Prompt(None, (Message("user", text),)), 16) for text in texts]


async def ours(config: ModelConfig, requests: list[Request]) -> AsyncIterator[str]:
    """Texts, by the back end."""
    async for completion in OpenAIModel(config).complete(requests):
        if completion.error:
            sys.exit(f"a request failed: {completion.error}")
        yield completion.text


async def bare(config: ModelConfig, requests: list[Request]) -> AsyncIterator[str]:
    """Texts, by a loop over the package."""
    from openai import HttpxBinaryResponseContent

    bodies = iter([each.body for each in questions(requests, config.name, config.openai)])
    texts: list[str] = []
    async with Endpoint.of(config).client() as client:

        async def work() -> None:
            for body in bodies:
                answer = await client.post("/chat/completions", cast_to=HttpxBinaryResponseContent, body=body)
                parsed: dict[str, Any] = json.loads(answer.content)
                texts.append(parsed["choices"][0]["message"]["content"])

        await asyncio.gather(*(work() for _ in range(config.openai.concurrency)))
    for text in texts:
        yield text


async def measure(config: ModelConfig, count: int, *, raw: bool) -> tuple[float, float]:
    """Wall and processor seconds that `count` requests take."""
    way = bare if raw else ours
    async for _ in way(config, asked(config.openai.concurrency, "first")):
        pass  # imports, and the package's look at its platform
    requests = asked(count, "measured")
    wall, processor = time.perf_counter(), time.process_time()
    got = sum([1 async for _ in way(config, requests)])
    assert got == count
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Starts the server, measures, prints a line a way and one with the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = [sys.executable, "-m", "tests.loopback", "--latency-ms", str(options.latency_ms)]
    pairs: list[tuple[tuple[float, float], tuple[float, float]]] = []
    with subprocess.Popen(
        server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        settings = OpenAIConfig(
            base_url=process.stdout.readline().strip(),
            concurrency=options.concurrency,
            api_key_env="LOOPBACK_KEY",
        )
        config = ModelConfig("loopback", Backend.openai, openai=settings)
        for _ in range(options.rounds):
            pairs.append(
                (
                    asyncio.run(measure(config, options.requests, raw=False)),
                    asyncio.run(measure(config, options.requests, raw=True)),
                )
            )
        process.communicate()
    for name, place in (("back end", 0), ("bare loop", 1)):
        walls, processors = zip(*(pair[place] for pair in pairs), strict=True)
        wall = statistics.median(walls)
        print(
            f"{name}: {options.requests} requests, {options.concurrency} at once, {options.latency_ms:g} ms: "
            f"{wall:.2f} s, {options.requests / wall:.0f} requests/s, "
            f"{1000 * statistics.median(processors) / options.requests:.2f} ms processor time a request"
        )
    wall, processor = (statistics.median(us[place] / them[place] for us, them in pairs) for place in (0, 1))
    print(f"back end / bare loop: {wall:.2f} of the wall time, {processor:.2f} of the processor time")


if __name__ == "__main__":
    main()
