"""State of What Art (Mizrahi et al. 2024, arXiv 2401.00595): MaxP, AvgP and CPS of 16 models on 39 tasks.

The repository SLAB-NLP/Multi-Prompt-LLM-Evaluation has the accuracy of every model with every paraphrase of a
task's instruction, and what the paper makes of them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.verifying.check import Check, Section
from experiments.verifying.files import DATA, VerifyError, read_table
from stats.best_case import best_case

SOURCE = "Mizrahi et al. (2024), arXiv 2401.00595; repository SLAB-NLP/Multi-Prompt-LLM-Evaluation @ 2b8910d"
ACCURACIES = Path("data", "paraphrases accuracies and rankings (aggregated)")
METRICS = Path("data", "metric results", "open-source models")
COLUMNS = ("benchmark", "task", "template_id", "model", "accuracy")
NAMES = {"max_p": "MaxP", "avg_p": "AvgP", "cps": "CPS"}
BENCHMARKS = {"BBH": "big-bench-hard", "LMentry": "lmentry", "BBL": "big-bench-lite"}
TASKS = {"strategyqa": "strategic qa"}  # named otherwise in the tables of results
TOLERANCE = 2e-6  # what ships with the package is cut after six decimals


@dataclass(frozen=True)
class Cell:
    """What one number of each metric is about."""

    benchmark: str
    task: str
    model: str

    def __str__(self) -> str:
        return f"{self.benchmark}, {self.task}, {self.model}"


def sections(path: Path) -> tuple[Section, ...]:
    """The three metrics of every task and model, by `stats.best_case`.

    The released accuracies are means of templates, with no items. Each is entered as two items with that
    score: metrics of template means do not change by it, and floors and intervals are not used.

    Args:
        path: A checkout of the repository, or a Parquet or CSV file with the columns benchmark, task,
            template_id, model and accuracy.

    Raises:
        VerifyError: It is neither, or none of its tasks was published.
    """
    accuracies = _of_checkout(path) if path.is_dir() else read_table(path, COLUMNS, number="accuracy")
    published = {metric: _published(path, metric) for metric in NAMES}
    obtained, notes = _obtained(accuracies)
    known = set(published["max_p"])
    if not known & set(obtained):
        expected, got = next(iter(published["max_p"])), next(iter(obtained), "none")
        raise VerifyError(
            f"{path}: no task and model in it was published; expected such as {expected}; got {got}"
        )
    notes += _left_out("published, without accuracies here", known - set(obtained))
    notes += _left_out("accuracies here, not published", set(obtained) - known)
    return tuple(
        Section(
            f"State of What Art: {name}",
            tuple(
                Check(
                    f"{name}, {cell}",
                    SOURCE,
                    value,
                    obtained[cell][metric],
                    TOLERANCE,
                )
                for cell, value in published[metric].items()
                if cell in obtained
            ),
            notes if metric == "max_p" else (),
        )
        for metric, name in NAMES.items()
    )


def _of_checkout(path: Path) -> pd.DataFrame:
    files = sorted((path / ACCURACIES).glob("*/*.json"))
    if not files:
        raise VerifyError(f"{path}: expected accuracies in {ACCURACIES}/BENCHMARK/TASK.json; there are none")
    rows: list[tuple[str, str, str, str, float]] = []
    for file in files:
        try:
            paraphrases = json.loads(file.read_text(encoding="utf-8"))["paraphrases"]
            rows += [
                (file.parent.name, file.stem, template, model, float(accuracy))
                for template, entry in paraphrases.items()
                for model, accuracy in entry["accs"].items()
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise VerifyError(
                f'{file}: expected {{"paraphrases": {{"1": {{"accs": {{MODEL: number}}}}}}}}; {error!r}'
            ) from error
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _published(path: Path, metric: str) -> dict[Cell, float]:
    """A metric's table: that of the checkout, or else the one that ships with the package."""
    name = f"open-source models {NAMES[metric]} (no filtering).csv"
    own = path / METRICS / name
    file = own if own.is_file() else DATA / f"state_of_what_art_{metric}.csv"
    try:
        table = pd.read_csv(file).rename(columns=str.strip)
        long = table.melt(["benchmark", "task"], var_name="model").dropna(subset="value")
        return {
            _cell(benchmark, task, model): float(value)
            for benchmark, task, model, value in long.itertuples(index=False)
        }
    except (OSError, ValueError, KeyError) as error:
        raise VerifyError(f"{file}: expected the columns benchmark, task and one a model; {error}") from error


def _obtained(accuracies: pd.DataFrame) -> tuple[dict[Cell, dict[str, float]], tuple[str, ...]]:
    found: dict[Cell, dict[str, float]] = {}
    gaps: list[Cell] = []
    for key, rows in accuracies.groupby(["benchmark", "task", "model"], sort=False):
        benchmark, task, model = key
        if rows["accuracy"].isna().all():
            continue
        cell = _cell(benchmark, task, model)
        gaps += [cell] if rows["accuracy"].isna().any() else []
        try:
            found[cell] = _metrics(rows.fillna({"accuracy": 0.0}))
        except ValueError as error:
            raise VerifyError(f"{benchmark}, {task}, {model}: {error}") from error
    what = "a template without an accuracy counts as 0, as in the published AvgP"
    return found, (f"{what}: {_cells(gaps)}",) if gaps else ()


def _metrics(rows: pd.DataFrame) -> dict[str, float]:
    table = pd.concat([rows.assign(item=item) for item in (0, 1)])
    found = best_case(
        table,
        value="accuracy",
        item="item",
        template="template_id",
        rng=np.random.default_rng(0),
        draws=1,
    )
    return {one.metric: one.raw for one in found}


def _cell(benchmark: object, task: object, model: object) -> Cell:
    plain = str(task).strip().replace("_", " ")
    return Cell(BENCHMARKS.get(str(benchmark), str(benchmark)), TASKS.get(plain, plain), str(model))


def _left_out(what: str, cells: set[Cell]) -> tuple[str, ...]:
    return (f"{what}: {_cells(sorted(cells, key=str))}",) if cells else ()


def _cells(cells: list[Cell]) -> str:
    tasks = ", ".join(dict.fromkeys(f"{cell.benchmark}/{cell.task}" for cell in cells))
    return f"{len(cells)} of task and model ({tasks})"
