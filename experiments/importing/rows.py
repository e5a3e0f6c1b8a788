"""What an importer reads off a log: one row an answer and metric."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

UNNAMED = "default"  # the template of a log that names none, the same in every import


class ImportingError(Exception):
    """A log that cannot be imported; the message names the file and the place in it. Nothing was written."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """How an item was asked: model, task and the level of every factor.

    Attributes:
        model: The model's name; empty where the log does not say.
        task: The task's name; empty where the log does not say.
        template: How the item became text.
        form: "completion" for a text to continue, "chat" for messages.
        shots: Worked examples shown; 0 where the log does not say.
        cot: Whether chain of thought was on; off where the log does not say.
        exemplar_seed: Which worked examples.
        perturbation: How the item was disturbed.
        temperature: Of sampling; 0 where the log does not say.
    """

    model: str = ""
    task: str = ""
    template: str = UNNAMED
    form: str = "completion"
    shots: int = 0
    cot: bool = False
    exemplar_seed: int = 0
    perturbation: str = "none"
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, scored by one metric.

    Attributes:
        number: Where in the file: a line, row or sample, from 1.
        condition: How it was asked, as far as the log says.
        item: The item's id within the task.
        metric: What scored it.
        score: As in the log; None if it has none, NaN counts as none.
        replicate: Index of a repeated answer to the same item under the same condition.
        status: What else the log says of an answer without a score above 0: "unparsed", "refused",
            "truncated" or "failed"; empty for nothing.
        subject: The part of the task that the item belongs to.
        prompt: What was sent (a chat as JSON); None if the log does not say.
        completion: What came back; None if the log does not say.
        extracted: The answer read out of it; None if the log does not say.
        error: Why there is no answer.
    """

    number: int
    condition: Condition
    item: str
    metric: str
    score: float | None
    replicate: int = 0
    status: str = ""
    subject: str = ""
    prompt: str | None = None
    completion: str | None = None
    extracted: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One file to import.

    Attributes:
        path: The file.
        root: The folder it was found in, where a folder was given; else its own.
        levels: Levels of factors that the command line gives it: they stand above what the log says.
        columns: For tables: the file's column for each of ours, as far as given.
    """

    path: Path
    root: Path
    levels: Mapping[str, Any] = field(default_factory=dict[str, Any])
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


class Reader(Protocol):
    """Reads one file of one format, a bit at a time."""

    def __call__(self, source: Source, /) -> Iterator[Row]:
        """The file's rows.

        Raises:
            ImportingError: The file is not of the format, is cut off or lacks something.
        """
        ...


def place_in(path: Path, number: int, unit: str = "line") -> str:
    """A place in a file, in words; a Parquet file has no lines but rows."""
    return f"{path}, {'row' if path.suffix == '.parquet' else unit} {number}"


def as_score(value: object, where: str) -> float | None:
    """A score as a number: true is 1, false is 0, nothing and NaN are None.

    Args:
        value: As the log has it.
        where: The place, for the error.

    Raises:
        ImportingError: It is none of these.
    """
    if isinstance(value, bool | int | float):
        return None if math.isnan(value) else float(value)
    if value is None:
        return None
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("", "nan", "null", "none"):
            return None
        if word in ("true", "false"):
            return float(word == "true")
        try:
            return as_score(float(word), where)
        except ValueError:
            pass
    raise ImportingError(f"{where}: the score is {value!r}, expected a number, true or false")
