"""From requests to what is sent: the interface, the body, and which requests are asked as one."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from experiments.models.openai_responses import read_response, response_body
from experiments.models.openai_wire import completion_body, read_completions
from experiments.models.protocol import Completion, Request, UnusableModelError
from experiments.schema import Api, OpenAIConfig

_MOST_SAMPLES = 128  # OpenAI's limit on `n`
_CHARACTERS_PER_TOKEN = 4  # rule of thumb for English; usage corrects it
_PATHS = {Api.chat: "/chat/completions", Api.completions: "/completions", Api.responses: "/responses"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent at once.

    Attributes:
        requests: One request, or several that differ in nothing but their draw.
        path: Path below the base URL.
        body: The JSON body.
    """

    requests: tuple[Request, ...]
    path: str
    body: dict[str, Any]

    @property
    def tokens(self) -> int:
        """An upper estimate of the tokens in and out."""
        return estimated_tokens(self.requests[0]) + sum(each.max_tokens for each in self.requests[1:])

    def read(self, answer: object, latency_s: float) -> list[Completion]:
        """The completions in the parsed JSON of an answer that took so many seconds.

        Raises:
            MalformedAnswerError: There is none in it.
            TooFewSamplesError: There are fewer than requests.
        """
        if self.path == _PATHS[Api.responses]:
            return [read_response(self.requests[0], answer, latency_s)]
        return read_completions(self.requests, answer, latency_s)


def questions(requests: Iterable[Request], name: str, settings: OpenAIConfig) -> Iterator[Question]:
    """What is sent for requests that want completions, in their order.

    With `settings.n` neighbours that differ only in their seed go as one. They are then draws of one request
    that has no seed: a replicate's index tells draws apart, and cannot bring one back.

    Args:
        requests: The requests.
        name: The served model's name.
        settings: How to ask.

    Raises:
        UnusableModelError: The interface that is set cannot take a prompt.
    """
    for group in _groups(requests) if settings.n else ((request,) for request in requests):
        yield Question(group, *_sent(group, name, settings))


def estimated_tokens(request: Request) -> int:
    """An upper estimate of a request's tokens in and out."""
    prompt = request.prompt
    size = len(prompt.text or "") + sum(len(turn.content) for turn in prompt.messages)
    return size // _CHARACTERS_PER_TOKEN + request.max_tokens


def _groups(requests: Iterable[Request]) -> Iterator[tuple[Request, ...]]:
    """Requests that can be asked as one; greedy ones are not, since repeating them measures the engine."""

    def drawn(placed: tuple[int, Request]) -> object:
        place, request = placed
        if request.temperature == 0:
            return place
        return request.prompt, request.max_tokens, request.temperature, request.top_p, request.logprobs

    # Neighbours only, so that none is taken long before its turn; a sweep sorts its requests by prompt.
    for _, alike in itertools.groupby(enumerate(requests), key=drawn):
        group = [request for _, request in alike]
        for start in range(0, len(group), _MOST_SAMPLES):
            yield tuple(group[start : start + _MOST_SAMPLES])


def _sent(group: tuple[Request, ...], name: str, settings: OpenAIConfig) -> tuple[str, dict[str, Any]]:
    """Path and body."""
    request = group[0]
    is_text = request.prompt.form == "completion"
    api = settings.api or (Api.completions if is_text else Api.chat)
    if api is Api.completions and not is_text:
        raise UnusableModelError(
            "model.openai.api=completions takes texts to continue, and this prompt is a chat: set "
            "form=completion, or model.openai.api=chat"
        )
    if api is Api.responses:
        body = response_body(request, name, effort=settings.reasoning_effort)
    else:
        body = completion_body(
            request,
            name,
            chat=api is Api.chat,
            max_tokens_field=settings.max_tokens_field,
            effort=settings.reasoning_effort,
            samples=len(group) if settings.n else None,
        )
    return _PATHS[api], {
        field: value for field, value in (body | settings.extra).items() if value is not None
    }
