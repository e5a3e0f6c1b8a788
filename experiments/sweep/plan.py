"""From cells to requests: what a sweep asks, each distinct thing once."""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from experiments.grading.registry import GRADERS, GraderError
from experiments.models.context import Context
from experiments.models.protocol import Request
from experiments.models.registry import counter_of
from experiments.schema import LabConfig, ModelConfig, TaskConfig, TooLong
from experiments.sweep.ask import Asked, Perturbed, ask, graders_of
from experiments.sweep.compose import ComposedCell, Share
from experiments.sweep.fitting import CounterOf, context_for
from experiments.sweep.rewrites import Rewrites, rewrites_for, rewrites_key
from experiments.sweep.sparse import thinner
from experiments.tasks.load import Task, TaskError, load_task


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell with everything it asks; `error` says why it cannot be asked, and then it asks nothing.

    `left_out` is how many questions more it would ask, were the sweep not a sparse sample.
    """

    cell: ComposedCell
    identity: str
    asked: tuple[Asked, ...] = ()
    fingerprint: str = ""
    skipped: tuple[str, ...] = ()
    perturbed: Perturbed = field(default_factory=Perturbed)
    error: str | None = None
    left_out: int = 0

    @property
    def fewer_shots(self) -> dict[int, int]:
        """Items asked with fewer exemplars than the cell's, since no more fit: how many with how many."""
        wanted = self.cell.config.shots
        shown = {one.item.id: one.shots for one in self.asked if one.shots < wanted}
        return dict(sorted(Counter(shown.values()).items()))


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

    @property
    def left_out(self) -> int:
        """How many more there would be, were this not a sparse sample."""
        return sum(cell.left_out for cell in self.cells)


class _Tasks:
    """Each task, and what its questions may be exchanged for, is loaded once a sweep.

    A task is, whether that succeeds or not.
    """

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, bool, Share], Task | TaskError] = {}
        self._rewrites: dict[tuple[str, ...], Rewrites] = {}

    def load(self, config: TaskConfig, share: Share, *, with_pool: bool) -> Task:
        key = (repr(config), with_pool, share)
        if key not in self._loaded:
            try:
                whole = load_task(config, with_pool=with_pool)
                self._loaded[key] = replace(whole, items=tuple(filter(share.holds, whole.items)))
            except TaskError as error:
                self._loaded[key] = error
        task = self._loaded[key]
        if isinstance(task, TaskError):
            raise task
        return task

    def rewrites(self, config: LabConfig) -> Rewrites:
        key = rewrites_key(config)
        if key not in self._rewrites:
            self._rewrites[key] = rewrites_for(config)
        return self._rewrites[key]


class _Contexts:
    """Each model's context, found out once a sweep, and only where it matters."""

    def __init__(self, counter_of: CounterOf) -> None:
        self._counter_of = counter_of
        self._known: dict[str, Context | None] = {}

    def of(self, config: LabConfig, described: str) -> Context | None:
        if self._known.get(described) is None:
            self._known[described] = context_for(config, self._counter_of)
        return self._known[described] if config.too_long is TooLong.fewer_shots else None

    def close(self) -> None:
        for context in self._known.values():
            if context is not None:
                context.close()


def make_plan(
    cells: Sequence[ComposedCell],
    identify: Callable[[ModelConfig], str],
    counter_of: CounterOf = counter_of,
) -> Plan:
    """Plans a sweep.

    Args:
        cells: The composed cells.
        identify: Gives a model's identity without loading its engine; what it raises goes through.
        counter_of: Gives what counts a model's tokens, where too_long=fewer_shots asks for it; so does what
            this raises.

    Returns:
        The plan. A cell whose data, exemplars, prompts or graders cannot be had carries the reason and asks
        nothing.

    Raises:
        SampleError: The sweep is to be a sparse sample, and a task has too few templates for one.
    """
    contexts = _Contexts(counter_of)
    with contextlib.closing(contexts):
        return _planned(cells, identify, contexts)


def _planned(
    cells: Sequence[ComposedCell], identify: Callable[[ModelConfig], str], contexts: _Contexts
) -> Plan:
    tasks, thinned = _Tasks(), thinner(cells)
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
            task = tasks.load(cell.config.task, cell.share, with_pool=cell.config.shots > 0)
            for name in graders_of(cell.config):
                GRADERS[name].check()
            known = requests.setdefault(identity, {})
            context = contexts.of(cell.config, described)
            chosen = thinned(cell.config, task)
            asked, counts = ask(cell.config, identity, chosen, tasks.rewrites(cell.config), known, context)
            left_out = (len(task.items) - len(chosen.items)) * cell.config.sampling.samples
            planned.append(
                PlannedCell(cell, identity, asked, task.fingerprint, task.skipped, counts, left_out=left_out)
            )
        except (TaskError, GraderError, ValueError) as error:
            planned.append(PlannedCell(cell, identity, error=str(error)))
    models = tuple(
        ModelPlan(configs[identity], identity, tuple(sorted(wanted.values(), key=_begins)))
        for identity, wanted in requests.items()
    )
    return Plan(tuple(planned), models)


def _begins(request: Request) -> tuple[str, str]:
    prompt = request.prompt
    return (prompt.text or "".join(message.content for message in prompt.messages), request.key)
