"""Asking an OpenAI-compatible server one thing until it is answered, or until no answer is to be expected."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar, cast

from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import (
    AttemptFailedError,
    Failure,
    RequestFailedError,
    RequestRefusedError,
    judge_connection,
    judge_status,
)
from experiments.models.openai_gate import Gate, rest_s
from experiments.models.openai_wire import MalformedAnswerError, used_tokens
from experiments.models.protocol import ModelError
from experiments.schema import OpenAIConfig

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI, HttpxBinaryResponseContent

_Read = TypeVar("_Read")

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 30.0
_LONGEST_WAIT_S = 120.0  # that a server may ask for with Retry-After
_FIRST_CONNECTION_RETRIES = 2  # while nothing was ever answered: a wrong address is likelier than a hiccup


class Asker:
    """The policy for failures, and what it knows of the server so far.

    Attempts are repeated after 408, 409, 425, 429, 5xx, time-outs, dropped connections and answers that are
    no completion, at growing, jittered intervals or when the server says.

    Args:
        endpoint: Where to ask.
        settings: Retries and time limit.
    """

    def __init__(self, endpoint: Endpoint, settings: OpenAIConfig) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._jitter = Random()  # its own: spreading out retries must not touch anyone's seeded draws
        self._ever_answered = False
        self._failed_in_a_row = 0

    async def ask(
        self,
        client: "AsyncOpenAI",
        gate: Gate,
        path: str,
        body: dict[str, Any],
        read: Callable[[object, float], _Read],
        tokens: int,
    ) -> _Read:
        """Asks a question.

        Args:
            client: What sends it.
            gate: What every attempt goes through.
            path: Path below the base URL.
            body: The JSON body.
            read: Reads the parsed answer, given the seconds it took.
            tokens: An estimate of the tokens in and out.

        Raises:
            RequestRefusedError: The server will never answer this.
            PromptFilteredError: The provider does not let the prompt through.
            RequestFailedError: It failed at every try.
            ModelError: What went wrong concerns every request.
        """
        address = self._endpoint.address(path)

        async def attempt() -> _Read:
            sent = await gate.enter(tokens)
            answered = overloaded = False
            try:
                response = await self.attempt(
                    lambda: client.post(address, cast_to=raw(), body=body), self._settings.timeout_s, body
                )
                answered = True
                answer = parsed(response)
                seconds = asyncio.get_running_loop().time() - sent
                gate.correct(tokens, _used(answer))
                if rest := rest_s(response.response.headers, tokens):
                    gate.rest(rest)
                return read(answer, seconds)
            except AttemptFailedError as failure:
                overloaded = failure.overloaded
                if overloaded and failure.wait_s is not None and failure.wait_s <= _LONGEST_WAIT_S:
                    gate.rest(failure.wait_s)
                raise
            finally:
                gate.leave(sent, answered=answered, overloaded=overloaded)

        return await self.persist(attempt)

    async def persist(self, attempt: Callable[[], Awaitable[_Read]]) -> _Read:
        """Makes attempts until one succeeds or none is left; raises as `ask` does."""
        tries = 0
        while True:
            tries += 1
            try:
                got = await attempt()
            except (AttemptFailedError, MalformedAnswerError) as failure:
                wait = self._wait_s(failure, tries)
                if wait is None:
                    raise self._given_up(failure, tries) from None
            else:
                self._ever_answered, self._failed_in_a_row = True, 0
                return got
            await asyncio.sleep(wait)

    async def attempt(
        self, call: Callable[[], Awaitable[_Read]], limit_s: float, sent: Mapping[str, Any]
    ) -> _Read:
        """Calls the server once, within the time limit whatever happens: the answer is read to its end in it.

        Args:
            call: What calls it, by the package.
            limit_s: The limit in seconds.
            sent: The JSON body.
        """
        from openai import APIConnectionError, APIStatusError

        try:
            async with asyncio.timeout(limit_s):
                return await call()
        except TimeoutError:
            raise AttemptFailedError(f"no answer within {limit_s:g} s", overloaded=True) from None
        except APIStatusError as error:
            failure = Failure.of(error)
            raise judge_status(failure, self._endpoint, sent, answered=self._ever_answered) from None
        except APIConnectionError as error:
            raise judge_connection(error) from None
        except UnicodeEncodeError:
            raise RequestRefusedError("the prompt is no valid text: it holds half a surrogate pair") from None

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


def parsed(response: "HttpxBinaryResponseContent") -> object:
    """The JSON of a 200.

    Raises:
        AttemptFailedError: It is cut off, or something else.
    """
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):  # also UnicodeDecodeError
        kind = response.response.headers.get("content-type", "").partition(";")[0]
        hint = f" but {kind}" if kind and not kind.endswith("json") else ""
        raise AttemptFailedError(f"the answer is cut off or no JSON{hint}") from None


def raw() -> type["HttpxBinaryResponseContent"]:
    """What the package is to give: bytes and headers. Its typed methods take three times the time."""
    from openai import HttpxBinaryResponseContent

    return HttpxBinaryResponseContent


def _used(answer: object) -> int:
    """Tokens that an answer took; 0 if it does not say."""
    try:
        used = used_tokens(cast("dict[str, Any]", answer))
        return used.prompt + used.completion
    except (AttributeError, TypeError):
        return 0
