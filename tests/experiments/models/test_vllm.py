"""The vLLM back end as the sweep sees it: real processes, in which a stand-in takes vLLM's place."""

import asyncio
import gc
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.models.vllm import VllmModel
from experiments.schema import Backend, ModelConfig, VllmConfig
from perturb.prompt import Message, Prompt

FAKE = Path(__file__).parents[2] / "vllm" / "fake"


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An interpreter whose environment has the stand-in; logs go to the test's folder."""
    about = tmp_path / "site" / "vllm_fake-9.9.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-fake\nVersion: 9.9\n", "utf-8")
    (about / "top_level.txt").write_text("vllm\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FAKE), str(about.parent)]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for user in ("vllm", "vllm_identity"):
        monkeypatch.setattr(f"experiments.models.{user}.installed_version", Mock(return_value="9.9"))
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "logs"))
    return tmp_path


def model(folder: Path, name: str = "weights", **settings: Any) -> VllmModel:
    weights = folder / name
    weights.mkdir(exist_ok=True)
    (weights / "model.safetensors").write_bytes(name.encode())
    return VllmModel(
        ModelConfig("tiny", Backend.vllm, vllm=VllmConfig(path=str(weights), **settings)), folder / "cache"
    )


def text_request(key: str, text: str, **fields: Any) -> Request:
    return Request(key, Prompt(text), fields.pop("max_tokens", 8), **fields)


def ask(asked: VllmModel, requests: Sequence[Request], *, close: bool = True) -> list[Completion]:
    async def gather() -> list[Completion]:
        try:
            return [completion async for completion in asked.complete(requests)]
        finally:
            if close:
                await asked.close()

    return asyncio.run(gather())


@pytest.mark.parametrize("copies", [1, 2])
def test_every_request_is_answered_once_by_however_many_copies(fake: Path, copies: int) -> None:
    requests = [text_request(f"k{i}", f"question {i}", max_tokens=2) for i in range(23)]
    asked = model(fake, chunk=3, data_parallel=copies, max_model_len=40)
    got = {completion.key: completion.text for completion in ask(asked, requests)}
    assert got == {request.key: str(request.prompt.text)[-2:] for request in requests}
    assert len(got) == 23
    assert list((fake / "logs").iterdir()) == []


def test_answers_come_one_by_one_and_the_rest_is_not_waited_for(fake: Path) -> None:
    async def run() -> list[str]:
        asked = model(fake, chunk=2)
        stream = asked.complete([text_request(f"k{i}", "p") for i in range(5)] + [text_request("bad", "!")])
        first = [(await anext(stream)).key for _ in range(2)]
        await stream.aclose()  # before the engine comes to the request that it dies of
        again = [done.key async for done in asked.complete([text_request("again", "p")])]
        await asked.close()
        return [*first, *again]

    assert asyncio.run(run()) == ["k0", "k1", "again"]


