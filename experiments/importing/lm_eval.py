"""lm-evaluation-harness: `samples_TASK_DATE.jsonl`, as `--log_samples` writes them.

One line a document and filter, with the value of every metric. The model's name and the shots stand in
`results_DATE.json` beside it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.importing.json_files import as_text, is_chat, json_file, json_lines
from experiments.importing.rows import Condition, ImportingError, Row, Source, as_score

_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl")
_OURS = {
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash",
    "prompt_hash", "target_hash",
}  # fmt: skip
UNSCORED = "bypass"  # the metric of answers that were only to be collected
UNREAD = "[invalid]"  # what the harness's regular-expression filters put where they find no answer


def read_lm_eval(source: Source) -> Iterator[Row]:
    """The rows of a samples file; the metrics are called "metric,filter", as in the harness's own results.

    Raises:
        ImportingError: The file is none, or is cut off.
    """
    named = _NAME.fullmatch(source.path.name)
    task = named["task"] if named else ""
    results = _results(source.path, named["date"]) if named else {}
    shots = results.get("n-shot", {}).get(task, 0)
    base = Condition(_model(results), task, shots=shots if isinstance(shots, int) else 0)
    for number, line in json_lines(source.path):
        if "doc_id" not in line or "filtered_resps" not in line:
            raise ImportingError(
                f"{source.path}, line {number} is no sample of lm-evaluation-harness: it lacks "
                f"{'doc_id' if 'doc_id' not in line else 'filtered_resps'}"
            )
        yield from _rows(source.path, number, line, base)


def _rows(path: Path, number: int, line: dict[str, Any], base: Condition) -> Iterator[Row]:
    asked = _arguments(line)
    prompt, chat = _prompt(asked[0][0]) if asked and asked[0] else (None, False)
    completion, extracted = _answer(line, asked)
    condition = Condition(
        base.model,
        base.task,
        form="chat" if chat else "completion",
        shots=base.shots,
        temperature=_temperature(asked),
    )
    for metric in line.get("metrics") or [name for name in line if name not in _OURS]:
        if metric == UNSCORED:
            raise ImportingError(f"{path}, line {number} has no score: it was made with --predict_only")
        value = line.get(metric)
        if isinstance(value, list | dict):  # parts of a score that is only made of all documents together
            continue
        name = f"{metric},{line['filter']}" if line.get("filter") else metric
        yield Row(
            number,
            condition,
            str(line["doc_id"]),
            name,
            as_score(value, f"{path}, line {number}, {metric}"),
            status="unparsed" if extracted == UNREAD else "",
            prompt=prompt,
            completion=completion,
            extracted=extracted,
        )


def _arguments(line: dict[str, Any]) -> list[list[Any]]:
    """Each request's arguments, in the layouts of older and newer versions."""
    arguments = line.get("arguments") or []
    if isinstance(arguments, Mapping):
        return [list(one.values()) if isinstance(one, Mapping) else [one] for one in arguments.values()]
    return [one if isinstance(one, list) else [one] for one in arguments]


def _prompt(context: Any) -> tuple[str | None, bool]:
    if isinstance(context, list) and len(context) == 1 and isinstance(context[0], str):  # a chat, as JSON
        context = context[0]
    if isinstance(context, str) and context.startswith("["):
        try:
            turns = json.loads(context)
        except ValueError:
            turns = None
        if is_chat(turns):
            return as_text(turns), True
    return as_text(context), is_chat(context)


def _answer(line: dict[str, Any], asked: list[list[Any]]) -> tuple[str | None, str | None]:
    """What came back, and the answer read out of it: of options that were compared, the likeliest."""
    filtered, raw = line["filtered_resps"], line.get("resps") or []
    if filtered and all(isinstance(one, list) and len(one) == 2 for one in filtered):
        try:
            chosen = max(range(len(filtered)), key=lambda place: float(filtered[place][0]))
        except (TypeError, ValueError):
            return None, None
        words = asked[chosen][1] if chosen < len(asked) and len(asked[chosen]) > 1 else None
        return (words, words.strip()) if isinstance(words, str) else (None, None)
    first = raw[0][0] if raw and isinstance(raw[0], list) and raw[0] else None
    read = filtered[0] if isinstance(filtered, list) and filtered else None
    return as_text(first), as_text(read)


def _temperature(asked: list[list[Any]]) -> float:
    settings = asked[0][1] if asked and len(asked[0]) > 1 else None
    value = settings.get("temperature") if isinstance(settings, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _results(path: Path, date: str) -> dict[str, Any]:
    beside = path.with_name(f"results_{date}.json")
    return json_file(beside) if beside.is_file() else {}


def _model(results: dict[str, Any]) -> str:
    name = results.get("model_name") or results.get("config", {}).get("model")
    return name if isinstance(name, str) else ""
