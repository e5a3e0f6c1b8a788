"""Grading what came back: the columns of the run folder's tables."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from experiments.grading.grade import UNSCORED, Case, Grade, grade_many
from experiments.models.protocol import Completion
from experiments.schema import LabConfig
from experiments.store.reading import Readings
from experiments.store.tables import outcomes_schema, requests_schema
from experiments.store.texts import storable
from experiments.sweep.ask import Asked, graders_of
from experiments.sweep.execute import Answers
from experiments.sweep.opinions import Opinions
from experiments.sweep.plan import ModelPlan, Plan, PlannedCell
from experiments.sweep.rewrites import perturbation_label
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
        "perturbation": perturbation_label(config.perturbation),
        "severity": config.perturbation.severity,
        "perturbation_seed": config.perturbation.seed,
        "temperature": config.sampling.temperature,
        "top_p": config.sampling.top_p,
        "sampling_seed": config.sampling.seed,
        "replicate": config.sampling.replicate,
    }


def outcome_columns(
    plan: Plan, answers: Mapping[str, Answers], opinions: Opinions, replies: Mapping[str, Answers]
) -> tuple[Columns, Readings]:
    """Scores every completion with every grader of its cell.

    A completion that failed, or that no scorer could be had for, has no score (NaN): it says nothing of the
    model.

    Args:
        plan: The sweep.
        answers: By model identity.
        opinions: What was asked about the completions.
        replies: What came back for that, by model identity.

    Returns:
        The columns of the outcomes table, and what its completions are read with.
    """
    columns: Columns = {field.name: [] for field in outcomes_schema()}
    readings = Readings()
    for cell in plan.cells:
        if cell.error is None:
            _grade_cell(cell, answers[cell.identity], opinions, replies, columns, readings)
    return columns, readings


def completion_for(asked: Asked, grader: str, answers: Answers) -> Completion:
    """What came back for an asked item, of the kind that a grader reads; a failure if nothing did."""
    key = asked.key_for(grader)
    done = answers.completions.get(key)
    return done or Completion(key, "", "error", error=answers.error or NOT_ASKED)


def _grade_cell(
    cell: PlannedCell,
    answers: Answers,
    opinions: Opinions,
    replies: Mapping[str, Answers],
    columns: Columns,
    readings: Readings,
) -> None:
    config, index = cell.cell.config, cell.cell.index
    keys = [readings.add(asked.item, asked.prompt) for asked in cell.asked]
    rows = 0
    for place, grader in enumerate(graders_of(config)):
        said = replies.get(opinions.identities.get((index, grader), ""))
        cases = [
            Case(
                completion_for(asked, grader, answers),
                asked.item,
                asked.prompt,
                said and said.completions.get(opinions.keys.get((index, grader, number), "")),
            )
            for number, asked in enumerate(cell.asked)
        ]
        grades = grade_many(grader, cases, config.grader.workers or available_cores())
        reported = [place == 0 and not asked.control for asked in cell.asked]
        add_grades(columns, grader, grades, cases, primary=reported)
        columns["control"].extend(asked.control for asked in cell.asked)
        columns["item_id"].extend(asked.item.id for asked in cell.asked)
        columns["subject"].extend(asked.item.subject for asked in cell.asked)
        columns["replicate"].extend(asked.replicate for asked in cell.asked)
        columns["shots_shown"].extend(asked.shots for asked in cell.asked)
        columns["changed"].extend(asked.changed for asked in cell.asked)
        columns["realised"].extend(asked.realised for asked in cell.asked)
        columns["reading"].extend(keys)
        rows += len(cases)
    columns["cell"].extend([index] * rows)
    for name, level in factors(config).items():
        if name != "replicate":
            columns[name].extend([level] * rows)


def add_grades(
    columns: Columns, grader: str, grades: Sequence[Grade], cases: Sequence[Case], *, primary: Sequence[bool]
) -> None:
    """Adds what one grader made of some completions to the outcomes' columns that depend on it."""
    columns["grader"].extend([grader] * len(grades))
    columns["primary"].extend(primary)
    columns["score"].extend(math.nan if one.status in UNSCORED else one.score for one in grades)
    columns["status"].extend(one.status.value for one in grades)
    columns["extracted"].extend(storable(one.extracted) for one in grades)
    columns["key"].extend(case.completion.key for case in cases)
    columns["error"].extend(case.completion.error or (case.reply and case.reply.error) for case in cases)


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def prompt_as_text(prompt: Prompt) -> str:
    """A prompt as stored in the requests table: the text itself, or the chat as JSON."""
    if prompt.text is not None:
        return storable(prompt.text)
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    return storable(json.dumps(turns, ensure_ascii=False))


def request_columns(models: Sequence[ModelPlan], answers: Mapping[str, Answers], new: set[str]) -> Columns:
    """The columns of the requests table: what was sent and what came back, failures included.

    Args:
        models: The requests, by model.
        answers: By model identity.
        new: Keys of the requests that this run paid for.
    """
    columns: Columns = {field.name: [] for field in requests_schema()}
    for model in models:
        completions = answers[model.identity].completions
        sent = [request for request in model.requests if request.key in completions]
        came = [completions[request.key] for request in sent]
        columns["key"].extend(request.key for request in sent)
        columns["model"].extend([model.config.name] * len(sent))
        columns["prompt"].extend(prompt_as_text(request.prompt) for request in sent)
        columns["cached"].extend(request.key not in new for request in sent)
        columns["completion"].extend(storable(one.text) for one in came)
        for name in ("finish", "prompt_tokens", "completion_tokens", "latency_s", "revision"):
            columns[name].extend(map(attrgetter(name), came))
    return columns
