"""Models run by vLLM in this process."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import packages_distributions, version
from typing import Any

from experiments.models.likelihood import LikelihoodError, weighed
from experiments.models.protocol import Completion, ModelError, Request
from experiments.models.vllm_likelihood import ARGUMENTS, encoded, log_likelihood
from experiments.schema import ModelConfig


class VllmModel:
    """A model run by vLLM in this process, loaded when the first request comes.

    vLLM is imported by name when it is needed: it is an extra, and importing it takes ten seconds. Close one
    engine before another is loaded: those of a process share vLLM's process groups.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Checks the settings and that vLLM is installed.

        Raises:
            ValueError: A setting is out of its range.
            ModelError: vLLM is not installed.
        """
        if config.vllm.chunk < 1:
            raise ValueError(f"model.vllm.chunk is {config.vllm.chunk}, expected 1 or more")
        self._settings = config.vllm
        self._weights = config.vllm.path or config.name
        self._version = installed_version()
        self._engine: Any = None
        # One thread owns the engine, from loading to closing: vLLM is not made to be called from several.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vllm")

    @property
    def identity(self) -> str:
        """Weights, their revision, number type, vLLM's version and a hash of the other engine arguments."""
        engine = dict(self._settings.engine)
        dtype = engine.pop("dtype", "auto")
        revision = self._settings.revision or "default"
        digest = hashlib.sha256(json.dumps(engine, sort_keys=True, default=str).encode()).hexdigest()[:16]
        named = f"vllm:{self._weights}@{revision}/{dtype}/vllm-{self._version}"
        return f"{named}+{digest}" if engine else named

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Answers the requests in their order, `model.vllm.chunk` at once.

        A chunk that has begun is finished even when nobody waits for it any more.

        Raises:
            ModelError: The engine cannot be loaded or breaks down, or a chat is asked of a model without a
                chat template.
        """
        loop = asyncio.get_running_loop()
        for start in range(0, len(requests), self._settings.chunk):
            chunk = requests[start : start + self._settings.chunk]
            for completion in await loop.run_in_executor(self._thread, self._generate, chunk):
                yield completion

    async def close(self) -> None:
        """Frees the engine and its memory; the next request would load it again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._free)

    def _load(self) -> Any:
        # With the engine in this process batches do not depend on timing: same seed, same text.
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # a lab tells nobody what it runs
        arguments: dict[str, Any] = {"revision": self._settings.revision, "seed": 0} | self._settings.engine
        try:
            return import_module("vllm").LLM(model=self._weights, **arguments)
        except Exception as error:  # from OSError (no weights) to RuntimeError (no GPU), vLLM raises anything
            raise ModelError(
                f"vLLM could not load {self._weights!r}: {_first_line(error)}; check model.name "
                "(a hub id) or model.vllm.path (a folder), and model.vllm.engine"
            ) from error

    def _generate(self, chunk: Sequence[Request]) -> list[Completion]:
        if self._engine is None:
            self._engine = self._load()
        plain = [request for request in chunk if not request.options]
        completions = self._answer(plain) if plain else []
        if len(plain) < len(chunk):
            completions += self._weigh([request for request in chunk if request.options])
        return completions

    def _answer(self, requests: Sequence[Request]) -> list[Completion]:
        started = time.perf_counter()
        tokenizer: Any = self._engine.get_tokenizer()
        limit: int = self._engine.llm_engine.model_config.max_model_len
        completions: list[Completion] = []
        fitting: list[tuple[Request, list[int]]] = []
        for request in requests:
            tokens = prompt_tokens(request, tokenizer, self._weights)
            if 0 < len(tokens) < limit:
                fitting.append((request, tokens))
            else:
                expected = f"expected 1 to {limit - 1} (one less than the limit)"
                error = f"the prompt has {len(tokens)} tokens, {expected}"
                completions.append(
                    Completion(request.key, "", "error", prompt_tokens=len(tokens), error=error)
                )
        outputs = self._run(
            [tokens for _, tokens in fitting], [sampling_arguments(request) for request, _ in fitting]
        )
        latency = time.perf_counter() - started
        for (request, tokens), output in zip(fitting, outputs, strict=True):
            first = output.outputs[0]
            completions.append(
                Completion(
                    request.key,
                    first.text,
                    "length" if first.finish_reason == "length" else "stop",
                    prompt_tokens=len(tokens),
                    completion_tokens=len(first.token_ids),
                    latency_s=latency,
                    revision=self._revision,
                    logprobs=_chosen_logprobs(first) if request.logprobs else None,
                )
            )
        return completions

    def _weigh(self, requests: Sequence[Request]) -> list[Completion]:
        """Answers requests with options, all options of all requests at once."""
        started = time.perf_counter()
        tokenizer: Any = self._engine.get_tokenizer()
        limit: int = self._engine.llm_engine.model_config.max_model_len
        completions: list[Completion] = []
        fitting: list[tuple[Request, int, list[list[int]]]] = []
        for request in requests:
            try:
                fitting.append((request, *encoded(request, tokenizer, limit)))
            except LikelihoodError as error:
                completions.append(Completion(request.key, "", "error", error=str(error)))
        wholes = [whole for _, _, options in fitting for whole in options]
        outputs = iter(self._run(wholes, [dict(ARGUMENTS) for _ in wholes]))
        latency = time.perf_counter() - started
        for request, before, options in fitting:
            sums = [log_likelihood(before, whole, next(outputs).prompt_logprobs) for whole in options]
            total = sum(map(len, options))
            completions.append(
                weighed(request, sums, tokens=total, latency_s=latency, revision=self._revision)
            )
        return completions

    def _run(self, prompts: Sequence[list[int]], arguments: Sequence[dict[str, Any]]) -> list[Any]:
        """The engine's outputs for prompts in tokens, each with its sampling arguments."""
        if not prompts:
            return []
        parameters = import_module("vllm").SamplingParams
        try:
            return self._engine.generate(
                [{"prompt_token_ids": tokens} for tokens in prompts],
                [parameters(**each) for each in arguments],
                use_tqdm=False,
            )
        except Exception as error:  # an engine that failed once cannot be relied on for the rest
            raise ModelError(f"vLLM failed while generating: {_first_line(error)}") from error

    @property
    def _revision(self) -> str:
        return getattr(self._engine.llm_engine.model_config.hf_config, "_commit_hash", None) or ""

    def _free(self) -> None:
        if self._engine is None:
            return
        self._engine.llm_engine.engine_core.shutdown()
        self._engine = None
        import_module("vllm.distributed").cleanup_dist_env_and_memory()


def installed_version() -> str:
    """The version of vLLM here, whichever distribution brought it.

    Raises:
        ModelError: There is none.
    """
    distributions = packages_distributions().get("vllm")
    if not distributions:
        raise ModelError("vLLM is not installed: pip install 'prompt-fathom[vllm]'")
    return version(distributions[0])


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
        ModelError: The prompt is a chat and the tokenizer has no chat template.
    """
    prompt = request.prompt
    if prompt.text is not None:
        return list(tokenizer.encode(prompt.text))
    if not getattr(tokenizer, "chat_template", None):
        raise ModelError(f"{name!r} has no chat template: ask it with form=completion")
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return list(tokenizer.encode(text, add_special_tokens=False))  # the template has put them in


def _chosen_logprobs(output: Any) -> tuple[float, ...] | None:
    if output.logprobs is None:
        return None
    return tuple(top[token].logprob for token, top in zip(output.token_ids, output.logprobs, strict=True))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
