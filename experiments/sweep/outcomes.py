"""Grading what came back: the columns of the run folder's tables."""

import json
import math
from collections.abc import Mapping
from typing import Any

from experiments.grading.grade import Status, grade
from experiments.models.protocol import Completion, Request
from experiments.schema import LabConfig
from experiments.store.tables import outcomes_schema, requests_schema
from experiments.sweep.execute import Answers
from experiments.sweep.plan import Plan, PlannedCell
from perturb.prompt import Prompt

Columns = dict[str, list[Any]]
NOT_ASKED = "was not asked: the run stopped before"


def factors(config: LabConfig) -> dict[str, Any]:
    """A cell's model, task and condition: the level of every factor, under the outcomes table's names."""
    return {
        "model": config.model.name,
        "task": config.task.name,
        "template": config.template.name,
        "form": config.form.value,
        "shots": config.shots,
        "cot": config.cot,
        "exemplar_seed": config.exemplars.seed,
        "perturbation": config.perturbation.name,
        "severity": config.perturbation.severity,
        "perturbation_seed": config.perturbation.seed,
        "temperature": config.sampling.temperature,
        "top_p": config.sampling.top_p,
        "sampling_seed": config.sampling.seed,
        "replicate": config.sampling.replicate,
    }


def graders_of(config: LabConfig) -> list[str]:
    """The graders that score a cell, the reported one first."""
    graders: list[str] = getattr(config.grader, config.task.answer_type.value)
    return graders


def outcome_columns(plan: Plan, answers: Mapping[str, Answers]) -> Columns:
    """Scores every completion with every grader of its cell.

    A request that failed has no score (NaN): it says nothing of the model.

    Args:
        plan: The sweep.
        answers: By model identity.

    Returns:
        The columns of the outcomes table.
    """
    columns: Columns = {field.name: [] for field in outcomes_schema()}
    for cell in plan.cells:
        if cell.error is None:
            _grade_cell(cell, answers[cell.identity], columns)
    return columns


def _grade_cell(cell: PlannedCell, answers: Answers, columns: Columns) -> None:
    config = cell.cell.config
    rows = 0
    for place, grader in enumerate(graders_of(config)):
        for asked in cell.asked:
            completion = answers.completions.get(asked.key)
            if completion is None:
                completion = Completion(asked.key, "", "error", error=answers.error or NOT_ASKED)
            graded = grade(grader, completion, asked.item, asked.prompt)
            columns["item_id"].append(asked.item.id)
            columns["grader"].append(grader)
            columns["primary"].append(place == 0)
            columns["score"].append(math.nan if graded.status is Status.failed else graded.score)
            columns["status"].append(graded.status.value)
            columns["extracted"].append(_storable(graded.extracted))
            columns["changed"].append(asked.changed)
            columns["key"].append(asked.key)
            columns["error"].append(completion.error)
            rows += 1
    columns["cell"].extend([cell.cell.index] * rows)
    for name, level in factors(config).items():
        columns[name].extend([level] * rows)


def _storable(text: str) -> str:
    """Text without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def prompt_as_text(prompt: Prompt) -> str:
    """A prompt as stored in the requests table: the text itself, or the chat as JSON."""
    if prompt.text is not None:
        return _storable(prompt.text)
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    return _storable(json.dumps(turns, ensure_ascii=False))


def request_columns(plan: Plan, answers: Mapping[str, Answers], new: set[str]) -> Columns:
    """The columns of the requests table: what was sent and what came back, failures included.

    Args:
        plan: The sweep.
        answers: By model identity.
        new: Keys of the requests that this run paid for.
    """
    columns: Columns = {field.name: [] for field in requests_schema()}
    for model in plan.models:
        for request in model.requests:
            completion = answers[model.identity].completions.get(request.key)
            if completion is not None:
                _add(columns, model.config.name, request, completion, cached=request.key not in new)
    return columns


def _add(columns: Columns, model: str, request: Request, completion: Completion, *, cached: bool) -> None:
    columns["key"].append(request.key)
    columns["model"].append(model)
    columns["prompt"].append(prompt_as_text(request.prompt))
    columns["completion"].append(_storable(completion.text))
    columns["finish"].append(completion.finish)
    columns["prompt_tokens"].append(completion.prompt_tokens)
    columns["completion_tokens"].append(completion.completion_tokens)
    columns["latency_s"].append(completion.latency_s)
    columns["revision"].append(completion.revision)
    columns["cached"].append(cached)
