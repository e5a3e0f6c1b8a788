"""Counting the tokens of a model in vLLM, which a process of vLLM's does."""

from collections.abc import Callable, Mapping
from typing import Any

from experiments.models.protocol import ModelError, UnusableModelError
from experiments.models.vllm_process import EngineProcess
from experiments.schema import VllmConfig
from perturb.prompt import Prompt


class VllmCounter:
    """Counts a model's tokens in a process that loads its tokenizer and no weights.

    Args:
        settings: The model's.
        arguments: Gives the keyword arguments of `vllm_engine.Engine`, when the process begins.
    """

    def __init__(self, settings: VllmConfig, arguments: Callable[[], Mapping[str, Any]]) -> None:
        self._settings, self._arguments = settings, arguments
        self._process: EngineProcess | None = None
        self._limit = settings.max_model_len

    @property
    def limit(self) -> int:
        """Most tokens of a prompt with its answer.

        Raises:
            ModelError: vLLM does not know the model.
        """
        if self._limit is None:
            self._begin()
        assert self._limit is not None
        return self._limit

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt as the engine makes them; 0 if it would not take the prompt.

        Raises:
            ModelError: vLLM does not know the model, or its process ends.
        """
        return (self._process or self._begin()).count(prompt)

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _begin(self) -> EngineProcess:
        process = EngineProcess(self._settings, 0)
        try:
            self._limit = process.measure(self._arguments())
        except ModelError as error:
            process.close()
            raise UnusableModelError(f"vLLM cannot count tokens: {error}") from None
        self._process = process
        return process
