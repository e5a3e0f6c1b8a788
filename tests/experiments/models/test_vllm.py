import asyncio
import gc
import json
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from experiments.models import vllm as backend
from experiments.models.protocol import Completion, ModelError, Request
from experiments.models.vllm import VllmModel, installed_version, sampling_arguments
from experiments.schema import Backend, ModelConfig, VllmConfig
from perturb.prompt import Message, Prompt
from tests.vllm.tiny_model import CONTEXT, make_tiny_model

here = find_spec("vllm") is not None
ENGINE = {"dtype": "float32", "max_model_len": CONTEXT, "enforce_eager": True, "disable_log_stats": True}


def text_request(key: str, text: str, **fields: Any) -> Request:
    return Request(key, Prompt(text, stop=fields.pop("stop", ())), fields.pop("max_tokens", 8), **fields)


def chat_request(key: str, text: str) -> Request:
    return Request(key, Prompt(None, (Message("user", text),)), 8)


def model(**settings: Any) -> VllmModel:
    return VllmModel(ModelConfig("tiny", Backend.vllm, vllm=VllmConfig(**settings)))


def ask(asked: VllmModel, requests: Sequence[Request]) -> dict[str, Completion]:
    async def gather() -> list[Completion]:
        return [completion async for completion in asked.complete(requests)]

    completions = asyncio.run(gather())
    assert len(completions) == len(requests)
    return {completion.key: completion for completion in completions}


class FakeTokenizer:
    """One token a character; a start token, 1000, where special tokens are wanted."""

    chat_template: str | None = "yes"

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [1000] * add_special_tokens + [ord(character) for character in text]

    def apply_chat_template(
        self, turns: list[dict[str, str]], tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        said = "".join(f"<{turn['role']}>{turn['content']}" for turn in turns)
        return said + "<assistant>" * add_generation_prompt


def weights(tokens: list[int]) -> list[Any]:
    """What a stand-in says of a prompt's tokens: the likeliest one beside each, as vLLM adds it."""
    rows = [{7: SimpleNamespace(logprob=-0.1), token: SimpleNamespace(logprob=-token)} for token in tokens]
    return [None, *rows[1:]]


class FakeLLM:
    """Answers with the prompt's last tokens, and remembers what it was asked."""

    made: list["FakeLLM"]

    def __init__(self, **arguments: Any) -> None:
        if arguments["model"] == "missing":
            raise OSError("no such folder\nand a long story")
        self.arguments = arguments
        self.batches: list[list[list[int]]] = []
        self.tokenizer = FakeTokenizer()
        config = SimpleNamespace(max_model_len=20, hf_config=SimpleNamespace(_commit_hash="c0ffee"))
        self.stopped = 0
        core = SimpleNamespace(shutdown=self.stop)
        self.llm_engine = SimpleNamespace(model_config=config, engine_core=core)
        FakeLLM.made.append(self)

    def stop(self) -> None:
        self.stopped += 1

    def get_tokenizer(self) -> FakeTokenizer:
        return self.tokenizer

    def generate(self, prompts: list[dict[str, list[int]]], params: list[Any], use_tqdm: bool) -> list[Any]:
        self.batches.append([prompt["prompt_token_ids"] for prompt in prompts])
        outputs: list[Any] = []
        for prompt, asked in zip(prompts, params, strict=True):
            if hasattr(asked, "prompt_logprobs"):
                outputs.append(SimpleNamespace(prompt_logprobs=weights(prompt["prompt_token_ids"])))
                continue
            tokens = prompt["prompt_token_ids"][-asked.max_tokens :]
            if tokens == [ord("!")]:
                raise RuntimeError("the engine died")
            one = SimpleNamespace(
                text="".join(map(chr, tokens)),
                token_ids=tokens,
                finish_reason="length" if asked.temperature == 0 else "stop",
                logprobs=asked.logprobs
                and [{token: SimpleNamespace(logprob=-token / 100)} for token in tokens],
            )
            outputs.append(SimpleNamespace(outputs=[one]))
        return outputs


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[FakeLLM]:
    """Puts a stand-in where vLLM would be; gives the engines that are made."""
    FakeLLM.made = []
    module: Any = ModuleType("vllm")
    module.LLM, module.SamplingParams = FakeLLM, SimpleNamespace
    distributed: Any = ModuleType("vllm.distributed")
    distributed.cleanup_dist_env_and_memory = gc.collect
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setitem(sys.modules, "vllm.distributed", distributed)
    monkeypatch.setattr(backend, "installed_version", lambda: "9.9")
    return FakeLLM.made


def test_a_missing_vllm_is_asked_for_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "packages_distributions", dict[str, list[str]])
    with pytest.raises(ModelError, match=r"pip install 'prompt-fathom\[vllm\]'"):
        model()


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "packages_distributions", lambda: {"vllm": ["pytest"]})
    assert installed_version() == pytest.__version__


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


