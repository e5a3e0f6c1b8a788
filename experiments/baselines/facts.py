"""The published figures as they ship with the package: scores, models, benchmarks, lineage, sources.

All of them are GPT-Fathom's (Zheng et al. 2023, arXiv 2309.16583; its repository at commit 4b7e78b), or are
cited there. `docs/published.md` says how each was read and what could not be.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

DATA = Path(__file__).parent / "data"
Row = TypeVar("Row")


class FactsError(ValueError):
    """A table of published figures is not as it should be."""


class UnknownName(ValueError):
    """There is no such model or benchmark among the published figures."""

    exit_code = 2


@dataclass(frozen=True)
class Model:
    """A model that was scored, or a stage of the lineage that was not.

    Attributes:
        model: Its name in the tables.
        family: "GPT-3", "GPT-3.5", "GPT-4", "LLaMA", …
        release: Year and month as the evolution graph prints them; empty where it has none.
        access: "API", "web", "weights", or "cited" where others measured; empty for a stage without scores.
        counterpart: The model it is to be compared with: a web version's API version, or what GPT-Fathom
            measured beside an official score.
        note: What else to know.
    """

    model: str
    family: str
    release: str
    access: str
    counterpart: str
    note: str


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as it was asked.

    Attributes:
        task: Its name here, an option of `task=`.
        title: Its name in the tables.
        category: Its axis of the radar.
        subcategory: What it is averaged with first.
        metric: "exact match", "F1", "pass@1" or "toxicity".
        lower_is_better: Whether a low score is a good one.
        rows: How many rows were asked; None if unknown.
        items: How many of these count as independent questions, which is what an interval rests on.
        counted: "counted" in GPT-Fathom's repository; "official" if the size of the official set is taken, on
            the assumption that all of it was asked; "unknown".
        note: What else to know.
    """

    task: str
    title: str
    category: str
    subcategory: str
    metric: str
    lower_is_better: bool
    rows: int | None
    items: int | None
    counted: str
    note: str


@dataclass(frozen=True)
class Published:
    """One printed figure.

    Attributes:
        model: Whose.
        task: On what, as `Benchmark.task`.
        setting: "1-shot", "8-shot CoT", or "few-shot" for the three to five official shots of AGIEval.
        metric: "exact match", "F1", "toxicity", or "pass@1", "pass@10", "pass@80", "pass@100".
        score: In [0, 1]; printed with three digits.
        template: "optimised" (starred: a prompt made for this model), "default" (not starred), or empty for
            a figure of others. That what has no star uses the default is inferred.
        cited: Whether GPT-Fathom took it from a report of others.
        source: Where it stands, as `Source.source`.
        version: Date of that table.
        current: Whether the latest tables still have it.
        confidence: How surely it was read: "high", "medium" or "low".
        note: What else to know.
    """

    model: str
    task: str
    setting: str
    metric: str
    score: float
    template: str
    cited: bool
    source: str
    version: str
    current: bool
    confidence: str
    note: str

    @property
    def shots(self) -> int | None:
        """The number of worked examples; None where it differs within the benchmark."""
        found = re.match(r"(\d+)-shot", self.setting)
        return int(found[1]) if found else None

    @property
    def cot(self) -> bool:
        """Whether a chain of thought was asked for."""
        return self.setting.endswith(" CoT")

    @property
    def starred(self) -> bool:
        """Whether the prompt was optimised for this model."""
        return self.template == "optimised"


@dataclass(frozen=True)
class Edge:
    """A step of the evolution graph.

    Attributes:
        parent: What it starts from.
        child: What came out.
        technique: What was done, as the graph says.
        date: Year and month of the child.
        kind: "step" between models, or "series" where the graph draws one series to the next.
        confidence: How surely it was read.
        note: What else to know.
    """

    parent: str
    child: str
    technique: str
    date: str
    kind: str
    confidence: str
    note: str


@dataclass(frozen=True)
class Claim:
    """A change between two versions that the accompanying text names, with the scores it states."""

    task: str
    before: str
    after: str
    stated_before: float
    stated_after: float


@dataclass(frozen=True)
class Caution:
    """What a comparison of two settings of a benchmark also changes, or else stands on.

    Attributes:
        factor: What is compared, one of `settings.FACTORS`.
        task: On which benchmark.
        setting: It holds where this is one of the two settings; empty for any.
        caution: In words.
    """

    factor: str
    task: str
    setting: str
    caution: str


@dataclass(frozen=True)
class Source:
    """Where figures were read: in a "figure" or a "text"."""

    source: str
    read: str
    about: str


