"""vLLM's engine, in the process that it has for itself: loading it, asking it, reading what it says."""

import difflib
import inspect
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from importlib import import_module
from typing import Any

from experiments.models.likelihood import weighed
from experiments.models.protocol import Completion, Request
from experiments.models.vllm_likelihood import Part, Path, encoded, parts, sums

CPU_CACHE_BYTES = 2 << 30  # of attention keys and values on a processor, unless told


class Engine:
    """One copy of a model, which takes requests at any time and gives completions as they come.

    Args:
        name: The model's name, for errors.
        weights: What its weights are called in completions' revisions.
        arguments: Of `vllm.LLM`.

    Raises:
        ValueError: vLLM knows no such argument, or cannot do here what a setting asks.
        Exception: Whatever vLLM raises that cannot load the model.
    """

    def __init__(self, name: str, weights: str, arguments: Mapping[str, Any]) -> None:
        if import_module("vllm.platforms").current_platform.is_cpu():
            if os.environ.get("VLLM_BATCH_INVARIANT") == "1":
                raise ValueError("model.vllm.batch_invariant needs a GPU: without, vLLM breaks down")
            os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")  # read when the rest of vLLM is imported
            arguments = {**processor_defaults(arguments), **arguments}
        vllm: Any = import_module("vllm")
        check_known(arguments, vllm)
        self._llm: Any = vllm.LLM(**arguments)
        self._parameters: Callable[..., Any] = vllm.SamplingParams
        self._final: Any = import_module("vllm.sampling_params").RequestOutputKind.FINAL_ONLY
        self._tokenizer: Any = self._llm.get_tokenizer()
        self._name = name
        config: Any = self._llm.llm_engine.model_config
        self.limit: int = config.max_model_len
        self.dtype = str(config.dtype).removeprefix("torch.")
        self._revision = f"{weights}/{self.dtype}"
        # What tells whether options can be weighed token by token, see vllm_likelihood.
        self._cached = (
            arguments.get("enable_prefix_caching", True)
            and arguments.get("logprobs_mode", "raw_logprobs") == "raw_logprobs"
        )
        self._read: dict[str, Callable[[Any], Completion | None]] = {}  # by vLLM's id: what reads its output
        self._numbered = 0

    @property
    def unfinished(self) -> int:
        """How many texts the engine still has to do; a request with options is several."""
        return len(self._read)

    def add(self, requests: Sequence[Request]) -> list[Completion]:
        """Hands requests to the engine.

        Returns:
            The completions of those that cannot be asked.
        """
        return [failed for request in requests if (failed := self._add(request)) is not None]

    def step(self) -> list[Completion]:
        """Lets the engine do one step for all that it has in hand.

        Returns:
            The completions that it finished.
        """
        done: list[Completion] = []
        for output in self._llm.llm_engine.step():
            if output.finished:
                completion = self._read.pop(output.request_id)(output)
                if completion is not None:
                    done.append(completion)
        return done

    def _add(self, request: Request) -> Completion | None:
        submitted: list[str] = []
        try:
            for tokens, arguments, read in self._texts(request):
                parameters = self._parameters(**arguments, output_kind=self._final)
                name = str(self._numbered)
                self._numbered += 1
                self._llm.llm_engine.add_request(name, {"prompt_token_ids": tokens}, parameters)
                submitted.append(name)
                self._read[name] = read
        except Exception as error:  # a template's or vLLM's own, of any type: they concern this request
            self._llm.llm_engine.abort_request(submitted)
            for name in submitted:
                del self._read[name]
            return Completion(request.key, "", "error", error=first_line(error))
        return None

    def _texts(
        self, request: Request
    ) -> list[tuple[list[int], dict[str, Any], Callable[[Any], Completion | None]]]:
        """What the engine has to do for a request: tokens, sampling arguments, and what reads the output."""
        began = time.perf_counter()
        if not request.options:
            tokens = prompt_tokens(request, self._tokenizer, self._name)
            if not 0 < len(tokens) < self.limit:
                raise ValueError(
                    f"the prompt has {len(tokens)} tokens, expected 1 to {self.limit - 1}: the model takes "
                    f"{self.limit} with the answer (model.vllm.max_model_len, if it can take more)"
                )
            return [(tokens, sampling_arguments(request), partial(self._generated, request, tokens, began))]
        weighing = _Weighing(request, *encoded(request, self._tokenizer, self.limit), began, self._revision)
        asked = parts(weighing.before, weighing.wholes, cached=self._cached)
        weighing.unread = len(asked)
        return [(list(part.tokens), part.arguments, partial(weighing.read, part)) for part in asked]

    def _generated(self, request: Request, tokens: Sequence[int], began: float, output: Any) -> Completion:
        first = output.outputs[0]
        return Completion(
            request.key,
            first.text,
            "length" if first.finish_reason == "length" else "stop",
            prompt_tokens=len(tokens),
            completion_tokens=len(first.token_ids),
            latency_s=time.perf_counter() - began,
            revision=self._revision,
            logprobs=_chosen_logprobs(first) if request.logprobs else None,
        )