def test_both_forms_become_tokens_and_are_read(fake: list[FakeLLM]) -> None:
    asked = model(path="weights", revision="v1", engine={"dtype": "float32"})
    requests = [
        text_request("t", "abc", logprobs=1, max_tokens=2),
        Request("c", Prompt(None, (Message("user", "x"),)), 3, temperature=1.0, seed=1),
    ]
    got = ask(asked, requests)
    (engine,) = fake
    assert engine.arguments == {"model": "weights", "revision": "v1", "seed": 0, "dtype": "float32"}
    text, chat = engine.batches[0]
    assert text == [1000, 97, 98, 99]
    assert "".join(map(chr, chat)) == "<user>x<assistant>"  # no start token: the template's business
    assert got["t"].text == "bc"
    assert got["t"].finish == "length"
    assert got["t"].logprobs == (-0.98, -0.99)
    assert (got["t"].prompt_tokens, got["t"].completion_tokens) == (4, 2)
    assert got["t"].revision == "c0ffee"
    assert got["c"].text == "nt>"
    assert got["c"].finish == "stop"
    assert got["c"].logprobs is None


def test_options_are_weighed_by_their_own_tokens_after_the_prompts(fake: list[FakeLLM]) -> None:
    requests = [
        text_request("o", "ab", options=("c", "cd")),
        text_request("t", "abc", max_tokens=2),
        text_request("s", "ab ", options=("c",)),
    ]
    got = ask(model(), requests)
    assert json.loads(got["o"].text) == [-99.0, -99.0 - 100.0]
    assert (got["o"].finish, got["o"].error, got["o"].revision) == ("stop", None, "c0ffee")
    assert (got["o"].prompt_tokens, got["o"].completion_tokens) == (4 + 5, 0)
    assert json.loads(got["s"].text) == [-32.0 - 99.0]  # the space at the prompt's end is the option's
    assert got["t"].text == "bc"
    plain, weighed = fake[0].batches
    assert plain == [[1000, 97, 98, 99]]
    assert weighed == [[1000, 97, 98, 99], [1000, 97, 98, 99, 100], [1000, 97, 98, 32, 99]]


def test_options_that_cannot_be_weighed_fail_alone(fake: list[FakeLLM]) -> None:
    chat = Request("chat", Prompt(None, (Message("user", "x"),)), 3, options=("a",))
    got = ask(
        model(),
        [
            text_request("long", "x" * 10, options=("y", "z" * 9)),
            text_request("empty", "x", options=("y", "")),
            chat,
            text_request("fits", "x" * 10, options=("y", "z" * 8)),
        ],
    )
    assert "has 20 tokens, expected at most 19" in (got["long"].error or "")
    assert "'' adds no token" in (got["empty"].error or "")
    assert "form=completion" in (got["chat"].error or "")
    assert len(json.loads(got["fits"].text)) == 2


