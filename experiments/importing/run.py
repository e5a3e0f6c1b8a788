"""From logs to a run folder, written whole or not at all."""

import os
import shutil
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.importing.choose import Metrics
from experiments.importing.record import make_record
from experiments.importing.rows import Condition, ImportingError, Row, Source, place_in
from experiments.importing.sources import Found
from experiments.importing.tally import Tally
from experiments.importing.write import tables
from experiments.store.manifest import MANIFEST, RunFolderError, read_manifest, write_manifest
from experiments.store.texts import storable

if TYPE_CHECKING:
    from collections.abc import Generator

UNSCORED = "the log has no score for it"
_ROUNDING = 1e-9  # beyond 1, of scores that were averaged


@dataclass(frozen=True, slots=True)
class Wanted:
    """How logs are to be read.

    Attributes:
        metrics: Those to import, the first being reported; empty where there is one.
        scale: The score that is all right; scores are divided by it.
        higher_is_better: Whether more of the metrics is better.
    """

    metrics: tuple[str, ...] = ()
    scale: float = 1.0
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What was imported.

    Attributes:
        outcomes: Answers.
        failed: Those without a score.
        items: Items of each task.
        cells: Conditions.
        metrics: The reported metric of each task.
    """

    outcomes: int
    failed: int
    items: dict[str, int]
    cells: tuple[Condition, ...]
    metrics: dict[str, str]


def import_logs(found: Sequence[Found], folder: Path, wanted: Wanted, *, overwrite: bool = False) -> Imported:
    """Reads logs and writes them as a run folder.

    Args:
        found: The files.
        folder: The run's folder, made; it must not be there yet.
        wanted: How to read them.
        overwrite: Take the place of an earlier import.

    Raises:
        ImportingError: A log cannot be imported; nothing was written.
        RunFolderError: The folder is there already, or cannot be made.
    """
    _check_free(folder, overwrite)
    with _whole(folder) as partial, tables(partial, higher_is_better=wanted.higher_is_better) as made:
        metrics, tally = Metrics(wanted.metrics), Tally()
        for file, (form, source) in enumerate(found):
            asked = _Conditions(source)
            for row in form.read()(source):
                condition = asked.of(row)
                if metrics.keep(condition.task, row.metric, form.metric):
                    score = _score(row, source, form.unit, wanted.scale)
                    error = None if score is not None else row.error or UNSCORED
                    kept = asked.kept(row, error)
                    made.add(kept, tally.add(kept, condition, file), condition, score)
        reported = metrics.reported()
        if not reported:
            more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
            raise ImportingError(f"there is no score in {found[0][1].path}{more}")
        tally.refuse_repeats([(source.path, form.unit) for form, source in found])
        cells = tally.cells(reported)
        items = {task: tally.items_of(task) for task in reported}
        made.finish(reported)
        right = wanted.higher_is_better
        record = make_record(folder, found, cells, metrics.graders(), items, higher_is_better=right)
        write_manifest(partial, record)
    return Imported(
        sum(count.outcomes for count in cells.values()),
        sum(count.failed for count in cells.values()),
        {task: len(names) for task, names in items.items()},
        tuple(cells),
        reported,
    )


class _Conditions:
    """How the rows of one file were asked, what the command line says included."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._levels: dict[str, Any] = {
            name: value for name, value in source.levels.items() if name != "replicate"
        }
        self._known: dict[Condition, Condition] = {}

    def of(self, row: Row) -> Condition:
        """A row's condition."""
        known = self._known.get(row.condition)
        if known is None:
            given = replace(row.condition, **self._levels)
            names = ("model", "task", "template", "perturbation")
            known = replace(given, **{name: _storable(getattr(given, name)) for name in names})
            for name in ("model", "task"):
                if not getattr(known, name):
                    raise ImportingError(f"{self._source.path} does not say its {name}: add --{name} NAME")
            self._known[row.condition] = known
        return known

    def kept(self, row: Row, error: str | None) -> Row:
        """A row as it is written: its replicate as the command line says, its texts storable."""
        texts = ("item", "subject", "prompt", "completion", "extracted")
        return replace(
            row,
            replicate=self._source.levels.get("replicate", row.replicate),
            error=_storable(error),
            **{name: _storable(getattr(row, name)) for name in texts},
        )


def _score(row: Row, source: Source, unit: str, scale: float) -> float | None:
    if row.score is None or row.status == "failed":
        return None
    score = row.score / scale
    if -_ROUNDING <= score <= 1 + _ROUNDING:
        return min(max(score, 0.0), 1.0)
    hint = " (--scale 100 for scores up to 100)" if scale == 1 and row.score > 1 else ""
    where = place_in(source.path, row.number, unit)
    raise ImportingError(
        f"{where}: {row.metric} of item {row.item} is {row.score:g}, outside 0 to {scale:g}{hint}"
    )


def _storable(text: str | None) -> str | None:
    """Text without lone surrogates, which no file can hold."""
    return None if text is None else storable(text)


def _check_free(folder: Path, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not overwrite:
        raise RunFolderError(f"{folder} is there already: choose another --output, or add --overwrite")
    if not (folder / MANIFEST).is_file() or "imported" not in read_manifest(folder):
        raise RunFolderError(f"{folder} is no imported run: it is not overwritten")


@contextmanager
def _whole(folder: Path) -> "Generator[Path]":
    """A folder to write into that becomes `folder` when all went well, and is gone when not."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be made: {error.strerror or error}") from None
    try:
        yield partial
        if folder.exists():
            shutil.rmtree(folder)
        os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
