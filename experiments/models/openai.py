"""Models behind any OpenAI-compatible address, through the `openai` package."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from experiments.models.likelihood import LikelihoodError, texts, weighed
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import (
    AttemptFailedError,
    RequestFailedError,
    RequestRefusedError,
    judge_connection,
    judge_status,
)
from experiments.models.openai_likelihood import NEED, Echo, echo_body, log_likelihood, read_echo
from experiments.models.openai_wire import MalformedAnswerError, read_completion, request_body
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import ModelConfig

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI

_Read = TypeVar("_Read")

_NO_KEY = "none"  # the package insists on a key; local servers ask for none
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 30.0
_LONGEST_WAIT_S = 120.0  # that a server may ask for with Retry-After
_FIRST_CONNECTION_RETRIES = 2  # while nothing was ever answered: a wrong address is likelier than a hiccup


class OpenAIModel:
    """A model served at an OpenAI-compatible address.

    Attempts are repeated after 408, 409, 429, 5xx, time-outs, dropped connections and answers that are no
    completion, at growing, jittered intervals or when the server says. A request that still fails, or that
    the server rejects (400), gives a failed completion.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Checks the settings; neither a key nor the server is needed before the first request.

        Raises:
            ValueError: A setting is out of its range.
            ModelError: The base URL cannot be used.
        """
        settings = config.openai
        for name, value, least in (
            ("concurrency", settings.concurrency, 1),
            ("retries", settings.retries, 0),
        ):
            if value < least:
                raise ValueError(f"model.openai.{name} is {value}, expected {least} or more")
        if settings.timeout_s <= 0:
            raise ValueError(f"model.openai.timeout_s is {settings.timeout_s}, expected seconds above 0")
        self._settings = settings
        self._endpoint = Endpoint.of(config)
        self._jitter = Random()  # its own: spreading out retries must not touch anyone's seeded draws
        self._ever_answered = False
        self._failed_in_a_row = 0

    @property
    def identity(self) -> str:
        """Name, address and a hash of the extra fields; what serves it may change unseen (see `revision`)."""
        named = self._settings.max_tokens_field
        limit = (
            {} if named == "max_tokens" else {"max_tokens_field": named}
        )  # a server may ignore an unknown one
        return self._endpoint.identity({**self._settings.extra, **limit})

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Answers every request, `model.openai.concurrency` at once, each as soon as it is there.

        Raises:
            ModelError: No key or a refused one, no such model, no server at the address, no credit left, or
                so many requests in a row that failed at every try that the server must be out of order.
        """
        if not requests:
            return
        pending = iter(requests)
        size = min(self._settings.concurrency, len(requests))
        done: asyncio.Queue[Completion | Exception | None] = asyncio.Queue(maxsize=2 * size)

        async def work(client: "AsyncOpenAI") -> None:
            try:
                for request in pending:
                    await done.put(await self._answer(client, request))
                await done.put(None)  # nothing more is to be sent, and what this worker sent is answered
            except Exception as error:
                await done.put(error)

        # A client of its own for each call: its connections belong to the running event loop and end with it.
        async with self._client() as client:
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

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, DefaultAioHttpClient

        endpoint = self._endpoint
        if not endpoint.key and not endpoint.is_local:
            raise UnusableModelError(
                f"no key for {endpoint.url}: set the environment variable {endpoint.key_env}, or name "
                "another with model.openai.api_key_env"
            )
        return AsyncOpenAI(
            api_key=endpoint.key or _NO_KEY,
            base_url=endpoint.url,
            max_retries=0,  # one policy, here, covers every kind of failure
            timeout=None,
            http_client=DefaultAioHttpClient(timeout=None),
        )

    async def _answer(self, client: "AsyncOpenAI", request: Request) -> Completion:
        started = time.perf_counter()
        try:
            if request.options:
                return await self._weigh(client, request)
            settings = self._settings
            name, limit = self._endpoint.model, settings.max_tokens_field
            path, body = request_body(request, name, limit, settings.extra)
            return await self._ask(client, path, body, partial(read_completion, request))
        except (RequestRefusedError, RequestFailedError, LikelihoodError) as failure:
            error, latency = self._endpoint.clean(str(failure)), time.perf_counter() - started
            return Completion(request.key, "", "error", latency_s=latency, error=error)

    async def _weigh(self, client: "AsyncOpenAI", request: Request) -> Completion:
        """Answers a request with options: one question an option and one for the prompt, in turn."""
        started = time.perf_counter()

        async def echo(text: str) -> Echo:
            body = echo_body(text, self._endpoint.model, self._settings.extra)
            return await self._ask(client, "/completions", body, lambda answer, _: read_echo(answer))

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

    async def _ask(
        self, client: "AsyncOpenAI", path: str, body: dict[str, Any], read: Callable[[object, float], _Read]
    ) -> _Read:
        """Asks until there is an answer, or none is to be expected.

        Args:
            client: What sends it.
            path: Path below the base URL.
            body: The JSON body.
            read: Reads the parsed answer, given the seconds it took.
        """
        tries = 0
        while True:
            tries += 1
            started = time.perf_counter()
            try:
                read_out = read(await self._attempt(client, path, body), time.perf_counter() - started)
            except (AttemptFailedError, MalformedAnswerError) as failure:
                wait = self._wait_s(failure, tries)
                if wait is None:
                    raise self._given_up(failure, tries) from None
            else:
                self._ever_answered, self._failed_in_a_row = True, 0
                return read_out
            await asyncio.sleep(wait)

    async def _attempt(self, client: "AsyncOpenAI", path: str, body: dict[str, Any]) -> object:
        """Sends one request and gives the parsed JSON of a 200, within the time limit whatever happens."""
        from openai import APIConnectionError, APIStatusError

        try:
            async with asyncio.timeout(self._settings.timeout_s):
                # Untyped on purpose: the package's typed methods cost three times the processor time.
                return await client.post(path, cast_to=object, body=body)
        except TimeoutError:
            raise AttemptFailedError(f"no answer within {self._settings.timeout_s:g} s") from None
        except APIStatusError as error:
            raise judge_status(error, self._endpoint) from None
        except APIConnectionError as error:
            raise judge_connection(error) from None
        except UnicodeEncodeError:
            raise RequestRefusedError("the prompt is no valid text: it holds half a surrogate pair") from None
        except ValueError:
            raise AttemptFailedError("the answer is cut off or no JSON") from None

    def _wait_s(self, failure: Exception, tries: int) -> float | None:
        """Seconds before the next try, or None when there is to be none."""
        retries, asked = self._settings.retries, None
        if isinstance(failure, AttemptFailedError):
            asked = failure.wait_s
            if failure.unreachable and not self._ever_answered:
                retries = min(retries, _FIRST_CONNECTION_RETRIES)
        if tries > retries or (asked or 0.0) > _LONGEST_WAIT_S:
            return None
        delay = min(_FIRST_DELAY_S * 2.0 ** (tries - 1), _LONGEST_DELAY_S)
        if asked is not None:  # never sooner than asked, and not everyone at the same moment
            return asked + self._jitter.uniform(0.0, min(delay, 0.25 * asked))
        return delay * self._jitter.uniform(0.75, 1.25)

    def _given_up(self, failure: Exception, tries: int) -> Exception:
        """RequestFailedError, or ModelError where the server rather than the request is to blame."""
        url = self._endpoint.url
        if isinstance(failure, AttemptFailedError) and failure.unreachable:
            return ModelError(f"no server at {url} ({failure}): start it, or set model.openai.base_url")
        self._failed_in_a_row += 1
        said = self._endpoint.clean(f"{failure} (try {tries})")
        if self._failed_in_a_row >= max(16, 2 * self._settings.concurrency):
            return ModelError(
                f"{url} failed the last {self._failed_in_a_row} requests at every try, the last one with: "
                f"{said}"
            )
        return RequestFailedError(said)
