"""From a model's configuration to its back end."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.models.context import TokenCounter
from experiments.models.protocol import Model, UnusableModelError
from experiments.schema import Backend, ModelConfig

if TYPE_CHECKING:
    from experiments.models.llamacpp import LlamaCpp
    from experiments.models.vllm import VllmModel


def load(config: ModelConfig) -> Model:
    """The back end of a model, ready to answer.

    Raises:
        ModelError: If it cannot be had; the message says what to do.
    """
    if config.backend is Backend.llamacpp:
        model = _llamacpp(config)
        model.load()
        return model
    if config.backend is Backend.vllm:
        served = _vllm(config)
        served.load()
        return served
    return _unloaded(config)


def identity_of(config: ModelConfig) -> str:
    """Names what would answer, without loading an engine or asking a server.

    Raises:
        ModelError: If that is known to be impossible (no such file or package).
    """
    return _unloaded(config).identity


def counter_of(config: ModelConfig) -> TokenCounter | None:
    """What counts a model's tokens, without its engine; None for a respondent that takes any length.

    Raises:
        ModelError: If it cannot be had; the message says what to do.
    """
    match config.backend:
        case Backend.llamacpp:
            return _llamacpp(config).counter()
        case Backend.vllm:
            return _vllm(config).counter()
        case Backend.openai:
            from experiments.models.openai_counting import EndpointCounter

            if config.openai.context is None:
                raise UnusableModelError(
                    f"how many tokens {config.name} takes is not known: set model.openai.context"
                )
            return EndpointCounter(config.openai.context)
        case Backend.simulated | Backend.perspective | Backend.classifier:
            return None


def weights_cache() -> Path:
    """Where weights are kept: `prompt-fathom/weights` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prompt-fathom" / "weights"


def _unloaded(config: ModelConfig) -> Model:
    match config.backend:
        case Backend.simulated:
            from experiments.models.simulated import Simulated

            return Simulated(config)
        case Backend.openai:
            from experiments.models.openai import OpenAIModel

            return OpenAIModel(config)
        case Backend.vllm:
            return _vllm(config)
        case Backend.llamacpp:
            return _llamacpp(config)
        case Backend.perspective:
            from experiments.models.perspective import Perspective

            return Perspective(config.perspective)
        case Backend.classifier:
            from experiments.models.classifier import Classifier

            return Classifier(config.name, config.classifier)


def _llamacpp(config: ModelConfig) -> "LlamaCpp":
    from experiments.models.llamacpp import LlamaCpp

    return LlamaCpp(config, weights_cache())


def _vllm(config: ModelConfig) -> "VllmModel":
    from experiments.models.vllm import VllmModel

    return VllmModel(config, weights_cache())
