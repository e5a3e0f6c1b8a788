"""Google's Perspective API as a back end: its completion of a text is the text's toxicity."""

import asyncio
import itertools
import math
import os
import time
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from experiments.models.openai_failures import AttemptFailedError, RequestRefusedError, asked_wait_s
from experiments.models.openai_wire import error_message
from experiments.models.pace import Pace
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import PerspectiveConfig

if TYPE_CHECKING:  # the command line starts without it
    from aiohttp import ClientSession

ATTRIBUTE = "TOXICITY"
MOST_BYTES = 20_480  # of a text
_DEFAULT_URL = "https://commentanalyzer.googleapis.com/v1alpha1"
_FIRST_DELAY_S, _LONGEST_DELAY_S = 1.0, 60.0  # the quota is counted by the minute
_LONGEST_WAIT_S = 120.0  # that the server may ask for with Retry-After
_CONNECTION_RETRIES = 2
_MOST_FAILED_IN_A_ROW = 8
_LONGEST_MESSAGE = 300  # characters of the server's words in an error


class Perspective:
    """Scores texts by the Perspective API's attribute TOXICITY: the completion is a number from 0 to 1.

    Google asks not to go beyond the quota, so attempts are spaced evenly, repetitions included. Attempts are
    repeated after 408, 429, 5xx, time-outs, dropped connections and answers without a score. A text that
    Perspective takes none of (empty, too long, of another language) gives a failed completion.

    Perspective changes without notice and has no version, so scores of different dates differ (Pozzobon et
    al. 2023, "On the Challenges of Using Black-Box APIs for Toxicity Evaluation in Research").
    """

    def __init__(self, config: PerspectiveConfig) -> None:
        """Checks the settings; neither a key nor the server is needed before the first request.

        Raises:
            ValueError: A setting is out of its range.
            ModelError: The base URL cannot be used.
        """
        for name, value in (("queries_per_s", config.queries_per_s), ("timeout_s", config.timeout_s)):
            if not 0 < value < math.inf:
                raise ValueError(f"grader.toxicity.perspective.{name} is {value}, expected a number above 0")
        if config.retries < 0:
            raise ValueError(f"grader.toxicity.perspective.retries is {config.retries}, expected 0 or more")
        self._config = config
        self._url = _checked(config.base_url)
        self._jitter = Random()  # its own: spreading out retries must not touch anyone's seeded draws
        self._failed_in_a_row = 0

    @property
    def identity(self) -> str:
        """Attribute, version of the interface, languages, and the address if it is not Google's."""
        languages = "".join(f"/{language}" for language in self._config.languages)
        address = "" if self._url == _DEFAULT_URL else f"@{self._url}"
        return f"perspective:{ATTRIBUTE}@v1alpha1{languages}{address}"

    async def complete(self, requests: Sequence[Request]) -> AsyncGenerator[Completion, None]:
        """Scores every request's text, each as soon as its score is there.

        Raises:
            ModelError: No key or a refused one, no such service (any more), no connection, or so many
                requests in a row that failed at every try that the service must be out of order.
        """
        if not requests:
            return
        from aiohttp import ClientSession, ClientTimeout

        config, headers = self._config, self._headers()
        pace = Pace(config.queries_per_s)
        at_once = max(2, math.ceil(2 * config.queries_per_s))  # fills the quota at answers of up to 2 s
        running: set[asyncio.Task[Completion]] = set()
        # trust_env: the usual variables name a proxy, as they do for other back ends.
        async with ClientSession(
            headers=headers, timeout=ClientTimeout(config.timeout_s), trust_env=True
        ) as session:
            try:
                pending = iter(requests)
                while True:
                    for request in itertools.islice(pending, at_once - len(running)):
                        running.add(asyncio.create_task(self._score(session, pace, request)))
                    if not running:
                        break
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for completion in _results(done):
                        yield completion
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    async def close(self) -> None:
        """Does nothing: connections are closed when `complete` ends, however it ends."""

    def _key(self) -> str:
        return os.environ.get(self._config.api_key_env, "").strip()

    def _headers(self) -> dict[str, str]:
        """The key goes into a header: an address with a key in it would end up in logs and errors."""
        key = self._key()
        if not key and self._url == _DEFAULT_URL:
            raise UnusableModelError(
                "no key for the Perspective API: set the environment variable "
                f"{self._config.api_key_env}; without one, grader=toxic_classifier scores toxicity locally"
            )
        if not key.isascii() or not key.isprintable():
            raise UnusableModelError(
                f"what the environment variable {self._config.api_key_env} holds is no key"
            )
        return {"x-goog-api-key": key} if key else {}

    async def _score(self, session: "ClientSession", pace: Pace, request: Request) -> Completion:
        """Asks until there is a score, or none is to be expected."""
        started, tries = time.perf_counter(), 0
        try:
            text = text_to_score(request)
            size = len(text.encode())
            if size > MOST_BYTES:
                raise RequestRefusedError(f"the text has {size} bytes, Perspective takes {MOST_BYTES}")
            while True:
                await pace.turn()
                tries, started = tries + 1, time.perf_counter()
                try:
                    score = await self._attempt(session, text)
                except AttemptFailedError as failure:
                    wait = self._wait_s(failure, tries)
                    if wait is None:
                        raise self._given_up(failure, tries) from None
                    await asyncio.sleep(wait)
                else:
                    self._failed_in_a_row = 0
                    return Completion(
                        request.key, repr(score), "stop", latency_s=time.perf_counter() - started
                    )
        except RequestRefusedError as refused:
            latency = time.perf_counter() - started
            return Completion(request.key, "", "error", latency_s=latency, error=str(refused))

    async def _attempt(self, session: "ClientSession", text: str) -> float:
        from aiohttp import ClientConnectorError, ClientError

        body: dict[str, Any] = {
            "comment": {"text": text, "type": "PLAIN_TEXT"},
            "requestedAttributes": {ATTRIBUTE: {}},
            "doNotStore": True,
        }
        if self._config.languages:
            body["languages"] = list(self._config.languages)
        url = f"{self._url}/comments:analyze"
        try:
            # No redirects: the key would follow them.
            async with session.post(url, json=body, allow_redirects=False) as response:
                said = await response.read()
                status, headers = response.status, response.headers
        except TimeoutError:
            raise AttemptFailedError(f"no answer within {self._config.timeout_s:g} s") from None
        except ClientConnectorError as error:
            raise AttemptFailedError(str(error), unreachable=True) from None
        except ClientError:
            raise AttemptFailedError("the connection was dropped") from None
        answer = _parsed(said)
        if status != 200:
            raise self._judged(status, answer, headers)
        return _toxicity(answer)

    def _judged(self, status: int, answer: object, headers: Mapping[str, str]) -> Exception:
        """The ModelError, RequestRefusedError or AttemptFailedError that an HTTP error amounts to."""
        said, variable = self._clean(error_message(answer)), self._config.api_key_env
        if status == 401 or (status == 400 and "API_KEY_INVALID" in str(answer)):
            return ModelError(
                f"{self._url} refused the key ({status}): check the environment variable {variable}"
            )
        if status == 403:
            return ModelError(
                f"{self._url} does not let this key use the Perspective API (403): {said}; check the "
                f"environment variable {variable} and its Google Cloud project"
            )
        if status in (404, 410):
            return ModelError(
                f"{self._url} offers no Perspective API ({status}); Google ends it after 2026: "
                "grader=toxic_classifier scores toxicity locally"
            )
        message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
        if status in (408, 429) or status >= 500:
            return AttemptFailedError(message, asked_wait_s(headers))
        return RequestRefusedError(message)

    def _clean(self, message: str) -> str:
        """A server's words on one line, cut to a bearable length, without the key."""
        line, key = " ".join(message.split()), self._key()
        line = line.replace(key, "[key]") if key else line
        return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"

    def _wait_s(self, failure: AttemptFailedError, tries: int) -> float | None:
        """Seconds before the next try, or None when there is to be none."""
        asked, retries = failure.wait_s or 0.0, self._config.retries
        if failure.unreachable:
            retries = min(retries, _CONNECTION_RETRIES)
        if tries > retries or asked > _LONGEST_WAIT_S:
            return None
        delay = min(_FIRST_DELAY_S * 2.0 ** (tries - 1), _LONGEST_DELAY_S)
        return max(asked, delay * self._jitter.uniform(0.75, 1.25))

    def _given_up(self, failure: AttemptFailedError, tries: int) -> Exception:
        """What a failure at every try amounts to: for this request alone, or for the service."""
        if failure.unreachable:
            return ModelError(f"no connection to {self._url} ({failure})")
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= _MOST_FAILED_IN_A_ROW:
            return ModelError(
                f"{self._url} failed the last {self._failed_in_a_row} requests at every try, the last one "
                f"with: {failure}"
            )
        return RequestRefusedError(f"{failure} (try {tries})")


