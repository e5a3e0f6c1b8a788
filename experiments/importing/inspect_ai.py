"""Inspect: `.eval` logs, a ZIP of JSON, and `.json` logs.

Epochs are replicates; every scorer is a metric. Samples that ended in an error have no score.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.importing.json_files import as_text, json_file
from experiments.importing.rows import Condition, ImportingError, Row, Source, as_score
from experiments.importing.zipped import Zipped

HEADERS = ("header.json", "_journal/start.json")  # the second is all that an unfinished log has
_VALUES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "no": 0.0}  # as Inspect's accuracy counts them
_ATTACHED = "attachment://"


@dataclass(frozen=True, slots=True)
class _Sample:
    """A sample without a score, kept until it is known what the others were scored by."""

    number: int
    content: dict[str, Any]
    error: str


def read_inspect(source: Source) -> Iterator[Row]:
    """The rows of a log.

    Raises:
        ImportingError: The file is no log, is cut off, or is compressed in a way that cannot be read here.
    """
    if source.path.suffix != ".eval":
        yield from _rows(source.path, *_plain(source.path))
        return
    with Zipped(source.path) as log:
        yield from _rows(source.path, *_zipped(log))


def _rows(path: Path, header: dict[str, Any], samples: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[Row]:
    base = _condition(header)
    metrics = dict.fromkeys(
        str(score["name"]) for score in (header.get("results") or {}).get("scores") or [] if "name" in score
    )
    failed: list[_Sample] = []
    for number, sample in samples:
        where = f"{path}, sample {sample.get('id')}, epoch {sample.get('epoch')}"
        if "id" not in sample or "epoch" not in sample:
            raise ImportingError(f"{path}, sample {number} has no id or no epoch: it is no Inspect log")
        scores: dict[str, Any] = sample.get("scores") or {}
        if sample.get("error") or not scores:
            failed.append(_Sample(number, _slim(sample), _error(sample)))
            continue
        for name, score in scores.items():
            for metric, value in _values(name, score.get("value"), where):
                metrics.setdefault(metric)
                yield _row(number, sample, base, metric, value, score)
    for one in failed:
        for metric in metrics or ["score"]:
            yield _row(one.number, one.content, base, metric, None, {}, one.error)


def _zipped(log: Zipped) -> tuple[dict[str, Any], Iterator[tuple[int, dict[str, Any]]]]:
    name = next((name for name in HEADERS if name in log.names), None)
    if name is None:
        raise ImportingError(f"{log.path} is no Inspect log: it has no {HEADERS[0]}")
    members = [name for name in log.names if name.startswith("samples/") and name.endswith(".json")]
    samples = ((number, _object(log, member)) for number, member in enumerate(members, start=1))
    return _object(log, name), samples


def _object(log: Zipped, member: str) -> dict[str, Any]:
    try:
        found = json.loads(log.read(member))
    except ValueError as error:
        raise ImportingError(f"{log.path}, {member} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ImportingError(f"{log.path}, {member} is no JSON object")
    return found


def _plain(path: Path) -> tuple[dict[str, Any], Iterator[tuple[int, dict[str, Any]]]]:
    log = json_file(path)
    if not isinstance(log, dict) or "eval" not in log:
        raise ImportingError(f"{path} is no Inspect log: it has no eval")
    return log, iter(enumerate(log.get("samples") or [], start=1))


def _condition(header: dict[str, Any]) -> Condition:
    spec: dict[str, Any] = header.get("eval") or {}
    settings = {
        **((header.get("plan") or {}).get("config") or {}),
        **(spec.get("model_generate_config") or {}),
    }
    temperature = settings.get("temperature")
    return Condition(
        str(spec.get("model") or ""),
        str(spec.get("task") or ""),
        form="chat",
        temperature=float(temperature) if isinstance(temperature, int | float) else 0.0,
    )


def _values(name: str, value: object, where: str) -> Iterator[tuple[str, float | None]]:
    """The metrics of one scorer: one, or one a key where it gives several values."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield f"{name}/{key}", _value(part, f"{where}, {name}/{key}")
    elif not isinstance(value, list):
        yield name, _value(value, f"{where}, {name}")


def _value(value: object, where: str) -> float | None:
    if isinstance(value, str) and value in _VALUES:
        return _VALUES[value]
    return as_score(value, where)


def _row(
    number: int,
    sample: dict[str, Any],
    base: Condition,
    metric: str,
    value: float | None,
    score: dict[str, Any],
    error: str | None = None,
) -> Row:
    prompt, completion = _texts(sample)
    stops = {choice.get("stop_reason") for choice in (sample.get("output") or {}).get("choices") or []}
    status = ""
    if score.get("value") == "N" or "content_filter" in stops:
        status = "refused"
    elif stops & {"max_tokens", "model_length"}:
        status = "truncated"
    return Row(
        number,
        base,
        str(sample["id"]),
        metric,
        value,
        replicate=int(sample["epoch"]) - 1,
        status=status if error is None else "failed",
        prompt=prompt,
        completion=completion,
        extracted=as_text(score.get("answer")),
        error=error,
    )


def _texts(sample: dict[str, Any]) -> tuple[str | None, str | None]:
    """What was sent before the first answer, and the last answer."""
    attachments: dict[str, str] = sample.get("attachments") or {}
    turns: list[dict[str, str]] = []
    for message in sample.get("messages") or []:
        if message.get("role") == "assistant":
            break
        turns.append(
            {"role": str(message.get("role")), "content": _text(message.get("content"), attachments)}
        )
    output = sample.get("output") or {}
    completion = output.get("completion")
    if completion is None and output.get("choices"):
        completion = (output["choices"][0].get("message") or {}).get("content")
    return (
        as_text(turns) if turns else None,
        None if completion is None else _text(completion, attachments),
    )


def _text(content: object, attachments: dict[str, str]) -> str:
    if isinstance(content, list):
        return "\n".join(_text(part.get("text", f"({part.get('type')})"), attachments) for part in content)
    text = str(content)
    if text.startswith(_ATTACHED):
        return attachments.get(text.removeprefix(_ATTACHED), text)
    return text


def _error(sample: dict[str, Any]) -> str:
    error, limit = sample.get("error"), sample.get("limit")
    if isinstance(error, dict) and error.get("message"):
        return str(error["message"]).splitlines()[0]
    return f"stopped by its {limit.get('type')} limit" if isinstance(limit, dict) else "it has no score"


def _slim(sample: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a sample: its events can be many times the rest."""
    return {name: sample.get(name) for name in ("id", "epoch", "messages", "output", "attachments")}
