"""Models behind any OpenAI-compatible address, through the `openai` package."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.models.likelihood import LikelihoodError, texts, weighed
from experiments.models.openai_ask import Asker
from experiments.models.openai_batch import BatchRun, say
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import PromptFilteredError, RequestFailedError, RequestRefusedError
from experiments.models.openai_gate import Gate
from experiments.models.openai_ledger import Ledger
from experiments.models.openai_likelihood import NEED, Echo, echo_body, log_likelihood, read_echo
from experiments.models.openai_questions import Question, estimated_tokens, questions
from experiments.models.openai_window import Window
from experiments.models.openai_wire import TooFewSamplesError
from experiments.models.protocol import Completion, Request, UnusableModelError
from experiments.schema import Api, ModelConfig

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI


class OpenAIModel:
    """A model served at an OpenAI-compatible address.

    As many requests are under way as the server bears, `model.openai.concurrency` at most (see `Window`), and
    no more begin than the limits a minute and the server's own headers allow (see `Gate`). A request that
    fails at every try, or that the server rejects, gives a failed completion (see `Asker`).
    """

    def __init__(self, config: ModelConfig) -> None:
        """Checks the settings; neither a key nor the server is needed before the first request.

        Raises:
            ValueError: A setting is out of its range.
            ModelError: The address cannot be used, or two settings exclude each other.
        """
        settings = config.openai
        for name, value, least in (
            ("concurrency", settings.concurrency, 1),
            ("retries", settings.retries, 0),
        ):
            if value < least:
                raise ValueError(f"model.openai.{name} is {value}, expected {least} or more")
        for name in ("timeout_s", "requests_per_minute", "tokens_per_minute", "batch_poll_s"):
            number: float | None = getattr(settings, name)
            if number is not None and number <= 0:
                raise ValueError(f"model.openai.{name} is {number}, expected a number above 0")
        if settings.n and settings.api is Api.responses:
            raise UnusableModelError(
                "model.openai.n is true, but the responses interface gives one answer a request: set it to "
                "false, or model.openai.api=chat"
            )
        self._settings = settings
        self._endpoint = Endpoint.of(config)
        self._asker = Asker(self._endpoint, settings)
        self._window = Window(settings.concurrency)

    @property
    def identity(self) -> str:
        """Name, address and what else decides answers; what serves it may change unseen (see `revision`)."""
        return self._endpoint.identity(self._settings)

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Answers every request, each as soon as it is there.

        Raises:
            ModelError: No key or a refused one, no such model, no server at the address, no credit left, a
                parameter that the model does not take, or so many requests in a row that failed at every
                try that the server must be out of order.
        """
        if not requests:
            return
        settings = self._settings
        if settings.batch:
            ledger = Ledger(Path(settings.batch_folder), self.identity)
            run = BatchRun(self._endpoint, self._asker, settings, ledger, say)
            async with (
                self._endpoint.client() as client,
                contextlib.aclosing(run.complete(client, requests)) as completions,
            ):
                async for completion in completions:
                    yield completion
            return
        pending = self._questions(requests)
        size = min(settings.concurrency, len(requests))
        done: asyncio.Queue[Completion | Exception | None] = asyncio.Queue(maxsize=2 * size)
        gate = Gate(self._window, settings.requests_per_minute, settings.tokens_per_minute)

        async def work(client: "AsyncOpenAI") -> None:
            try:
                for question in pending:
                    for completion in await self._answers(client, gate, question):
                        await done.put(completion)
                await done.put(None)  # nothing more is to be sent, and what this worker sent is answered
            except Exception as error:
                await done.put(error)

        # A client of its own for each call: its connections belong to the running event loop and end with it.
        async with self._endpoint.client() as client:
            workers = [asyncio.create_task(work(client)) for _ in range(size)]
            working = size
            try:
                while working:
                    outcome = await done.get()
                    if isinstance(outcome, Exception):
                        raise outcome
                    if outcome is None:
                        working -= 1
                    else:
                        yield outcome
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def close(self) -> None:
        """Does nothing: connections are closed when `complete` ends, however it ends."""

    def _questions(self, requests: Sequence[Request]) -> Iterator[Question | Request]:
        """Requests with options as they are, all others as what is sent for them, each at its turn."""
        for weighs, alike in itertools.groupby(requests, key=lambda request: bool(request.options)):
            if weighs:
                yield from alike
                continue
            yield from questions(alike, self._endpoint.model, self._settings)

    async def _answers(
        self, client: "AsyncOpenAI", gate: Gate, asked: Question | Request
    ) -> Sequence[Completion]:
        """The completions that something asked comes to, failed ones included."""
        started = time.perf_counter()
        whole = (asked,) if isinstance(asked, Request) else asked.requests
        try:
            if isinstance(asked, Request):
                return [await self._weigh(client, gate, asked)]
            return await self._asker.ask(client, gate, asked.path, asked.body, asked.read, asked.tokens)
        except PromptFilteredError:
            return [Completion(request.key, "", "refusal") for request in whole]
        except TooFewSamplesError as failure:
            error = f"{failure}: it does not take n, so set model.openai.n=false"
        except (RequestRefusedError, RequestFailedError, LikelihoodError) as failure:
            error = self._endpoint.clean(str(failure))
        latency = time.perf_counter() - started
        return [Completion(request.key, "", "error", latency_s=latency, error=error) for request in whole]

    async def _weigh(self, client: "AsyncOpenAI", gate: Gate, request: Request) -> Completion:
        """Answers a request with options: one question an option and one for the prompt, in turn."""
        started = time.perf_counter()

        async def echo(text: str) -> Echo:
            body = echo_body(text, self._endpoint.model, self._settings.extra)
            tokens = estimated_tokens(request)
            return await self._asker.ask(
                client, gate, "/completions", body, lambda answer, _: read_echo(answer), tokens
            )

        prompt, wholes = texts(request)
        try:
            before = await echo(prompt)
        except RequestRefusedError as refused:  # with an error or without log-probabilities: servers differ
            raise LikelihoodError(f"{NEED}; this one says: {refused}") from None
        echoes = [await echo(whole) for whole in wholes]
        pairs = zip(echoes, request.options, strict=True)
        return weighed(
            request,
            [log_likelihood(before, whole, option) for whole, option in pairs],
            tokens=sum(whole.tokens for whole in echoes),
            latency_s=time.perf_counter() - started,
            revision=before.revision,
        )
