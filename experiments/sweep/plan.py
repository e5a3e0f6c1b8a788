"""From cells to requests: what a sweep asks, each distinct thing once."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.models.protocol import Request
from experiments.schema import Backend, LabConfig, ModelConfig, SamplingConfig, TaskConfig, TemplateConfig
from experiments.sweep.answers import right_and_wrong
from experiments.sweep.compose import ComposedCell
from experiments.tasks.load import Task, TaskError, load_task
from perturb import exemplars, registry
from perturb.item import Item
from perturb.prompt import Prompt
from perturb.template import Template, render


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a cell as it goes out.

    Attributes:
        item: The item, perturbed if the cell perturbs.
        prompt: The rendered prompt.
        key: Key of the request that carries it; cells that ask the same share it.
        changed: Whether the perturbation changed anything.
    """

    item: Item
    prompt: Prompt
    key: str
    changed: bool


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell with everything it asks; `error` says why it cannot be asked, and then it asks nothing."""

    cell: ComposedCell
    identity: str
    asked: tuple[Asked, ...] = ()
    fingerprint: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """The distinct requests that go to one model, ordered so that shared beginnings are neighbours."""

    config: ModelConfig
    identity: str
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole sweep before anything is sent."""

    cells: tuple[PlannedCell, ...]
    models: tuple[ModelPlan, ...]

    @property
    def asked(self) -> int:
        """How many item × cell pairs there are, duplicates included."""
        return sum(len(cell.asked) for cell in self.cells)


class _Tasks:
    """Each task is loaded once a sweep, whether that succeeds or not."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, bool], Task | TaskError] = {}

    def load(self, config: TaskConfig, *, with_pool: bool) -> Task:
        key = (repr(config), with_pool)
        if key not in self._loaded:
            try:
                self._loaded[key] = load_task(config, with_pool=with_pool)
            except TaskError as error:
                self._loaded[key] = error
        task = self._loaded[key]
        if isinstance(task, TaskError):
            raise task
        return task


def make_plan(cells: Sequence[ComposedCell], identify: Callable[[ModelConfig], str]) -> Plan:
    """Plans a sweep.

    Args:
        cells: The composed cells.
        identify: Gives a model's identity without loading its engine; what it raises goes through.

    Returns:
        The plan. A cell whose data, exemplars or prompts cannot be had carries the reason and asks nothing.
    """
    tasks = _Tasks()
    identities: dict[str, str] = {}
    configs: dict[str, ModelConfig] = {}
    requests: dict[str, dict[str, Request]] = {}
    planned: list[PlannedCell] = []
    for cell in cells:
        model = cell.config.model
        described = repr(model)
        if described not in identities:
            identities[described] = identify(model)
        identity = identities[described]
        configs.setdefault(identity, model)
        try:
            task = tasks.load(cell.config.task, with_pool=cell.config.shots > 0)
            asked = _ask(cell.config, identity, task, requests.setdefault(identity, {}))
            planned.append(PlannedCell(cell, identity, asked, task.fingerprint))
        except (TaskError, ValueError) as error:
            planned.append(PlannedCell(cell, identity, error=str(error)))
    models = tuple(
        ModelPlan(configs[identity], identity, tuple(sorted(wanted.values(), key=_begins)))
        for identity, wanted in requests.items()
    )
    return Plan(tuple(planned), models)


def _begins(request: Request) -> tuple[str, str]:
    prompt = request.prompt
    return (prompt.text or "".join(message.content for message in prompt.messages), request.key)


def template_of(config: TemplateConfig) -> Template:
    """The template that a configuration describes."""
    fields: dict[str, Any] = {name: getattr(config, name) for name in Template.__dataclass_fields__}
    fields.update(answer_type=config.answer_type.value, labels=tuple(config.labels))
    return Template(**fields)


def _ask(config: LabConfig, identity: str, task: Task, requests: dict[str, Request]) -> tuple[Asked, ...]:
    """Renders every item of a cell, adding to `requests` those that no earlier cell wanted."""
    template = template_of(config.template)
    shown: tuple[Item, ...] = ()
    if config.shots:
        rng = np.random.default_rng(config.exemplars.seed)
        shown = exemplars.draw(task.pool, config.shots, rng)
    change = config.perturbation
    max_tokens = config.sampling.max_tokens or (
        config.task.max_tokens_cot if config.cot else config.task.max_tokens
    )
    seed, repeat = _sampler(config.sampling)
    asked: list[Asked] = []
    for original in task.items:
        variant = registry.apply(change.name, original, change.severity, seed=change.seed)
        prompt = render(template, variant.item, shown, cot=config.cot, form=config.form.value)
        tags = _tags(config, variant.item, prompt) if config.model.backend is Backend.simulated else {}
        key = _key(identity, prompt, max_tokens, config.sampling, seed, repeat, tags)
        if key not in requests:
            requests[key] = Request(
                key=key,
                prompt=prompt,
                max_tokens=max_tokens,
                temperature=config.sampling.temperature,
                top_p=config.sampling.top_p,
                seed=seed,
                tags=tags,
            )
        asked.append(Asked(variant.item, prompt, key, bool(variant.edits)))
    return tuple(asked)


def _sampler(sampling: SamplingConfig) -> tuple[int | None, int]:
    """The sampler's seed, and the index that tells deliberate repeats of a greedy request apart."""
    if sampling.temperature > 0:
        digest = hashlib.blake2b(f"{sampling.seed}:{sampling.replicate}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") % 2**31, 0
    return None, sampling.replicate if sampling.engine_noise else 0


def _key(
    identity: str,
    prompt: Prompt,
    max_tokens: int,
    sampling: SamplingConfig,
    seed: int | None,
    repeat: int,
    tags: dict[str, str],
) -> str:
    described = [
        identity,
        prompt.text,
        [[message.role, message.content] for message in prompt.messages],
        prompt.stop,
        max_tokens,
        sampling.temperature,
        sampling.top_p if sampling.temperature > 0 else None,
        seed,
        repeat,
        tags,
    ]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def _tags(config: LabConfig, item: Item, prompt: Prompt) -> dict[str, str]:
    """What a simulated respondent knows of a cell: its factors' levels, a right and a wrong answer."""
    right, wrong = right_and_wrong(item, prompt)
    return {
        "item": item.id,
        "template": config.template.name,
        "form": config.form.value,
        "shots": str(config.shots),
        "cot": str(config.cot).lower(),
        "exemplar_seed": str(config.exemplars.seed),
        "perturbation": config.perturbation.name,
        "severity": str(config.perturbation.severity),
        "replicate": str(config.sampling.replicate),
        "gold": right,
        "wrong": wrong,
    }
