"""What a failure of an OpenAI-compatible server means: for all requests, for one, or for one attempt."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_wire import error_message
from experiments.models.protocol import ModelError

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import APIConnectionError, APIStatusError


class AttemptFailedError(Exception):
    """One attempt failed in a way that a later one may not.

    Attributes:
        wait_s: Seconds that the server asks to wait; None if it does not say.
        unreachable: Whether there was not even a connection.
    """

    def __init__(self, message: str, wait_s: float | None = None, unreachable: bool = False) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.unreachable = unreachable


class RequestRefusedError(Exception):
    """The server will never answer this request."""


class RequestFailedError(Exception):
    """A request failed at every attempt."""


def judge_status(error: "APIStatusError", endpoint: Endpoint) -> Exception:
    """The ModelError, RequestRefusedError or AttemptFailedError that an HTTP error amounts to."""
    status = error.status_code
    said = endpoint.clean(error_message(error.body))
    if status == 401:  # servers quote parts of the key here, so their words are left out
        if not endpoint.key:
            return ModelError(
                f"{endpoint.url} wants a key (401): set the environment variable {endpoint.key_env}, or name "
                "another with model.openai.api_key_env"
            )
        return ModelError(
            f"{endpoint.url} refused the key (401): check the environment variable {endpoint.key_env}, or "
            "name another with model.openai.api_key_env"
        )
    if status == 402 or error.code == "insufficient_quota":
        return ModelError(f"{endpoint.url} says that the account has no credit left ({status}): {said}")
    if status == 403:
        return ModelError(
            f"{endpoint.url} does not let this key use {endpoint.model!r} (403): {said}; check model.name "
            f"and the environment variable {endpoint.key_env}"
        )
    if status == 404:
        return ModelError(
            f"{endpoint.url} has no model {endpoint.model!r}, or not for this form of prompt (404): {said}; "
            "check model.name, form, and model.openai.base_url, which usually ends in /v1"
        )
    message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status in (408, 409, 429) or status >= 500:
        return AttemptFailedError(message, asked_wait_s(error.response.headers))
    return RequestRefusedError(message)


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
