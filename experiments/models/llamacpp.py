"""llama.cpp embedded in this process: any GGUF file, no server, no GPU."""

import asyncio
import contextlib
import mmap
import os
import secrets
import struct
import sys
import time
from collections.abc import AsyncIterator, Generator, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from experiments.models.likelihood import LikelihoodError, weighed
from experiments.models.llamacpp_likelihood import log_likelihoods
from experiments.models.llamacpp_tokens import LlamaCppCounter, tokens_of
from experiments.models.protocol import Completion, FinishReason, ModelError, Request
from experiments.models.threads import free_cores
from experiments.models.weights import digest_of, locate
from experiments.schema import ModelConfig

_LEAST_CONTEXT = 256  # llama.cpp rounds up to it, and aborts with less


class LlamaCpp:
    """One model in llama.cpp.

    Tokens are evaluated one at a time (a micro-batch of 1). Larger ones are some 30 % faster, but then what
    the prompt cache happens to hold changes the sums' order and with it the odd greedy answer: 4 of 60 when
    the same prompts came in another order, against none (SmolLM2, micro-batches of 512). An answer must not
    depend on what was asked before it.

    Args:
        config: The model.
        cache: Where fetched weights are kept.

    Raises:
        ModelError: If the engine is not installed, or there is no such weights file.
    """

    def __init__(self, config: ModelConfig, cache: Path) -> None:
        self._config = config
        self._cache = cache
        self._server: Any = None
        self._key = secrets.token_hex()  # the engine listens on a local port, which is nobody else's to use
        try:
            self._version = metadata.version("xllamacpp")
        except metadata.PackageNotFoundError:
            raise ModelError("the embedded engine is not installed: pip install xllamacpp") from None
        weights = digest_of(config.llamacpp.weights, cache=cache)[:16]
        self._identity = f"llamacpp:{config.name}@{weights}/{self._version}/{config.llamacpp.context}"

    @property
    def identity(self) -> str:
        """Name, weights' hash, engine's version and context length."""
        return self._identity

    async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answers every request, in order.

        Raises:
            ModelError: A chat is asked of a model without a chat template.
        """
        for request in requests:
            if request.prompt.messages and not self._has_template:
                raise ModelError(
                    f"{self._config.name} has no chat template: it can only continue a text (form=completion)"
                )
            answer = self._weigh if request.options else self._answer
            yield await asyncio.to_thread(answer, request)

    async def close(self) -> None:
        """Frees the engine."""
        self._server = None

    @cached_property
    def _has_template(self) -> bool:
        path = locate(self._config.llamacpp.weights, cache=self._cache, say=_say)
        return has_chat_template(path)

    def load(self) -> None:
        """Fetches the weights if need be, and loads the engine.

        Raises:
            ModelError: If either cannot be done.
        """
        threads = self._config.llamacpp.threads or free_cores()
        self._server = self._serve(self._key, self._config.llamacpp.context, threads)
        _say(
            f"{self._config.name}: llama.cpp (xllamacpp {self._version}), {threads} "
            f"{'thread' if threads == 1 else 'threads'}, at most {self._config.llamacpp.context} tokens"
        )

    def counter(self) -> LlamaCppCounter:
        """What counts the model's tokens: a second, light engine, with hardly any room."""
        return LlamaCppCounter(
            self._config.llamacpp.context, lambda key: self._serve(key, _LEAST_CONTEXT, 1, light=True)
        )

    def _serve(self, key: str, context: int, threads: int, *, light: bool = False) -> Any:
        path = locate(self._config.llamacpp.weights, cache=self._cache, say=_say)
        # OpenMP threads wait by spinning; a short spin does not hurt on free cores and helps on shared ones.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelError(
                f"the embedded engine cannot be loaded: {error} "
                "(for libgomp on Debian and Ubuntu: apt install libgomp1)"
            ) from None
        engine: Any = xllamacpp  # compiled, and without types
        parameters = engine.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = context
        parameters.n_parallel = 1  # answers at once would share sums, and be no faster on a processor
        parameters.n_ubatch = 1
        parameters.swa_full = True  # else models with a sliding window lose their prompt cache
        parameters.cpuparams.n_threads = threads
        parameters.cpuparams_batch.n_threads = threads
        parameters.n_gpu_layers = 0
        parameters.warmup = False
        parameters.fit_params = False
        parameters.verbosity = -1
        parameters.ui = False
        parameters.cache_ram_mib = 0  # else earlier prompts' states pile up, to 8 GiB
        parameters.no_extra_bufts = light  # no second copy of the weights, laid out for speed
        parameters.api_keys = [key]
        try:
            with _quiet():
                return engine.Server(parameters)
        except Exception as error:
            raise ModelError(f"{path} cannot be loaded: {str(error) or 'not a GGUF file'}") from None

    def _answer(self, request: Request) -> Completion:
        body: dict[str, Any] = {
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.prompt.stop),
            "cache_prompt": True,
            # Temperature, then nucleus, as other engines do; llama.cpp adds others unless told.
            "samplers": ["temperature", "top_p"],
            "top_p": request.top_p,
        }
        if request.seed is not None:
            body["seed"] = request.seed
        if request.logprobs:
            body["logprobs"] = request.logprobs
        began = time.monotonic()
        try:
            if request.prompt.text is not None:
                body["prompt"] = request.prompt.text
                answer = self._server.handle_completions(body)
            else:
                turns = request.prompt.messages
                body["messages"] = [{"role": turn.role, "content": turn.content} for turn in turns]
                answer = self._server.handle_chat_completions(body)
        except Exception as error:
            return _failed(request, str(error))
        return _completion(request, answer, time.monotonic() - began, self.identity)

    def _weigh(self, request: Request) -> Completion:
        """Answers a request with options."""

        def tokenize(text: str) -> list[int]:
            return tokens_of(text, self._server.listening_address, self._key)

        def proceed(body: dict[str, Any]) -> dict[str, Any]:
            answer = self._server.handle_completions(body)
            if "choices" not in answer:
                raise LikelihoodError(_reason(answer))
            return answer["choices"][0]

        began = time.monotonic()
        try:
            sums, tokens = log_likelihoods(request, tokenize, proceed)
        except Exception as error:  # the engine's own have no type
            return _failed(request, str(error))
        seconds = time.monotonic() - began
        return weighed(request, sums, tokens=tokens, latency_s=seconds, revision=self.identity)


