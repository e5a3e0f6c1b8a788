"""Asking through the Batch API: submit, wait up to a day, collect; and go on after a crash, paying once."""

import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.models.openai_ask import Asker
from experiments.models.openai_batch_lines import Verdict, verdicts
from experiments.models.openai_batch_server import BatchServer, State
from experiments.models.openai_endpoint import Endpoint
from experiments.models.openai_failures import AttemptFailedError
from experiments.models.openai_ledger import Ledger, Submission
from experiments.models.openai_questions import Question, questions
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import OpenAIConfig

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI

_MOST_LINES, _MOST_BYTES = 50_000, 190_000_000  # of a file; OpenAI takes 50,000 and 200 MB
_MOST_MISSED = 60  # looks in a row that may fail: an hour at the usual interval
_SAY_S = 600.0  # between lines that say nothing new


class BatchRun:
    """One call for completions, answered by batches.

    What earlier calls submitted is collected first: their open batches are waited for, and of their collected
    ones the answers are fetched again, in case they came to no store. Then what no batch asks is submitted.
    A request that fails in a way that may pass, or that a batch leaves undone when it expires, goes into a
    new batch, `model.openai.retries` times.

    Args:
        endpoint: Where to ask.
        asker: The policy for failures.
        settings: How to ask.
        ledger: What was submitted.
        say: Tells the user one line.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        asker: Asker,
        settings: OpenAIConfig,
        ledger: Ledger,
        say: Callable[[str], None],
    ) -> None:
        self._endpoint = endpoint
        self._asker = asker
        self._settings = settings
        self._ledger = ledger
        self._say = say
        self._waiting: dict[str, Submission] = {}  # by token
        self._wanted: dict[str, Request] = {}
        self._tries: Counter[str] = Counter()
        self._missed = 0
        self._told: dict[str, tuple[str, float]] = {}  # status and time, by the server's name

    async def complete(
        self, client: "AsyncOpenAI", requests: Sequence[Request]
    ) -> AsyncGenerator[Completion, None]:
        """Answers every request once, each batch's when it has come to its end.

        Raises:
            ModelError: The Batch API cannot be used so, refused a batch, or found a fault with all requests.
        """
        requests = list(requests)  # a batch takes them all at once
        if any(request.options for request in requests):
            raise UnusableModelError(
                "the likelihoods of options cannot be asked for in a batch: set model.openai.batch=false"
            )
        self._wanted = {request.key: request for request in requests}
        for request in requests:
            if not _is_text(request):
                del self._wanted[request.key]
                error = "the prompt is no valid text: it holds half a surrogate pair"
                yield Completion(request.key, "", "error", error=error)
        server = BatchServer(client, self._asker, self._endpoint, self._settings.timeout_s)
        try:
            for submission in self._ledger.submissions():
                async for completion in self._resume(server, submission):
                    yield completion
            await self._submit(server, self._unasked())
            while self._waiting:
                for submission in list(self._waiting.values()):
                    async for completion in self._look(server, submission):
                        yield completion
                await self._submit(server, self._unasked())
                if self._waiting:
                    await asyncio.sleep(self._settings.batch_poll_s)
        except (asyncio.CancelledError, GeneratorExit):
            if self._waiting:
                self._say(
                    f"{self._names()}: goes on at the server, and the same command collects the answers"
                )
            raise

    def _unasked(self) -> list[Request]:
        """What is wanted and in no batch that is waited for."""
        asked = set[str]().union(*(submission.asked for submission in self._waiting.values()))
        return [request for key, request in self._wanted.items() if key not in asked]

    def _names(self) -> str:
        names = [submission.batch or "a batch" for submission in self._waiting.values()]
        return f"{'batch ' if len(names) == 1 else 'batches '}{', '.join(names)}"

    async def _resume(self, server: BatchServer, submission: Submission) -> AsyncGenerator[Completion, None]:
        """Takes up what an earlier call submitted, if it asks anything that is wanted now."""
        if submission.asked.isdisjoint(self._wanted):
            return
        if submission.batch is None:  # the process ended while the server was being told
            found = await server.find(submission.token)
            if found is None:
                self._ledger.forget(submission)
                return
            submission = replace(submission, batch=found.name)
            self._ledger.write(submission)
        if not submission.collected:
            self._say(f"batch {submission.batch} was submitted before: waiting for it")
            self._waiting[submission.token] = submission
            return
        state = await server.persist(lambda: server.look(submission.batch or ""))
        for verdict in await self._verdicts(server, submission, state) if state is not None else ():
            done = verdict.completion
            if done is not None and done.finish != "error" and self._wanted.pop(done.key, None) is not None:
                yield done

    async def _submit(self, server: BatchServer, requests: Sequence[Request]) -> None:
        """Submits requests in as few batches as can be."""
        asked = list(questions(requests, self._endpoint.model, self._settings))
        for path in dict.fromkeys(question.path for question in asked):
            same = [question for question in asked if question.path == path]
            for chunk, lines in _files(same, server.address(path)):
                keys = {each.requests[0].key: tuple(one.key for one in each.requests) for each in chunk}
                submission = Submission(secrets.token_hex(16), path, keys)
                file = await server.upload(lines)
                self._ledger.write(submission)  # before the server may begin
                state = await server.submit(file, path, submission.token)
                submission = replace(submission, batch=state.name)
                self._ledger.write(submission)
                self._waiting[submission.token] = submission
                self._say(
                    f"batch {state.name}: {len(chunk):,} requests submitted; answers come within a day, and "
                    "the same command collects them if this one ends before"
                )

    async def _look(self, server: BatchServer, submission: Submission) -> AsyncGenerator[Completion, None]:
        """Looks at a batch, and if it has come to its end settles all that it asked."""
        try:
            state = await server.look(submission.batch or "")
        except AttemptFailedError as failure:  # a day is long, and a network may be away for a while of it
            self._missed += 1
            if self._missed <= _MOST_MISSED:
                return
            raise ModelError(
                f"{self._endpoint.url} could not be asked about batch {submission.batch} {self._missed} "
                f"times in a row ({failure}); it goes on there, and the same command collects the answers"
            ) from None
        self._missed = 0
        if state is None:
            raise ModelError(
                f"{self._endpoint.url} knows no batch {submission.batch}: was it submitted with another key? "
                f"To ask its requests again, delete {self._ledger.file(submission)}"
            )
        self._tell(state)
        if not state.ended:
            return
        del self._waiting[submission.token]
        if state.status == "failed":
            self._ledger.forget(submission)  # nothing was asked, so nothing is paid
            raise ModelError(
                f"{self._endpoint.url} did not accept batch {state.name}: {state.trouble or 'no reason'}"
            )
        found = {verdict.key: verdict for verdict in await self._verdicts(server, submission, state)}
        left_out = f"the batch is {state.status} and has no answer to it"
        for keys in submission.keys.values():
            for key in keys:
                verdict = found.setdefault(key, Verdict(key, passing=left_out))
                if verdict.fault is None and (done := self._settled(verdict)) is not None:
                    yield done
        self._ledger.write(replace(submission, collected=True))
        for verdict in found.values():
            if verdict.fault is not None:
                raise verdict.fault

    def _settled(self, verdict: Verdict) -> Completion | None:
        """The completion that a verdict comes to; None if it is not wanted, or is to be asked again."""
        key = verdict.key
        if key not in self._wanted:
            return None
        self._tries[key] += 1
        done = verdict.completion
        if done is None and self._tries[key] > self._settings.retries:
            error = self._endpoint.clean(f"{verdict.passing} (try {self._tries[key]})")
            done = Completion(key, "", "error", error=error)
        if done is not None:
            del self._wanted[key]
        return done

    async def _verdicts(self, server: BatchServer, submission: Submission, state: State) -> list[Verdict]:
        """What became of the requests that a batch asks."""
        wanted = submission.asked & self._wanted.keys()
        if not wanted:
            return []
        some = self._wanted[min(wanted)]
        (sample,) = questions([some], self._endpoint.model, self._settings)
        asked = {
            name: replace(
                sample, requests=tuple(self._wanted.get(key) or replace(some, key=key) for key in keys)
            )
            for name, keys in submission.keys.items()
        }
        lines = await server.lines(state)
        return list(verdicts(lines, asked, self._endpoint))

    def _tell(self, state: State) -> None:
        """Says how a batch stands, when that has changed or was long unsaid."""
        now = time.monotonic()
        status, said = self._told.get(state.name, ("", -_SAY_S))
        if state.status != status or now - said >= _SAY_S:
            self._told[state.name] = (state.status, now)
            count = f", {state.done:,} of {state.total:,} requests" if state.total else ""
            self._say(f"batch {state.name}: {state.status.replace('_', ' ')}{count}")


def _files(asked: Sequence[Question], address: str) -> Iterator[tuple[list[Question], bytes]]:
    """The lines that ask questions, in files no larger than a batch may be."""
    chunk: list[Question] = []
    lines: list[bytes] = []
    size = 0
    for question in asked:
        line = {
            "custom_id": question.requests[0].key,
            "method": "POST",
            "url": address,
            "body": question.body,
        }
        encoded = json.dumps(line).encode() + b"\n"
        if chunk and (len(chunk) == _MOST_LINES or size + len(encoded) > _MOST_BYTES):
            yield chunk, b"".join(lines)
            chunk, lines, size = [], [], 0
        chunk.append(question)
        lines.append(encoded)
        size += len(encoded)
    if chunk:
        yield chunk, b"".join(lines)


def _is_text(request: Request) -> bool:
    """Whether a prompt can be sent: half a surrogate pair would spoil the whole file."""
    prompt = request.prompt
    try:
        "".join([prompt.text or "", *(turn.content for turn in prompt.messages)]).encode()
    except UnicodeEncodeError:
        return False
    return True


def say(line: str) -> None:
    """Tells the user one line, past a progress bar."""
    print(line, file=sys.stderr, flush=True)
