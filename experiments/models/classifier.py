"""A text classifier of your own machine as a back end: its completion of a text is a class's probability."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from experiments.models.openai_failures import RequestRefusedError
from experiments.models.perspective import text_to_score
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import ClassifierConfig
from perturb.names import unknown


class Classifier:
    """Scores texts by one class's probability: the completion is a number from 0 to 1.

    Loaded when the first request comes. Texts go through one by one, so that no score depends on its
    neighbours. One that is empty or longer than the classifier takes gives a failed completion.
    """

    def __init__(self, name: str, config: ClassifierConfig) -> None:
        """Checks that the extra is installed.

        Args:
            name: The model's name.
            config: The classifier's settings.

        Raises:
            ModelError: `transformers` or `torch` is not installed.
        """
        missing = [package for package in ("transformers", "torch") if find_spec(package) is None]
        if missing:
            raise UnusableModelError(
                f"{' and '.join(missing)} is not installed, which a classifier needs: "
                "pip install 'prompt-fathom[classifier]'"
            )
        self._config = config
        self._weights = config.path or name
        self._pipeline: Any = None
        # One thread owns the classifier: scoring keeps the event loop free, and nothing runs twice at once.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="classifier")

    @property
    def identity(self) -> str:
        """Weights, their revision and the class."""
        revision = self._config.revision or "default"
        return f"classifier:{self._weights}@{revision}/{self._config.label}"

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Scores the requests' texts in their order.

        Raises:
            ModelError: The classifier cannot be loaded, has no such class or breaks down.
        """
        loop = asyncio.get_running_loop()
        for request in requests:
            yield await loop.run_in_executor(self._thread, self._completion, request)

    async def close(self) -> None:
        """Frees the classifier's memory; the next request would load it again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._free)

    def _free(self) -> None:
        self._pipeline = None

    def _completion(self, request: Request) -> Completion:
        if self._pipeline is None:
            self._pipeline = self._load()
        started = time.perf_counter()
        try:
            score, tokens = self._score(text_to_score(request))
        except RequestRefusedError as refused:
            return Completion(request.key, "", "error", error=str(refused))
        return Completion(
            request.key,
            repr(score),
            "stop",
            prompt_tokens=tokens,
            latency_s=time.perf_counter() - started,
            revision=getattr(self._pipeline.model.config, "_commit_hash", None) or "",
        )

    def _load(self) -> Any:
        try:
            # top_k=None: the probabilities of all classes, not of the likeliest alone.
            pipeline: Any = import_module("transformers").pipeline(
                "text-classification", model=self._weights, revision=self._config.revision, top_k=None
            )
        except Exception as error:  # no weights, no network, broken files: transformers raises anything
            raise ModelError(
                f"transformers could not load {self._weights!r}: {_first_line(error)}; check "
                "grader.toxicity.name (a hub id) or grader.toxicity.classifier.path (a folder)"
            ) from error
        labels = [str(label) for label in pipeline.model.config.id2label.values()]
        if self._config.label not in labels:
            raise UnusableModelError(
                f"{self._weights!r}: {unknown('class', self._config.label, labels)}; it is set with "
                "grader.toxicity.classifier.label"
            )
        return pipeline

    def _score(self, text: str) -> tuple[float, int]:
        """The class's probability, rounded to what a processor's rounding leaves certain, and the tokens."""
        tokenizer, model = self._pipeline.tokenizer, self._pipeline.model
        tokens = len(tokenizer(text)["input_ids"])
        # Either may be missing, or be a placeholder far too large.
        limits = (tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None))
        limit = min(limit for limit in limits if limit)
        if tokens > limit:
            raise RequestRefusedError(f"the text has {tokens} tokens, the classifier takes {limit}")
        try:
            [found] = self._pipeline([text])
        except Exception as error:  # a classifier that failed once cannot be relied on for the rest
            raise ModelError(f"{self._weights!r} failed while scoring: {_first_line(error)}") from error
        scores: Mapping[str, float] = {entry["label"]: float(entry["score"]) for entry in found}
        score = scores[self._config.label]
        if not 0 <= score <= 1:  # also not a number; a model of regression has no probabilities
            raise ModelError(f"{self._weights!r} gave a score of {score:g}, expected a probability")
        return float(f"{score:.5g}"), tokens


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
