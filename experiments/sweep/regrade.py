"""Grading a run again, with other graders, from what is in its folder: no model is called, no data loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import catalog
from experiments.grading.grade import Case, grade_many
from experiments.grading.registry import GRADERS, Grader
from experiments.keys import did_you_mean
from experiments.models.protocol import Completion
from experiments.store.manifest import Manifest, RunFolderError, read_manifest, write_manifest
from experiments.store.reading import READINGS, read_readings
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, read_table, write_table
from experiments.sweep.outcomes import Columns, add_grades, available_cores
from perturb.item import Item
from perturb.prompt import Prompt

if TYPE_CHECKING:
    import pandas as pd

# What a grader adds to an outcome; the rest of the row is the same for all graders.
_GRADED = ("grader", "primary", "score", "status", "extracted", "key", "error")


class RegradeError(Exception):
    """These graders cannot grade this run; the message says which and why. Nothing was written."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Regraded:
    """What grading again came to.

    Attributes:
        outcomes: Outcomes graded anew.
        changed: By task, how many items' reported score differs from before, and of how many.
    """

    outcomes: int
    changed: Mapping[str, tuple[int, int]]


def regrade(folder: Path, names: Sequence[str]) -> Regraded:
    """Grades a run again.

    Each task is graded by those of the graders that fit its answers, the first of them being the reported
    one from now on; scores of graders that are not named stay beside them. Tasks that none fits stay as they
    are.

    Args:
        folder: The run's folder.
        names: Names of graders.

    Raises:
        RunFolderError: The folder is no run, or lacks a table.
        RegradeError: A grader is unknown, asks a model, wants likelihoods that the run has not, or none fits.
        GraderError: A grader cannot do its work on this machine.
    """
    manifest = read_manifest(folder)
    if manifest.get("imported"):
        raise RegradeError(f"{folder} was imported, its items are not known: import it with another --metric")
    for table in (OUTCOMES, REQUESTS, READINGS):
        if not (folder / table).is_file():
            raise RunFolderError(f"{folder} is an incomplete run folder: it has no {table}; run it again")
    outcomes = read_table(folder / OUTCOMES)
    if "control" not in outcomes:  # a run of before there was a control arm
        outcomes["control"] = False
    if "shots_shown" not in outcomes:  # of before there could be fewer than asked for
        outcomes["shots_shown"] = outcomes["shots"]
    fitting = _fitting(manifest, names)
    for name in dict.fromkeys(name for graders in fitting.values() for name in graders):
        GRADERS[name].check()
    completions = _completions(read_table(folder / REQUESTS))
    readings = read_readings(folder)
    columns: Columns = {field.name: [] for field in outcomes_schema()}
    before = outcomes[outcomes["primary"]].set_index(["cell", "item_id", "replicate"])["score"]
    fresh = 0
    for (_, task), rows in outcomes.groupby(["cell", "task"], sort=False, observed=True):
        graders = fitting.get(str(task), ())
        kept = rows[~rows["grader"].isin(graders)]
        _keep(columns, kept.assign(primary=kept["primary"] & (not graders)))
        for place, name in enumerate(graders):
            asked = _asked(rows, GRADERS[name])
            if asked.empty:
                raise RegradeError(
                    f"grader '{name}' reads other completions than this run has: run it with that grader"
                )
            _grade(columns, name, asked, completions, readings, primary=place == 0)
            fresh += len(asked)
    _record(manifest, fitting)
    write_table(folder / OUTCOMES, columns, outcomes_schema())
    write_manifest(folder, manifest)
    return Regraded(fresh, _changed(before, read_table(folder / OUTCOMES)))


def graders_named(names: Sequence[str], folders: Sequence[Path] = ()) -> list[str]:
    """The graders that names stand for: a grader's own, or that of an option of the group `grader`.

    Args:
        names: The names. An option stands for all graders that its file lists, each once.
        folders: Further configuration folders.

    Raises:
        RegradeError: A name is neither; the message names the nearest.
    """
    options = {entry.name: entry for entry in catalog.entries("grader", folders)}
    graders: dict[str, None] = {}
    for name in names:
        if name in GRADERS:
            graders[name] = None
        elif name in options:
            graders.update(dict.fromkeys(_listed(options[name])))
        else:
            hint = did_you_mean(name, [*GRADERS, *options]) or f"; there are {', '.join(options)}"
            raise RegradeError(f"there is no grader {name!r}{hint}")
    return list(graders)