def test_requests_come_in_chunks_and_in_order(fake: list[FakeLLM]) -> None:
    requests = [text_request(f"k{i}", f"p{i}") for i in range(7)]
    assert list(ask(model(chunk=3), requests)) == [request.key for request in requests]
    assert [len(batch) for batch in fake[0].batches] == [3, 3, 1]


def test_a_chunk_is_given_before_the_next_is_begun(fake: list[FakeLLM]) -> None:
    async def run() -> None:
        stream = model(chunk=2).complete([text_request(f"k{i}", "p") for i in range(6)])
        await anext(stream)
        assert len(fake[0].batches) == 1
        await stream.aclose()

    asyncio.run(run())
    assert len(fake[0].batches) == 1


def test_a_prompt_that_does_not_fit_fails_alone(fake: list[FakeLLM]) -> None:
    got = ask(model(), [text_request("long", "x" * 19), text_request("fits", "x" * 18)])
    assert got["long"].error == "the prompt has 20 tokens, expected 1 to 19 (one less than the limit)"
    assert got["fits"].finish == "length"


def test_a_chat_without_a_template_says_which_form_to_use(
    fake: list[FakeLLM], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeTokenizer, "chat_template", None)
    with pytest.raises(ModelError, match=r"'tiny' has no chat template: .*form=completion"):
        ask(model(), [chat_request("c", "x")])


def test_weights_that_cannot_be_loaded_are_named(fake: list[FakeLLM]) -> None:
    with pytest.raises(ModelError, match=r"could not load 'missing': no such folder; check model\.name"):
        ask(model(path="missing"), [text_request("k", "x")])


def test_an_engine_that_breaks_down_stops_the_run(fake: list[FakeLLM]) -> None:
    with pytest.raises(ModelError, match="vLLM failed while generating: the engine died"):
        ask(model(), [text_request("k", "x!", max_tokens=1)])


def test_the_engine_is_loaded_late_and_closed_as_often_as_you_like(fake: list[FakeLLM]) -> None:
    asked = model()
    asyncio.run(asked.close())
    assert fake == []
    ask(asked, [text_request("k", "x")])
    asyncio.run(asked.close())
    asyncio.run(asked.close())
    assert [engine.stopped for engine in fake] == [1]


def test_identity_changes_with_whatever_changes_answers(fake: list[FakeLLM]) -> None:
    assert model().identity == "vllm:tiny@default/auto/vllm-9.9"
    settings: list[dict[str, Any]] = [
        {},
        {"path": "other"},
        {"revision": "v1"},
        {"engine": {"dtype": "float32"}},
        {"engine": {"quantization": "fp8"}},
        {"engine": {"quantization": "awq"}},
    ]
    assert len({model(**each).identity for each in settings}) == len(settings)
    assert model(chunk=2).identity == model(chunk=3).identity
    assert fake == []


def test_a_chunk_of_nothing_is_refused(fake: list[FakeLLM]) -> None:
    with pytest.raises(ValueError, match=r"model\.vllm\.chunk is 0"):
        model(chunk=0)


# From here on with a real vLLM (tests/vllm/run.sh). Its own warnings are not ours to turn into errors.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Iterator[VllmModel]:
    asked = model(path=str(folder), chunk=4, engine=ENGINE)
    yield asked
    asyncio.run(asked.close())


real = [
    pytest.mark.vllm,
    pytest.mark.skipif(not here, reason="vLLM is not installed here; tests/vllm/run.sh makes an environment"),
    pytest.mark.filterwarnings("default"),
]


def with_vllm(test: Any) -> Any:
    for mark in real:
        test = mark(test)
    return test


