"""OpenAI evals: the JSONL that `oaieval` records, one event a line.

A sample's score is its `match` event (correct or not), or the numbers of its `metrics` event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from experiments.importing.json_files import as_text, is_chat, json_lines
from experiments.importing.rows import Condition, ImportingError, Row, Source, as_score

MATCH = "match"


@dataclass(slots=True)
class _Asked:
    """What is known of a sample that has not been scored yet."""

    number: int
    prompt: object = None
    sampled: object = None
    error: str = "it has no match and no metrics event"


@dataclass(slots=True)
class _Events:
    """What was read so far: samples still without a score, which metrics the scored ones had, and the form.

    The prompts of one eval have one form; a sample that failed before it was asked has none to tell it by.
    """

    form: str = "completion"
    open: dict[str, _Asked] = field(default_factory=dict[str, _Asked])
    metrics: dict[str, None] = field(default_factory=dict[str, None])


def read_openai_evals(source: Source) -> Iterator[Row]:
    """The rows of a record.

    Raises:
        ImportingError: The file is no record of `oaieval`, or is cut off.
    """
    base: Condition | None = None
    events = _Events()
    for number, line in json_lines(source.path):
        if "spec" in line:
            base = _condition(line["spec"])
        elif "final_report" not in line:
            if base is None or "type" not in line:
                raise ImportingError(
                    f"{source.path}, line {number} is no event of OpenAI evals: "
                    + ("no spec comes before it" if base is None else "it has no type")
                )
            yield from _event(source, number, line, base, events)
    if base is None:
        raise ImportingError(f"{source.path} is no record of OpenAI evals: it has no spec")
    for sample, asked in events.open.items():
        for metric in events.metrics or [MATCH]:
            yield _row(asked.number, base, events.form, sample, metric, None, asked)


def _condition(spec: dict[str, Any]) -> Condition:
    models = spec.get("completion_fns") or spec.get("model_name") or ""
    model = ", ".join(map(str, models)) if isinstance(models, list) else as_text(models)
    return Condition(str(model), str(spec.get("eval_name") or spec.get("base_eval") or ""))


def _event(
    source: Source, number: int, line: dict[str, Any], base: Condition, events: _Events
) -> Iterator[Row]:
    sample, data = str(line.get("sample_id")), line.get("data")
    if not isinstance(data, dict):
        return
    where = f"{source.path}, line {number}"
    match line["type"]:
        case "sampling":
            asked = events.open.setdefault(sample, _Asked(number))
            asked.prompt, asked.sampled = data.get("prompt"), data.get("sampled")
            events.form = "chat" if is_chat(asked.prompt) else "completion"
        case "error":
            asked = events.open.setdefault(sample, _Asked(number))
            asked.error = f"{data.get('type', 'error')}: {data.get('message', '')}".splitlines()[0]
        case "match":
            score = as_score(data.get("correct"), f"{where}, correct")
            yield from _scored(number, base, sample, {MATCH: score}, data, events)
        case "metrics":
            numbers = {
                name: as_score(value, f"{where}, {name}")
                for name, value in data.items()
                if isinstance(value, bool | int | float)
            }
            yield from _scored(number, base, sample, numbers, data, events)
        case _:
            pass


def _scored(
    number: int,
    base: Condition,
    sample: str,
    scores: dict[str, float | None],
    data: dict[str, Any],
    events: _Events,
) -> Iterator[Row]:
    if not scores:
        return
    asked = events.open.pop(sample, None) or _Asked(number)
    sampled = asked.sampled if asked.sampled is not None else data.get("sampled")
    known = _Asked(number, asked.prompt, sampled, "")
    for metric, score in scores.items():
        events.metrics.setdefault(metric)
        yield _row(number, base, events.form, sample, metric, score, known, data.get("picked"))


def _row(
    number: int,
    base: Condition,
    form: str,
    sample: str,
    metric: str,
    score: float | None,
    asked: _Asked,
    picked: object = None,
) -> Row:
    sampled = asked.sampled
    if isinstance(sampled, list) and len(sampled) == 1:
        sampled = sampled[0]
    return Row(
        number,
        Condition(base.model, base.task, form=form),
        sample,
        metric,
        score,
        status="failed" if asked.error else "",
        prompt=as_text(asked.prompt),
        completion=as_text(sampled),
        extracted=as_text(picked),
        error=asked.error or None,
    )
