"""A model's tokenizer and token limit in vLLM, in a process of vLLM's, without its engine."""

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from experiments.models.protocol import Request
from experiments.models.vllm_engine import check_known, prompt_tokens
from perturb.prompt import Prompt


class Tokens:
    """Counts a model's tokens as the engine would.

    Args:
        name: The model's name.
        weights: Not used; what an engine is made with.
        arguments: Of `vllm.LLM`.

    Attributes:
        limit: Most tokens of a prompt with its answer.

    Raises:
        ValueError: vLLM knows no such argument.
        Exception: Whatever vLLM raises of a model that it cannot find or does not know.
    """

    def __init__(self, name: str, weights: str, arguments: Mapping[str, Any]) -> None:
        vllm: Any = import_module("vllm")
        check_known(arguments, vllm)
        known = {field.name for field in fields(vllm.EngineArgs)}  # vllm.LLM has some of its own
        config: Any = vllm.EngineArgs(
            **{key: value for key, value in arguments.items() if key in known}
        ).create_model_config()
        self.limit: int = config.max_model_len
        self._tokenizer: Any = import_module("vllm.tokenizers").cached_tokenizer_from_config(config)
        self._name = name

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt; 0 if the engine would not take it."""
        try:
            return len(prompt_tokens(Request("", prompt, 1), self._tokenizer, self._name))
        except Exception:  # a template's own, of any type: the request fails by it, and says so
            return 0