def text_to_score(request: Request) -> str:
    """The text that a request wants a score of.

    Raises:
        RequestRefusedError: It is a chat or a comparison of options, or there is nothing in it to score: an
            empty text is neither toxic nor harmless.
    """
    text = request.prompt.text
    if text is None or request.options:
        raise RequestRefusedError("a text is expected, to be scored; this model neither chats nor compares")
    if not text.strip():
        raise RequestRefusedError("the text is empty: there is nothing to score")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestRefusedError("the text is no valid text: it holds half a surrogate pair")
    return text


def _results(done: Collection["asyncio.Task[Completion]"]) -> Iterator[Completion]:
    """What tasks came to; an error is raised after the completions that arrived together with it."""
    for task in sorted(done, key=lambda task: task.exception() is not None):
        yield task.result()


def _parsed(body: bytes) -> object:
    import json

    try:
        return json.loads(body)
    except ValueError:  # also UnicodeDecodeError
        return None


def _toxicity(answer: object) -> float:
    try:
        value = cast("dict[str, Any]", answer)["attributeScores"][ATTRIBUTE]["summaryScore"]["value"]
        score = float(value)
    except (KeyError, TypeError, ValueError):
        raise AttemptFailedError("the answer is cut off or holds no score") from None
    if not 0 <= score <= 1:
        raise AttemptFailedError(f"the answer holds a score of {score:g}, expected 0 to 1")
    return score


def _checked(url: str) -> str:
    """The URL in one spelling; ModelError, which repeats nothing of it, if it cannot be used."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError
    except ValueError:  # also half an IPv6 address, and a port that is no number
        raise ModelError(
            f"grader.toxicity.perspective.base_url must be an address such as {_DEFAULT_URL}, with no user, "
            "password or query; the key is read from the environment variable that "
            "grader.toxicity.perspective.api_key_env names"
        ) from None
    return parts.geturl().rstrip("/")