@dataclass(frozen=True)
class Facts:
    """All of it, each in the order of its table."""

    models: Mapping[str, Model]
    benchmarks: Mapping[str, Benchmark]
    scores: tuple[Published, ...]
    edges: tuple[Edge, ...]
    claims: tuple[Claim, ...]
    cautions: tuple[Caution, ...]
    sources: Mapping[str, Source]

    @property
    def titles(self) -> dict[str, str]:
        """Each benchmark's title, by task."""
        return {one.task: one.title for one in self.benchmarks.values()}

    def find(
        self,
        *,
        model: str | None = None,
        task: str | None = None,
        metric: str | None = None,
        current: bool | None = True,
    ) -> tuple[Published, ...]:
        """The figures that fit, in the order of the tables.

        Args:
            model: A model's name; None for all.
            task: A benchmark's name; None for all.
            metric: As `Published.metric`; None for all.
            current: Whether the latest tables have it; None for both.

        Raises:
            UnknownName: The model or the benchmark is not there; the message has the nearest that is.
        """
        model = model and self.model(model).model
        task = task and self.benchmark(task).task
        return tuple(
            one
            for one in self.scores
            if model in (None, one.model)
            and task in (None, one.task)
            and metric in (None, one.metric)
            and current in (None, one.current)
        )

    def model(self, name: str) -> Model:
        """The model of that name, whatever its case.

        Raises:
            UnknownName: There is none; the message has the nearest.
        """
        found = {known.lower(): model for known, model in self.models.items()}
        return _named(name, found, list(self.models), "model")

    def benchmark(self, name: str) -> Benchmark:
        """The benchmark of that name ("triviaqa") or title ("TriviaQA"), whatever its case.

        Raises:
            UnknownName: There is none; the message has the nearest.
        """
        found = {one.title.lower(): one for one in self.benchmarks.values()} | {
            one.task.lower(): one for one in self.benchmarks.values()
        }
        return _named(name, found, list(self.benchmarks), "benchmark")


@cache
def load(folder: Path = DATA) -> Facts:
    """The published figures.

    Args:
        folder: Where the tables lie.

    Raises:
        FactsError: A table is missing, lacks a column, or has a cell that makes no sense; the message says
            which one and where.
    """
    facts = Facts(
        models={one.model: one for one in _table(folder, "models", Model)},
        benchmarks={one.task: one for one in _table(folder, "benchmarks", Benchmark)},
        scores=_table(folder, "scores", Published),
        edges=_table(folder, "lineage", Edge),
        claims=_table(folder, "claims", Claim),
        cautions=_table(folder, "cautions", Caution),
        sources={one.source: one for one in _table(folder, "sources", Source)},
    )
    _refer(folder, "scores", "model", (one.model for one in facts.scores), facts.models)
    _refer(folder, "scores", "task", (one.task for one in facts.scores), facts.benchmarks)
    _refer(folder, "scores", "source", (one.source for one in facts.scores), facts.sources)
    _refer(folder, "lineage", "parent", (one.parent for one in facts.edges), facts.models)
    _refer(folder, "lineage", "child", (one.child for one in facts.edges), facts.models)
    return facts


def _named(name: str, found: Mapping[str, Row], known: list[str], what: str) -> Row:
    from experiments.keys import did_you_mean

    if name.lower() not in found:
        raise UnknownName(f"no published figures for the {what} '{name}'{did_you_mean(name, known)}")
    return found[name.lower()]


def _table(folder: Path, name: str, row: type[Row]) -> tuple[Row, ...]:
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise FactsError(f"{path}: this table of published figures is missing")
    columns = get_type_hints(row)
    found: list[Row] = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or ())
        if header != list(columns):
            raise FactsError(f"{path}: expected the columns {', '.join(columns)}; got {', '.join(header)}")
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if None in cells or None in cells.values():
                raise FactsError(f"{where}: expected {len(columns)} cells")
            found.append(row(**{key: _read(cells[key], columns[key], where, key) for key in columns}))
    return tuple(found)


def _read(cell: str, kind: Any, where: str, key: str) -> object:
    readers: dict[Any, tuple[Callable[[str], object], str]] = {
        str: (str, "a text"),
        bool: (lambda text: {"yes": True, "no": False}[text], "yes or no"),
        int | None: (lambda text: int(text) if text else None, "a whole number or nothing"),
        float: (_share, "a percentage from 0 to 100"),
    }
    read, expected = readers[kind]
    try:
        return read(cell)
    except (ValueError, KeyError):
        raise FactsError(f"{where}: column {key!r} should hold {expected}, not {cell!r}") from None


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return round(value / 100, 6)


def _refer(folder: Path, table: str, key: str, names: Iterable[str], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            raise FactsError(f"{folder / table}.csv: {key} {name!r} is in no other table of the folder")
