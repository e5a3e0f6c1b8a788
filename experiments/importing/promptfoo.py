"""promptfoo: the JSON of `promptfoo eval --output results.json`, or one result a line (`.jsonl`).

One file holds a grid of prompts, providers and tests: prompts are templates, providers models. A test is
known by its variables and assertions, so that the same test in another file is the same item; tests repeated
(`--repeat`) are replicates.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.importing.json_files import as_text, json_file, json_lines
from experiments.importing.naming import id_from, short
from experiments.importing.rows import Condition, ImportingError, Row, Source, as_score

ERROR = 2  # promptfoo's failureReason of a test that could not be run, 1 being a failed assertion
PASS = "pass"
SCORE = "score"
TASK = "promptfoo"  # what the tests are called where their configuration has no description


def read_promptfoo(source: Source) -> Iterator[Row]:
    """The rows of a file. Metrics: "score", "pass" (1 or 0), and the named scores of the assertions.

    Raises:
        ImportingError: The file holds no results of promptfoo, or is cut off.
    """
    path = source.path
    task, results = (TASK, json_lines(path)) if path.suffix == ".jsonl" else _results(path)
    templates: dict[str, str] = {}
    seen: Counter[tuple[Condition, str]] = Counter()
    for number, result in results:
        if "promptIdx" not in result and "prompt" not in result:
            raise ImportingError(f"{path}, result {number} is none of promptfoo: it has no prompt")
        condition = Condition(
            _provider(result),
            task,
            template=_template(result, templates),
            form="chat",  # a prompt of plain text is sent as a user's message, too
            temperature=_temperature(result),
        )
        item = _item(result)
        seen[condition, item] += 1
        yield from _rows(path, number, result, condition, item, seen[condition, item] - 1)


def _results(path: Path) -> tuple[str, Iterator[tuple[int, dict[str, Any]]]]:
    found = json_file(path)
    config = found.get("config") if isinstance(found, dict) else None
    described = config.get("description") if isinstance(config, dict) else None
    while isinstance(found, dict) and "results" in found:
        found = found["results"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ImportingError(f"{path} holds no results of promptfoo")
    return str(described or TASK), iter(enumerate(found, start=1))


def _rows(
    path: Path, number: int, result: dict[str, Any], condition: Condition, item: str, replicate: int
) -> Iterator[Row]:
    failed = result.get("failureReason") == ERROR or (
        result.get("failureReason") is None and bool(result.get("error")) and not result.get("gradingResult")
    )
    response: dict[str, Any] = result.get("response") or {}
    where = f"{path}, result {number}"
    scores: dict[str, Any] = {
        SCORE: result.get("score"),
        PASS: result.get("success"),
        **(result.get("namedScores") or {}),
    }
    stopped = str(response.get("finishReason") or "")
    for metric, value in scores.items():
        yield Row(
            number,
            condition,
            item,
            metric,
            None if failed else as_score(value, f"{where}, {metric}"),
            replicate=replicate,
            status="failed" if failed else "truncated" if stopped == "length" else "",
            prompt=_raw(result) or None,
            completion=as_text(response.get("output")),
            error=str(result.get("error") or "no answer").splitlines()[0] if failed else None,
        )


def _provider(result: dict[str, Any]) -> str:
    provider = result.get("provider")
    if isinstance(provider, dict):
        return str(provider.get("label") or provider.get("id") or "")
    return str(provider or "")


def _temperature(result: dict[str, Any]) -> float:
    provider = result.get("provider")
    config = provider.get("config") if isinstance(provider, dict) else None
    value = config.get("temperature") if isinstance(config, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _raw(result: dict[str, Any]) -> str:
    prompt = result.get("prompt")
    return str((prompt.get("raw") if isinstance(prompt, dict) else prompt) or "")


def _template(result: dict[str, Any], templates: dict[str, str]) -> str:
    """A prompt's name: its label, numbered where several prompts have the same beginning."""
    prompt = result.get("prompt")
    label = str((prompt.get("label") if isinstance(prompt, dict) else None) or "")
    key = str(result.get("promptId") or label or result.get("promptIdx"))
    if key not in templates:
        name = short(label or f"prompt {result.get('promptIdx')}")
        taken = sum(other == name or other.startswith(f"{name} (") for other in templates.values())
        templates[key] = f"{name} ({taken + 1})" if taken else name
    return templates[key]


def _item(result: dict[str, Any]) -> str:
    test: dict[str, Any] = result.get("testCase") or {}
    variables = test.get("vars") or result.get("vars") or {}
    told = {"vars": variables, "description": test.get("description"), "assert": test.get("assert")}
    values = variables.values() if isinstance(variables, dict) else [variables]
    return id_from(told, str(test.get("description") or " | ".join(map(str, values)) or "test"))
