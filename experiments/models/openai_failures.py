"""What a failure of an OpenAI-compatible server means: for all requests, for one, or for one attempt."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self

from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_parameters import refused_parameter, remedy
from experiments.models.openai_wire import error_message
from experiments.models.protocol import ModelError

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import APIConnectionError, APIStatusError


class AttemptFailedError(Exception):
    """One attempt failed in a way that a later one may not.

    Attributes:
        wait_s: Seconds that the server asks to wait; None if it does not say.
        unreachable: Whether there was not even a connection.
        overloaded: Whether it is a sign that the server is asked too much.
    """

    def __init__(
        self, message: str, wait_s: float | None = None, unreachable: bool = False, overloaded: bool = False
    ) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.unreachable = unreachable
        self.overloaded = overloaded


class RequestRefusedError(Exception):
    """The server will never answer this request."""


class PromptFilteredError(Exception):
    """The provider's filter does not let this prompt through: that is its answer."""


class RequestFailedError(Exception):
    """A request failed at every attempt."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An HTTP error.

    Attributes:
        status: Its code.
        body: The error in the body, parsed if it is JSON.
        code: What the body calls the kind of error; "" if it does not.
        headers: The answer's headers.
    """

    status: int
    body: object
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, error: "APIStatusError") -> Self:
        """From what the package raises."""
        return cls(error.status_code, error.body, str(error.code or ""), error.response.headers)


def judge_status(
    failure: Failure, endpoint: Endpoint, sent: Mapping[str, Any], *, answered: bool
) -> Exception:
    """What an HTTP error amounts to.

    Args:
        failure: The error.
        endpoint: Where it came from.
        sent: The body that was sent.
        answered: Whether this server has answered anything yet. What it then does not let through concerns
            the request, not the key or the settings.

    Returns:
        A ModelError, RequestRefusedError, PromptFilteredError or AttemptFailedError.
    """
    status = failure.status
    said = endpoint.clean(error_message(failure.body))
    message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if failure.code == "content_filter":
        return PromptFilteredError(message)
    if status == 402 or failure.code == "insufficient_quota":
        return ModelError(f"{endpoint.url} says that the account has no credit left ({status}): {said}")
    if status in (408, 409, 425, 429) or (status >= 500 and status != 501):
        overloaded = status in (408, 429, 503, 529)
        return AttemptFailedError(message, asked_wait_s(failure.headers), overloaded=overloaded)
    if status in (400, 422) and (parameter := refused_parameter(failure.body, said, sent)) is not None:
        told = f"{message}: {endpoint.model} does not take {parameter!r} as it is sent; {remedy(parameter)}"
        return RequestRefusedError(told) if answered else ModelError(told)
    if answered and status == 403:  # some providers forbid single prompts
        return RequestRefusedError(message)
    return _of_all(status, said, endpoint) or RequestRefusedError(message)


def _of_all(status: int, said: str, endpoint: Endpoint) -> ModelError | None:
    """What an HTTP error means if it concerns every request."""
    url = endpoint.url
    if status == 401:  # servers quote parts of the key here, so their words are left out
        verb = "refused the key (401): check" if endpoint.key else "wants a key (401): set"
        return ModelError(
            f"{url} {verb} the environment variable {endpoint.key_env}, or name another with "
            "model.openai.api_key_env"
        )
    if status == 403:
        return ModelError(
            f"{url} does not let this key use {endpoint.model!r} (403): {said}; check model.name and the "
            f"environment variable {endpoint.key_env}"
        )
    if status == 404:
        return ModelError(
            f"{url} has no model {endpoint.model!r}, or not for this form of prompt (404): {said}; check "
            "model.name, form, and model.openai.base_url, which usually ends in /v1"
        )
    if 300 <= status < 400:
        return ModelError(f"{url} sends on to another address ({status}): set model.openai.base_url to that")
    return None


def judge_connection(error: "APIConnectionError") -> AttemptFailedError:
    """Tells a server that cannot be reached from one that hung up; the package calls both a time-out."""
    from aiohttp import ClientConnectorError

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ClientConnectorError):
            return AttemptFailedError(str(cause), unreachable=True)
        cause = cause.__cause__
    return AttemptFailedError("the connection was dropped")


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, or `retry-after` as seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except ValueError:
        return None