def test_the_engine_is_loaded_once_said_and_closed_as_often_as_you_like(
    fake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = model(fake)
    asyncio.run(asked.close())
    assert ask(asked, []) == []
    assert capsys.readouterr().err == ""
    ask(asked, [text_request("k", "x")], close=False)
    ask(asked, [text_request("k", "x")], close=False)
    asyncio.run(asked.close())
    asyncio.run(asked.close())
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("tiny: vLLM 9.9, float32, at most 20 tokens, loaded in ")


def test_settings_reach_the_engine(fake: Path) -> None:
    asked = model(fake, max_model_len=10, dtype="float32", engine={"enforce_eager": True})
    short, long = ask(asked, [text_request("long", "x" * 9), text_request("short", "x" * 8)])
    assert (short.key, long.key) == ("long", "short")
    assert "expected 1 to 9" in (short.error or "")
    assert long.error is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", r"could not load '.*missing': no such folder; check model\.name .* \(vLLM's log: "),
        (
            "large",
            r"CUDA out of memory.*; what helps: a smaller model\.vllm\.max_model_len, .*tensor_parallel",
        ),
        ("silent", r"it ended with 3: a last word \(its log: "),
    ],
)
def test_a_model_that_cannot_be_loaded_says_why_and_what_helps(fake: Path, name: str, reason: str) -> None:
    with pytest.raises(UnusableModelError, match=reason):
        ask(model(fake, name), [text_request("k", "x")])
    assert len(list((fake / "logs").iterdir())) == 1


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("!", r"vLLM failed while generating: the engine died \(vLLM's log: "),
        ("†", r"it was killed, as a system does when main memory runs out; what helps: "),
    ],
)
def test_an_engine_that_breaks_down_stops_the_run_after_what_it_answered(
    fake: Path, last: str, reason: str
) -> None:
    asked = model(fake)
    came: list[str] = []

    async def run() -> None:
        async for completion in asked.complete([text_request("fine", "x"), text_request("bad", last)]):
            came.append(completion.key)

    with pytest.raises(ModelError, match=reason):
        asyncio.run(run())
    assert came == ["fine"]
    assert [done.key for done in ask(asked, [text_request("again", "x")])] == ["again"]


def test_two_models_follow_one_another(fake: Path) -> None:
    for name in ("one", "two"):
        (done,) = ask(model(fake, name), [text_request("k", "ab", options=("c",))])
        assert json.loads(done.text) == [-99.0]
    gc.collect()  # an unclosed pipe or process would warn


def test_tokens_are_counted_without_an_engine_as_the_engine_counts_them(fake: Path) -> None:
    asked = model(fake)
    counter = asked.counter()
    assert not list((fake / "logs").iterdir())  # nothing has begun
    assert counter.limit == 20
    chat = Prompt(None, (Message("user", "x"),))
    done = ask(asked, [text_request("text", "x" * 7), Request("chat", chat, 1)])
    engine = {completion.key: completion for completion in done}
    assert counter.count(Prompt("x" * 7)) == engine["text"].prompt_tokens == 8
    assert counter.count(chat) == len("<user>x<assistant>")
    assert counter.count(Prompt(None, (Message("system", "x"), Message("user", "x")))) == 0  # it is refused
    counter.close()
    counter.close()
    assert not list((fake / "logs").iterdir())


def test_a_limit_that_is_set_needs_no_process(fake: Path) -> None:
    counter = model(fake, max_model_len=10).counter()
    assert counter.limit == 10
    assert not list((fake / "logs").iterdir())


def test_a_model_whose_tokens_cannot_be_counted_says_why(fake: Path) -> None:
    counter = model(fake, "missing").counter()
    with pytest.raises(
        UnusableModelError, match=r"vLLM cannot count tokens: no such folder; check model\.name"
    ):
        counter.count(Prompt("x"))
    counter.close()


def test_an_argument_with_a_key_of_its_own_is_refused(fake: Path) -> None:
    with pytest.raises(UnusableModelError, match=r"set model\.vllm\.tensor_parallel"):
        model(fake, engine={"tensor_parallel_size": 2})


def test_identity_changes_with_whatever_changes_answers(fake: Path) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"name": "other"},
        {"dtype": "float32"},
        {"quantization": "fp8"},
        {"max_model_len": 1000},
        {"tensor_parallel": 2},
        {"batch_invariant": True},
        {"engine": {"enforce_eager": True}},
        {"engine": {"kv_cache_dtype": "fp8"}},
    ]
    assert len({model(fake, **each).identity for each in settings}) == len(settings)
    free: list[dict[str, Any]] = [
        {},
        {"chunk": 3},
        {"threads": 2},
        {"data_parallel": 2},
        {"gpu_memory_utilization": 0.5},
    ]
    (identity,) = {model(fake, **each).identity for each in free}
    assert identity.endswith("/auto/vllm-9.9")
