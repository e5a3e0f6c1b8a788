"""A stand-in for vLLM: one token a character, answers that repeat the prompt's end, one text done a step."""

import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

START = 1000  # a start token, where special tokens are wanted
LIMIT = 20


class SamplingParams(SimpleNamespace):
    """Remembers what it was given; refuses a negative temperature, as vLLM does."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if given["temperature"] < 0:
            raise ValueError("temperature must be non-negative")


@dataclass
class EngineArgs:
    """Some arguments that vLLM knows."""

    model: str = ""
    revision: str | None = None
    tokenizer_revision: str | None = None
    dtype: str = "auto"
    quantization: str | None = None
    max_model_len: int = LIMIT
    gpu_memory_utilization: float = 0.9
    tensor_parallel_size: int = 1
    enable_prefix_caching: bool = False
    enforce_eager: bool = False
    kv_cache_memory_bytes: int | None = None
    seed: int = 1
    logprobs_mode: str = "raw_logprobs"

    def create_model_config(self) -> SimpleNamespace:
        if "missing" in self.model:
            raise OSError("no such folder\nand a long story")
        return SimpleNamespace(max_model_len=self.max_model_len)


class Tokenizer:
    """One token a character."""

    chat_template: str | None = "yes"

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [START] * add_special_tokens + [ord(character) for character in text]

    def apply_chat_template(
        self, turns: Sequence[Mapping[str, str]], tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        if turns[0]["role"] == "system":
            raise ValueError("System role not supported")
        said = "".join(f"<{turn['role']}>{turn['content']}" for turn in turns)
        return said + "<assistant>" * add_generation_prompt


class LLMEngine:
    """Finishes the oldest text at each step."""

    def __init__(self, limit: int) -> None:
        config = SimpleNamespace(max_model_len=limit, dtype="torch.float32")
        self.model_config = config
        self.waiting: deque[tuple[str, list[int], Any]] = deque()
        self.added: list[tuple[list[int], Any]] = []
        self.most_waiting = 0

    def add_request(self, request_id: str, prompt: Mapping[str, list[int]], params: Any) -> None:
        self.waiting.append((request_id, prompt["prompt_token_ids"], params))
        self.added.append((prompt["prompt_token_ids"], params))
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def abort_request(self, request_ids: Sequence[str]) -> None:
        self.waiting = deque(each for each in self.waiting if each[0] not in request_ids)

    def step(self) -> list[Any]:
        name, prompt, asked = self.waiting.popleft()
        if prompt[-1] == ord("!"):
            raise RuntimeError("the engine died\nand a long story")
        if prompt[-1] == ord("†"):
            os.kill(os.getpid(), signal.SIGKILL)
        going_on = [SimpleNamespace(finished=False)]  # as of a text that is not to be read yet
        if hasattr(asked, "prompt_logprobs"):
            return [*going_on, _finished(name, prompt_logprobs=_weights(prompt))]
        if only := getattr(asked, "allowed_token_ids", None):
            drawn = SimpleNamespace(logprobs=[{token: SimpleNamespace(logprob=-token) for token in only}])
            return [*going_on, _finished(name, outputs=[drawn])]
        tokens = prompt[-asked.max_tokens :]
        one = SimpleNamespace(
            text="".join(map(chr, tokens)),
            token_ids=tokens,
            finish_reason="length" if asked.temperature == 0 else "stop",
            logprobs=asked.logprobs and [{token: SimpleNamespace(logprob=-token / 100)} for token in tokens],
        )
        return [*going_on, _finished(name, outputs=[one])]


class LLM:
    """What `vllm.LLM` is to the back end."""

    made: ClassVar[list["LLM"]] = []

    def __init__(self, model: str, **arguments: Any) -> None:
        if "missing" in model:
            raise OSError("no such folder\nand a long story")
        if "large" in model:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if "silent" in model:
            print("a last word", flush=True)
            os._exit(3)
        self.arguments = {"model": model, **arguments}
        self.tokenizer = Tokenizer()
        self.llm_engine = LLMEngine(arguments.get("max_model_len", LIMIT))
        LLM.made.append(self)

    def get_tokenizer(self) -> Tokenizer:
        return self.tokenizer


def _finished(name: str, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(request_id=name, finished=True, **fields)


def _weights(tokens: list[int]) -> list[Any]:
    """What is said of a prompt's tokens: the likeliest one beside each, as vLLM adds it."""
    rows = [{7: SimpleNamespace(logprob=-0.1), token: SimpleNamespace(logprob=-token)} for token in tokens]
    return [None, *rows[1:]]
