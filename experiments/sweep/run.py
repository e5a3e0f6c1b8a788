"""Running a sweep: plan, estimate, execute, grade, record."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.models.protocol import Completion
from experiments.models.registry import identity_of
from experiments.report.numerals import many
from experiments.schema import LabConfig, Progress, SweepConfig
from experiments.store.completions import check_folder, look_up, open_store
from experiments.store.manifest import RunFolderError, write_manifest
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema, write_table
from experiments.sweep.ask import Asked
from experiments.sweep.compose import ComposedCell
from experiments.sweep.control import with_control
from experiments.sweep.estimate import Estimate, check_budget, estimate
from experiments.sweep.execute import Answers
from experiments.sweep.extremes import ask_extremes, most_asked
from experiments.sweep.opinions import Opinions, opinions_wanted
from experiments.sweep.outcomes import Columns, factors, outcome_columns, request_columns
from experiments.sweep.parts import reported_only
from experiments.sweep.plan import Plan, PlannedCell, make_plan
from experiments.sweep.queue import Queue
from experiments.sweep.record import CellFailure, failures_of, make_manifest
from experiments.sweep.show import say, show_estimate, show_failures
from experiments.sweep.until import ask_until, has_rule


class PlanError(Exception):
    """No cell of the sweep can be asked; the message says why. Nothing was sent or written."""

    exit_code = 2


class NothingAnsweredError(Exception):
    """No completion could be had; the message says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a sweep ended.

    Attributes:
        folder: Where it was written; None after a dry run.
        failures: Cells that did not come out whole.
    """

    folder: Path | None
    failures: tuple[CellFailure, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 if a cell failed."""
        return 1 if self.failures else 0


def run_cells(cells: Sequence[ComposedCell], folder: Path) -> RunResult:
    """Runs cells as one plan and writes their tables and manifest into a folder.

    Args:
        cells: At least one; what concerns the run as a whole (store, budget, dry_run) is read off the first.
        folder: Made if absent; untouched by a dry run, and if nothing could be run.

    Raises:
        PlanError: If no cell can be asked.
        NothingAnsweredError: If no completion could be had.
        ModelError: If a model's identity cannot be had.
        StoreError: If the store cannot be opened or written.
        BudgetError: If the sweep would exceed a cap.
        RunFolderError: If the folder cannot be written.
        KeyboardInterrupt: If the user stopped it; what was under way then is in the store.
    """
    cells = distinct_cells(cells)
    config = cells[0].config
    console = Console(stderr=True, quiet=config.progress is Progress.json)
    began = time.monotonic()
    check_folder(Path(config.store), Path(config.runs_dir))
    if not config.dry_run:
        _check_writable(folder)
    grid = make_plan(cells, identity_of)
    plan = with_control(grid, config.control)
    if all(cell.error is not None for cell in plan.cells):
        raise PlanError(_first([cell.error for cell in plan.cells]))
    search = config.sweep.extremes
    most = None if search.margin is None else most_asked(grid, search)
    if config.dry_run:
        what = replace(_estimate(plan, partial(look_up, Path(config.store)))[1], at_most=most)
        show_estimate(Console(), what, config.budget, config.progress)
        return RunResult(None)
    with open_store(Path(config.store), behind=cells[0].share.behind) as store:
        stored, what = _estimate(plan, store.get)
        what = replace(what, at_most=most)
        if not adaptive(config.sweep):  # which may end the sweep long before a cap does
            check_budget(what, config.budget)
        show_estimate(console, what, config.budget, config.progress)
        queue = Queue(store, config.budget, console, config.progress)
        chosen, record, before = _adaptive(grid, config, queue, partial(say, console, config.progress))
        if chosen is not None:
            plan, stored = with_control(chosen, config.control), None
        answers, opinions, replies = _ask(plan, queue, stored)
    failures = failures_of(plan, answers)
    got = _got(answers)
    if not got and plan.asked and all(each.unusable for each in answers.values()):
        raise PlanError(_first([each.error for each in answers.values()]))
    if not got and plan.asked:  # a share of few items may be of none
        raise NothingAnsweredError(f"no completion could be had: {_first([each.error for each in failures])}")
    new = before.union(*(each.paid for each in (*answers.values(), *replies.values())))
    models, everything = (*plan.models, *opinions.models), _together(answers, replies)
    folder.mkdir(parents=True, exist_ok=True)
    # Before grading, which needs as much memory again.
    write_table(folder / REQUESTS, request_columns(models, everything, new), requests_schema())
    with console.status("grading"):
        outcomes, readings = outcome_columns(plan, answers, opinions, replies)
    write_table(folder / OUTCOMES, outcomes, outcomes_schema())
    readings.write(folder)
    manifest = make_manifest(
        config, plan, opinions.models, everything, failures, new, time.monotonic() - began
    )
    write_manifest(folder, manifest | record)
    show_failures(console, failures, config.progress)
    names = {model.identity: model.config.name for model in opinions.models}
    for identity, each in replies.items():
        if each.error:
            line = f"{names[identity]}, which a grader asks, gave no scores: {each.error}"
            console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    return RunResult(folder, failures)


