"""The Batch API's calls: upload, submit, look, fetch; tried again in ways that cost nothing twice."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from experiments.models.openai_ask import Asker, parsed, raw
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import AttemptFailedError, RequestFailedError, RequestRefusedError
from experiments.models.openai_wire import error_message
from experiments.models.protocol import ModelError

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI, HttpxBinaryResponseContent

_Got = TypeVar("_Got")

_TRANSFER_S = 600.0  # a file of 200 MB takes its time
_WINDOW = "24h"  # the only one there is
_MARK = "prompt_fathom"  # the metadata field that holds our token
_PAGES = 20  # of 100 batches, the newest first, that are looked through for one of ours


@dataclass(frozen=True, slots=True)
class State:
    """How a batch stands.

    Attributes:
        name: The server's name for it.
        status: validating, in_progress, finalizing, completed, failed, expired, cancelling or cancelled.
        total: How many requests it has, as far as the server has counted them.
        done: How many of them were answered or failed.
        files: Ids of the files with its answers and failures.
        trouble: Why it failed, in the server's words.
    """

    name: str
    status: str
    total: int
    done: int
    files: tuple[str, ...]
    trouble: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ("completed", "failed", "expired", "cancelled")


class BatchServer:
    """A server's batches.

    Args:
        client: What calls it.
        asker: The policy for failures.
        endpoint: The server.
        timeout_s: Limit of an ordinary call.
    """

    def __init__(self, client: "AsyncOpenAI", asker: Asker, endpoint: Endpoint, timeout_s: float) -> None:
        self._client = client
        self._asker = asker
        self._endpoint = endpoint
        self._timeout_s = timeout_s

    async def upload(self, lines: bytes) -> str:
        """Uploads the lines of a batch and gives the file's id; a second copy of a file costs nothing."""
        from openai import NotFoundError

        async def call() -> "HttpxBinaryResponseContent":
            try:
                return await self._client.post(
                    "/files",
                    cast_to=raw(),
                    body={"purpose": "batch"},
                    files={"file": ("requests.jsonl", lines, "application/jsonl")},
                    options={"headers": {"Content-Type": "multipart/form-data"}},
                )
            except NotFoundError:
                raise ModelError(
                    f"{self._endpoint.url} has no Batch API (404): set model.openai.batch=false"
                ) from None

        return str((await self._fields(call, max(_TRANSFER_S, self._timeout_s)))["id"])

    async def submit(self, file: str, path: str, token: str) -> State:
        """Begins a batch; it is begun once, even if the server begins it without being able to say so.

        Args:
            file: Id of the uploaded lines.
            path: Of the interface that they ask.
            token: Our name for the batch.
        """
        sent = {
            "input_file_id": file,
            "endpoint": self.address(path),
            "completion_window": _WINDOW,
            "metadata": {_MARK: token},
        }
        tries = 0

        async def attempt() -> State:
            nonlocal tries
            tries += 1
            if tries > 1 and (begun := await self.find(token)) is not None:
                return begun
            response = await self._asker.attempt(
                lambda: self._client.post("/batches", cast_to=raw(), body=sent), self._timeout_s, {}
            )
            return _state(parsed(response))

        return await self.persist(attempt)

    async def look(self, name: str) -> State | None:
        """How a batch stands; None if the server knows none of that name.

        Raises:
            AttemptFailedError: It could not be learned now; it is not tried again here.
        """
        from openai import NotFoundError

        async def call() -> "HttpxBinaryResponseContent | None":
            try:
                return await self._client.get(f"/batches/{name}", cast_to=raw())
            except NotFoundError:
                return None

        response = await self._asker.attempt(call, self._timeout_s, {})
        return None if response is None else _state(parsed(response))

    async def find(self, token: str) -> State | None:
        """The batch that we gave this token; None if the server has none such among its newest."""
        after = ""
        for _ in range(_PAGES):
            path = f"/batches?limit=100{after}"
            page = await self._fields(
                lambda path=path: self._client.get(path, cast_to=raw()), self._timeout_s
            )
            batches = cast("list[dict[str, Any]]", page.get("data") or [])
            for batch in batches:
                if (batch.get("metadata") or {}).get(_MARK) == token:
                    return _state(batch)
            if not batches or not page.get("has_more"):
                return None
            after = f"&after={batches[-1]['id']}"
        return None

    async def lines(self, state: State) -> list[dict[str, Any]]:
        """What became of a batch's requests, one line each; what is no line is left out."""
        found: list[dict[str, Any]] = []
        for file in state.files:

            async def attempt(file: str = file) -> bytes:
                response = await self._asker.attempt(
                    lambda: self._client.get(f"/files/{file}/content", cast_to=raw()),
                    max(_TRANSFER_S, self._timeout_s),
                    {},
                )
                return response.content

            for line in (await self.persist(attempt)).splitlines():
                try:
                    fields = json.loads(line)
                except ValueError:
                    continue
                if isinstance(fields, dict):
                    found.append(cast("dict[str, Any]", fields))
        return found

    def address(self, path: str) -> str:
        """An interface as batches name it."""
        return path if self._endpoint.azure_version else f"/v1{path}"

    async def _fields(
        self, call: Callable[[], Awaitable["HttpxBinaryResponseContent"]], limit_s: float
    ) -> Mapping[str, Any]:
        async def attempt() -> Mapping[str, Any]:
            answer = parsed(await self._asker.attempt(call, limit_s, {}))
            if not isinstance(answer, dict):
                raise AttemptFailedError("the answer has another shape than the Batch API's")
            return cast("dict[str, Any]", answer)

        return await self.persist(attempt)

    async def persist(self, attempt: Callable[[], Awaitable[_Got]]) -> _Got:
        """Makes attempts until one succeeds.

        Raises:
            ModelError: None did.
        """
        try:
            return await self._asker.persist(attempt)
        except (RequestFailedError, RequestRefusedError) as failure:
            raise ModelError(f"the Batch API of {self._endpoint.url}: {failure}") from None


def _state(answer: object) -> State:
    """From a batch object."""
    try:
        fields = cast("dict[str, Any]", answer)
        counts: Mapping[str, int] = fields.get("request_counts") or {}
        files = (fields.get("output_file_id"), fields.get("error_file_id"))
        troubles = (fields.get("errors") or {}).get("data") or []
        return State(
            name=fields["id"],
            status=fields["status"],
            total=counts.get("total") or 0,
            done=(counts.get("completed") or 0) + (counts.get("failed") or 0),
            files=tuple(file for file in files if file),
            trouble="; ".join(filter(None, map(error_message, troubles[:3]))),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise AttemptFailedError("the answer has another shape than the Batch API's") from error