def _completion(request: Request, answer: dict[str, Any], latency_s: float, revision: str) -> Completion:
    if "choices" not in answer:
        return _failed(request, _reason(answer))
    choice = answer["choices"][0]
    text: str = choice["text"] if request.prompt.text is not None else choice["message"]["content"] or ""
    finish: FinishReason = "length" if choice.get("finish_reason") == "length" else "stop"
    usage = answer.get("usage", {})
    logprobs = None
    if request.logprobs and choice.get("logprobs"):
        logprobs = tuple(float(token["logprob"]) for token in choice["logprobs"].get("content") or ())
    return Completion(
        key=request.key,
        text=text,
        finish=finish,
        prompt_tokens=int(usage.get("prompt_tokens", 0)),
        completion_tokens=int(usage.get("completion_tokens", 0)),
        latency_s=latency_s,
        revision=revision,
        logprobs=logprobs,
    )


def _reason(answer: dict[str, Any]) -> str:
    """Why there is no completion."""
    error: dict[str, Any] = answer.get("error", {})
    if error.get("type") == "exceed_context_size_error":
        reason = f"the prompt has {error['n_prompt_tokens']} tokens, the context {error['n_ctx']}"
        return f"{reason} (a longer one: model.llamacpp.context)"
    return str(error.get("message") or answer)


def _failed(request: Request, reason: str) -> Completion:
    return Completion(request.key, "", "error", error=" ".join(reason.split())[:300])


def has_chat_template(path: Path) -> bool:
    """Whether a GGUF file carries one. Without, llama.cpp would make one up, and a base model babble.

    Reads the metadata's key as the file format writes it: its length, the key, the type "string" (8).
    """
    key = b"tokenizer.chat_template"
    entry = struct.pack("<Q", len(key)) + key + struct.pack("<I", 8)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return (
            mapped.find(entry, 0, 64 << 20) >= 0
        )  # metadata comes first, vocabularies take up to some 20 MB


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Keeps the engine's own log, written by native code, off the terminal while it loads."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
