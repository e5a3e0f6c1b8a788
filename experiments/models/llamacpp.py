"""llama.cpp embedded in this process: any GGUF file, no server, no GPU."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Generator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from experiments.models.protocol import Completion, FinishReason, ModelError, Request
from experiments.models.weights import digest_of, locate
from experiments.schema import ModelConfig


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
        try:
            version = metadata.version("xllamacpp")
        except metadata.PackageNotFoundError:
            raise ModelError("the embedded engine is not installed: pip install xllamacpp") from None
        weights = digest_of(config.llamacpp.weights)[:16]
        self._identity = f"llamacpp:{config.name}@{weights}/{version}/{config.llamacpp.context}"

    @property
    def identity(self) -> str:
        """Name, weights' hash, engine's version and context length."""
        return self._identity

    async def complete(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answers every request, in order."""
        for request in requests:
            yield await asyncio.to_thread(self._answer, request)

    async def close(self) -> None:
        """Frees the engine."""
        self._server = None

    def load(self) -> None:
        """Fetches the weights if need be, and loads the engine.

        Raises:
            ModelError: If either cannot be done.
        """
        path = locate(self._config.llamacpp.weights, cache=self._cache, say=_say)
        import xllamacpp

        engine: Any = xllamacpp  # compiled, and without types
        parameters = engine.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = self._config.llamacpp.context
        parameters.n_parallel = 1  # answers at once would share sums, and be no faster on a processor
        parameters.n_ubatch = 1
        parameters.swa_full = True  # else models with a sliding window lose their prompt cache
        threads = self._config.llamacpp.threads or default_threads()
        parameters.cpuparams.n_threads = threads
        parameters.cpuparams_batch.n_threads = threads
        parameters.n_gpu_layers = 0
        parameters.warmup = False
        parameters.fit_params = False
        parameters.verbosity = -1
        parameters.ui = False
        try:
            with _quiet():
                self._server = engine.Server(parameters)
        except Exception as error:
            raise ModelError(f"{path} cannot be loaded: {str(error) or 'not a GGUF file'}") from None

    def _answer(self, request: Request) -> Completion:
        body: dict[str, Any] = {
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.prompt.stop),
            "cache_prompt": True,
            # Temperature and nucleus alone: llama.cpp's other samplers are on by default.
            "samplers": ["top_p", "temperature"],
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


def _completion(request: Request, answer: dict[str, Any], latency_s: float, revision: str) -> Completion:
    if "choices" not in answer:
        return _failed(request, str(answer.get("message") or answer.get("error") or answer))
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


def _failed(request: Request, reason: str) -> Completion:
    line = " ".join(reason.split())[:300]
    if "context" in line:
        line += " (a longer one: model.llamacpp.context)"
    return Completion(request.key, "", "error", error=line)


def default_threads() -> int:
    """One core fewer than this process may use, at least 1, at most 8; one in CI, whose cores are shared.

    The engine's threads wait for one another by spinning: with one more thread than free cores it was 20
    times slower than with one thread. So a core is left to everything else.
    """
    return 1 if os.environ.get("CI") else max(1, min(8, len(os.sched_getaffinity(0)) - 1))


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
