"""How the run went: counts, failures, costs, and what a reader must know before reading numbers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.report.control import ControlFinding, control_sentence
from experiments.report.findings import Slice
from experiments.report.gaps import missing_note, sample_note
from experiments.report.numerals import count, many, total
from experiments.store.manifest import Manifest, searched

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("correct", "wrong", "unparsed", "refused", "truncated", "failed", "ungraded", "scored")
USUAL = STATUSES[:6]  # the others are shown where they occur


@dataclass(frozen=True)
class ModelFacts:
    """What answered; amounts are None where a run was imported from logs that do not tell them.

    Attributes:
        name: As on the command line.
        backend: What ran it.
        identity: Its hash or served revision.
        revisions: What the answers themselves say they came from.
        sent: Requests paid for in this run.
        prompt_tokens: Tokens in, of those.
        completion_tokens: Tokens out, of those.
        usd: Their price.
        error: Why it stopped, or None.
    """

    name: str
    backend: str
    identity: str
    revisions: tuple[str, ...]
    sent: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    usd: float | None
    error: str | None


@dataclass(frozen=True)
class Quality:
    """The run's vital signs; amounts are None where they are not known, as of an imported run.

    Attributes:
        items: Items of each task.
        cells: Cells in all.
        failed_cells: Cells that did not come out whole.
        outcomes: Graded completions, by the reported grader.
        statuses: How many outcomes have each status.
        by_pair: The same for each (model, task).
        perturbed: Outcomes of perturbed cells.
        unchanged: Those of them in which the perturbation found nothing to change.
        asked: Items × cells.
        unique: Distinct requests.
        cached: Distinct requests the store had answered before.
        sent: Distinct requests sent.
        prompt_tokens: Tokens in, of those sent.
        completion_tokens: Tokens out, of those sent.
        usd: Price of those sent.
        wall_s: Seconds the run took.
        models: What answered.
        notes: What a reader must know, in sentences.
        control: What the control arm found; empty if there was none.
        failures: Errors of cells, each with how many cells it struck.
    """

    items: Mapping[str, int]
    cells: int
    failed_cells: int
    outcomes: int
    statuses: Mapping[str, int]
    by_pair: Mapping[tuple[str, str], Mapping[str, int]]
    perturbed: int
    unchanged: int
    asked: int
    unique: int
    cached: int | None
    sent: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    usd: float | None
    wall_s: float | None
    models: tuple[ModelFacts, ...]
    notes: tuple[str, ...]
    control: tuple[ControlFinding, ...]
    failures: tuple[tuple[str, int], ...]

    @property
    def tokens(self) -> int | None:
        """Tokens in and out."""
        return total((self.prompt_tokens, self.completion_tokens))


def assess(
    outcomes: "pd.DataFrame",
    manifest: Manifest,
    slices: tuple[Slice, ...],
    control: tuple[ControlFinding, ...] = (),
) -> Quality:
    """Gathers the vital signs.

    Args:
        outcomes: The outcomes table, without the control arm.
        manifest: The run's record.
        slices: What was analysed.
        control: What the control arm found.
    """
    primary = outcomes[outcomes["primary"]]
    perturbed = primary[primary["severity"] > 0]
    by_pair = {
        (str(model), str(task)): _statuses(rows)
        for (model, task), rows in primary.groupby(["model", "task"], sort=False, observed=True)
    }
    models = tuple(
        ModelFacts(
            name=model["name"],
            backend=model["backend"],
            identity=model["identity"],
            revisions=tuple(model["revisions"]),
            sent=model["sent"],
            prompt_tokens=model["prompt_tokens"],
            completion_tokens=model["completion_tokens"],
            usd=model["usd"],
            error=model["error"],
        )
        for model in manifest["models"]
    )
    counts = manifest["counts"]
    return Quality(
        items={task["title"]: task["items"] for task in manifest["tasks"]},
        cells=counts["cells"],
        failed_cells=counts["failed_cells"],
        outcomes=len(primary),
        statuses=_statuses(primary),
        by_pair=by_pair,
        perturbed=len(perturbed),
        unchanged=int((~perturbed["changed"]).sum()),
        asked=counts["asked"],
        unique=counts["unique"],
        cached=counts["cached"],
        sent=counts["sent"],
        prompt_tokens=total(model.prompt_tokens for model in models),
        completion_tokens=total(model.completion_tokens for model in models),
        usd=total(model.usd for model in models),
        wall_s=manifest["wall_s"],
        models=models,
        notes=(
            *(
                control_sentence(one, {task["name"]: task["title"] for task in manifest["tasks"]})
                for one in control
            ),
            *_notes(manifest, slices, by_pair, len(perturbed), int((~perturbed["changed"]).sum())),
        ),
        control=control,
        failures=_failures(manifest),
    )


def _statuses(rows: "pd.DataFrame") -> dict[str, int]:
    found = rows["status"].value_counts()
    return {status: int(found.get(status, 0)) for status in STATUSES}


def _failures(manifest: Manifest) -> tuple[tuple[str, int], ...]:
    errors: dict[str, int] = {}
    for cell in manifest["cells"]:
        if cell["error"] is not None:
            errors[cell["error"]] = errors.get(cell["error"], 0) + 1
    return tuple(sorted(errors.items(), key=lambda pair: -pair[1]))


def apart_note(manifest: Manifest) -> str:
    """What to do where imported runs side by side share no task; empty where they do."""
    asked = {(cell["model"], cell["task"]) for cell in manifest["cells"]}
    tasks, models = (
        list(dict.fromkeys(cell[key] for cell in manifest["cells"])) for key in ("task", "model")
    )
    if len(manifest.get("imported", ())) < 2 or len(tasks) < 2 or len(models) < 2 or len(asked) > len(tasks):
        return ""
    shown = ", ".join(tasks[:4]) + (", …" if len(tasks) > 4 else "")
    return (
        f"No two models share a task, so nothing is compared. If some of {shown} are one benchmark under "
        "several names, import them again with the same --task NAME."
    )


def _notes(
    manifest: Manifest,
    slices: tuple[Slice, ...],
    by_pair: Mapping[tuple[str, str], Mapping[str, int]],
    perturbed: int,
    unchanged: int,
) -> list[str]:
    notes: list[str] = [imported["note"] for imported in manifest.get("imported", ())]
    if apart := apart_note(manifest):
        notes.append(apart)
    if manifest["counts"]["failed_cells"]:
        notes.append(
            f"{count(manifest['counts']['failed_cells'])} of {many(len(manifest['cells']), 'cell')} did "
            "not come out whole; their errors are listed below."
        )
    if sampled := sample_note(manifest):
        notes.append(sampled)
    if searched(manifest):
        notes.append(
            "Templates were asked different numbers of items by design, in a search for the best and the "
            "worst: what compares them otherwise is left out of this report."
        )
    for one in slices:
        where = f"{one.model} on {one.title}"
        note = missing_note(where, one.missing, one.items, one.compared, one.dropped)
        notes += [note] if note else []
    analysed = {(one.model, one.task) for one in slices}
    titles = {task["name"]: task["title"] for task in manifest["tasks"]}
    for model, task in dict.fromkeys((cell["model"], cell["task"]) for cell in manifest["cells"]):
        ungraded = by_pair.get((model, task), {}).get("ungraded", 0)
        if ungraded:
            notes.append(
                f"{model} on {titles.get(task, task)}: the score is not available, because "
                f"{many(ungraded, 'completion')} could not be scored: the model that does it was not "
                "configured, or did not answer (toxicity: grader=perspective or grader=toxic_classifier). "
                "The completions are stored; with a scorer the same run asks that one alone."
            )
        elif (model, task) not in analysed:
            notes.append(
                f"{model} on {titles.get(task, task)} is not analysed: fewer than 2 items were graded."
            )
    if collapsed_replicates(manifest):
        notes.append(
            "Replicates at temperature 0 were collapsed: the same request was sent once and its answer used "
            "for all of them. To measure the engine's own noise, set control.replicates=3, or "
            "sampling.engine_noise=true to have replicates as a factor."
        )
    excluded = sum(cell.get("perturbed", {}).get("excluded", 0) for cell in manifest["cells"])
    if excluded:
        notes.append(f"{many(excluded, 'perturbed item')} were not asked, because no draw kept the meaning.")
    notes.extend(_fewer_shots(manifest, titles))
    if unchanged:
        notes.append(
            f"In {unchanged:,} of {perturbed:,} perturbed outcomes the perturbation found nothing to change; "
            "they count as they are."
        )
    for model in manifest["models"]:
        if len(model["revisions"]) > 1:
            notes.append(
                f"{model['name']} answered under {len(model['revisions'])} revisions: part of any difference "
                "may be theirs."
            )
        if model["error"]:
            notes.append(f"{model['name']} stopped early: {model['error']}")
    return notes


def _fewer_shots(manifest: Manifest, titles: Mapping[str, str]) -> Iterator[str]:
    """Which cells are not wholly what their number of shots says."""
    shown: dict[tuple[str, str, int], Counter[int]] = {}
    asked: Counter[tuple[str, str, int]] = Counter()
    for cell in manifest["cells"]:
        group = cell["model"], cell["task"], cell["shots"]
        asked[group] += cell["items"]
        for shots, items in cell.get("fewer_shots", {}).items():  # absent in a run of before
            shown.setdefault(group, Counter())[int(shots)] += items
    for (model, task, shots), fewer in shown.items():
        least, most = min(fewer), max(fewer)
        few = f"{least}" if least == most else f"{least} to {most}"
        yield (
            f"{model} on {titles.get(task, task)} with {many(shots, 'shot')}: in {fewer.total():,} of "
            f"{many(asked[model, task, shots], 'prompt')} only {few} could be shown, since no more fit the "
            "model's context; these scores are not those of that many shots throughout (shots_shown in "
            "outcomes.parquet has the number of each)."
        )


def collapsed_replicates(manifest: Manifest) -> bool:
    """Whether several replicates or sampling seeds met temperature 0 without an engine-noise arm."""
    seen: dict[str, set[tuple[int, int]]] = {}
    for cell in manifest["cells"]:
        if cell["temperature"] == 0 and not cell["engine_noise"]:
            condition = "|".join(
                str(cell[name])
                for name in (
                    "model", "task", "template", "form", "shots", "cot", "exemplar_seed", "perturbation",
                    "severity", "perturbation_seed",
                )
            )  # fmt: skip
            seen.setdefault(condition, set()).add((cell["sampling_seed"], cell["replicate"]))
    return any(len(draws) > 1 for draws in seen.values())
