"""NeMo-Skills: `output-rs*.jsonl`, one file a random seed, as `ns eval` and `ns robust_eval` leave them.

Seeds are replicates. In a folder of `robust_eval` (BENCHMARK/PROMPT/output-rs0.jsonl) benchmarks are tasks
and prompts templates.
"""

import re
from collections.abc import Iterator
from typing import Any

from experiments.importing.json_files import as_text, json_lines
from experiments.importing.naming import id_from
from experiments.importing.rows import UNNAMED, Condition, ImportingError, Row, Source, as_score

_SEED = re.compile(r"-rs(\d+)")
_VERDICT = re.compile(r"\*{0,2}judgement\*{0,2}\s*:\s*\**\s*(yes|no)", re.IGNORECASE)
_IDS = ("id", "problem_id", "task_id", "unique_id", "question_id", "index")
_QUESTIONS = ("problem", "question", "prompt", "input")
JUDGED = "judge_correct"  # what NeMo-Skills calls the score of a judgement


def read_nemo_skills(source: Source) -> Iterator[Row]:
    """The rows of one seed's file: a metric for each field that is true or false, and for the judgement.

    Raises:
        ImportingError: The file is none of NeMo-Skills, was not evaluated, or is cut off.
    """
    seed = _SEED.search(source.path.name)
    task, template = _places(source)
    condition = Condition(task=task, template=template)
    for number, line in json_lines(source.path):
        where = f"{source.path}, line {number}"
        if "generation" not in line:
            raise ImportingError(f"{where} is no output of NeMo-Skills: it has no generation")
        scores = _scores(line, where)
        if not scores:
            raise ImportingError(
                f"{where} has no score: none of its fields is true or false, and there is no judgement; run "
                "the evaluation (ns eval) first"
            )
        answer = line.get("predicted_answer")
        for metric, value in scores.items():
            yield Row(
                number,
                condition,
                _item(line, number),
                metric,
                value,
                replicate=int(seed[1]) if seed else 0,
                status="unparsed" if "predicted_answer" in line and answer is None else "",
                subject=str(line.get("subset_for_metrics") or ""),
                completion=as_text(line["generation"]),
                extracted=as_text(answer),
            )


def _places(source: Source) -> tuple[str, str]:
    """The task and the template that the file's folders name."""
    folders = list(source.path.parent.parts)
    if "eval-results" in folders[:-1]:
        return folders[folders.index("eval-results") + 1], UNNAMED
    within = source.path.relative_to(source.root).parent.parts
    if len(within) > 1:
        return within[0], "/".join(within[1:])
    return source.path.resolve().parent.name, UNNAMED


def _scores(line: dict[str, Any], where: str) -> dict[str, float | None]:
    scores = {
        name: as_score(value, f"{where}, {name}")
        for name, value in line.items()
        if isinstance(value, bool) and not name.startswith("_")
    }
    if "judgement" in line:  # one that says neither counts as no, as in NeMo-Skills' own metrics
        verdict = _VERDICT.search(str(line["judgement"]))
        scores[JUDGED] = float(verdict is not None and verdict[1].lower() == "yes")
    return scores


def _item(line: dict[str, Any], number: int) -> str:
    for name in _IDS:
        if isinstance(line.get(name), str | int):
            return str(line[name])
    question = next((line[name] for name in _QUESTIONS if line.get(name)), None)
    return f"line {number}" if question is None else id_from(question, str(question))
