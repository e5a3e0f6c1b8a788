"""The record of a run, as its manifest keeps it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from experiments.schema import LabConfig
from experiments.store.manifest import LAYOUT, Manifest, command, versions
from experiments.sweep.ask import graders_of
from experiments.sweep.execute import Answers, revisions
from experiments.sweep.outcomes import NOT_ASKED, factors
from experiments.sweep.plan import ModelPlan, Plan, PlannedCell
from experiments.sweep.spending import prices_of, real


@dataclass(frozen=True, slots=True)
class CellFailure:
    """A cell that did not come out whole."""

    index: int
    overrides: tuple[str, ...]
    error: str


def failures_of(plan: Plan, answers: Mapping[str, Answers]) -> tuple[CellFailure, ...]:
    """The cells that could not be asked, or some of whose requests failed."""
    failures: list[CellFailure] = []
    for planned in plan.cells:
        error = planned.error or _lost(planned, answers[planned.identity])
        if error is not None:
            failures.append(CellFailure(planned.cell.index, planned.cell.overrides, error))
    return tuple(failures)


def _lost(planned: PlannedCell, answers: Answers) -> str | None:
    reasons: list[str] = []
    for asked in planned.asked:
        for key in filter(None, (asked.key, asked.options_key)):
            done = answers.completions.get(key)
            if done is None:
                reasons.append(answers.error or NOT_ASKED)
            elif done.finish == "error":
                reasons.append(done.error or "unknown error")
    if not reasons:
        return None
    sent = sum(bool(key) for asked in planned.asked for key in (asked.key, asked.options_key))
    return f"{len(reasons)} of {sent} requests failed: {reasons[0]}"


def make_manifest(
    config: LabConfig,
    plan: Plan,
    graders: Sequence[ModelPlan],
    answers: Mapping[str, Answers],
    failures: Sequence[CellFailure],
    new: set[str],
    wall_s: float,
) -> Manifest:
    """The record of a run.

    Args:
        config: Any cell's configuration; what concerns the run as a whole is read off it.
        plan: The sweep.
        graders: What was asked about the completions, by model.
        answers: By model identity, those of the graders included.
        failures: Cells that did not come out whole.
        new: Keys of the requests that this run paid for.
        wall_s: Seconds it took.
    """
    errors = {failure.index: failure.error for failure in failures}
    models = (*plan.models, *graders)
    unique = sum(len(model.requests) for model in models)
    answered = sum(len(each.completions) for each in answers.values())
    return {
        "layout": LAYOUT,
        "name": config.name,
        "command": command(),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "wall_s": round(wall_s, 3),
        "versions": versions(),
        "store": config.store,
        "report": asdict(config.report),
        "control": asdict(config.control),
        "sweep": asdict(config.sweep),
        "counts": {
            "cells": len(plan.cells),
            "failed_cells": len(failures),
            "asked": plan.asked,
            "unique": unique,
            "cached": answered - len(new) - _failed(answers),
            "sent": len(new),
        },
        "models": [
            {"role": role, **_model(model, answers[model.identity], new)}
            for role, those in (("model", plan.models), ("grader", graders))
            for model in those
        ],
        "tasks": _tasks(plan),
        "cells": [
            {
                "index": planned.cell.index,
                "overrides": list(planned.cell.overrides),
                **factors(planned.cell.config),
                "identity": planned.identity,
                "graders": graders_of(planned.cell.config),
                "items": len({asked.item.id for asked in planned.asked}),
                "perturbed": asdict(planned.perturbed),
                "fewer_shots": {str(shown): items for shown, items in planned.fewer_shots.items()},
                "samples": planned.cell.config.sampling.samples,
                "engine_noise": planned.cell.config.sampling.engine_noise,
                "error": errors.get(planned.cell.index),
            }
            for planned in plan.cells
        ],
    }


def _failed(answers: Mapping[str, Answers]) -> int:
    return sum(done.finish == "error" for each in answers.values() for done in each.completions.values())


def _model(model: ModelPlan, answers: Answers, new: set[str]) -> dict[str, Any]:
    done = answers.completions
    paid = [done[key] for key in done if key in new] if new else []
    return {
        "name": model.config.name,
        "backend": model.config.backend.value,
        "identity": model.identity,
        "revisions": list(revisions(done)),
        "unique": len(model.requests),
        "sent": len(paid),
        "prompt_tokens": sum(completion.prompt_tokens for completion in paid),
        "cached_tokens": sum(completion.cached_tokens for completion in paid),
        "completion_tokens": sum(completion.completion_tokens for completion in paid),
        "usd": round(sum(real(completion, prices_of(model.config)).usd for completion in paid), 6),
        "price": asdict(model.config.price),
        "lineage": asdict(model.config.lineage),
        "error": answers.error,
    }


def _tasks(plan: Plan) -> list[dict[str, Any]]:
    records: dict[str, dict[str, Any]] = {}
    items: dict[str, set[str]] = {}
    for planned in plan.cells:
        known = items.setdefault(planned.cell.config.task.name, set())
        known.update(asked.item.id for asked in planned.asked)
    for planned in plan.cells:
        task = planned.cell.config.task
        if planned.error is not None:
            continue
        records.setdefault(
            task.name,
            {
                "name": task.name,
                "title": task.title,
                "category": task.category,
                "subcategory": task.subcategory,
                "answer_type": task.answer_type.value,
                "metric": task.metric.value,
                "higher_is_better": task.higher_is_better,
                "items": len(items[task.name]),
                "skipped": list(planned.skipped),
                "fingerprint": planned.fingerprint,
                "source": task.data_dir or task.source.shipped or task.source.hub or "",
            },
        )
    return list(records.values())