def adaptive(sweep: SweepConfig) -> bool:
    """Whether a run decides by its answers what it asks next."""
    return has_rule(sweep.until) or sweep.extremes.margin is not None


def _adaptive(
    grid: Plan, config: LabConfig, queue: Queue, say: Callable[[str], None]
) -> tuple[Plan | None, dict[str, Any], set[str]]:
    """Asks part after part of the grid, as long as the run's rule wants more, if it has one.

    Returns:
        What was asked, what the manifest is to say of it, and the keys of the requests that were paid for.
    """
    paid: set[str] = set()
    if not adaptive(config.sweep):
        return None, {}, paid

    def answered(some: Plan) -> tuple[Columns, bool]:
        some = reported_only(some)
        answers, opinions, replies = _ask(some, queue)
        both = (*answers.values(), *replies.values())
        paid.update(*(each.paid for each in both))
        columns, _ = outcome_columns(some, answers, opinions, replies)
        return columns, all(each.error is None for each in both)

    level, seed = config.report.level, config.sweep.seed
    if has_rule(config.sweep.until):
        halted = ask_until(grid, config.sweep.until, answered, say, seed=seed, level=level)
        return halted.plan, {"stopping": [one.as_dict() for one in halted.stops]}, paid
    searched = ask_extremes(grid, config.sweep.extremes, answered, say, seed=seed, level=level)
    return searched.plan, {"search": [asdict(one) for one in searched.searches]}, paid


def _ask(
    plan: Plan, queue: Queue, stored: Mapping[str, Completion] | None = None
) -> tuple[dict[str, Answers], Opinions, dict[str, Answers]]:
    """Has a plan answered: its answers, what graders ask other models about them, and what those reply."""
    answers = queue.answer(plan.models, stored)
    opinions = _opinions(plan, {identity: each.completions for identity, each in answers.items()})
    return answers, opinions, queue.answer(opinions.models)


def distinct_cells(cells: Sequence[ComposedCell]) -> Sequence[ComposedCell]:
    """The cells, without those that differ from another only in how severely nothing is perturbed.

    Raises:
        PlanError: Two cells would have the same name in every column of the tables.
    """
    idle = ("perturbation.severity=", "perturbation.seed=")
    kept: dict[tuple[str, ...], ComposedCell] = {}
    for cell in cells:
        still = cell.config.perturbation.severity == 0
        asked = tuple(one for one in cell.overrides if not (still and one.startswith(idle)))
        kept.setdefault(asked, cell)
    named: dict[tuple[object, ...], ComposedCell] = {}
    for cell in kept.values():
        other = named.setdefault(tuple(factors(cell.config).values()), cell)
        if other is not cell:
            mine, theirs = (
                " ".join(word for word in one.overrides if word not in another.overrides)
                for one, another in ((cell, other), (other, cell))
            )
            raise PlanError(
                f"nothing in the tables would tell {theirs or 'one cell'} from {mine or 'another'}: give "
                "what differs a name of its own (name: in the option's file, or model.name=… in its own run)"
            )
    return list(kept.values())


def _got(answers: Mapping[str, Answers]) -> set[str]:
    """Keys of the completions that came."""
    return {
        key for each in answers.values() for key, done in each.completions.items() if done.finish != "error"
    }


def _together(answers: Mapping[str, Answers], replies: Mapping[str, Answers]) -> dict[str, Answers]:
    """By identity; a model may have judged itself."""
    return {
        identity: Answers(
            completions={
                **(replies[identity].completions if identity in replies else {}),
                **(answers[identity].completions if identity in answers else {}),
            },
            error=next((side[identity].error for side in (answers, replies) if identity in side), None),
        )
        for identity in (*answers, *replies)
    }


def _opinions(plan: Plan, completions: Mapping[str, Mapping[str, Completion]]) -> Opinions:
    """What graders ask other models about completions, those given by the identity of the model."""

    def done(cell: PlannedCell, asked: Asked, grader: str) -> Completion | None:
        return completions[cell.identity].get(asked.key_for(grader))

    return opinions_wanted(plan.cells, done, identity_of)


def _estimate(
    plan: Plan, get: Callable[[Sequence[str]], Mapping[str, Completion]]
) -> tuple[Mapping[str, Completion], Estimate]:
    """What the store holds of a plan, and what the plan would take; `get` looks keys up."""
    stored = get([request.key for model in plan.models for request in model.requests])
    opinions = _opinions(plan, {model.identity: stored for model in plan.models})
    replies = get([request.key for model in opinions.models for request in model.requests])
    return stored, estimate(plan, stored, opinions, replies)


def _check_writable(folder: Path) -> None:
    """Finds out before anything is spent; leaves nothing behind, not even a new folder."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise RunFolderError(
            f"the run folder {folder} cannot be written: {existing}: {error.strerror or error} "
            "(set runs_dir=…)"
        ) from None


def _first(errors: Sequence[str | None]) -> str:
    """The first error, and how many different ones there are besides."""
    different = list(dict.fromkeys(error for error in errors if error is not None))
    more = f" (and {many(len(different) - 1, 'other error')})" if len(different) > 1 else ""
    return f"{different[0]}{more}"