class _Weighing:
    """A request with options, while the engine has it."""

    def __init__(
        self, request: Request, before: int, wholes: Sequence[Path], began: float, revision: str
    ) -> None:
        self.before = before
        self.wholes = wholes
        self.unread = 0
        self._request = request
        self._began = began
        self._revision = revision
        self._values: dict[Path, float] = {}

    def read(self, part: Part, output: Any) -> Completion | None:
        """Reads one part; the completion comes with the last."""
        self._values |= part.read(output)
        self.unread -= 1
        if self.unread:
            return None
        return weighed(
            self._request,
            sums(self.before, self.wholes, self._values),
            tokens=sum(map(len, self.wholes)),
            latency_s=time.perf_counter() - self._began,
            revision=self._revision,
        )


def check_known(arguments: Mapping[str, Any], vllm: Any) -> None:
    """Checks the names of arguments, which `vllm.LLM` would only find wrong deep inside.

    Raises:
        ValueError: vLLM knows no such argument; the message names the most similar one.
    """
    known = {field.name for field in fields(vllm.EngineArgs)} | {*inspect.signature(vllm.LLM).parameters}
    for name in arguments:
        if name not in known:
            alike = difflib.get_close_matches(name, known, 1)
            hint = f", did you mean {alike[0]}?" if alike else ""
            raise ValueError(f"vLLM has no engine argument {name!r} (model.vllm.engine){hint}")


def processor_defaults(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments for a model that runs on the processor.

    Nothing is compiled, which costs a minute and gains nothing there, and the cache is small: vLLM would take
    nine tenths of the main memory.
    """
    memory = {} if "gpu_memory_utilization" in arguments else {"kv_cache_memory_bytes": CPU_CACHE_BYTES}
    return {"enforce_eager": True} | memory


def sampling_arguments(request: Request) -> dict[str, Any]:
    """The arguments of `vllm.SamplingParams` that ask what the request asks."""
    return {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.prompt.stop),
        "logprobs": request.logprobs or None,
    }


def prompt_tokens(request: Request, tokenizer: Any, name: str) -> list[int]:
    """The tokens that a prompt becomes.

    Args:
        request: Whose prompt, a text or a chat.
        tokenizer: A Hugging Face tokenizer.
        name: The model's name, for the error.

    Raises:
        ValueError: The prompt is a chat and the tokenizer has no chat template.
    """
    prompt = request.prompt
    if prompt.text is not None:
        return list(tokenizer.encode(prompt.text))
    if not getattr(tokenizer, "chat_template", None):
        raise ValueError(f"{name!r} has no chat template: ask it with form=completion")
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return list(tokenizer.encode(text, add_special_tokens=False))  # the template has put them in


def _chosen_logprobs(output: Any) -> tuple[float, ...] | None:
    if output.logprobs is None:
        return None
    return tuple(top[token].logprob for token, top in zip(output.token_ids, output.logprobs, strict=True))


def first_line(error: Exception) -> str:
    """An error's first line, or its type's name if it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
