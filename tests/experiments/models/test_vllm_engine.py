"""What the engine's process does with requests, on a stand-in for vLLM."""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from experiments.models.protocol import Completion, Request
from experiments.models.vllm_engine import CPU_CACHE_BYTES, Engine, sampling_arguments
from perturb.prompt import Message, Prompt

FAKE = Path(__file__).parents[2] / "vllm" / "fake"


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in, imported as vLLM."""
    monkeypatch.syspath_prepend(str(FAKE))
    before = set(sys.modules)
    yield import_module("vllm")
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "vllm":
            del sys.modules[name]


def text_request(key: str, text: str, **fields: Any) -> Request:
    return Request(key, Prompt(text, stop=fields.pop("stop", ())), fields.pop("max_tokens", 8), **fields)


def chat_request(key: str, *turns: Message) -> Request:
    return Request(key, Prompt(None, turns), 8)


def engine(**arguments: Any) -> Engine:
    return Engine("tiny", "c0ffee", {"model": "weights", **arguments})


def ask(asked: Engine, requests: Sequence[Request]) -> dict[str, Completion]:
    done = {completion.key: completion for completion in asked.add(requests)}
    while asked.unfinished:
        done |= {completion.key: completion for completion in asked.step()}
    assert len(done) == len(requests)
    return done


def test_sampling_says_what_the_request_says() -> None:
    greedy = text_request("k", "hi", stop=("\n", "Q:"))
    assert sampling_arguments(greedy) == {
        "max_tokens": 8,
        "temperature": 0.0,
        "top_p": 1.0,
        "seed": None,
        "stop": ["\n", "Q:"],
        "logprobs": None,
    }
    drawn = sampling_arguments(text_request("k", "hi", temperature=0.7, top_p=0.9, seed=3, logprobs=2))
    assert (drawn["temperature"], drawn["top_p"], drawn["seed"], drawn["logprobs"]) == (0.7, 0.9, 3, 2)


def test_both_forms_become_tokens_and_are_read(vllm: Any) -> None:
    requests = [
        text_request("t", "abc", logprobs=1, max_tokens=2),
        Request("c", Prompt(None, (Message("user", "x"),)), 3, temperature=1.0, seed=1),
    ]
    got = ask(engine(), requests)
    (text, asked), (chat, _) = vllm.LLM.made[-1].llm_engine.added
    assert text == [1000, 97, 98, 99]
    assert asked.output_kind == "final"
    assert "".join(map(chr, chat)) == "<user>x<assistant>"  # no start token: the template's business
    assert (got["t"].text, got["t"].finish) == ("bc", "length")
    assert got["t"].logprobs == (-0.98, -0.99)
    assert (got["t"].prompt_tokens, got["t"].completion_tokens) == (4, 2)
    assert got["t"].revision == "c0ffee/float32"
    assert got["t"].latency_s > 0
    assert (got["c"].text, got["c"].finish, got["c"].logprobs) == ("nt>", "stop", None)


def test_options_are_weighed_by_their_own_tokens_after_the_prompts(vllm: Any) -> None:
    requests = [
        text_request("o", "ab", options=("c", "cd")),
        text_request("t", "abc", max_tokens=2),
        text_request("s", "ab ", options=("c",)),
    ]
    got = ask(engine(), requests)
    assert json.loads(got["o"].text) == [-99.0, -99.0 - 100.0]
    assert (got["o"].finish, got["o"].error, got["o"].revision) == ("stop", None, "c0ffee/float32")
    assert (got["o"].prompt_tokens, got["o"].completion_tokens) == (4 + 5, 0)
    assert json.loads(got["s"].text) == [-32.0 - 99.0]  # the space at the prompt's end is the option's
    assert got["t"].text == "bc"


def test_options_after_a_long_prompt_are_weighed_token_by_token(vllm: Any) -> None:
    prompt = text_request("o", "x" * 150, options=("c", "cd", "c"))
    for arguments in ({}, {"logprobs_mode": "processed_logprobs"}, {"enable_prefix_caching": False}):
        asked = engine(max_model_len=200, **arguments)
        got = ask(asked, [prompt])
        assert json.loads(got["o"].text) == [-99.0, -199.0, -99.0]
        assert got["o"].prompt_tokens == 2 * 152 + 153
        whole = [params.allowed_token_ids for _, params in vllm.LLM.made[-1].llm_engine.added]
        assert whole == ([None, None] if arguments else [[99], [100]])


@pytest.mark.usefixtures("vllm")
def test_requests_that_cannot_be_asked_fail_alone() -> None:
    got = ask(
        engine(),
        [
            text_request("long", "x" * 19),
            text_request("fits", "x" * 18),
            text_request("weighed", "x" * 10, options=("y", "z" * 9)),
            text_request("empty", "x", options=("y", "")),
            Request("chat", Prompt(None, (Message("user", "x"),)), 3, options=("a",)),
            chat_request("system", Message("system", "Be kind."), Message("user", "x")),
            text_request("cold", "x", temperature=-1.0),
            text_request("fit", "x" * 10, options=("y", "z" * 8)),
        ],
    )
    assert got["long"].error == (
        "the prompt has 20 tokens, expected 1 to 19: the model takes 20 with the answer "
        "(model.vllm.max_model_len, if it can take more)"
    )
    assert "has 20 tokens, expected at most 19" in (got["weighed"].error or "")
    assert "model.vllm.max_model_len" in (got["weighed"].error or "")
    assert "'' adds no token" in (got["empty"].error or "")
    assert "form=completion" in (got["chat"].error or "")
    assert got["system"].error == "System role not supported"
    assert got["cold"].error == "temperature must be non-negative"
    assert got["fits"].finish == "length"
    assert len(json.loads(got["fit"].text)) == 2


def test_a_request_half_of_whose_options_are_taken_leaves_none_behind(
    vllm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = engine()
    inner = vllm.LLM.made[-1].llm_engine
    add = inner.add_request

    def refuse(request_id: str, prompt: Any, params: Any) -> None:
        if request_id == "1":
            raise ValueError("not this one")
        add(request_id, prompt, params)

    monkeypatch.setattr(inner, "add_request", refuse)
    (failed,) = asked.add([text_request("k", "x", options=("a", "b"))])
    assert failed.error == "not this one"
    assert (asked.unfinished, len(inner.waiting)) == (0, 0)


def test_a_chat_without_a_template_says_which_form_to_use(vllm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm.Tokenizer, "chat_template", None)
    got = ask(engine(), [chat_request("c", Message("user", "x")), text_request("t", "x")])
    assert got["c"].error == "'tiny' has no chat template: ask it with form=completion"
    assert got["t"].error is None


@pytest.mark.usefixtures("vllm")
def test_an_argument_that_vllm_does_not_know_is_named() -> None:
    with pytest.raises(ValueError, match=r"no engine argument 'enforce_eagr'.*did you mean enforce_eager\?"):
        engine(enforce_eagr=True)


def test_on_a_processor_nothing_is_compiled_and_the_cache_is_small(
    vllm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    assert vllm.LLM.made[-1].arguments == {"model": "weights"}
    monkeypatch.setenv("FAKE_CPU", "1")
    monkeypatch.setenv("TORCH_COMPILE_DISABLE", "0")  # a process of its own sets it
    engine()
    small = {"enforce_eager": True, "kv_cache_memory_bytes": CPU_CACHE_BYTES}
    assert vllm.LLM.made[-1].arguments == {"model": "weights", **small}
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", "1")
    with pytest.raises(ValueError, match=r"model\.vllm\.batch_invariant needs a GPU"):
        engine()
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", "0")
    engine(enforce_eager=False, gpu_memory_utilization=0.5)
    told = {"enforce_eager": False, "gpu_memory_utilization": 0.5}
    assert vllm.LLM.made[-1].arguments == {"model": "weights", **told}
