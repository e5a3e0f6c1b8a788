"""What a tracker is told of a finished run: one record of the whole, and one a cell."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.compare.sides import CONDITION
from experiments.schema import PriceConfig
from experiments.store.manifest import MANIFEST, RunFolderError, read_manifest
from experiments.store.reading import READINGS
from experiments.store.tables import OUTCOMES, REQUESTS, read_table
from experiments.sweep.spending import price
from stats.intervals import item_mean

if TYPE_CHECKING:
    import pandas as pd

REPORTS = ("report.html", "report.json")
_FACTORS = ("model", "task", *CONDITION, "sampling_seed", "replicate")


@dataclass(frozen=True, slots=True)
class Record:
    """What is logged of a run or of one of its cells.

    Attributes:
        name: What people read.
        key: What finds it again: the run's name and end, or the cell's number.
        params: What was set.
        metrics: What came out; only finite numbers.
        failed: Whether something did not come out whole.
        note: One or two sentences on it.
    """

    name: str
    key: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    failed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """A run's record, its cells', and the files that go with it."""

    run: Record
    cells: tuple[Record, ...]
    files: tuple[Path, ...]


def records_of(folder: Path) -> Records:
    """Reads what is to be logged of a finished run.

    Of each cell: its factors as parameters; as metrics the mean reported score with its interval over items
    (`score`, `score_low`, `score_high`), outcomes, failed ones, tokens, and the price of those at the model's
    own, without what a provider's cache or a batch spares. What cells share is counted in each of them.

    Args:
        folder: The run's folder, with its report.

    Raises:
        RunFolderError: The folder is no run's, or has no report.
    """
    manifest = read_manifest(folder)
    if missing := [name for name in REPORTS if not (folder / name).is_file()]:
        raise RunFolderError(f"{folder} has no {missing[0]}: `fathom report {folder}` writes it")
    outcomes = read_table(folder / OUTCOMES)
    requests = read_table(folder / REQUESTS).set_index("key")[["prompt_tokens", "completion_tokens"]]
    level = float(manifest["report"]["level"])
    rows = dict(iter(outcomes.groupby("cell", observed=True)))
    prices = {model["identity"]: PriceConfig(**model["price"]) for model in manifest["models"]}
    cells = tuple(
        Record(
            name=f"{cell['index']} {cell['model']} {cell['task']} {cell['template']}",
            key=str(cell["index"]),
            params={name: str(cell[name]) for name in _FACTORS},
            metrics=_finite(
                _of_cell(
                    rows.get(cell["index"], outcomes.iloc[:0]), requests, prices.get(cell["identity"]), level
                )
            ),
            failed=cell["error"] is not None,
            note=cell["error"] or "",
        )
        for cell in manifest["cells"]
    )
    return Records(_whole(folder, manifest), cells, _files(folder))


def _whole(folder: Path, manifest: Mapping[str, Any]) -> Record:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    metrics: dict[str, Any] = {"wall_s": manifest["wall_s"], **manifest["counts"]}
    for name in ("prompt_tokens", "completion_tokens", "usd"):
        metrics[name] = sum(model[name] for model in manifest["models"])
    for one in report["slices"]:
        score = one["score"]["crossed"] or one["score"]["fixed"]
        for end, name in (("", "value"), ("_low", "low"), ("_high", "high")):
            metrics[f"score{end}/{one['model']}/{one['task']}"] = score[name]
    return Record(
        name=manifest["name"],
        key=f"{manifest['name']} {manifest['finished']}",
        params={"command": manifest["command"], **manifest["versions"]},
        metrics=_finite(metrics),
        failed=manifest["counts"]["failed_cells"] > 0,
        note=" ".join(sentence["text"] for sentence in report["sentences"][:2]),
    )


def _of_cell(
    rows: "pd.DataFrame", requests: "pd.DataFrame", prices: PriceConfig | None, level: float
) -> dict[str, float]:
    primary = rows[rows["primary"]]
    graded = primary[primary["score"].notna()]
    tokens = requests.reindex(rows["key"].dropna().unique()).sum()
    prompt, completion = int(tokens["prompt_tokens"]), int(tokens["completion_tokens"])
    metrics: dict[str, float] = {
        "outcomes": len(primary),
        "failed": int((primary["status"] == "failed").sum()),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "usd": price(prices or PriceConfig(), prompt, completion),
    }
    if graded["item_id"].nunique() > 1:
        found = item_mean(graded, value="score", item="item_id", level=level)
        metrics |= {"score": found.value, "score_low": found.low, "score_high": found.high}
    elif len(graded):
        metrics["score"] = float(graded["score"].mean())
    return metrics


def _finite(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Without what is no number, and under names that trackers take: some take few characters."""
    return {
        "".join(letter if letter.isalnum() or letter in "_-./ " else "_" for letter in name): float(value)
        for name, value in metrics.items()
        if value is not None and math.isfinite(value)
    }


def _files(folder: Path) -> tuple[Path, ...]:
    names = (*REPORTS, MANIFEST, OUTCOMES, REQUESTS, READINGS, "control.parquet")
    return tuple(folder / name for name in names if (folder / name).is_file())