@with_vllm
def test_vllm_answers_both_forms_the_same_way_twice(tiny: VllmModel) -> None:
    requests = [text_request(f"t{i}", f"Question: {i}\nAnswer:") for i in range(6)]
    requests += [chat_request(f"c{i}", f"number {i}") for i in range(3)]
    got = ask(tiny, requests)
    assert {completion.finish for completion in got.values()} <= {"stop", "length"}
    assert all(completion.completion_tokens in range(1, 9) for completion in got.values())
    assert all(completion.prompt_tokens > 3 for completion in got.values())
    assert len({completion.text for completion in got.values()}) > 5
    again = ask(tiny, requests)
    assert {key: each.text for key, each in got.items()} == {key: each.text for key, each in again.items()}


@with_vllm
def test_vllm_draws_by_seed(tiny: VllmModel) -> None:
    requests = [text_request(f"s{seed}", "The quick", temperature=1.0, seed=seed) for seed in range(6)]
    first, again = ([each.text for each in ask(tiny, requests).values()] for _ in range(2))
    assert first == again
    assert len(set(first)) > 3


@with_vllm
def test_vllm_gives_a_logprob_for_every_token(tiny: VllmModel) -> None:
    greedy = ask(tiny, [text_request("k", "The quick", logprobs=2)])["k"]
    assert greedy.logprobs is not None
    assert len(greedy.logprobs) == greedy.completion_tokens
    assert all(value <= 0 for value in greedy.logprobs)


@with_vllm
def test_vllm_weighs_options_as_the_model_itself_does(tiny: VllmModel, folder: Path) -> None:
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
    itself: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = ["Question: What is the capital of France?\nAnswer:", "Q: 12 + 30 = ?\nA: ", "The"]
    options = (" Paris", " the lazy dog", "42", " 東京 🗼")
    requests = [text_request(f"k{i}", text, options=options) for i, text in enumerate(prompts)]
    got = ask(tiny, [*requests, text_request("plain", prompts[0])])
    assert got["plain"].completion_tokens > 0
    for request, prompt in zip(requests, prompts, strict=True):
        before = len(tokenizer.encode(prompt.rstrip()))
        expected: list[float] = []
        for option in options:
            tokens = tokenizer.encode(prompt + option)
            with torch.no_grad():
                scores = torch.log_softmax(itself(torch.tensor([tokens])).logits[0], dim=-1)
            places = range(before, len(tokens))
            expected.append(sum(scores[place - 1, tokens[place]].item() for place in places))
        assert json.loads(got[request.key].text) == pytest.approx(expected, abs=1e-3)
        assert len(set(expected)) == len(options)


@with_vllm
def test_vllm_stops_at_a_stop_string_and_leaves_it_out(tiny: VllmModel) -> None:
    whole = ask(tiny, [text_request("k", "Q: 12", max_tokens=30)])["k"].text
    stop = whole[5:7]
    short = ask(tiny, [text_request("k", "Q: 12", max_tokens=30, stop=(stop,))])["k"]
    assert short.text == whole[: whole.index(stop)]
    assert short.finish == "stop"


@with_vllm
def test_vllm_fails_only_the_prompt_that_does_not_fit(tiny: VllmModel) -> None:
    got = ask(tiny, [text_request("long", "fox " * CONTEXT), text_request("short", "fox")])
    assert f"expected 1 to {CONTEXT - 1}" in (got["long"].error or "")
    assert got["short"].finish == "length"


@with_vllm
def test_vllm_without_weights_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"could not load .*model\.vllm\.path"):
        ask(model(path=str(tmp_path / "nothing"), engine=ENGINE), [text_request("k", "x")])


@with_vllm
def test_vllm_can_be_closed_for_another_model_and_loaded_again(tiny: VllmModel, tmp_path: Path) -> None:
    requests = [text_request("k", "The quick brown")]
    before = ask(tiny, requests)["k"].text
    asyncio.run(tiny.close())
    other = model(path=str(make_tiny_model(tmp_path, chat=False)), engine=ENGINE)
    with pytest.raises(ModelError, match="no chat template"):
        ask(other, [chat_request("c", "x")])
    assert ask(other, requests)["k"].text == before  # the same weights
    asyncio.run(other.close())
    assert ask(tiny, requests)["k"].text == before
