"""`fathom rewrite`: a model writes variants of a benchmark's questions, into a file to read and to use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from experiments.models.protocol import Request
from experiments.models.registry import identity_of
from experiments.places import from_here
from experiments.rewriting.estimate import estimate
from experiments.rewriting.summary import show_variants
from experiments.rewriting.variants import VariantsError, merged, read_variants, write_variants
from experiments.rewriting.wanted import (
    Stored,
    Wanted,
    first_requests,
    second_requests,
    variants_of,
    wanted_of,
)
from experiments.schema import Backend, ModelConfig, Progress
from experiments.store.completions import check_folder, look_up, open_store
from experiments.sweep.compose import ComposedCell
from experiments.sweep.estimate import check_budget
from experiments.sweep.plan import ModelPlan
from experiments.sweep.queue import Queue
from experiments.sweep.rewrites import VARIANTS
from experiments.sweep.show import show_estimate
from experiments.tasks.load import load_task
from perturb.registry import perturbation


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How it ended.

    Attributes:
        file: What was written; None after a dry run.
        unanswered: Texts that could not be had.
    """

    file: Path | None
    unanswered: int = 0

    @property
    def exit_code(self) -> int:
        """0, or 1 if a text could not be had."""
        return 1 if self.unanswered else 0


def rewrite_cells(cells: Sequence[ComposedCell], folder: Path) -> Rewritten:
    """Has the questions of every cell rewritten, and writes all variants into one file.

    What the file holds already stays as it is, since a person may have changed it.

    Args:
        cells: At least one; what concerns the run as a whole (store, budget, dry_run, rewrite.file) is read
            off the first.
        folder: The run's; where the file goes unless rewrite.file names another.

    Raises:
        VariantsError: The task or the model does not fit, or the file cannot be written.
        TaskError: A benchmark cannot be had.
        ModelError: If a model's identity cannot be had.
        StoreError: If the store cannot be opened or written.
        BudgetError: If it would exceed a cap.
    """
    config = cells[0].config
    console = Console(stderr=True, quiet=config.progress is Progress.json)
    check_folder(Path(config.store), Path(config.runs_dir))
    file = Path(config.rewrite.file) if config.rewrite.file else folder / VARIANTS
    old = [one for _, one in read_variants(file)] if file.exists() else []
    wanted = [one for cell in cells for one in _wanted(cell)]
    models = {one.identity: one.config.model for one in wanted}
    if config.dry_run:
        what = estimate(len(cells), wanted, models, partial(look_up, Path(config.store)))
        show_estimate(Console(), what, config.budget, config.progress)
        return Rewritten(None)
    with open_store(Path(config.store)) as store:
        what = estimate(len(cells), wanted, models, store.get)
        check_budget(what, config.budget)
        show_estimate(console, what, config.budget, config.progress)
        queue = Queue(store, config.budget, console, config.progress)
        first, errors = _ask(models, first_requests(wanted), queue)
        second, more = _ask(models, second_requests(wanted, first), queue)
    variants = list(variants_of(wanted, _together(first, second)))
    unanswered = len(wanted) - len(variants)
    if not variants:
        raise VariantsError(f"nothing was written: {next(iter([*errors, *more]), 'every request failed')}")
    write_variants(file, merged(old, variants))
    show_variants(Console(), variants, unanswered)
    for error in (*errors, *more):
        console.print(error, markup=False, highlight=False)
    print(f"variants: {from_here(file)}")
    return Rewritten(file, unanswered)


def _wanted(cell: ComposedCell) -> Iterable[Wanted]:
    config = cell.config
    kind, answers = config.rewrite.kind.value, config.task.answer_type.value
    if config.model.backend is Backend.simulated:
        raise VariantsError(f"model '{config.model.name}' writes no text: choose another model")
    if answers not in perturbation(kind).fits:
        fits = " or ".join(perturbation(kind).fits)
        raise VariantsError(f"{kind} is for {fits} answers, which task '{config.task.name}' has not")
    return wanted_of(config, identity_of(config.model), load_task(config.task, with_pool=False))


def _ask(
    models: Mapping[str, ModelConfig],
    requests: Mapping[str, Mapping[str, Request]],
    queue: Queue,
) -> tuple[Stored, list[str]]:
    """What came back, and why a model stopped answering."""
    plans = [
        ModelPlan(models[identity], identity, tuple(each.values())) for identity, each in requests.items()
    ]
    answers = queue.answer(plans)
    found = {identity: each.completions for identity, each in answers.items()}
    return found, [each.error for each in answers.values() if each.error is not None]


def _together(first: Stored, second: Stored) -> Stored:
    return {identity: {**done, **second.get(identity, {})} for identity, done in first.items()}
