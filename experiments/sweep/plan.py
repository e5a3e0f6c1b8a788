"""From cells to requests: what a sweep asks, each distinct thing once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from experiments.grading.registry import GRADERS, GraderError
from experiments.models.protocol import Request
from experiments.schema import LabConfig, ModelConfig, TaskConfig
from experiments.sweep.ask import Asked, Perturbed, ask, graders_of
from experiments.sweep.compose import ComposedCell
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
        self._loaded: dict[tuple[str, bool], Task | TaskError] = {}
        self._rewrites: dict[tuple[str, ...], Rewrites] = {}

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

    def rewrites(self, config: LabConfig) -> Rewrites:
        key = rewrites_key(config)
        if key not in self._rewrites:
            self._rewrites[key] = rewrites_for(config)
        return self._rewrites[key]


def make_plan(cells: Sequence[ComposedCell], identify: Callable[[ModelConfig], str]) -> Plan:
    """Plans a sweep.

    Args:
        cells: The composed cells.
        identify: Gives a model's identity without loading its engine; what it raises goes through.

    Returns:
        The plan. A cell whose data, exemplars, prompts or graders cannot be had carries the reason and asks
        nothing.

    Raises:
        SampleError: The sweep is to be a sparse sample, and a task has too few templates for one.
    """
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
            task = tasks.load(cell.config.task, with_pool=cell.config.shots > 0)
            for name in graders_of(cell.config):
                GRADERS[name].check()
            known = requests.setdefault(identity, {})
            chosen = thinned(cell.config, task)
            asked, counts = ask(cell.config, identity, chosen, tasks.rewrites(cell.config), known)
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
