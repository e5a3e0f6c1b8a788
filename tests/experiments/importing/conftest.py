"""Imports as a user makes them, and what came out."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.store.manifest import Manifest, read_manifest


@dataclass(frozen=True)
class Run:
    """An imported run."""

    folder: Path

    @property
    def outcomes(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "outcomes.parquet")

    @property
    def requests(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "requests.parquet")

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.folder)

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return report

    @property
    def levels(self) -> dict[str, float]:
        """The score at each level of the one factor that varies, as the report has it."""
        (one,) = self.report["slices"]
        (finding,) = one["factors"]
        return {level["level"]: level["estimate"]["value"] for level in finding["levels"]}

    def scores(self, by: str) -> dict[Any, float]:
        """The mean reported score by a column."""
        reported = self.outcomes.query("primary")
        return reported.groupby(by, observed=True)["score"].mean().to_dict()


Import = Callable[..., Run]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def no_report(*runs: Path, output: Path | None = None) -> None:
    """Does without the report, which takes longest."""


@pytest.fixture
def imported() -> Import:
    """Imports with the given arguments, into runs/NAME; makes no report unless asked."""

    def run(*arguments: str, name: str = "x", report: bool = False) -> Run:
        lab = Lab() if report else Lab(finish=no_report)
        assert main(["import", *arguments, "--output", f"runs/{name}"], lab) == 0
        return Run(Path("runs", name))

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Imports with the given arguments, which has to fail and to write nothing; gives the one error."""

    def run(*arguments: str) -> str:
        before = sorted(Path.cwd().rglob("*"))
        assert main(["import", *arguments, "--output", "runs/refused"]) == 2
        assert [path for path in Path.cwd().rglob("*") if path not in before and path.name != "runs"] == []
        (said,) = capsys.readouterr().err.splitlines()
        return said

    return run


def write_lines(path: str | Path, rows: Iterable[object]) -> Path:
    """Writes one JSON value a line."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def write_json(path: str | Path, value: object) -> Path:
    """Writes a JSON file."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
    return file
