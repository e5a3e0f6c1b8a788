"""The two sides of a comparison: one model of one run each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.keys import did_you_mean
from experiments.store.manifest import Manifest, read_manifest, sampled, searched
from experiments.store.tables import OUTCOMES, REQUESTS, read_table

if TYPE_CHECKING:
    import pandas as pd

# What must be the same on both sides for two scores to be compared. Samples (replicates, sampling seeds) are
# not among it: both sides draw their own.
CONDITION = (
    "template",
    "form",
    "shots",
    "cot",
    "exemplar_seed",
    "perturbation",
    "severity",
    "perturbation_seed",
    "temperature",
    "top_p",
)
# Factors that do nothing unless another is above 0: two sides that differ in them alone were asked alike.
_IDLE_UNLESS = {"exemplar_seed": "shots", "perturbation_seed": "severity", "top_p": "temperature"}


class CompareError(Exception):
    """These runs cannot be compared so; the message says why and what to do. Nothing was written."""

    exit_code = 2


@dataclass(frozen=True)
class Side:
    """One model of a run.

    Attributes:
        folder: The run's folder.
        model: The model's name.
        manifest: The run's record.
        outcomes: Its outcomes by the reported grader, one row a completion. The columns of `CONDITION` say
            how it was asked, `prompt` what was sent (absent where the run does not say), `score` is NaN where
            the request failed.
        run: What its run is called beside others; the run's own name if empty.
        shared: Whether another side has a model of this name.
    """

    folder: Path
    model: str
    manifest: Manifest
    outcomes: "pd.DataFrame"
    run: str = ""
    shared: bool = False

    @property
    def name(self) -> str:
        """The model and its run, as people tell it from others."""
        return f"{self.model} ({self.run or self.manifest['name']})"

    @property
    def short_name(self) -> str:
        """The model, with its run only where another side has a model of this name."""
        return self.name if self.shared else self.model

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The run's record of each task that this model was asked."""
        asked = set(self.outcomes["task"].astype(str))
        return {task["name"]: task for task in self.manifest["tasks"] if task["name"] in asked}


def sides_of(text: str) -> tuple[Side, ...]:
    """The sides that "RUN" or "RUN:MODEL" stands for: every model of a run, or one.

    Raises:
        RunFolderError: The folder is no run.
        CompareError: The run has no such model; the message names the nearest. Or it is a sparse sample,
            or a search.
    """
    folder, model = _split(text)
    manifest = read_manifest(folder)
    share = sampled(manifest)
    if share is not None:
        raise CompareError(
            f"{folder} is a sparse sample (sweep.sample={share:g}): differences are paired on items asked "
            "with every template, so run it without sweep.sample"
        )
    if searched(manifest):
        raise CompareError(
            f"{folder} is a search for best and worst template (sweep.extremes): differences are paired on "
            "items asked with every template, so run it without sweep.extremes"
        )
    outcomes = _outcomes(folder)
    models = list(dict.fromkeys(outcomes["model"].astype(str)))
    if model is not None and model not in models:
        raise CompareError(f"{folder} has no model {model!r}{did_you_mean(model, models)}")
    return tuple(
        Side(folder, name, manifest, outcomes[outcomes["model"] == name].reset_index(drop=True))
        for name in models
        if model in (None, name)
    )


def baseline_of(text: str) -> Side:
    """The one side that "RUN" or "RUN:MODEL" stands for.

    Raises:
        RunFolderError: The folder is no run.
        CompareError: The run has several models, and none is named.
    """
    sides = sides_of(text)
    if len(sides) != 1:
        names = ", ".join(f"{sides[0].folder}:{side.model}" for side in sides)
        raise CompareError(f"the baseline has to be one model; {text} has several: name one of {names}")
    return sides[0]


def newcomers(texts: Sequence[str], baseline: Side) -> tuple[Side, ...]:
    """All sides that are compared with the baseline, itself left out.

    Raises:
        RunFolderError: A folder is no run.
        CompareError: A run has no such model, or nothing is left to compare.
    """
    found: dict[tuple[Path, str], Side] = {}
    for text in texts:
        for side in sides_of(text):
            found.setdefault((side.folder.resolve(), side.model), side)
    found.pop((baseline.folder.resolve(), baseline.model), None)
    if not found:
        raise CompareError(f"there is nothing to compare: {baseline.name} is the baseline itself")
    return tuple(found.values())


def told_apart(sides: Sequence[Side]) -> tuple[Side, ...]:
    """The same sides, those of one model called with their runs too, or folders where runs share a name."""
    models, named = (Counter(names) for names in ([s.model for s in sides], [s.name for s in sides]))
    return tuple(
        replace(side, run=str(side.folder) if named[side.name] > 1 else "", shared=models[side.model] > 1)
        for side in sides
    )


def _split(text: str) -> tuple[Path, str | None]:
    """A folder and a model's name; a folder whose own name holds a colon is taken as it is."""
    if Path(text).exists() or ":" not in text:
        return Path(text), None
    folder, _, model = text.partition(":")
    while not Path(folder).exists() and ":" in model:
        more, _, model = model.partition(":")
        folder = f"{folder}:{more}"
    return Path(folder), model


def _outcomes(folder: Path) -> "pd.DataFrame":
    """The outcomes by the reported grader, factors that do nothing set to 0, each with its prompt."""
    outcomes = read_table(folder / OUTCOMES)
    outcomes = outcomes[outcomes["primary"]].copy()
    for factor, other in _IDLE_UNLESS.items():
        outcomes.loc[outcomes[other] <= 0, factor] = 0
    requests = read_table(folder / REQUESTS)
    prompts = dict(zip(requests["key"], requests["prompt"], strict=True))
    outcomes["prompt"] = outcomes["key"].map(prompts)
    return outcomes