def _listed(option: catalog.Entry) -> list[str]:
    import yaml

    content: dict[str, Any] = yaml.safe_load(option.text)
    lists = [value for value in content.values() if isinstance(value, list)]
    names = [name for one in lists for name in one if isinstance(name, str)]
    return [name for name in names if name in GRADERS and GRADERS[name].ask is None]


def _fitting(manifest: Manifest, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The graders for each task."""
    for name in names:
        if GRADERS[name].ask is not None:
            raise RegradeError(
                f"grader '{name}' asks a model: run the sweep again with it (grader={name}); stored "
                "completions are not paid for again"
            )
    fitting = {
        task["name"]: tuple(name for name in names if task["answer_type"] in GRADERS[name].answer_types)
        for task in manifest["tasks"]
    }
    if not any(fitting.values()):
        kinds = sorted({task["answer_type"] for task in manifest["tasks"]})
        raise RegradeError(f"none of {', '.join(names)} is for {' or '.join(kinds)} answers")
    return fitting


def _asked(rows: "pd.DataFrame", grader: Grader) -> "pd.DataFrame":
    """One row for each completion of a cell that a grader can read."""
    alike = [name for name in rows["grader"].unique() if GRADERS[str(name)].likelihood == grader.likelihood]
    return rows[rows["grader"] == alike[0]] if alike else rows.iloc[:0]


def _grade(
    columns: Columns,
    name: str,
    asked: "pd.DataFrame",
    completions: Mapping[str, Completion],
    readings: Mapping[str, tuple[Item, Prompt]],
    *,
    primary: bool,
) -> None:
    cases: list[Case] = []
    for key, reading, error in zip(asked["key"], asked["reading"], asked["error"], strict=True):
        failed = Completion(str(key), "", "error", error=error if isinstance(error, str) else None)
        done = completions.get(str(key), failed)
        cases.append(Case(done, *readings[str(reading)]))
    grades = grade_many(name, cases, available_cores())
    add_grades(columns, name, grades, cases, primary=[primary and not again for again in asked["control"]])
    for column in columns.keys() - set(_GRADED):
        columns[column].extend(_values(asked[column]))


def _keep(columns: Columns, rows: "pd.DataFrame") -> None:
    for column, values in columns.items():
        values.extend(_values(rows[column]))


def _values(column: "pd.Series[Any]") -> list[Any]:
    """A column's values; a text that is missing is None, not NaN."""
    values: list[Any] = column.tolist()
    return values if column.dtype.kind == "f" else [None if value != value else value for value in values]


def _completions(requests: "pd.DataFrame") -> dict[str, Completion]:
    names = ("key", "completion", "finish")
    return {
        str(key): Completion(str(key), str(text), finish)
        for key, text, finish in zip(*(requests[name] for name in names), strict=True)
    }


def _record(manifest: Manifest, fitting: Mapping[str, tuple[str, ...]]) -> None:
    """Notes the graders in the run's record, the reported one first."""
    cell: dict[str, Any]
    for cell in manifest["cells"]:
        graders = fitting.get(cell["task"], ())
        cell["graders"] = [*graders, *(name for name in cell["graders"] if name not in graders)]


def _changed(before: "pd.Series[float]", outcomes: "pd.DataFrame") -> dict[str, tuple[int, int]]:
    now = outcomes[outcomes["primary"]].set_index(["cell", "item_id", "replicate"])
    was = before.reindex(now.index)
    differs = ~((now["score"] == was) | (now["score"].isna() & was.isna()))
    return {
        str(task): (int(rows.sum()), len(rows))
        for task, rows in differs.groupby(now["task"], sort=False, observed=True)
    }
