"""The vLLM back end with a real vLLM, on a processor. `tests/vllm/run.sh` runs these."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from omegaconf import OmegaConf

from experiments.models.protocol import Completion, Model, Request, UnusableModelError
from experiments.models.registry import load, weights_cache
from experiments.models.vllm import VllmModel
from experiments.models.vllm_process import environment
from experiments.models.weights import locate
from experiments.schema import Backend, Form, ModelConfig, OpenAIConfig, VllmConfig, WeightsConfig
from perturb.prompt import Message, Prompt

HERE = Path(__file__).parent
PYTHON = os.environ.get("FATHOM_VLLM_PYTHON", "")
CONTEXT = 256  # of the tiny model

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not PYTHON, reason="tests/vllm/run.sh makes the environment and runs these"),
]


def script(name: str, *arguments: str | Path, given: str | None = None) -> str:
    """Runs a script beside this file in vLLM's environment; gives what it prints."""
    command = [PYTHON, str(HERE / name), *map(str, arguments)]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights."""
    made = tmp_path_factory.mktemp("tiny") / "chat"
    script("tiny_model.py", made)
    return made


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Iterator[VllmModel]:
    model = vllm_model(folder, chunk=4, engine={"max_num_seqs": 16})
    yield model
    asyncio.run(model.close())


def vllm_model(folder: Path, **settings: Any) -> VllmModel:
    config = VllmConfig(path=str(folder), python=PYTHON, dtype="float32", max_model_len=CONTEXT, **settings)
    return VllmModel(ModelConfig("tiny", Backend.vllm, vllm=config), folder.parent / "cache")


def text_request(key: str, text: str, **fields: Any) -> Request:
    return Request(key, Prompt(text, stop=fields.pop("stop", ())), fields.pop("max_tokens", 8), **fields)


def chat_request(key: str, text: str) -> Request:
    return Request(key, Prompt(None, (Message("user", text),)), 8)


def ask(asked: Model, requests: Sequence[Request]) -> dict[str, Completion]:
    async def gather() -> list[Completion]:
        return [completion async for completion in asked.complete(requests)]

    completions = asyncio.run(gather())
    assert len(completions) == len(requests)
    return {completion.key: completion for completion in completions}


BOTH = [
    *(text_request(f"t{i}", f"Question: {i}\nAnswer:") for i in range(12)),
    *(chat_request(f"c{i}", f"number {i}") for i in range(4)),
]
OPTIONS = (" Paris", " the lazy dog", "42", " 東京 🗼")
WEIGHED = [
    text_request("o0", "Question: What is the capital of France?\nAnswer:", options=OPTIONS),
    text_request("o1", "Q: 12 + 30 = ?\nA: ", options=OPTIONS),
    text_request("o2", "The", options=OPTIONS),
    # Long enough for its options to be asked token by token.
    text_request("o3", "Question: What is the capital of France?\nAnswer:" * 10, options=(" Paris", " 42")),
]


def texts(completions: dict[str, Completion]) -> dict[str, str]:
    return {key: completion.text for key, completion in completions.items()}


def test_both_forms_are_answered_the_same_way_twice_and_alone(tiny: VllmModel) -> None:
    got = ask(tiny, BOTH)
    assert {completion.finish for completion in got.values()} <= {"stop", "length"}
    assert all(completion.completion_tokens in range(1, 9) for completion in got.values())
    assert all(completion.prompt_tokens > 3 for completion in got.values())
    assert all(completion.revision.endswith("/float32") for completion in got.values())
    assert len(set(texts(got).values())) > 10
    assert texts(ask(tiny, BOTH)) == texts(got)
    assert texts(ask(tiny, BOTH[3:4])) == {"t3": got["t3"].text}


def test_tokens_are_counted_without_an_engine_as_the_engine_counts_them(tiny: VllmModel) -> None:
    got = ask(tiny, BOTH)
    counter = tiny.counter()
    try:
        assert counter.limit == CONTEXT
        assert [counter.count(request.prompt) for request in BOTH] == [
            got[request.key].prompt_tokens for request in BOTH
        ]
    finally:
        counter.close()


def test_seeds_decide_what_is_drawn_whatever_is_drawn_beside_it(tiny: VllmModel) -> None:
    requests = [text_request(f"s{seed}", "The quick", temperature=1.0, seed=seed) for seed in range(6)]
    got = texts(ask(tiny, requests))
    assert len(set(got.values())) > 3
    assert texts(ask(tiny, requests[::-1])) == got
    assert texts(ask(tiny, requests[2:3])) == {"s2": got["s2"]}


def test_there_is_a_logprob_for_every_token(tiny: VllmModel) -> None:
    greedy = ask(tiny, [text_request("k", "The quick", logprobs=2)])["k"]
    assert greedy.logprobs is not None
    assert len(greedy.logprobs) == greedy.completion_tokens
    assert all(value <= 0 for value in greedy.logprobs)


def test_options_are_as_likely_as_the_model_itself_finds_them(tiny: VllmModel, folder: Path) -> None:
    questions = json.dumps([[request.prompt.text, request.options] for request in WEIGHED])
    expected: list[list[float]] = json.loads(script("reference.py", folder, given=questions))
    got = ask(tiny, [*WEIGHED, BOTH[0]])
    for request, sums in zip(WEIGHED, expected, strict=True):
        assert json.loads(got[request.key].text) == pytest.approx(sums, abs=1e-3)
    assert got["t0"].completion_tokens > 0


def test_a_stop_string_ends_the_answer_and_is_left_out(tiny: VllmModel) -> None:
    whole = ask(tiny, [text_request("k", "Q: 12", max_tokens=30)])["k"].text
    stop = whole[5:7]
    short = ask(tiny, [text_request("k", "Q: 12", max_tokens=30, stop=(stop,))])["k"]
    assert short.text == whole[: whole.index(stop)]
    assert short.finish == "stop"


def test_only_the_prompt_that_does_not_fit_fails(tiny: VllmModel) -> None:
    got = ask(tiny, [text_request("long", "fox " * CONTEXT), text_request("short", "fox")])
    assert f"expected 1 to {CONTEXT - 1}" in (got["long"].error or "")
    assert "model.vllm.max_model_len" in (got["long"].error or "")
    assert got["short"].finish in ("stop", "length")


def test_two_copies_answer_as_one_does(tiny: VllmModel, folder: Path) -> None:
    copies = vllm_model(folder, chunk=3, data_parallel=2)
    assert texts(ask(copies, BOTH)) == texts(ask(tiny, BOTH))
    asyncio.run(copies.close())


def test_weights_that_are_none_say_so(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnusableModelError, match=r"could not load .*model\.vllm\.path.*vLLM's log: "):
        vllm_model(tmp_path / "none").load()


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """vLLM's own server with the tiny model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    command += ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--dtype", "float32", "--max-model-len", str(CONTEXT), "--enforce-eager"]
    command += ["--generation-config", "vllm", "--kv-cache-memory-bytes", str(1 << 30)]
    variables = environment(VllmConfig(), 0, os.environ) | {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "1",
        "TORCH_COMPILE_DISABLE": "1",
    }
    with (folder.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=variables)
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        assert process.poll() is None, (folder.parent / "server.log").read_text("utf-8")[-2000:]
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def test_vllms_server_gives_the_same_greedy_completions(tiny: VllmModel, server: str) -> None:
    here = ask(tiny, [*BOTH, *WEIGHED])
    config = ModelConfig("tiny", Backend.openai, form=Form.completion, openai=OpenAIConfig(base_url=server))
    there = ask(load(config), [*BOTH, *WEIGHED])
    assert {key: done.text for key, done in there.items() if key[0] != "o"} == {
        key: done.text for key, done in here.items() if key[0] != "o"
    }
    for key in (request.key for request in WEIGHED):
        assert json.loads(there[key].text) == pytest.approx(json.loads(here[key].text), abs=1e-3)
    assert {key: done.prompt_tokens for key, done in there.items() if key[0] != "o"} == {
        key: done.prompt_tokens for key, done in here.items() if key[0] != "o"
    }


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SmolLM2, of the very weights that the embedded engine has, dequantised."""
    file = locate(smollm2_weights(), cache=weights_cache(), say=print)
    made = tmp_path_factory.mktemp("smollm2")
    script("smollm2.py", file, made)
    yield made
    shutil.rmtree(made)  # half a gigabyte


def smollm2_weights() -> WeightsConfig:
    read = yaml.safe_load((HERE.parents[1] / "conf" / "model" / "smollm2.yaml").read_text("utf-8"))
    merged = OmegaConf.merge(OmegaConf.structured(WeightsConfig), read["llamacpp"]["weights"])
    weights = OmegaConf.to_object(merged)
    assert isinstance(weights, WeightsConfig)
    return weights


def test_a_sweep_over_two_models_asks_one_after_the_other(
    smollm2: Path, folder: Path, tmp_path: Path
) -> None:
    """And the real model answers as it does when it is embedded, up to what its 4 bits round differently."""
    common = ["task=trivia_mini", "task.limit=12", "form=completion", "shots=1", "exemplars.seed=0,1"]
    common += ["template=qa/q_a", "store=store.sqlite"]
    both = ["model=vllm", f"model.name={smollm2},{folder}", f"model.vllm.python={PYTHON}"]
    both += ["model.vllm.dtype=float32", "model.vllm.max_model_len=256", "name=vllm"]
    for arguments in (both, ["model=smollm2", "model.llamacpp.threads=1", "name=embedded"]):
        subprocess.run(
            [sys.executable, "-m", "experiments.cli", "run", *arguments, *common], cwd=tmp_path, check=True
        )
    here = outcomes(tmp_path / "runs" / "vllm")
    assert set(here["status"]) <= {"correct", "wrong", "unparsed", "truncated", "refused"}
    real = here[here["model"] == str(smollm2)]
    assert len(real) == len(here) / 2 == 24
    embedded = outcomes(tmp_path / "runs" / "embedded")
    same = real.merge(embedded, on=["item_id", "exemplar_seed"], validate="one_to_one")
    assert len(same) == 24
    assert (same["score_x"] == same["score_y"]).mean() > 0.8
    assert real["score"].mean() > 0.2


def outcomes(run: Path) -> pd.DataFrame:
    return pd.read_parquet(run / "outcomes.parquet").query("primary")
