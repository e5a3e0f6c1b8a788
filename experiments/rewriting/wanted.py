"""What is asked to have questions rewritten: the requests, and what comes of their completions."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from experiments.models.protocol import Completion, Request
from experiments.rewriting import prompts
from experiments.rewriting.variants import Variant, Verdict, hash_of
from experiments.schema import Form, LabConfig, RewriteKind
from experiments.sweep.ask import template_of
from experiments.sweep.keys import request_key
from experiments.tasks.load import Task
from perturb.draft import Draft
from perturb.guard import SAME, objections
from perturb.item import Item
from perturb.prompt import Prompt
from perturb.registry import perturbation

Stored = Mapping[str, Mapping[str, Completion]]  # by model identity and key
_LEAST = 64  # tokens allowed beyond the length of a text


@dataclass(frozen=True, slots=True)
class Wanted:
    """One text to be had of one question.

    Attributes:
        config: The cell's configuration.
        identity: Names what would answer.
        task: The task.
        item: The item.
        place: Which of its texts, from 0.
        request: What is asked first: for the paraphrase, or for the translation.
    """

    config: LabConfig
    identity: str
    task: Task
    item: Item
    place: int
    request: Request

    @property
    def twice(self) -> bool:
        """Whether what comes back is to be translated back."""
        return self.config.rewrite.kind is RewriteKind.back_translation

    def back(self, completion: Completion) -> Request | None:
        """What is asked of the first reply; None if it is no text to translate."""
        through = prompts.written(completion.text, self.request.prompt, self.item.question)
        if completion.finish != "stop" or not through:
            return None
        prompt = prompts.translation(through, original_language(self.config, self.item), form_of(self.config))
        return _request(self.identity, prompt, self.back_limit, 0.0, None)

    @property
    def back_limit(self) -> int:
        """Most tokens of a translation back."""
        return _LEAST + len(self.item.question)


def wanted_of(config: LabConfig, identity: str, task: Task) -> Iterator[Wanted]:
    """All texts that a cell wants of its items."""
    rewrite = config.rewrite
    for item in task.items:
        for place in range(rewrite.number):
            prompt = _first(config, item, place)
            limit = _LEAST + len(item.question) * (1 if rewrite.kind is RewriteKind.paraphrase else 2)
            seed = _seed(rewrite.seed, place) if rewrite.temperature > 0 else None
            request = _request(identity, prompt, limit, rewrite.temperature, seed)
            yield Wanted(config, identity, task, item, place, request)


def first_requests(wanted: Sequence[Wanted]) -> dict[str, dict[str, Request]]:
    """What is asked at first, by model identity and key: the same thing once."""
    requests: dict[str, dict[str, Request]] = {}
    for one in wanted:
        requests.setdefault(one.identity, {})[one.request.key] = one.request
    return requests


def second_requests(wanted: Sequence[Wanted], first: Stored) -> dict[str, dict[str, Request]]:
    """What is asked about the first replies, likewise."""
    requests: dict[str, dict[str, Request]] = {}
    for one in wanted:
        done = first.get(one.identity, {}).get(one.request.key) if one.twice else None
        following = one.back(done) if done is not None else None
        if following is not None:
            requests.setdefault(one.identity, {})[following.key] = following
    return requests


def variants_of(wanted: Sequence[Wanted], completions: Stored) -> Iterator[Variant]:
    """The variants that came back, each with the guard's verdict.

    Args:
        wanted: What was wanted, an item's texts in their order.
        completions: By model identity and request key; what is missing or failed is left out.
    """
    seen: dict[tuple[str, str, str, str], set[str]] = {}
    for one in wanted:
        known = completions.get(one.identity, {})
        done = known.get(one.request.key)
        if done is None or done.finish == "error":
            continue
        through, last, prompt = "", done, one.request.prompt
        if one.twice and (following := one.back(done)) is not None:
            through = prompts.written(done.text, prompt, one.item.question)
            found = known.get(following.key)
            if found is None or found.finish == "error":
                continue
            last, prompt = found, following.prompt
        text = prompts.written(last.text, prompt, one.item.question)
        kind = one.config.rewrite.kind.value
        before = seen.setdefault(
            (one.identity, one.task.name, one.item.id, f"{kind} {one.config.rewrite.language}"), set()
        )
        verdict, reasons = verdict_on(one, text, last, before)
        before.add(text)
        yield _variant(one, text, through, last, verdict, reasons)


def verdict_on(
    one: Wanted, text: str, completion: Completion, before: set[str]
) -> tuple[Verdict, tuple[str, ...]]:
    """What the guard says of a text.

    Args:
        one: What was wanted.
        text: What was written.
        completion: The completion that it stands in.
        before: The item's texts before it.
    """
    if completion.finish == "refusal":
        return "turned down", ("refused",)
    if completion.finish == "length":
        return "turned down", ("cut off by the token limit",)
    if text == one.item.question.strip():
        return "identical", ()
    if text in before:
        return "repeated", ()
    draft = Draft(one.item, template_of(one.config.template))
    kind = perturbation(one.config.rewrite.kind.value)
    reasons = objections(draft, replace(draft, item=replace(one.item, question=text)), kind)
    if reasons == (SAME,):
        return "identical", ()
    return ("turned down", reasons) if reasons else ("kept", ())


def original_language(config: LabConfig, item: Item) -> str:
    """Code of the language that an item is in: its subject, where subjects are languages."""
    return (
        item.subject
        if config.task.parallel and item.subject in prompts.LANGUAGES
        else config.rewrite.original
    )


def form_of(config: LabConfig) -> Literal["completion", "chat"]:
    """How a model is asked: in a chat, if it takes one."""
    return "chat" if Form.chat in config.model.forms else "completion"


def _first(config: LabConfig, item: Item, place: int) -> Prompt:
    if config.rewrite.kind is RewriteKind.paraphrase:
        return prompts.paraphrase(item.question, place % len(prompts.PARAPHRASES), form_of(config))
    return prompts.translation(item.question, config.rewrite.language or "", form_of(config))


def _request(identity: str, prompt: Prompt, limit: int, temperature: float, seed: int | None) -> Request:
    key = request_key(identity, prompt, max_tokens=limit, temperature=temperature, seed=seed)
    return Request(key, prompt, limit, temperature=temperature, seed=seed)


def _seed(seed: int, place: int) -> int:
    digest = hashlib.blake2b(f"rewrite:{seed}:{place}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 2**31


def _variant(
    one: Wanted, text: str, through: str, done: Completion, verdict: Verdict, reasons: tuple[str, ...]
) -> Variant:
    rewrite = one.config.rewrite
    paraphrase = rewrite.kind is RewriteKind.paraphrase
    return Variant(
        task=one.task.name,
        fingerprint=one.task.fingerprint,
        item=one.item.id,
        original=one.item.question,
        original_hash=hash_of(one.item.question),
        text=text,
        verdict=verdict,
        reasons=reasons,
        kind=rewrite.kind.value,
        language="" if paraphrase else rewrite.language or "",
        through=through,
        prompt_version=prompts.VERSION,
        wording=one.place % len(prompts.PARAPHRASES) if paraphrase else 0,
        model=one.config.model.name,
        identity=one.identity,
        revision=done.revision,
        temperature=rewrite.temperature,
        seed=one.request.seed,
    )
