"""Models run by vLLM on this machine."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.models.vllm_counting import VllmCounter
from experiments.models.vllm_identity import NAMED, identity, installed_version, weights_revision
from experiments.models.vllm_process import EngineProcess
from experiments.schema import ModelConfig


class VllmModel:
    """A model run by vLLM, in a process of its own for each of its copies.

    The engine takes all of a sweep's requests in one stream and gives each completion when it is finished.
    Prefix caching is on, and requests that begin alike should be neighbours.

    At temperature 0 a rerun of the same requests gives the same answers; other requests beside them may
    change the order in which sums are made, and with it the odd answer in 16-bit number types.
    `batch_invariant` (vLLM's VLLM_BATCH_INVARIANT) uses kernels whose sums do not depend on that, on GPUs for
    which vLLM has them; it costs speed. float32 comes close without.

    Args:
        config: The model.
        cache: Where hashes of weights are remembered.

    Raises:
        ModelError: vLLM is not installed, or an engine argument has a key of its own.
    """

    def __init__(self, config: ModelConfig, cache: Path) -> None:
        settings = config.vllm
        for argument in settings.engine:
            if argument in NAMED:
                raise UnusableModelError(
                    f"model.vllm.engine.{argument} has a key of its own: set model.vllm.{NAMED[argument]}"
                )
        self._name = config.name
        self._settings = settings
        self._weights = settings.path or config.name
        self._cache = cache
        self._version = installed_version(settings.python)
        self._copies: list[EngineProcess] = []

    @property
    def identity(self) -> str:
        """Weights' hash or commit, number type, vLLM's version, a hash of what else changes answers."""
        return identity(self._weights, self._settings, self._revision[0])

    @cached_property
    def _revision(self) -> tuple[str, str | None]:
        return weights_revision(self._weights, self._settings, self._cache)

    def load(self) -> None:
        """Starts the engine and loads the model; does nothing if that is done.

        Raises:
            ModelError: It cannot be loaded.
        """
        if self._copies:
            return
        began = time.monotonic()
        arguments = self._arguments()
        try:
            self._copies.extend(
                EngineProcess(self._settings, copy) for copy in range(self._settings.data_parallel)
            )
            with ThreadPoolExecutor(len(self._copies)) as pool:
                loading = [pool.submit(copy.load, arguments) for copy in self._copies]
            dtype, limit = [each.result() for each in loading][-1]
        except ModelError as error:
            self._end()
            raise UnusableModelError(f"vLLM could not load {self._weights!r}: {error}") from None
        copies = f", {len(self._copies)} copies" if len(self._copies) > 1 else ""
        print(
            f"{self._name}: vLLM {self._version}, {dtype}, at most {limit} tokens{copies}, "
            f"loaded in {time.monotonic() - began:.0f} s",
            file=sys.stderr,
            flush=True,
        )

    def counter(self) -> VllmCounter:
        """What counts the model's tokens, without its weights."""
        return VllmCounter(self._settings, self._arguments)

    def _arguments(self) -> dict[str, Any]:
        """The keyword arguments of `vllm_engine.Engine`."""
        settings = self._settings
        weights, revision = self._revision
        optional = {
            "revision": revision,
            "tokenizer_revision": revision,
            "quantization": settings.quantization,
            "max_model_len": settings.max_model_len,
            "gpu_memory_utilization": settings.gpu_memory_utilization,
        }
        folder = Path(self._weights).expanduser()
        arguments: dict[str, Any] = {
            "model": str(folder) if folder.is_dir() else self._weights,
            "dtype": settings.dtype,
            "tensor_parallel_size": settings.tensor_parallel,
            "enable_prefix_caching": True,
            "seed": 0,
            **{key: value for key, value in optional.items() if value is not None},
        }
        return {"name": self._name, "weights": weights, "arguments": arguments | settings.engine}

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Answers every request as soon as it can, loading the engine if need be.

        Chunks of neighbouring requests go to the model's copies in turn. If nobody waits for the answers any
        more, the engine is ended at once.

        Raises:
            ModelError: The engine cannot be loaded or breaks down.
        """
        if not requests:
            return
        await asyncio.to_thread(self.load)
        loop = asyncio.get_running_loop()
        size = self._settings.chunk
        arrived: asyncio.Queue[list[Completion]] = asyncio.Queue()

        def give(completions: list[Completion]) -> None:
            loop.call_soon_threadsafe(arrived.put_nowait, completions)

        async def take(start: int) -> Sequence[Request]:
            return requests[start : start + size]

        def chunks(number: int) -> Iterator[Sequence[Request]]:
            """A copy's share, each chunk taken when it is wanted and in the event loop's thread."""
            for start in range(number * size, len(requests), len(self._copies) * size):
                chunk = asyncio.run_coroutine_threadsafe(take(start), loop).result()
                if not chunk:  # nothing more is to be sent
                    return
                yield chunk

        def ask(number: int, copy: EngineProcess) -> None:
            try:
                copy.answer(chunks(number), give)
            finally:
                give([])

        pool = ThreadPoolExecutor(len(self._copies), thread_name_prefix="vllm")
        asked = [loop.run_in_executor(pool, ask, *each) for each in enumerate(self._copies)]
        whole = False
        try:
            running = len(asked)
            while running:
                completions = await arrived.get()
                running -= not completions
                for completion in completions:
                    yield completion
            await asyncio.gather(*asked)
            whole = True
        except ModelError as error:
            raise ModelError(f"vLLM failed while generating: {error}") from None
        finally:
            if not whole:
                for copy in self._copies:
                    copy.kill()
            await asyncio.gather(*asked, return_exceptions=True)
            pool.shutdown()
            if not whole:
                self._end()

    async def close(self) -> None:
        """Ends the engine, which frees its memory; the next request would load it again."""
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        while self._copies:
            self._copies.pop().close()
